/**
 * Learning from examples: a new, empty model practises puzzles until it knows how they work, and is tested
 * with others all the time.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("./language.js").Words["lessons"]["examples"]} Words
 * @typedef {import("../protocol.js").Plan} Plan
 */

import { Chart } from "../views/chart.js";
import { h, icon } from "../views/dom.js";
import { answerOf } from "./puzzle.js";
import { NO_FILES, Run, common } from "./run.js";
import { QUESTION, examplesOf, shapeOf } from "./shapes.js";

/** Examples of a good teacher, and of a lazy one. */
const [MANY, SAME] = [400, 10];
/** Puzzles of the test; at first fewer, since a model that knows nothing writes on and on. */
const [TEST, FIRST] = [20, 3];
/** Seeds of the test, beside those of the examples. */
const TESTS = 1_000_000;
/** Tests on the way. */
const CHECKS = 10;
/** Below so many right it is guessing; from so many on it knows how it works. */
const [FEW, MOST] = [7, 13];

/** @param {number} steps @param {number} seed @param {number} count of examples @returns {Plan} */
const planOf = (steps, seed, count) => ({
  preset: "nano",
  examples: examplesOf(seed * 1000, count),
  recipe: {
    ...common("own", steps, seed, [6e-3, 0.045]),
    language: { preset: "nano", ...NO_FILES, rows: 1, length: 256, modes: { draw: 0, text: 1 } },
  },
});

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  const { steps, seed } = desk.settings;
  const client = desk.client("nano");
  const shown = [1, 2, 3].map((i) => shapeOf(seed * 1000 + i));
  desk.say(words.intro);
  desk.say([words.someExamples], h("ul", { class: "test" }, ...shown.map(({ address, answer }) => h("li", {}, h("img", { src: address, alt: words.picture, width: 80, height: 80 }), h("span", {}, answer)))));
  const good = new Practice(desk, client, words);
  desk.predict({ ...words.predict, ask: words.predict.ask(steps), right: 2 }, async (place) => {
    place.append(good.element);
    const right = await good.go(planOf(steps, seed, MANY));
    return right < FEW ? 0 : right < MOST ? 1 : 2;
  });

  const lazy = new Practice(desk, client, words);
  const start = h("button", { type: "button", class: "primary" }, words.lazy);
  start.addEventListener("click", async () => {
    start.disabled = true;
    if (await desk.attempt(() => lazy.go(planOf(steps, seed, SAME)))) desk.tried();
    start.disabled = false;
  });
  desk.try(words.try, h("div", { class: "row" }, start), lazy.element);
  desk.check(words.check);
}

/** A model in training, with its charts and its test. */
class Practice {
  #desk;
  #words;
  #client;
  #chart;
  #loss;
  #now = h("p", { class: "now", role: "status" });
  #bar = h("progress", { max: 1, value: 0 });
  #items;
  #list;
  element;
  /** Shares of right answers, and losses, by steps. @type {[number, number][]} */
  #right = [];
  /** @type {[number, number][]} */
  #losses = [];

  /** @param {Desk} desk @param {Client} client @param {Words} words */
  constructor(desk, client, words) {
    this.#desk = desk;
    this.#client = client;
    this.#words = words;
    this.#items = Array.from({ length: TEST }, (_, i) => shapeOf(TESTS + desk.settings.seed * 1000 + i));
    this.#chart = new Chart({ title: words.rightChart, most: 1, format: (share) => `${Math.round(share * 100)}%` });
    this.#loss = new Chart({ title: words.lossChart });
    this.#bar.setAttribute("aria-label", words.progress);
    this.#list = h("ul", { class: "test", "aria-label": words.test }, ...this.#items.map(({ address }) => h("li", {}, h("img", { src: address, alt: words.picture, width: 56, height: 56 }), h("span", {}))));
    this.element = h("div", { class: "train practice", hidden: true }, this.#now, this.#bar, h("div", { class: "charts" }, this.#chart.element, this.#loss.element), h("h4", {}, words.test), this.#list);
  }

  /** Trains a plan to its end; how many puzzles of the test are right then. @param {Plan} plan */
  async go(plan) {
    const { steps } = /** @type {any} */ (plan.recipe).schedule;
    const words = this.#words;
    this.#right = [];
    this.#losses = [];
    this.element.hidden = false;
    this.#now.textContent = words.opening;
    const run = new Run(this.#client, ({ row }) => {
      if (row) this.#losses.push([row.step, row.answer]);
      if (row) this.#loss.show([{ name: words.surprise, points: this.#losses }]);
    });
    let right = 0;
    try {
      await run.open(plan);
      await this.#test(0, FIRST);
      const began = performance.now();
      for (let step = 1; step <= steps && !this.#desk.closed; step++) {
        await run.step();
        const left = ((performance.now() - began) / step) * (steps - step);
        this.#now.textContent = words.training(step, steps, Math.ceil(left / 1000));
        this.#bar.value = step / steps;
        if (step % Math.ceil(steps / CHECKS) === 0 || step === steps) right = await this.#test(step, TEST);
      }
      this.#now.textContent = words.finished(right, TEST, Math.round((performance.now() - began) / 1000));
    } finally {
      run.close();
    }
    return right;
  }

  /** What the model as it is now makes of the test. @param {number} step @param {number} count */
  async #test(step, count) {
    await this.#client.train({ do: "take-up" });
    let right = 0;
    for (const [i, { picture, answer }] of this.#items.slice(0, count).entries()) {
      if (this.#desk.closed) break;
      const given = await answerOf(this.#client, { picture, question: QUESTION, pictures: "none", seed: 0 });
      const good = given.answer === answer;
      right += Number(good);
      const said = h("span", { class: `verdict ${good ? "right" : "wrong"}` }, icon(good ? "right" : "wrong"), given.answer.slice(0, 14) || this.#words.nothing);
      this.#list.children[i].lastElementChild?.replaceWith(said);
    }
    this.#right.push([step, right / count]);
    this.#chart.show([{ name: this.#words.right, points: this.#right }]);
    return right;
  }
}
