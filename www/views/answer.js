/**
 * The answer, large; whether it is right, where that is known; and what it took.
 * @typedef {import("../protocol.js").EndEvent} EndEvent
 */

import { h, icon } from "./dom.js";
import { typeName } from "./task-types.js";

/** How the model says that a question has no answer in its picture (src/tasks/unanswerable.rs). */
const UNKNOWN = /^i can['\u2019]?t tell\.?$/i;

export class Answer {
  #text = h("div", { class: "answer-text", role: "status", "aria-label": "Answer" });
  #verdict = h("p", { class: "verdict", hidden: true });
  #facts = h("p", { class: "facts" });
  #help = h("p", { class: "help", hidden: true });
  #card = h("div", { class: "answer" }, h("p", { class: "eyebrow", "aria-hidden": "true" }, "Answer"), this.#text, this.#verdict, this.#help);
  /** The question types that the model knows. @type {string[]} */
  capabilities = [];
  element = h("div", { class: "outcome" }, this.#card, this.#facts);

  constructor() {
    this.begin();
  }

  begin() {
    this.#text.textContent = "";
    this.#facts.textContent = "";
    this.#verdict.hidden = this.#help.hidden = true;
    this.#card.classList.add("empty");
  }

  /** @param {string} text */
  show(text) {
    const unknown = UNKNOWN.test(text.trim());
    this.#text.textContent = unknown ? "I can’t tell." : text.trim();
    this.#help.hidden = true;
    if (unknown) this.#explain("The picture doesn’t show it, or it is unlike what I have practised.");
    this.#card.classList.toggle("empty", !text.trim());
  }

  /** @param {boolean} right @param {string} truth */
  judge(right, truth) {
    this.#verdict.className = `verdict ${right ? "right" : "wrong"}`;
    const words = right ? "That is right." : `Not quite: the right answer is ${truth}.`;
    this.#verdict.replaceChildren(icon(right ? "right" : "wrong"), words);
    this.#verdict.hidden = false;
  }

  /** @param {string} why the answer is missing, or may be wrong */
  #explain(why) {
    this.#help.textContent = `${why} What I know: ${this.capabilities.map(typeName).join(", ")}.`;
    this.#help.hidden = false;
  }

  stopped() {
    this.#facts.textContent = "Stopped.";
  }

  /** @param {EndEvent} end @param {string} device @param {number | undefined} seed */
  finish({ tokens, ms, sure, strange }, device, seed) {
    const seconds = ms / 1000;
    if (strange && this.#help.hidden) this.#explain("This is unlike what I have practised, so don’t rely on it.");
    const parts = [
      ...(sure === undefined ? [] : [`${Math.round(sure * 100)}% sure`]),
      `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`,
      `${tokens} tokens`,
      `${Math.round(tokens / Math.max(seconds, 0.001))} tokens per second`,
      device,
    ];
    if (seed !== undefined) parts.push(`seed ${seed}`);
    this.#facts.textContent = parts.join(" · ");
  }
}
