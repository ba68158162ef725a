/** Times in words. */

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

/** @param time in milliseconds since 1970, in the future */
export function ahead(time: number): string {
  const seconds = (time - Date.now()) / 1000;
  for (const [unit, length] of UNITS) {
    // A week minus a second is still called a week.
    if (seconds >= 0.99 * length) return format.format(Math.round(seconds / length), unit);
  }
  return "within a minute";
}
