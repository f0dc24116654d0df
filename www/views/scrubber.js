/**
 * The steps of an answer, one by one: played again so slowly that one can follow, or gone through by hand. It says which
 * step is looked at; others show it.
 *
 * @typedef {import("../past.js").PastStep} PastStep
 */

import { AT_THE_END } from "../actions.js";
import { h, icon } from "./dom.js";
import { timeFor } from "./playback.js";

export class Scrubber {
  #onStep;
  /** @type {PastStep[]} */
  #steps = [];
  /** The step that is looked at; the number of all for none. */
  #at = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} until the next step */
  #timer;
  #play = h("button", { type: "button", class: "quiet", onclick: () => (this.#timer ? this.#pause() : this.#begin()) });
  #back = h("button", { type: "button", class: "quiet", "aria-label": "Previous step", onclick: () => this.#move(-1) }, icon("back"));
  #next = h("button", { type: "button", class: "quiet", "aria-label": "Next step", onclick: () => this.#move(1) }, icon("next"));
  #range = h("input", { type: "range", min: "1", step: "1", "aria-label": "Step", oninput: () => this.#goTo(Number(this.#range.value) - 1) });
  #count = h("span", { class: "count", role: "status" });
  element = h("div", { class: "scrubber", role: "group", "aria-label": "Steps again", hidden: true }, this.#play, this.#back, this.#next, this.#range, this.#count);

  /** @param {(at: number | null) => void} onStep which step is looked at, from 0; null for the answer as a whole */
  constructor(onStep) {
    this.#onStep = onStep;
  }

  /** @param {PastStep[]} steps of the answer that is shown; none while there is none */
  offer(steps) {
    this.#pause();
    this.#steps = steps;
    this.element.hidden = !steps.length;
    this.#range.max = String(steps.length);
    // Nothing moves by itself for those who asked for that; the other buttons are there for them.
    this.#play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.rest();
  }

  #begin() {
    const from = this.#at < this.#steps.length - 1 ? this.#at : 0;
    this.#label("pause", "Pause");
    this.#show(from);
    const wait = () => {
      this.#timer = setTimeout(() => {
        if (this.#at === this.#steps.length - 1) return this.rest();
        this.#show(this.#at + 1);
        wait();
      }, timeFor(this.#steps[this.#at]));
    };
    wait();
  }

  #pause() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#label("play", "Play again");
  }

  /** The whole answer again. */
  rest() {
    this.#pause();
    this.#at = this.#steps.length;
    this.#tell(this.#steps.length - 1, this.#steps.length === 1 ? "1 step" : `${this.#steps.length} steps`);
    this.#onStep(null);
  }

  /** @param {number} by */
  #move(by) {
    // From the whole answer the way forward begins with its first step.
    const from = this.#at === this.#steps.length && by > 0 ? -1 : this.#at;
    this.#goTo(Math.min(Math.max(from + by, 0), this.#steps.length - 1));
  }

  /** By hand. @param {number} at */
  #goTo(at) {
    this.#pause();
    this.#show(at);
  }

  /** @param {number} at */
  #show(at) {
    this.#at = at;
    this.#tell(at, `Step ${at + 1} of ${this.#steps.length}`);
    this.#onStep(at);
  }

  /** @param {number} at @param {string} count */
  #tell(at, count) {
    const words = this.#steps[at]?.text.replace(AT_THE_END, "").trim();
    this.#range.value = String(at + 1);
    this.#range.setAttribute("aria-valuetext", `step ${at + 1} of ${this.#steps.length}: ${words || "a drawing"}`);
    this.#count.textContent = count;
  }

  /** @param {"play" | "pause"} picture @param {string} name */
  #label(picture, name) {
    this.#play.replaceChildren(icon(picture), name);
  }
}
