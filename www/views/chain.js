/** The last chain of words that the model made drawings for. @typedef {import("../protocol.js").Chain} Chain */

import { h } from "./dom.js";
import { drawing } from "./drawing.js";

export class ChainView {
  #picture = h("img", { alt: "The picture of the question", width: 72, height: 72 });
  #question = h("p", { class: "pinned-question" });
  #steps = h("ol", { class: "chain" });
  element = h(
    "section",
    { class: "tries", hidden: true },
    h("h3", { class: "heading" }, "The last example that it drew for itself"),
    h("p", { class: "lead" }, "The words were given, the drawings are its own."),
    h("div", { class: "pinned-head" }, this.#picture, this.#question),
    this.#steps,
  );

  clear() {
    this.element.hidden = true;
  }

  /** @param {Chain} chain */
  show({ png, question, answer, steps }) {
    this.element.hidden = false;
    this.#picture.src = png;
    this.#question.replaceChildren(question, h("small", {}, `Answer: ${answer}`));
    this.#steps.replaceChildren(...steps.map((step) => h("li", {}, drawing(step), h("span", {}, step.text))));
  }
}
