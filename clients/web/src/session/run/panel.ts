/** Running code: the button, and the panel with the output of everybody's runs. */

import type { Session } from "ot-collab";
import { announce } from "../../announce.js";
import { CallFailed } from "../../api/call.js";
import type { ListedRun, NewRun } from "../../api/runs.js";
import { h } from "../../dom.js";
import { languageName } from "../../editor/languages.js";
import type { Entry } from "../../entry.js";
import { icon } from "../../icons.js";
import { LoadFailed } from "../../run/failures.js";
import { RUNTIMES } from "../../run/runtimes.js";
import type { Panels } from "../panels.js";
import { OwnRuns } from "./own.js";
import { RunSettings } from "./settings.js";
import { SharedRuns } from "./shared.js";
import { RunView } from "./view.js";
import { endWords, hindrance, loadingWords, ownWords, runWords } from "./words.js";

const ID = "output";
/** The choice of this person's own last run; other choices are numbers of shared runs. */
const OWN = "own";

export class RunPanel {
  readonly #session: Session;
  readonly #entry: Entry;
  readonly #panels: Panels;
  readonly #own: OwnRuns;
  readonly #shared: SharedRuns;
  readonly #settings: RunSettings;
  readonly #badge = h("span", {});
  readonly #hindrance = h("p", { class: "note" });
  readonly #which = h("select", { "aria-label": "Choose a run", hidden: true, change: () => void this.#choose(this.#which.value) });
  readonly #view = new RunView(this.#which);
  readonly #button = h("button", {
    type: "button",
    class: "primary small",
    "aria-keyshortcuts": "Control+Enter Meta+Enter",
    click: () => this.toggle(),
  });
  /** This person's own last run, and its number if it is shared. */
  #last: { readonly run: NewRun; readonly number: number | null } | null = null;
  #chosen: string | null = null;
  #unseen = 0;

  constructor(session: Session, entry: Entry, panels: Panels) {
    this.#session = session;
    this.#entry = entry;
    this.#panels = panels;
    this.#own = new OwnRuns(session);
    this.#shared = new SharedRuns(session, entry, (news) => this.#arrived(news));
    this.#settings = new RunSettings(session, entry);
    panels.add({
      id: ID,
      title: "Output",
      element: h("div", { class: "run" }, this.#hindrance, this.#view.element, this.#settings.element),
      badge: this.#badge,
      toggled: (open) => open && this.#opened(),
    });
    panels.tools.append(this.#button);
    session.on("session", () => this.#show());
    session.on("status", () => this.#show());
    this.#show();
  }

  /** Run the program, or stop it. */
  toggle(): void {
    if (this.#own.isRunning) {
      this.#own.stop();
    } else if (this.#session.revision !== null) {
      this.#panels.open(ID);
      if (this.#hindered === null) void this.#run();
      else announce(this.#hindered);
    }
  }

  left(): void {
    this.#own.close();
  }

  get #language(): string {
    return (this.#session.info ?? this.#entry).language;
  }

  /** Why code can't be run now, in words. */
  get #hindered(): string | null {
    return hindrance(this.#language, RUNTIMES.has(this.#language), this.#session);
  }

  /** Show what can be done now. */
  #show(): void {
    const hindered = this.#hindered;
    const { isRunning } = this.#own;
    this.#hindrance.textContent = hindered ?? "";
    this.#hindrance.hidden = hindered === null;
    this.#settings.show();
    this.#which.disabled = isRunning;
    const { limits, info, status } = this.#session;
    const isOff = limits?.run === false || info?.run === false;
    this.#button.hidden = status.state === "closed" || (isOff && !isRunning);
    this.#button.setAttribute("aria-disabled", String(hindered !== null && !isRunning));
    const word = isRunning ? "Stop" : "Run";
    if (this.#button.textContent === word) return;
    this.#button.replaceChildren(icon(isRunning ? "stop" : "play"), word);
    this.#button.title = `${word} (Ctrl+Enter)`;
  }

  async #run(): Promise<void> {
    const language = this.#language;
    const name = languageName(language);
    const view = this.#view;
    const running = this.#own.run(language, this.#settings.input, {
      loading: (done, total) => view.tell(loadingWords(name, done, total), done / total),
      preparing: () => view.tell("Starting…"),
      compiling: () => view.tell("Compiling…"),
      running: () => view.tell("Running…"),
      printed: (pieces) => view.print(pieces),
    });
    this.#last = null;
    this.#list(OWN);
    this.#show();
    view.clear();
    announce(`Running ${name}`);
    try {
      const run = await running;
      this.#last = { run, number: null };
      view.end(run, ownWords(run));
      announce(`Your program: ${endWords(run)}`);
      if (this.#settings.shares) await this.#share(run);
    } catch (error) {
      if (!(error instanceof LoadFailed)) throw error;
      view.tell("Not run");
      view.remark(`Couldn’t load ${name}: ${error.message}`);
      announce(`Couldn’t load ${name}`);
    } finally {
      this.#show();
    }
  }

  async #share(run: NewRun): Promise<void> {
    try {
      const { number } = await this.#shared.share(run);
      if (this.#last?.run === run) this.#last = { run, number };
      this.#list(this.#chosen);
    } catch (error) {
      if (!(error instanceof CallFailed)) throw error;
      this.#view.remark(`\nThis run isn’t shared: ${error.message}`);
    }
  }

  /** Take in the new list of shared runs. */
  #arrived(news: readonly ListedRun[]): void {
    const wasNewest = this.#which.selectedIndex <= 0;
    this.#list(this.#chosen);
    const others = news.filter(({ participant }) => participant.id !== this.#session.participant);
    const [newest] = others;
    if (newest) announce(runWords(newest));
    if (!this.#panels.isOpen(ID)) {
      this.#unseen += others.length;
      this.#badge.textContent = this.#unseen > 0 ? String(this.#unseen) : "";
    } else if (this.#chosen === null) {
      this.#opened();
    }
    // Don't take people away from an older run that they chose.
    if (newest && wasNewest && !this.#own.isRunning) void this.#choose(String(newest.number));
  }

  #opened(): void {
    this.#unseen = 0;
    this.#badge.textContent = "";
    const [newest] = this.#shared.list;
    if (this.#chosen === null && newest) void this.#choose(String(newest.number));
  }

  /** List all runs, with one of them chosen. */
  #list(chosen: string | null): void {
    const { isRunning } = this.#own;
    const own = this.#last || isRunning ? { value: OWN, words: "Your last run", at: this.#last?.number ?? Infinity } : null;
    const shared = this.#shared.list
      .filter(({ number }) => number !== this.#last?.number)
      .map((run) => ({ value: String(run.number), words: runWords(run), at: run.number }));
    const all = (own ? [own, ...shared] : shared).sort((one, other) => other.at - one.at);
    this.#which.replaceChildren(...all.map(({ value, words }) => h("option", { value }, words)));
    this.#which.hidden = all.length < 2;
    this.#chosen = chosen;
    this.#which.value = chosen ?? "";
  }

  async #choose(which: string): Promise<void> {
    this.#list(which);
    if (which === OWN) {
      const { run } = this.#last!;
      this.#view.fill(run, ownWords(run));
      return;
    }
    const run = await this.#shared.read(Number(which));
    if (this.#chosen !== which) return;
    if (run) {
      this.#view.fill(run, runWords(run));
    } else {
      this.#view.clear();
      this.#view.tell("This run can’t be loaded.");
    }
  }
}
