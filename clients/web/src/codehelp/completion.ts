/**
 * Completion while somebody types: from the words of the text and of its language at once; for
 * Python also by what names mean, as soon as the server has answered.
 *
 * The server only knows confirmed edits, so it is asked when everything is confirmed. Typing
 * never waits for this.
 */

import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  selectedCompletion,
  selectedCompletionIndex,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { Prec, type Extension } from "@codemirror/state";
import { keymap, type EditorView } from "@codemirror/view";
import type { Session } from "ot-collab";
import { catchUp, DocOffsets } from "ot-collab/codemirror";
import { complete, wordsOf, type Completed, type CompletionKind } from "../api/codehelp.js";
import { h } from "../dom.js";
import type { Entry } from "../entry.js";
import { agreement } from "../session/agreement.js";
import { wordsNear } from "./words.js";

const WORD = /[\p{L}\p{N}_$]+/u;
const WORD_BEFORE = /[\p{L}\p{N}_$]+$/u;
const WHOLE_WORD = /^[\p{L}\p{N}_$]*$/u;
/** The most that the server sends: if there are this many, there may be more. */
const MOST_ITEMS = 200;
/** How long after Escape the Tab key leaves the editor, in milliseconds: the same as CodeMirror's. */
const TAB_LEAVES_FOR = 2_000;
/** How long to wait for the server, in milliseconds. */
const PATIENCE = 3_000;

/** From the server's kinds to CodeMirror's, which have icons. */
const TYPES: Readonly<Partial<Record<CompletionKind, string>>> = {
  module: "namespace",
  class: "class",
  function: "function",
  property: "property",
  parameter: "variable",
  variable: "variable",
  keyword: "keyword",
};

export function completion(session: Session, entry: Entry): Extension {
  const source = new Source(session, entry);
  return [
    // Before the keys of `autocompletion`.
    Prec.highest(
      keymap.of([
        { key: "Enter", run: breakUnlessBegun },
        { key: "Escape", run: close },
      ]),
    ),
    autocompletion({
      override: [(context) => source.local(context), (context) => source.asked(context)],
      compareCompletions: (a, b) => source.rank(a) - source.rank(b) || a.label.localeCompare(b.label),
      maxRenderedOptions: 50,
    }),
    Prec.high(keymap.of([{ key: "Tab", run: acceptCompletion }])),
  ];
}

/**
 * Enter breaks the line after a word that is complete, and after one that only resembles the first of
 * the list (`os` and `OSError`, `one` and `None`): nobody has chosen that. Tab takes it.
 */
function breakUnlessBegun(view: EditorView): boolean {
  const selected = selectedCompletion(view.state);
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  const [typed = ""] = WORD_BEFORE.exec(line.text.slice(0, head - line.from)) ?? [];
  const isChosen = selected?.label.startsWith(typed) || selectedCompletionIndex(view.state) !== 0;
  if (selected?.label === typed || !isChosen) closeCompletion(view);
  return false;
}

/** Escape, then Tab, leaves the editor; also if Escape closed a list, or one that was about to open. */
function close(view: EditorView): boolean {
  const closed = closeCompletion(view);
  if (closed) view.setTabFocusMode(TAB_LEAVES_FOR);
  return closed;
}

class Source {
  readonly #session: Session;
  readonly #entry: Entry;
  readonly #tables = new Map<string, Promise<readonly Completion[]>>();
  /** The order of the server's last answer, by the inserted text. */
  #order: ReadonlyMap<string, number> = new Map();

  constructor(session: Session, entry: Entry) {
    this.#session = session;
    this.#entry = entry;
    session.on("session", ({ language }) => void this.#table(language));
  }

  /** The server's order, if any: what it sent is likelier than other words. */
  rank({ label }: Completion): number {
    return this.#order.get(label) ?? MOST_ITEMS;
  }

  /** The words that are known here. */
  async local(context: CompletionContext): Promise<CompletionResult | null> {
    const word = context.matchBefore(WORD);
    if (!word && !context.explicit) return null;
    const from = word?.from ?? context.pos;
    const language = this.#language;
    const isPart = context.state.sliceDoc(from - 1, from) === ".";
    if (isPart && language === "python") return null;
    const words = wordsNear(context.state.doc, from).map((label) => ({ label }));
    const table = isPart ? [] : await this.#table(language);
    const known = new Set(table.map(({ label }) => label));
    const options = [...words.filter(({ label }) => !known.has(label)), ...table];
    return options.length > 0 ? { from, options, validFor: WHOLE_WORD } : null;
  }

  /** The server's answer. */
  async asked(context: CompletionContext): Promise<CompletionResult | null> {
    if (this.#language !== "python") return null;
    const word = context.matchBefore(WORD);
    const from = word?.from ?? context.pos;
    const isPart = context.state.sliceDoc(from - 1, from) === ".";
    if (!word && !isPart && !context.explicit) return null;
    const items = await this.#ask(context);
    if (items.length === 0) return null;
    this.#order = new Map(items.map(({ text }, index) => [text, index]));
    const options = items.map(optionOf);
    return { from, options, ...(items.length < MOST_ITEMS && { validFor: WHOLE_WORD }) };
  }

  get #language(): string {
    return (this.#session.info ?? this.#entry).language;
  }

  /** Nothing if the server can't be asked: then there are only words. */
  async #ask(context: CompletionContext): Promise<readonly Completed[]> {
    const session = this.#session;
    const { view } = context;
    try {
      await Promise.race([agreement(session), refusal(PATIENCE)]);
      const { revision } = session;
      if (!view || view.compositionStarted || context.aborted || revision === null) return [];
      // Others may have typed meanwhile, which moves the caret.
      catchUp(view);
      const { state } = view;
      const offset = new DocOffsets(state.doc).toPoints(state.selection.main.head);
      return (await complete(this.#entry.session, { revision, offset }, this.#entry.token)).items;
    } catch {
      return [];
    }
  }

  /** The keywords and builtins of a language; none while they can't be fetched. */
  #table(language: string): Promise<readonly Completion[]> {
    let table = this.#tables.get(language);
    if (!table) {
      table = wordsOf(language).then(
        (items) => items.map(optionOf),
        () => {
          this.#tables.delete(language); // fetched again the next time
          return [];
        },
      );
      this.#tables.set(language, table);
    }
    return table;
  }
}

/** Words without a type are merged with the server's options of the same name. */
function optionOf({ text, kind, signature, documentation }: Completed): Completion {
  const type = TYPES[kind];
  const explained = signature !== undefined || documentation !== undefined;
  return {
    label: text,
    ...(type && { type }),
    ...(explained && { info: () => h("div", {}, h("code", {}, signature ?? text), h("p", {}, documentation ?? "")) }),
  };
}

function refusal(after: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), after));
}
