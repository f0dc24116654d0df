/**
 * What can be done with an answer: look inside, ask the same again or in other ways, give others a link to it, save it.
 *
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 * @typedef {import("./reply.js").Live} Live
 *
 * @typedef {object} Actions
 * @property {() => void} again asks the same once more
 * @property {(request: import("../protocol.js").Request) => Promise<{element: HTMLElement, leave(): void}>} compare asks it in other ways
 * @property {(error: unknown) => void} onError
 */

import { h, icon } from "./dom.js";
import { Save } from "./save.js";
import { linkTo } from "./share.js";

export class After {
  #link = h("button", { type: "button", class: "quiet", onclick: () => this.#copyLink() }, icon("link"), "Copy link");
  #copied = h("span", { class: "copied", role: "status" });
  #look = this.#panel("look", "Look inside", () => this.#live?.inside());
  #compare = this.#panel("compare", "Compare", () => this.#past && this.#actions.compare(this.#past.request));
  #save;
  #actions;
  element;
  /** Where a look inside, or a comparison, is shown. */
  below = h("div", { class: "below" });
  /** @type {Live | null} */
  #live = null;
  /** What is open below is left. */
  #leave = () => {};
  /** @type {PastAnswer | null} */
  #past = null;
  /** The address of a page that opens links. */
  #share = "";

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#save = new Save(actions.onError);
    this.element = h(
      "div",
      { class: "row after", hidden: true },
      h("button", { type: "button", class: "quiet", onclick: actions.again }, icon("again"), "Same seed again"),
      this.#compare,
      this.#look,
      this.#link,
      this.#save.element,
      this.#copied,
    );
  }

  /** Another answer is being given. */
  withdraw() {
    this.element.hidden = true;
    this.#close();
  }

  /** @param {PastAnswer} past @param {Live | null} live @param {string} share the address of a page that opens links */
  offer(past, live, share) {
    this.#past = past;
    this.#live = live;
    this.#close();
    this.#look.hidden = !live;
    this.#share = share;
    this.#copied.textContent = "";
    this.#save.offer(past, live?.transcript ?? (async () => null));
    this.element.hidden = false;
    // A picture of the reader's own has no address.
    this.#link.hidden = !share || !(past.shared.picture || past.shared.surprise);
  }

  #close() {
    this.#leave();
    this.#leave = () => {};
    this.below.replaceChildren();
    for (const button of [this.#look, this.#compare]) button.ariaExpanded = "false";
  }

  /**
   * A button that opens something below the answer, and closes it.
   * @param {Parameters<typeof icon>[0]} picture @param {string} name
   * @param {() => Promise<{element: HTMLElement, leave?(): void}> | null | undefined} make
   */
  #panel(picture, name, make) {
    const button = h("button", { type: "button", class: "quiet", "aria-expanded": "false" }, icon(picture), name);
    button.addEventListener("click", async () => {
      const open = button.ariaExpanded === "true";
      const past = this.#past;
      this.#close();
      if (open) return;
      button.ariaExpanded = "true";
      try {
        const panel = await make();
        if (!panel || past !== this.#past || button.ariaExpanded !== "true") return panel?.leave?.();
        this.#leave = () => panel.leave?.();
        this.below.replaceChildren(panel.element);
      } catch (error) {
        button.ariaExpanded = "false";
        this.#actions.onError(error);
      }
    });
    return button;
  }

  async #copyLink() {
    if (!this.#past) return;
    const link = linkTo(this.#share, this.#past.request, this.#past.shared);
    // Where there is no clipboard, as over plain http, it is there to be copied by hand.
    const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    this.#copied.replaceChildren(copied ? "Copied." : h("a", { href: link }, link));
  }
}
