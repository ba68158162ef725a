/**
 * Others' carets and selections as CodeMirror decorations.
 *
 * They come from the session, and are moved through every change of the document by
 * CodeMirror itself until the session tells them again.  They are for the eye only:
 * screen readers are told by the page who is there.
 */

import { EditorSelection, type ChangeSet, type Range, type Text } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import type { Session } from "../session/session.js";
import type { Participant } from "../session/messages.js";
import type { Presence } from "../session/presence.js";
import type { Selection } from "../engine/selection.js";
import { DocOffsets } from "./offsets.js";

/** How long a name stands beside a caret that has moved, in milliseconds; the style says the same. */
const NAME_FOR = 4_000;

class CaretWidget extends WidgetType {
  constructor(
    readonly participant: Participant,
    /** When it last moved by itself, on the page's clock. */
    readonly movedAt: number,
  ) {
    super();
  }

  override eq(other: CaretWidget): boolean {
    const { id, name, color } = this.participant;
    const that = other.participant;
    return id === that.id && name === that.name && color === that.color && this.movedAt === other.movedAt;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = "ot-caret";
    caret.setAttribute("aria-hidden", "true");
    caret.style.setProperty("--ot-color", colorOf(this.participant));
    // Between zero-width joints the caret breaks no word and takes no room.
    caret.append("\u2060");
    const age = performance.now() - this.movedAt;
    if (age < NAME_FOR) {
      const name = document.createElement("span");
      name.className = "ot-caret-name";
      name.textContent = this.participant.name;
      name.style.animationDelay = `${-Math.round(age)}ms`;
      caret.append(name);
    }
    caret.append("\u2060");
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** What is remembered of one connection's carets: where they were told to be, and since when. */
interface Told {
  selections: readonly Selection[];
  movedAt: number;
}

export class CaretsView {
  readonly #session: Session;
  /** By participant and connection. */
  #told = new Map<string, Told>();
  decorations: DecorationSet = Decoration.none;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The document has changed: everything stays where it was in the text. */
  map(changes: ChangeSet): void {
    this.decorations = this.decorations.map(changes);
  }

  /** The session's text has changed: nobody has moved by themselves. */
  follow(): void {
    for (const [key, , { selections }] of this.#shown()) {
      const told = this.#told.get(key);
      if (told) told.selections = selections;
    }
  }

  /** Draw what the session knows, in its text `doc`. */
  draw(doc: Text): void {
    const told = new Map<string, Told>();
    const ranges: Range<Decoration>[] = [];
    const offsets = new DocOffsets(doc);
    for (const [key, participant, { selections }] of this.#shown()) {
      const before = this.#told.get(key);
      const movedAt = before && same(before.selections, selections) ? before.movedAt : performance.now();
      told.set(key, { selections, movedAt });
      for (const { anchor, head } of selections) {
        const range = EditorSelection.range(offsets.toUnits(anchor), offsets.toUnits(head));
        if (!range.empty) ranges.push(selected(participant).range(range.from, range.to));
        const widget = new CaretWidget(participant, movedAt);
        ranges.push(Decoration.widget({ widget, side: -1 }).range(range.head));
      }
    }
    this.#told = told;
    this.decorations = Decoration.set(ranges, true);
  }

  /** What each connection shows, with whose it is and a name for it. */
  *#shown(): Iterable<[string, Participant, Presence]> {
    for (const [id, presences] of this.#session.presence) {
      const participant = this.#session.participants.get(id);
      if (!participant) continue;
      for (const one of presences) yield [`${id} ${one.connection}`, participant, one];
    }
  }
}

function same(a: readonly Selection[], b: readonly Selection[]): boolean {
  return a === b || (a.length === b.length && a.every((selection, i) => b[i]?.equals(selection)));
}

function selected(participant: Participant): Decoration {
  return Decoration.mark({
    class: "ot-selection",
    attributes: { style: `--ot-color: ${colorOf(participant)}` },
  });
}

/** The participant's colour, unless it is more than a colour. */
function colorOf({ color }: Participant): string {
  return /^(#[0-9a-f]{3,8}|[a-z]+|(rgb|hsl|oklch)a?\([\d\s.,%/deg-]+\))$/i.test(color) ? color : "gray";
}

export const caretsTheme = EditorView.baseTheme({
  ".ot-selection": { backgroundColor: "color-mix(in srgb, var(--ot-color) 25%, transparent)" },
  ".ot-caret": {
    position: "relative",
    borderLeft: "2px solid var(--ot-color)",
    marginLeft: "-1px",
    marginRight: "-1px",
    pointerEvents: "none",
  },
  ".ot-caret-name": {
    position: "absolute",
    bottom: "100%",
    left: "-2px",
    zIndex: "10",
    padding: "0 4px",
    borderRadius: "3px 3px 3px 0",
    backgroundColor: "var(--ot-color)",
    color: "white",
    fontFamily: "system-ui, sans-serif",
    fontSize: "0.7rem",
    lineHeight: "1.4",
    whiteSpace: "nowrap",
    userSelect: "none",
    animation: "ot-caret-name 4s forwards",
  },
  // On the first line there is no room above.
  ".cm-line:first-child .ot-caret-name": { bottom: "auto", top: "100%", borderRadius: "0 3px 3px 3px" },
  "@keyframes ot-caret-name": { "0%, 70%": { opacity: "1" }, "100%": { opacity: "0" } },
});
