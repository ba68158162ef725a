/** What a page is to the rest: something to show, and to leave. */

export interface Page {
  readonly title: string;
  readonly element: HTMLElement;
  /** It is in the document now. */
  shown?(): void;
  /** It has been left. */
  left?(): void;
}

/** Go to an address of this page, without loading anything; a notice is shown on arrival at the start. */
export type Go = (address: string, notice?: string) => void;
