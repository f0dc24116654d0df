/**
 * A question with a few answers to choose from: a prediction, which is taken as it is and looked at later,
 * or a check, which says at once what is right and may be tried again.
 *
 * @typedef {import("./language.js").Words["ui"]} Ui
 * @typedef {{ask: string, options: string[], right: number, why: string | string[]}} Asked `why` is one text, or
 *   one for each option
 */

import { h, icon } from "../views/dom.js";
import { rich } from "./text.js";

let names = 0;

export class Question {
  #asked;
  #ui;
  #onAnswer;
  #boxes;
  #button;
  /** What is said to the answer. */
  said = h("div", { class: "said-back", role: "status" });
  element;
  /** @type {number | null} */
  chosen = null;

  /** @param {Asked} asked @param {Ui} ui @param {string} button @param {(chosen: number) => void} onAnswer */
  constructor(asked, ui, button, onAnswer) {
    this.#asked = asked;
    this.#ui = ui;
    this.#onAnswer = onAnswer;
    names += 1;
    const name = `question-${names}`;
    this.#boxes = asked.options.map((_, i) => h("input", { type: "radio", name, value: String(i), required: true }));
    this.#button = h("button", { type: "submit", class: "primary" }, button);
    this.element = h(
      "form",
      { class: "quiz", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.#take()) },
      h(
        "fieldset",
        {},
        h("legend", {}, ...rich(asked.ask)),
        ...asked.options.map((option, i) => h("label", { class: "option" }, this.#boxes[i], h("span", {}, ...rich(option)))),
      ),
      this.#button,
    );
  }

  #take() {
    this.chosen = this.#boxes.findIndex((box) => box.checked);
    this.#onAnswer(this.chosen);
  }

  /** What was chosen stays. */
  lock() {
    for (const box of this.#boxes) box.disabled = true;
    this.#button.hidden = true;
  }

  unlock() {
    for (const box of this.#boxes) box.disabled = false;
    this.#button.hidden = false;
  }

  /** Says whether the chosen answer is the right one, and why. @param {boolean} final whether the right one is told in any case @param {number} [right] */
  tell(final, right = this.#asked.right) {
    const { options, why } = this.#asked;
    const chosen = this.chosen ?? 0;
    const good = chosen === right;
    const wrong = final ? this.#ui.isRight(options[right]) : this.#ui.notQuite;
    this.#say(good ? "right" : "wrong", good ? this.#ui.right : wrong, typeof why === "string" ? why : why[chosen]);
  }

  /** @param {"right" | "wrong"} kind @param {string} verdict @param {string} why */
  #say(kind, verdict, why) {
    this.said.replaceChildren(
      h("p", { class: `verdict ${kind}` }, icon(kind), verdict.replaceAll("*", "").replaceAll("`", "")),
      h("p", {}, ...rich(why)),
    );
  }
}
