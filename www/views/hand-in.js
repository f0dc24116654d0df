/**
 * A pupil's part of a lesson that is done with a class: a name, and at the end a file to hand in. It is saved on
 * the pupil's own device; nothing is sent.
 *
 * @typedef {import("../lessons/language.js").Words["ui"]["handIn"]} Words
 * @typedef {import("../lessons/class.js").Work} Work
 */

import { NAME_LETTERS, fileNameOf, fileOf } from "../lessons/class.js";
import { download, field, h, icon } from "./dom.js";

export class HandIn {
  #words;
  #workBy;
  #name = h("input", { type: "text", autocomplete: "off", maxLength: NAME_LETTERS, oninput: () => (this.#alert.hidden = true) });
  #alert = h("p", { class: "alert", role: "alert", hidden: true });
  #said = h("p", { class: "facts", role: "status" });
  /** At the lesson's beginning. */
  who;
  /** At its end, once there is something to hand in. */
  element;

  /** @param {Words} words @param {(name: string) => Work} workBy what a pupil of this name has done so far */
  constructor(words, workBy) {
    this.#words = words;
    this.#workBy = workBy;
    this.who = h("div", { class: "fields hand-in" }, field(words.name, this.#name, words.nameWhy));
    this.element = h(
      "section",
      { class: "part", hidden: true },
      h("h3", { class: "heading" }, words.title),
      h("p", {}, words.why),
      this.#alert,
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: () => this.#handIn() }, icon("save"), words.button)),
      this.#said,
    );
  }

  #handIn() {
    const name = this.#name.value.trim();
    this.#said.textContent = "";
    this.#alert.hidden = Boolean(name);
    if (!name) {
      this.#alert.textContent = this.#words.nameless;
      return this.#name.focus();
    }
    const work = this.#workBy(name);
    download(fileNameOf(work), "application/json", fileOf(work));
    this.#said.textContent = this.#words.saved(fileNameOf(work));
  }
}
