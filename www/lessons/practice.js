/**
 * An empty nano model that learns what colour a shape is, from worked examples in words alone, and is tested
 * with pictures that are not among them. Nothing of it is kept: it has a worker of its own.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("./language.js").Words["lessons"]["examples"]} Words
 * @typedef {import("../protocol.js").Plan} Plan
 * @typedef {object} Given
 * @property {Client} client
 * @property {Words} words
 * @property {number} seed of the examples and the test
 * @property {() => boolean} ended the reader has gone, or stopped it
 */

import { timeLeft } from "../pace.js";
import { Chart } from "../views/chart.js";
import { h, icon } from "../views/dom.js";
import { NO_FILES, Run, common } from "./run.js";
import { QUESTION, examplesOf, shapeOf } from "./shapes.js";
import { answerOf } from "./surprise.js";

/** Examples of a good teacher. */
export const MANY = 400;
/** Questions of the test; at first fewer, since a model that knows nothing writes on and on. */
const [TEST, FIRST] = [20, 3];
/** Seeds of the test, beside those of the examples. */
const TESTS = 1_000_000;
/** Tests on the way. */
const CHECKS = 10;

/** @param {number} steps @param {number} seed @param {number} [count] of examples @returns {Plan} */
export const planOf = (steps, seed, count = MANY) => ({
  preset: "nano",
  examples: examplesOf(seed * 1000, count),
  recipe: {
    ...common("own", steps, seed, [6e-3, 0.045]),
    language: { preset: "nano", ...NO_FILES, rows: 1, length: 256, modes: { draw: 0, text: 1 } },
  },
});

/** The model in training, with its charts and its test. */
export class Practice {
  #client;
  #words;
  #ended;
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

  /** @param {Given} given */
  constructor({ client, words, seed, ended }) {
    this.#client = client;
    this.#words = words;
    this.#ended = ended;
    this.#items = Array.from({ length: TEST }, (_, i) => shapeOf(TESTS + seed * 1000 + i));
    this.#chart = new Chart({ title: words.rightChart, most: 1, format: (share) => `${Math.round(share * 100)}%` });
    this.#loss = new Chart({ title: words.lossChart });
    this.#bar.setAttribute("aria-label", words.progress);
    this.#list = h("ul", { class: "test", "aria-label": words.test }, ...this.#items.map(({ address }) => h("li", {}, h("img", { src: address, alt: words.picture, width: 56, height: 56 }), h("span", {}))));
    this.element = h("div", { class: "train practice", hidden: true }, this.#now, this.#bar, h("div", { class: "charts" }, this.#chart.element, this.#loss.element), h("div", { class: "tested" }, h("p", { class: "heading" }, words.test), this.#list));
  }

  /** A question of the test. */
  get item() {
    return { picture: this.#items[0].picture, question: QUESTION };
  }

  /** How many questions the test has. */
  get size() {
    return this.#items.length;
  }

  /** Trains a plan to its end, or until it is ended; how many questions of the test are right then. @param {Plan} plan */
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
      /** Seconds of each step, and of each test. @type {[number[], number[]]} */
      const [taken, tested] = [[], []];
      const every = Math.ceil(steps / CHECKS);
      for (let step = 1; step <= steps && !this.#ended(); step++) {
        taken.push(await seconds(() => run.step()));
        if (step % every === 0 || step === steps) tested.push(await seconds(async () => (right = await this.#test(step, TEST))));
        const tests = { taken: tested, left: Math.ceil(steps / every) - tested.length };
        this.#now.textContent = words.training(step, steps, tested.length ? timeLeft({ taken, left: steps - step }, tests) : null);
        this.#bar.value = step / steps;
      }
      if (!this.#ended()) this.#now.textContent = words.finished(right, TEST, Math.round((performance.now() - began) / 1000));
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
      if (this.#ended()) return right;
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

/** How long something takes. @param {() => Promise<unknown>} work */
async function seconds(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
