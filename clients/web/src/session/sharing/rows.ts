/** A headed list whose rows stay the elements that they are: focus stays where it is, and what is half chosen. */

import { h } from "../../dom.js";

export interface Row<Item> {
  readonly element: HTMLLIElement;
  /** Show it as it is now. */
  show(item: Item): void;
  /** What was said here is no news any more. */
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

  /** Show these, in this order; without any there is nothing to see. */
  show(items: readonly Item[]): void {
    const before = this.#rows;
    this.#rows = new Map(items.map((item) => [this.#keyOf(item), before.get(this.#keyOf(item)) ?? this.#rowOf(item)]));
    for (const [key, row] of before) if (!this.#rows.has(key)) this.#remove(row.element);
    [...this.#rows.values()].forEach(({ element }, i) => {
      // Moved without need it would lose the focus.
      const there = this.#list.children.item(i);
      if (there !== element) this.#list.insertBefore(element, there);
    });
    for (const item of items) this.#rows.get(this.#keyOf(item))?.show(item);
    this.element.hidden = items.length === 0;
  }

  forget(): void {
    for (const row of this.#rows.values()) row.forget();
  }

  /** The next press of a key must not meet another row's button: the focus goes to the heading. */
  #remove(element: HTMLElement): void {
    const focused = element.contains(document.activeElement);
    element.remove();
    if (focused) this.#heading.focus();
  }
}
