/** A list with a heading that keeps the elements of its rows, so that focus and half-made choices stay. */

import { h } from "../../dom.js";

export interface Row<Item> {
  readonly element: HTMLLIElement;
  /** Show the item as it is now. */
  show(item: Item): void;
  /** Remove messages: they are outdated. */
  forget(): void;
}

export class Rows<Item, Shown extends Row<Item> = Row<Item>> {
  readonly element: HTMLElement;
  readonly #heading: HTMLElement;
  readonly #list = h("ul", { class: "rows" });
  readonly #keyOf: (item: Item) => string;
  readonly #rowOf: (item: Item) => Shown;
  #rows = new Map<string, Shown>();

  constructor(heading: string, keyOf: (item: Item) => string, rowOf: (item: Item) => Shown) {
    this.#heading = h("h3", { tabindex: -1 }, heading);
    this.#list.setAttribute("aria-label", heading);
    this.element = h("section", { hidden: true }, this.#heading, this.#list);
    this.#keyOf = keyOf;
    this.#rowOf = rowOf;
  }

  row(key: string): Shown | null {
    return this.#rows.get(key) ?? null;
  }

  /** Show these items, in this order; without any, the list is hidden. */
  show(items: readonly Item[]): void {
    const before = this.#rows;
    this.#rows = new Map(items.map((item) => [this.#keyOf(item), before.get(this.#keyOf(item)) ?? this.#rowOf(item)]));
    for (const [key, row] of before) if (!this.#rows.has(key)) this.#remove(row.element);
    [...this.#rows.values()].forEach(({ element }, i) => {
      // Don't move it without need: it would lose the focus.
      const there = this.#list.children.item(i);
      if (there !== element) this.#list.insertBefore(element, there);
    });
    for (const item of items) this.#rows.get(this.#keyOf(item))?.show(item);
    this.element.hidden = items.length === 0;
  }

  forget(): void {
    for (const row of this.#rows.values()) row.forget();
  }

  /** Remove a row; the focus goes to the heading, so that the next key press hits no other row's button. */
  #remove(element: HTMLElement): void {
    const focused = element.contains(document.activeElement);
    element.remove();
    if (focused) this.#heading.focus();
  }
}
