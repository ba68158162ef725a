/**
 * Syntax errors in a text, found by the parser that colours it.
 *
 * The parser goes on after an error: it marks what it could not use, and where something is
 * missing. It doesn't mark strings and comments that never end, so those are found here.
 */

import { syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode, SyntaxNodeRef } from "@lezer/common";

/** A syntax error; positions are in code units. */
export interface SyntaxDiagnostic {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

/** The most that are shown. */
const MOST = 50;
const LONGEST_QUOTE = 20;
/** How far back the search for the word before a missing part goes, in code units. */
const AS_FAR_AS = 1_000;
const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "${": "}", "`": "`" };

export function syntaxDiagnostics(state: EditorState): SyntaxDiagnostic[] {
  const found = new Map<number, SyntaxDiagnostic>();
  syntaxTree(state).iterate({
    enter: (node) => {
      const diagnostic = found.size < MOST ? diagnosticOf(node, state) : null;
      if (diagnostic && !found.has(diagnostic.from)) found.set(diagnostic.from, diagnostic);
      return found.size < MOST;
    },
  });
  return [...found.values()].sort((a, b) => a.from - b.from);
}

function diagnosticOf(node: SyntaxNodeRef, state: EditorState): SyntaxDiagnostic | null {
  const { from, to } = node;
  const text = (): string => state.sliceDoc(from, to);
  if (node.name === "String" && (to - from < 2 || text().at(-1) !== text()[0])) {
    return { from, to, message: "Unterminated string" };
  }
  if (node.name === "BlockComment" && !text().endsWith("*/")) return { from, to: from + 2, message: "Unterminated comment" };
  if (!node.type.isError) return null;
  const open = unclosed(node.node, state);
  if (open) return { ...open, message: `“${state.sliceDoc(open.from, open.to)}” is never closed` };
  if (to > from) return { from, to, message: `Unexpected “${quoted(text())}”` };
  return missing(from, state);
}

/** The opening bracket of the parent, if only its closing bracket is missing. */
function unclosed(error: SyntaxNode, state: EditorState): { from: number; to: number } | null {
  if (error.to > error.from || error.nextSibling) return null;
  for (let child = error.parent?.firstChild; child; child = child.nextSibling) {
    const text = child.to - child.from <= 2 ? state.sliceDoc(child.from, child.to) : "";
    const closing = CLOSING[text];
    if (closing === undefined) continue;
    const last = error.prevSibling;
    const ends = last && last.from > child.from && state.sliceDoc(last.from, last.to) === closing;
    return ends ? null : { from: child.from, to: child.to };
  }
  return null;
}

/** The error that something is missing at `at`. */
function missing(at: number, state: EditorState): SyntaxDiagnostic {
  const first = Math.max(0, at - AS_FAR_AS);
  const before = state.sliceDoc(first, at).trimEnd();
  const word = /[\p{L}\p{N}_$]+$|.$/u.exec(before)?.[0] ?? "";
  const to = first + before.length;
  const message = word ? `Something is missing after “${quoted(word)}”` : "Something is missing here";
  return { from: to - word.length, to: Math.max(to, Math.min(at, state.doc.length)), message };
}

function quoted(text: string): string {
  const line = text.split("\n", 1)[0] ?? "";
  return line.length < text.length || line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line;
}
