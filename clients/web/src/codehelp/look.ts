/** The style of code help in the editor, from the page's custom properties. */

import { EditorView } from "@codemirror/view";

const underline = (color: string) => ({
  backgroundImage: "none",
  textDecoration: `underline wavy var(${color}) 1px`,
  textUnderlineOffset: "3px",
  textDecorationSkipInk: "none",
});

export const look = EditorView.theme({
  ".cm-lintRange-error": underline("--danger"),
  ".cm-lintRange-warning": underline("--warning"),
  ".cm-lintRange-info": underline("--accent"),
  ".cm-lintRange-active": { backgroundColor: "var(--match)" },
  ".cm-gutter-lint": { width: "12px" },
  ".cm-gutter-lint .cm-gutterElement": { padding: "0 0 0 3px" },
  ".cm-lint-marker": { content: "''", width: "8px", height: "8px", marginTop: "0.45em", borderRadius: "50%" },
  ".cm-lint-marker-error": { backgroundColor: "var(--danger)", borderRadius: "2px" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--warning)" },
  ".cm-lint-marker-info": { backgroundColor: "var(--accent)" },
  ".cm-tooltip": {
    maxWidth: "min(560px, 90vw)",
    border: "1px solid var(--edge)",
    borderRadius: "6px",
    color: "var(--text)",
    backgroundColor: "var(--raised)",
    boxShadow: "var(--shadow)",
  },
  ".cm-tooltip-lint": { borderRadius: "5px", overflow: "hidden" },
  ".cm-diagnostic": { padding: "6px 10px", fontSize: "0.8125rem", borderLeftWidth: "3px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--danger)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warning)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--accent)" },
  ".cm-diagnosticAction": { padding: "2px 10px", borderRadius: "4px", color: "#ffffff", backgroundColor: "var(--accent-fill)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "0.8125rem", maxHeight: "14em", borderRadius: "5px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px 3px 4px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "#ffffff", backgroundColor: "var(--accent-fill)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-tooltip.cm-completionInfo": { padding: "8px 10px", fontSize: "0.8125rem" },
  ".cm-completionInfo p": { margin: "4px 0 0" },
  ".cm-completionInfo p:empty": { display: "none" },
  ".cm-completionInfo code": { whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
});
