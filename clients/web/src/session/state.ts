/**
 * Whether edits are saved, in a word and an icon that are always in sight.
 *
 * "Saved" is shown only after it has been true for a moment: so the word doesn't flicker while
 * somebody types, and never claims too much.
 */

import type { Session, Status } from "ot-collab";
import { announce } from "../announce.js";
import { h } from "../dom.js";
import { icon, type IconName } from "../icons.js";
import { survivesClosing } from "../remembered.js";

interface Words {
  readonly icon: IconName;
  readonly word: string;
  readonly detail?: string;
}

/** How long everything has to be saved before "Saved" is shown, in milliseconds. */
const SETTLED_AFTER = 400;

export class StateView {
  readonly element = h("p", { class: "state", title: "State of your edits" });
  readonly #session: Session;
  readonly #stop: () => void;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #shown: Status["state"] | null = null;
  #announced: Status["state"] = "connecting";

  constructor(session: Session) {
    this.#session = session;
    this.#stop = session.on("status", () => this.#changed());
    this.#show();
  }

  left(): void {
    this.#stop();
    clearTimeout(this.#settling);
  }

  #changed(): void {
    const settling = this.#session.status.state === "saved" && this.#shown === "saving";
    clearTimeout(this.#settling);
    if (settling) this.#settling = setTimeout(() => this.#show(), SETTLED_AFTER);
    else this.#show();
  }

  #show(): void {
    const { status } = this.#session;
    const words = wordsOf(this.#session);
    this.#shown = status.state;
    this.element.dataset["state"] = status.state;
    this.element.replaceChildren(
      icon(words.icon),
      h("span", { class: "state-word" }, words.word),
      h("span", { class: "state-detail" }, words.detail ?? ""),
    );
    this.#announce(status.state, words);
  }

  /** Saving isn't announced, and "Saved" only after trouble. */
  #announce(state: Status["state"], { word, detail }: Words): void {
    if (state === "saving" || state === "connecting" || state === this.#announced) return;
    this.#announced = state;
    announce(detail ? `${word}: ${detail}` : word);
  }
}

function wordsOf({ status, info, participants, revision }: Session): Words {
  switch (status.state) {
    case "connecting":
      return { icon: "clock", word: "Connecting…" };
    case "saved":
      return { icon: "check", word: "Saved" };
    case "saving": {
      const holder = participants.get(info?.lock?.by ?? "")?.name;
      return { icon: "clock", word: "Saving…", ...(status.reason && { detail: `waiting for ${holder ?? "the lock"}` }) };
    }
    case "offline": {
      const kept = survivesClosing() ? "edits are kept" : "keep this tab open";
      return { icon: "cloudOff", word: "Offline", detail: revision === null ? "reconnecting" : kept };
    }
    case "refused":
      return { icon: "alert", word: "Not saved", detail: "see below" };
    case "closed":
      return { icon: "closed", word: "Closed" };
  }
}
