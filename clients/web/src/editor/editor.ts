/** The editor: CodeMirror, bound to a session. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  rectangularSelection,
  type ViewUpdate,
} from "@codemirror/view";
import { codePointLength, type Connection } from "ot-collab";
import { collaboration } from "ot-collab/codemirror";
import { languageOf } from "./languages.js";
import { look } from "./look.js";

/** Where the main caret is, both counted from 1; the column in code points. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class Editor {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #invitation = new Compartment();
  readonly #label = new Compartment();
  #languageId: string | null = null;
  #invites = false;

  constructor(parent: HTMLElement, connection: Connection, help: Extension, moved: (position: Position) => void) {
    const tellPosition = (update: ViewUpdate): void => {
      if (update.docChanged || update.selectionSet) moved(positionIn(update.state));
    };
    this.#view = new EditorView({
      parent,
      extensions: [
        behaviour,
        look,
        help,
        this.#language.of([]),
        this.#invitation.of([]),
        this.#label.of([]),
        EditorView.updateListener.of(tellPosition),
        collaboration(connection),
      ],
    });
  }

  focus(): void {
    this.#view.focus();
  }

  /** What a screen reader calls it. */
  setTitle(title: string): void {
    const attributes = { "aria-label": `Code of ${title}`, "aria-describedby": "editor-help" };
    this.#view.dispatch({ effects: this.#label.reconfigure(EditorView.contentAttributes.of(attributes)) });
  }

  /** Invite to type, for as long as there is no text. */
  setInviting(invites: boolean): void {
    if (invites === this.#invites) return;
    this.#invites = invites;
    const words = invites ? placeholder("Start typing. Everybody here sees it at once.") : [];
    this.#view.dispatch({ effects: this.#invitation.reconfigure(words) });
  }

  /** An unknown language is plain text, and so is one that can't be loaded. */
  async setLanguage(id: string): Promise<void> {
    if (id === this.#languageId) return;
    this.#languageId = id;
    const language = languageOf(id);
    const support = await language?.load().catch(() => []);
    if (id !== this.#languageId) return;
    const extensions = [support ?? [], indentUnit.of(" ".repeat(language?.indent ?? 4))];
    this.#view.dispatch({ effects: this.#language.reconfigure(extensions) });
  }

  destroy(): void {
    this.#languageId = null;
    this.#view.destroy();
  }
}

const behaviour: Extension = [
  lineNumbers(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSpecialChars(),
  history(),
  drawSelection(),
  dropCursor(),
  rectangularSelection(),
  crosshairCursor(),
  EditorState.allowMultipleSelections.of(true),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  search({ top: true }),
  highlightSelectionMatches(),
  // Tab indents; Escape, then Tab, leaves the editor: CodeMirror sees to that.
  keymap.of([...closeBracketsKeymap, ...searchKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
];

function positionIn({ doc, selection }: EditorState): Position {
  const line = doc.lineAt(selection.main.head);
  return {
    line: line.number,
    column: codePointLength(line.text.slice(0, selection.main.head - line.from)) + 1,
  };
}
