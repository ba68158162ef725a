/**
 * The panels below the editor: a row of tabs that is always there, and the panel that is open.
 *
 * Nothing is open at first. The open panel is closed by its tab, the cross or Escape, and keeps its
 * contents meanwhile. The arrow keys move along the tabs without opening them, because an open
 * panel takes room from the text.
 */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { remember, remembered } from "../remembered.js";

export interface Panel {
  /** Its id in the document; one word. */
  readonly id: string;
  readonly title: string;
  readonly element: HTMLElement;
  /** A few characters beside the title, such as a count; hidden while it is empty. */
  readonly badge?: HTMLElement;
  /** Called when it is opened or closed. */
  toggled?(open: boolean): void;
}

interface Place {
  readonly panel: Panel;
  readonly tab: HTMLButtonElement;
  readonly body: HTMLElement;
}

/** How high the open panel is, in percent of the window. */
const LOWEST = 15;
const HIGHEST = 75;
const USUAL = 32;
const STEP = 5;

export class Panels {
  /** Buttons that need no open panel, at the end of the row of tabs. */
  readonly tools = h("div", { class: "panel-tools" });
  readonly #places: Place[] = [];
  readonly #edge = h("div", {
    class: "panel-edge",
    role: "separator",
    tabindex: 0,
    "aria-orientation": "horizontal",
    "aria-label": "Panel height",
    "aria-valuemin": LOWEST,
    "aria-valuemax": HIGHEST,
    hidden: true,
    pointerdown: (event) => this.#edge.setPointerCapture((event as PointerEvent).pointerId),
    pointermove: (event) => this.#drag(event as PointerEvent),
    keydown: (event) => this.#resizeByKey(event as KeyboardEvent),
  });
  readonly #tabs = h("div", {
    class: "panel-tabs",
    role: "tablist",
    "aria-label": "Panels",
    keydown: (event) => this.#goAlong(event as KeyboardEvent),
  });
  readonly #cross = h(
    "button",
    { type: "button", class: "quiet icon-only", "aria-label": "Close panel", title: "Close", hidden: true, click: () => this.#leave() },
    icon("cross"),
  );
  readonly #bodies = h("div", { class: "panel-bodies", hidden: true });
  readonly element = h(
    "section",
    { class: "panels", "aria-label": "Panels", keydown: (event) => this.#escape(event as KeyboardEvent) },
    this.#edge,
    h("div", { class: "panel-row" }, this.#tabs, h("span", { class: "space" }), this.tools, this.#cross),
    this.#bodies,
  );
  #open: Place | null = null;
  #height = USUAL;

  constructor() {
    this.#resize(Number(remembered("panel-height") ?? USUAL) || USUAL);
  }

  /** Add a panel; they are shown in this order. */
  add(panel: Panel): void {
    const tab = h(
      "button",
      {
        type: "button",
        id: `tab-${panel.id}`,
        class: "quiet",
        role: "tab",
        "aria-selected": "false",
        "aria-expanded": "false",
        "aria-controls": `panel-${panel.id}`,
        tabindex: this.#places.length ? -1 : 0,
        click: () => (this.isOpen(panel.id) ? this.close() : this.open(panel.id)),
      },
      panel.title,
      panel.badge ?? null,
    );
    panel.badge?.classList.add("panel-badge");
    const body = h(
      "div",
      { id: `panel-${panel.id}`, class: "panel-body", role: "tabpanel", tabindex: 0, "aria-labelledby": tab.id, hidden: true },
      panel.element,
    );
    this.#places.push({ panel, tab, body });
    this.#tabs.append(tab);
    this.#bodies.append(body);
  }

  /** Open a panel, and close the one that was open; the focus stays where it is. */
  open(id: string): void {
    this.#show(this.#places.find(({ panel }) => panel.id === id) ?? null);
  }

  close(): void {
    this.#show(null);
  }

  isOpen(id: string): boolean {
    return this.#open?.panel.id === id;
  }

  #show(next: Place | null): void {
    const before = this.#open;
    if (next === before) return;
    this.#open = next;
    for (const place of this.#places) {
      const open = place === next;
      place.tab.setAttribute("aria-selected", String(open));
      place.tab.setAttribute("aria-expanded", String(open));
      place.body.hidden = !open;
    }
    if (next) this.#makeReachable(next.tab);
    this.#edge.hidden = this.#cross.hidden = this.#bodies.hidden = next === null;
    before?.panel.toggled?.(false);
    next?.panel.toggled?.(true);
  }

  /** Close the panel, and move the focus to its tab. */
  #leave(): void {
    const tab = this.#open?.tab;
    this.close();
    tab?.focus();
  }

  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented || !this.#open) return;
    event.preventDefault();
    this.#leave();
  }

  /** The Tab key reaches only one of the tabs. */
  #makeReachable(tab: HTMLElement): void {
    for (const place of this.#places) place.tab.tabIndex = place.tab === tab ? 0 : -1;
  }

  #goAlong(event: KeyboardEvent): void {
    const tabs = this.#places.map(({ tab }) => tab);
    const here = tabs.indexOf(event.target as HTMLButtonElement);
    const steps: Readonly<Record<string, number>> = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: -1 };
    const step = steps[event.key];
    if (step === undefined || here < 0) return;
    event.preventDefault();
    const tab = tabs.at(step % tabs.length)!;
    this.#makeReachable(tab);
    tab.focus();
  }

  #drag({ currentTarget, pointerId, clientY }: PointerEvent): void {
    if (!(currentTarget as HTMLElement).hasPointerCapture(pointerId)) return;
    const { bottom } = this.#bodies.getBoundingClientRect();
    this.#resize(((bottom - clientY) / innerHeight) * 100);
  }

  #resizeByKey(event: KeyboardEvent): void {
    const heights: Readonly<Record<string, number>> = {
      ArrowUp: this.#height + STEP,
      ArrowDown: this.#height - STEP,
      Home: LOWEST,
      End: HIGHEST,
    };
    const height = heights[event.key];
    if (height === undefined) return;
    event.preventDefault();
    this.#resize(height);
  }

  #resize(height: number): void {
    this.#height = Math.round(Math.min(HIGHEST, Math.max(LOWEST, height)));
    this.#edge.setAttribute("aria-valuenow", String(this.#height));
    this.#bodies.style.setProperty("--height", `${this.#height}dvh`);
    if (this.element.isConnected) remember("panel-height", String(this.#height));
  }
}
