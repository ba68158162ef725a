/** What a screen reader says, when it has finished with what it is saying. */

const region = document.getElementById("announcements")!;

export function announce(sentence: string): void {
  // What is still there would make the same sentence no news.
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = sentence));
}
