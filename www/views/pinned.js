/**
 * One question that the model never trains on, answered before and after.
 * @typedef {import("../protocol.js").Pinned} Pinned
 * @typedef {import("../protocol.js").Answered} Answered
 */

import { h, icon } from "./dom.js";
import { drawing } from "./drawing.js";

export class PinnedView {
  #picture = h("img", { alt: "The picture of the test question", width: 112, height: 112 });
  #question = h("p", { class: "pinned-question" });
  #before = h("div", { class: "attempt" });
  #after = h("div", { class: "attempt" });
  #head = h("div", { class: "pinned-head", hidden: true }, this.#picture, this.#question);
  element = h(
    "section",
    { class: "pinned", hidden: true },
    h("h3", { class: "heading" }, "The test question, before and after"),
    this.#head,
    h("div", { class: "attempts" }, this.#before, this.#after),
  );
  /** The step of the first answer. @type {number | null} */
  #first = null;

  clear() {
    this.#first = null;
    this.element.hidden = true;
    this.#head.hidden = true;
    this.#before.replaceChildren();
    this.#after.replaceChildren();
  }

  /** @param {Pinned} pinned */
  ask({ png, question, answer }) {
    this.#picture.src = png;
    this.#question.replaceChildren(question, h("small", {}, `Right answer: ${answer}`));
    this.#head.hidden = false;
    this.element.hidden = false;
  }

  /** The first answer stays; each later one takes the place of the one before. @param {Answered} answered */
  show(answered) {
    this.#first ??= answered.step;
    const place = answered.step === this.#first ? this.#before : this.#after;
    place.replaceChildren(...attempt(answered));
    this.element.hidden = false;
  }
}

/** @param {Answered} answered */
function attempt({ step, answer, right, steps }) {
  const words = steps.map(({ text }) => text).join(" ").trim();
  return [
    h("p", { class: "eyebrow" }, step ? `After ${step} steps` : "Before training"),
    h("p", { class: `verdict ${right ? "right" : "wrong"}` }, icon(right ? "right" : "wrong"), answer.trim() || "(no answer)"),
    h("div", { class: "drawings" }, ...steps.map((step) => drawing(step))),
    h("p", { class: "said" }, words),
  ];
}
