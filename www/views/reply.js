/**
 * What the model has made of a question, beside it: what was asked, the reasoning, its steps once more, the answer, and
 * what can be done with it. A past answer comes in by the same events as one that is being given.
 *
 * @typedef {import("../protocol.js").OmniEvent} OmniEvent
 * @typedef {import("../protocol.js").Request} Request
 * @typedef {import("../protocol.js").Transcript} Transcript
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 * @typedef {import("../past.js").PastStep} PastStep
 *
 * @typedef {object} Live what the program can still tell of one of its last answers
 * @property {() => Promise<Transcript | null>} transcript its files
 * @property {() => Promise<{element: HTMLElement}>} inside a look inside
 *
 * @typedef {object} Begun
 * @property {Request} request
 * @property {PastAnswer["shared"]} shared what a link to the answer holds
 * @property {Live} [live] of an answer that is being given
 * @property {import("./playback.js").Pace} pace
 * @property {PastAnswer} [past] the answer, where it is one of before
 */

import { stepsOf } from "../past.js";
import { After } from "./after.js";
import { Answer } from "./answer.js";
import { Asked } from "./asked.js";
import { h } from "./dom.js";
import { Reasoning } from "./reasoning.js";
import { Scrubber } from "./scrubber.js";

export class Reply {
  #asks = new Asked();
  #reasoning = new Reasoning();
  #scrubber = new Scrubber((at) => this.#lookAtStep(at));
  #answer = new Answer();
  #after;
  #onStep;
  #invitation = h(
    "div",
    { class: "invitation" },
    h("p", {}, "Press Ask, and the model's thoughts appear here: a few words, then a drawing, and so on until it knows the answer."),
    h("div", { class: "ghosts", "aria-hidden": "true" }, h("span"), h("span"), h("span")),
  );
  element;
  /** @type {Begun | null} */
  #begun = null;
  /** What has come of it. @type {OmniEvent[]} */
  #events = [];
  /** @type {PastStep[]} */
  #steps = [];
  /** Of this visit's answers, by their times. @type {Map<number, Live>} */
  #lives = new Map();

  /** @param {import("./after.js").Actions} actions @param {(steps: PastStep[]) => void} onStep the step that is looked at, and those before it */
  constructor(actions, onStep) {
    this.#onStep = onStep;
    this.#after = new After(actions);
    this.element = h(
      "section",
      { class: "main" },
      h("h2", { class: "heading" }, "Reasoning"),
      this.#invitation,
      this.#asks.element,
      this.#reasoning.element,
      this.#reasoning.announcer,
      this.#scrubber.element,
      this.#answer.element,
      this.#after.element,
      this.#after.below,
    );
  }

  /** The question types that the model knows. @param {string[]} taskTypes */
  set capabilities(taskTypes) {
    this.#answer.capabilities = taskTypes;
  }

  /** What was asked. */
  get request() {
    return this.#begun?.request ?? null;
  }

  /** @param {Begun} begun */
  begin(begun) {
    this.#begun = begun;
    this.#events = [];
    this.#steps = [];
    this.#asks.begin(begun.request, begun.past);
    this.#scrubber.offer([]);
    this.#reasoning.begin(begun.pace);
    this.#answer.begin();
    this.#invitation.hidden = true;
    this.#after.withdraw();
    this.#comeIntoSight();
  }

  /** @param {OmniEvent} event @param {string} device its name for readers */
  show(event, device) {
    this.#reasoning.show(event);
    if (event.type !== "picture-row") this.#events.push(event);
    if (event.type === "answer") this.#answer.show(event.text);
    if (event.type === "end") this.#answer.finish(event, device, this.request?.seed);
    if (event.type === "error" && event.code === "stopped") this.#answer.stopped();
  }

  /**
   * The answer is whole: its steps can be gone through, and it can be kept.
   * @param {import("../protocol.js").EndEvent} end @param {string} device @param {string} model @param {string} share the address of a page that opens links
   */
  finish(end, device, model, share) {
    const { request: { surprise, other, ...request }, shared, live, past } = /** @type {Begun} */ (this.#begun);
    const answer = this.#events.find((event) => event.type === "answer")?.text ?? "";
    this.#steps = stepsOf(this.#events);
    this.#scrubber.offer(this.#steps);
    const whole = past ?? { time: Date.now(), request, model, device, steps: this.#steps, answer, end, shared };
    if (live) this.#lives.set(whole.time, live);
    this.#after.offer(whole, this.#lives.get(whole.time) ?? null, share);
    return whole;
  }

  /** @param {boolean} right @param {string} truth */
  judge(right, truth) {
    this.#answer.judge(right, truth);
  }

  /** @param {Blob | null} picture @param {string} question what would be asked now */
  compare(picture, question) {
    this.#asks.compare(picture, question);
    // What a step did, it did on another picture.
    if (picture !== this.request?.picture) this.#onStep([]);
  }

  /** No step is looked at any more, and nothing goes on by itself. */
  rest() {
    if (this.#steps.length) this.#scrubber.rest();
  }

  /** @param {number | null} at */
  #lookAtStep(at) {
    const steps = at === null ? [] : this.#steps.slice(0, at + 1);
    this.#reasoning.lookAt(at);
    this.#asks.overlay.show(steps);
    this.#onStep(steps);
  }

  /** On a phone the reasoning starts below the screen; past answers stand below it. */
  #comeIntoSight() {
    const { top } = this.#reasoning.element.getBoundingClientRect();
    if (top < innerHeight * 0.75 && (top > 0 || !this.#begun?.past)) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.element.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  }
}
