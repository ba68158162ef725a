/** Times as people say them. */

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
];
const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** @param time in milliseconds since 1970 */
export function ago(time: number): string {
  const seconds = (Date.now() - time) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return "just now";
}

/** @param time in milliseconds since 1970, not over yet */
export function ahead(time: number): string {
  const seconds = (time - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    // Of a week one second is over almost at once: it is a week all the same.
    if (seconds >= 0.99 * length) return format.format(Math.round(seconds / length), unit);
  }
  return "within a minute";
}
