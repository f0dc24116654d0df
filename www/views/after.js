/**
 * What can be done with an answer: ask the same again, give others a link to it, save it.
 *
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 * @typedef {import("../protocol.js").Transcript} Transcript
 */

import { h, icon } from "./dom.js";
import { Save } from "./save.js";
import { linkTo } from "./share.js";

export class After {
  #link = h("button", { type: "button", class: "quiet", onclick: () => this.#copyLink() }, icon("link"), "Copy link");
  #copied = h("span", { class: "copied", role: "status" });
  #save;
  element;
  /** @type {PastAnswer | null} */
  #past = null;
  /** The address of a page that opens links. */
  #share = "";

  /** @param {() => void} again @param {(error: unknown) => void} onError */
  constructor(again, onError) {
    this.#save = new Save(onError);
    this.element = h(
      "div",
      { class: "row after", hidden: true },
      h("button", { type: "button", class: "quiet", onclick: again }, icon("again"), "Same seed again"),
      this.#link,
      this.#save.element,
      this.#copied,
    );
  }

  /** @param {PastAnswer} past @param {() => Promise<Transcript | null>} transcript @param {string} share the address of a page that opens links */
  offer(past, transcript, share) {
    this.#past = past;
    this.#share = share;
    this.#copied.textContent = "";
    this.#save.offer(past, transcript);
    this.element.hidden = false;
    // A picture of the reader's own has no address.
    this.#link.hidden = !share || !(past.shared.picture || past.shared.surprise);
  }

  async #copyLink() {
    if (!this.#past) return;
    const link = linkTo(this.#share, this.#past.request, this.#past.shared);
    // Where there is no clipboard, as over plain http, it is there to be copied by hand.
    const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    this.#copied.replaceChildren(copied ? "Copied." : h("a", { href: link }, link));
  }
}
