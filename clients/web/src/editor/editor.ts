/** The editor: CodeMirror, bound to a session. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
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
import { codePointLength, type Operation, type Session } from "ot-collab";
import { catchUp, collaboration, DocOffsets, show, showAtOnce, toChanges } from "ot-collab/codemirror";
import { languageOf } from "./languages.js";
import { look } from "./look.js";

/** The place of the main caret; line and column start at 1, columns are code points. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A place in the text that moves with it. */
export interface Mark {
  position: number;
}

export class Editor {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #invitation = new Compartment();
  readonly #label = new Compartment();
  readonly #lock = new Compartment();
  readonly #marks = new Set<Mark>();
  #languageId: string | null = null;
  #invites = false;

  constructor(parent: HTMLElement, session: Session, help: Extension, moved: (position: Position) => void) {
    const tellPosition = (update: ViewUpdate): void => {
      for (const mark of this.#marks) mark.position = update.changes.mapPos(mark.position);
      if (update.docChanged || update.selectionSet) moved(positionIn(update.state));
    };
    this.#view = new EditorView({
      parent,
      extensions: [
        behaviour,
        look,
        help,
        this.#lock.of([]),
        this.#language.of([]),
        this.#invitation.of([]),
        this.#label.of([]),
        EditorView.updateListener.of(tellPosition),
        collaboration(session),
      ],
    });
  }

  focus(): void {
    this.#view.focus();
  }

  /** Set the editor's name for screen readers. */
  setTitle(title: string): void {
    const attributes = { "aria-label": `Code of ${title}`, "aria-describedby": "editor-help" };
    show(this.#view, "label", () => this.#label.reconfigure(EditorView.contentAttributes.of(attributes)));
  }

  /** Show a hint to start typing while there is no text. */
  setInviting(invites: boolean): void {
    if (invites === this.#invites) return;
    this.#invites = invites;
    const words = invites ? placeholder("Start typing. Everybody here sees it at once.") : [];
    show(this.#view, "invitation", () => this.#invitation.reconfigure(words));
  }

  /** Block typing for now; what was typed before is kept, and sent when it is allowed. */
  setLocked(locked: boolean): void {
    const lock = locked ? Prec.highest(EditorState.readOnly.of(true)) : [];
    showAtOnce(this.#view, "lock", () => this.#lock.reconfigure(lock));
  }

  /** The main selection, in code points of the session's text. */
  get selection(): readonly [number, number] {
    catchUp(this.#view);
    const { doc, selection } = this.#view.state;
    const { from, to } = selection.main;
    const offsets = new DocOffsets(doc);
    return [offsets.toPoints(from), offsets.toPoints(to)];
  }

  /** Mark a line, counting from 1; the mark stays with it while others type. */
  mark(line: number): Mark {
    catchUp(this.#view);
    const { doc } = this.#view.state;
    const mark = { position: doc.line(Math.min(line, doc.lines)).from };
    this.#marks.add(mark);
    return mark;
  }

  unmark(mark: Mark): void {
    this.#marks.delete(mark);
  }

  /** The number of the line where a mark is now. */
  lineOf({ position }: Mark): number {
    return this.#view.state.doc.lineAt(position).number;
  }

  /** Move the caret to a mark, and scroll there. */
  goTo({ position }: Mark): void {
    this.#view.dispatch({ selection: { anchor: position }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
    this.#view.focus();
  }

  /** Set the language; one that is unknown or can't be loaded is plain text. */
  async setLanguage(id: string): Promise<void> {
    if (id === this.#languageId) return;
    this.#languageId = id;
    const language = languageOf(id);
    const support = await language?.load().catch(() => []);
    if (id !== this.#languageId) return;
    const extensions = [support ?? [], indentUnit.of(" ".repeat(language?.indent ?? 4))];
    show(this.#view, "language", () => this.#language.reconfigure(extensions));
  }

  /** Do this, made for the session's text, as its user does: it can be undone. */
  make(operation: Operation): void {
    catchUp(this.#view);
    const changes = toChanges(operation, this.#view.state.doc);
    this.#view.dispatch({ changes, userEvent: "input.paste", scrollIntoView: true });
    this.focus();
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
