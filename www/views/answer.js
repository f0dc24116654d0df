/**
 * The answer, large; whether it is right, where that is known; and what it took.
 * @typedef {import("../protocol.js").EndEvent} EndEvent
 */

import { h, icon } from "./dom.js";

export class Answer {
  #text = h("div", { class: "answer-text", role: "status", "aria-label": "Answer" });
  #verdict = h("p", { class: "verdict", hidden: true });
  #facts = h("p", { class: "facts" });
  #card = h("div", { class: "answer" }, h("p", { class: "eyebrow", "aria-hidden": "true" }, "Answer"), this.#text, this.#verdict);
  element = h("div", { class: "outcome" }, this.#card, this.#facts);

  constructor() {
    this.begin();
  }

  begin() {
    this.#text.textContent = "";
    this.#facts.textContent = "";
    this.#verdict.hidden = true;
    this.#card.classList.add("empty");
  }

  /** @param {string} text */
  show(text) {
    this.#text.textContent = text.trim();
    this.#card.classList.toggle("empty", !text.trim());
  }

  /** @param {boolean} right @param {string} truth */
  judge(right, truth) {
    this.#verdict.className = `verdict ${right ? "right" : "wrong"}`;
    const words = right ? "That is right." : `Not quite: the right answer is ${truth}.`;
    this.#verdict.replaceChildren(icon(right ? "right" : "wrong"), words);
    this.#verdict.hidden = false;
  }

  stopped() {
    this.#facts.textContent = "Stopped.";
  }

  /** @param {EndEvent} end @param {string} device @param {number | undefined} seed */
  finish({ tokens, ms }, device, seed) {
    const seconds = ms / 1000;
    const parts = [
      `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`,
      `${tokens} tokens`,
      `${Math.round(tokens / Math.max(seconds, 0.001))} tokens per second`,
      device,
    ];
    if (seed !== undefined) parts.push(`seed ${seed}`);
    this.#facts.textContent = parts.join(" · ");
  }
}
