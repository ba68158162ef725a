/**
 * Completion while one types: by the words of the text and of its language at once, and in
 * Python by what names mean, as soon as the server has told.
 *
 * The server knows only what it has confirmed, so it is asked when nothing is unconfirmed;
 * typing waits for none of this.
 */

import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  selectedCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { Prec, type Extension } from "@codemirror/state";
import { keymap, type EditorView } from "@codemirror/view";
import { codePointLength, type Connection } from "ot-collab";
import { complete, wordsOf, type Completed, type CompletionKind } from "../api/codehelp.js";
import { h } from "../dom.js";
import type { Entry } from "../entry.js";
import { wordsNear } from "./words.js";

const WORD = /[\p{L}\p{N}_$]+/u;
const WHOLE_WORD = /^[\p{L}\p{N}_$]*$/u;
/** More than these the server does not tell: then what follows may be among the rest. */
const MOST_ITEMS = 200;
/** How long Tab leaves the editor after Escape, in milliseconds: CodeMirror's own. */
const TAB_LEAVES_FOR = 2_000;
/** How long the server is waited for, in milliseconds. */
const PATIENCE = 3_000;

/** By the server's kinds: CodeMirror's, which have an icon. */
const TYPES: Readonly<Partial<Record<CompletionKind, string>>> = {
  module: "namespace",
  class: "class",
  function: "function",
  property: "property",
  parameter: "variable",
  variable: "variable",
  keyword: "keyword",
};

export function completion(connection: Connection, entry: Entry): Extension {
  const source = new Source(connection, entry);
  return [
    // Ahead of those that autocompletion brings.
    Prec.highest(
      keymap.of([
        { key: "Enter", run: breakAfterWhole },
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

/** Where a word stands as it is proposed there is nothing to accept: Enter is a line break. */
function breakAfterWhole(view: EditorView): boolean {
  const selected = selectedCompletion(view.state);
  const { head } = view.state.selection.main;
  if (selected && view.state.sliceDoc(head - selected.label.length, head) === selected.label) closeCompletion(view);
  return false;
}

/** Escape, then Tab, leaves the editor: also where Escape had a list to close, or one that was yet to open. */
function close(view: EditorView): boolean {
  const closed = closeCompletion(view);
  if (closed) view.setTabFocusMode(TAB_LEAVES_FOR);
  return closed;
}

class Source {
  readonly #connection: Connection;
  readonly #entry: Entry;
  readonly #tables = new Map<string, Promise<readonly Completion[]>>();
  /** The order of what the server told last, by what is inserted. */
  #order: ReadonlyMap<string, number> = new Map();

  constructor(connection: Connection, entry: Entry) {
    this.#connection = connection;
    this.#entry = entry;
    connection.on("session", ({ language }) => void this.#table(language));
  }

  /** The server's order, where it has one: what it told is likelier than other words. */
  rank({ label }: Completion): number {
    return this.#order.get(label) ?? MOST_ITEMS;
  }

  /** What is known here. */
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

  /** What the server knows. */
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
    return (this.#connection.session ?? this.#entry).language;
  }

  /** Nothing where it can't be asked: there are words. */
  async #ask(context: CompletionContext): Promise<readonly Completed[]> {
    const connection = this.#connection;
    const { view } = context;
    try {
      await Promise.race([connection.synchronized(), refusal(PATIENCE)]);
      const { revision } = connection;
      if (!view || context.aborted || revision === null) return [];
      // Others may have typed meanwhile: the caret has moved along.
      const { state } = view;
      const offset = codePointLength(state.sliceDoc(0, state.selection.main.head));
      return (await complete(this.#entry.session, { revision, offset }, this.#entry.token)).items;
    } catch {
      return [];
    }
  }

  /** The keywords and builtins of a language; none while they can't be had. */
  #table(language: string): Promise<readonly Completion[]> {
    let table = this.#tables.get(language);
    if (!table) {
      table = wordsOf(language).then(
        (items) => items.map(optionOf),
        () => {
          this.#tables.delete(language); // asked for again the next time
          return [];
        },
      );
      this.#tables.set(language, table);
    }
    return table;
  }
}

/** Words without a type are merged with what the server tells under the same name. */
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
