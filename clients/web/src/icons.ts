/** The page's icons: strokes on a 16 × 16 grid, in the colour of the text beside them. */

const PATHS = {
  check: "M3 7.9l3.2 3.2L13 4.2",
  clock: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M8 4.8V8l2.2 1.6",
  cloudOff: "M2.5 2.5l11 11M5.2 5.4A3.4 3.4 0 0 0 4.6 12H12M7.2 3.9a3.9 3.9 0 0 1 4.5 3.2 2.5 2.5 0 0 1 2 3.6",
  alert: "M8 2.4L14.2 13.2H1.8zM8 6.6v3M8 11.3v.2",
  closed: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 1 0 8 2.2M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  link: "M6.6 9.4l2.8-2.8M7.3 4.6l1.5-1.5a2.9 2.9 0 0 1 4.1 4.1l-1.5 1.5M8.7 11.4l-1.5 1.5a2.9 2.9 0 0 1-4.1-4.1l1.5-1.5",
  copy: "M5.8 5.8h7v7h-7zM10.2 3.2h-7v7",
  cross: "M4 4l8 8M12 4l-8 8",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 1 0 8 5.2M8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M3.5 12.5l.8-.8M11.7 4.3l.8-.8",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7",
  eye: "M1.6 8S4 3.9 8 3.9 14.4 8 14.4 8 12 12.1 8 12.1 1.6 8 1.6 8M8 6.3a1.7 1.7 0 1 0 0 3.4A1.7 1.7 0 1 0 8 6.3",
  envelope: "M2.2 3.8h11.6v8.4H2.2zM2.6 4.4L8 8.8l5.4-4.4",
  pencil: "M2.8 13.2l.7-3.1 7.3-7.3 2.4 2.4-7.3 7.3zM9.2 4.4l2.4 2.4",
  person: "M8 2.4a2.8 2.8 0 1 0 0 5.6A2.8 2.8 0 1 0 8 2.4M2.6 13.6a5.4 5.4 0 0 1 10.8 0",
  bin: "M2.8 4.4h10.4M6 4.4V2.6h4v1.8M4.2 4.4l.6 9h6.4l.6-9M6.7 7v3.8M9.3 7v3.8",
  leave: "M9.4 2.8H3.4v10.4h6M6.8 8h6.8M11 5.2L13.8 8 11 10.8",
  plus: "M8 3v10M3 8h10",
  play: "M4.5 2.8v10.4L13 8z",
  stop: "M4 4h8v8H4z",
  search: "M7 2.6a4.4 4.4 0 1 0 0 8.8A4.4 4.4 0 1 0 7 2.6M10.2 10.2l3.4 3.4",
  lock: "M4 7.4h8v6H4zM5.6 7.4V5.2a2.4 2.4 0 0 1 4.8 0v2.2",
  undo: "M5.4 3L2.6 5.8l2.8 2.8M2.8 5.8h6.6a3.6 3.6 0 0 1 0 7.2H6",
} as const;

export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

/** An icon that screen readers skip: the words beside it say the same. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
