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
  #announced = "";

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
    if (status.state !== "saving" && status.state !== "connecting") this.#announce(words);
  }

  /** Saving isn't announced, and "Saved" only after trouble. */
  #announce({ word, detail }: Words): void {
    const words = detail ? `${word}: ${detail}` : word;
    if (words === this.#announced) return;
    this.#announced = words;
    announce(words);
  }
}

const STAY = "keep this tab open";

function wordsOf({ status, info, participants }: Session): Words {
  switch (status.state) {
    case "connecting":
      return { icon: "clock", word: "Connecting…" };
    case "saved":
      return { icon: "check", word: "Saved" };
    case "saving": {
      const holder = participants.get(info?.lock?.by ?? "")?.name;
      if (!status.reason) return { icon: "clock", word: "Saving…" };
      const waiting = `waiting for ${holder ?? "the lock"}`;
      return { icon: "clock", word: "Saving…", detail: status.safe ? waiting : `${waiting}, ${STAY}` };
    }
    case "offline": {
      const kept = status.safe ? "edits are kept" : STAY;
      return { icon: "cloudOff", word: "Offline", detail: status.synchronized && status.safe ? "reconnecting" : kept };
    }
    case "refused":
      return { icon: "alert", word: "Not saved", detail: status.safe ? "see below" : `see below, ${STAY}` };
    case "closed":
      return { icon: "closed", word: "Closed", ...(!status.safe && { detail: STAY }) };
  }
}
