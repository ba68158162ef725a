/** Lets a screen reader say something, after it has finished what it is saying. */

const region = document.getElementById("announcements")!;

export function announce(sentence: string): void {
  // Empty it first: a sentence that already stands there would not be said again.
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = sentence));
}
