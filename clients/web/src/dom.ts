/**
 * Makes elements without markup: what people type becomes text, never HTML.
 */

export type Child = Node | string | null;
type Value = string | number | boolean | ((event: Event) => void);

/**
 * An element with attributes and children.
 *
 * A function becomes a listener for the event that the attribute names. `true` makes an
 * attribute without a value; `false` leaves the attribute out.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
