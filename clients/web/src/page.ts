/** A page: something that is shown, and left. */

export interface Page {
  readonly title: string;
  readonly element: HTMLElement;
  /** Called when it is in the document. */
  shown?(): void;
  /** Called when it has been left. */
  left?(): void;
}

/** Go to an address within the page, without loading anything; the start page shows the notice. */
export type Go = (address: string, notice?: string) => void;
