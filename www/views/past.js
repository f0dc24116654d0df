/**
 * The strip of past answers: press one to look at it again.
 *
 * It is there only where the element's `past` attribute is, which the page sets for itself: an element within another
 * site keeps nothing of its readers in that site's storage unless that site asks for it. `share` wouldn't tell the two
 * apart: another site may set it too, for its links to lead here.
 *
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 */

import { KEPT, PastAnswers, forgetAll } from "../past.js";
import { h, icon, show } from "./dom.js";

/** What a file chooser is told of ZIPs; some systems know them by the last name alone. */
const ACCEPT = "application/zip,application/x-zip-compressed,application/octet-stream";

export class PastStrip {
  #past = new PastAnswers((answers) => this.#show(answers));
  #onChoice;
  /** Of the thumbnails. @type {string[]} */
  #addresses = [];
  #heading = h("h2", { class: "heading", tabIndex: -1, id: "past" }, "Past answers");
  #list = h("ol", { "aria-labelledby": "past" });
  #file = h("input", { type: "file", accept: ACCEPT, hidden: true, onchange: () => this.#chosen() });
  #forget = h("button", { type: "button", class: "quiet", onclick: () => this.#drop(forgetAll) }, "Forget them");
  #onFile;
  element = h(
    "fieldset",
    { class: "past-answers", "aria-labelledby": "past" },
    h(
      "div",
      { class: "row" },
      this.#heading,
      h("small", {}, `The last ${KEPT} stay here, in this browser: they never leave this machine.`),
      h("button", { type: "button", class: "quiet", onclick: () => this.#file.click() }, "Open a saved one"),
      this.#forget,
    ),
    this.#list,
    this.#file,
  );

  /** @param {(past: PastAnswer) => void} onChoice @param {(file: Blob) => void} onFile one that was saved */
  constructor(onChoice, onFile) {
    this.#onChoice = onChoice;
    this.#onFile = onFile;
    this.#show([]);
  }

  /** Nothing else is looked at while an answer comes. @param {boolean} busy */
  set busy(busy) {
    this.element.disabled = busy;
  }

  /** @param {PastAnswer} past */
  keep(past) {
    void this.#past.keep(past);
  }

  /** @param {PastAnswer[]} answers the latest first */
  #show(answers) {
    this.#addresses.splice(0).forEach((address) => URL.revokeObjectURL(address));
    this.#forget.hidden = this.#list.hidden = !answers.length;
    this.#list.replaceChildren(...answers.map((past) => this.#item(past)));
  }

  /** @param {PastAnswer} past */
  #item(past) {
    const { time, request, answer } = past;
    const picture = h("img", { alt: "", width: 64, height: 64 });
    this.#addresses.push(show(picture, request.picture));
    const title = new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    return h(
      "li",
      {},
      h("button", { type: "button", class: "choice", title, onclick: () => this.#onChoice(past) }, picture, h("span", {}, request.question), h("strong", {}, answer)),
      h("button", { type: "button", class: "forget", "aria-label": `Forget: ${request.question}`, onclick: () => this.#drop(() => this.#past.forget(past)) }, icon("close")),
    );
  }

  /** The button that was pressed goes with it. @param {() => Promise<void>} work */
  #drop(work) {
    void work();
    this.#heading.focus({ preventScroll: true });
  }

  #chosen() {
    const file = this.#file.files?.[0];
    if (file) this.#onFile(file);
    this.#file.value = ""; // so that choosing the same file again counts
  }
}
