/**
 * The charts of a run: which there are depends on the stage.
 * @typedef {import("./settings.js").Stage} Stage
 * @typedef {import("../protocol.js").TrainRow} TrainRow
 * @typedef {import("../protocol.js").ProbeRow} ProbeRow
 * @typedef {{rows: TrainRow[], probes: ProbeRow[]}} Numbers
 */

import { Chart } from "./chart.js";
import { h } from "./dom.js";

/** @param {number} share */
const percent = (share) => `${Math.round(share * 100)}%`;
/** @param {number} bytes */
const megabytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;

/** Lines by the names of their values in a row. @typedef {{look: import("./chart.js").Look, lines: [string, string][]}} Plan */

/** @type {Plan} */
const LOSS = { look: { title: "Loss, by what is to be guessed" }, lines: [["thought", "thought"], ["drawing", "picture"], ["answer", "answer"]] };
/** @type {Plan} */
const SPEED = { look: { title: "Tokens per second" }, lines: [["speed", "rate"]] };
/** @type {Plan[]} */
const MORE = [
  { look: { title: "Size of the change (gradient)" }, lines: [["norm", "norm"]] },
  { look: { title: "Memory", format: megabytes }, lines: [["memory", "memory"]] },
];

/** @type {Record<Stage, {main: Plan[], more: Plan[]}>} */
const STAGES = {
  language: { main: [LOSS, SPEED], more: [{ look: { title: "Perception loss" }, lines: [["drawings", "perception"]] }, ...MORE] },
  zero: { main: [LOSS, SPEED], more: [{ look: { title: "Perception loss" }, lines: [["drawings", "perception"]] }, ...MORE] },
  perpo: {
    main: [
      { look: { title: "What tries earned", most: 1 }, lines: [["all", "reward"], ["right answer", "accuracy"], ["form", "format"], ["drawings", "perception"]] },
      { look: { title: "Undecided (entropy)" }, lines: [["words", "entropy text"], ["drawings", "entropy picture"]] },
    ],
    more: [
      { look: { title: "Gone from the start (KL)" }, lines: [["words", "kl text"], ["drawings", "kl picture"]] },
      { look: { title: "Tokens left alone (clip)", most: 1, format: percent }, lines: [["words", "clipped text"], ["drawings", "clipped picture"]] },
      { look: { title: "Puzzles that could be used", most: 1, format: percent }, lines: [["used", "kept"]] },
      { look: { title: "Length of a try in tokens" }, lines: [["words", "length text"], ["drawings", "length picture"]] },
      SPEED,
      ...MORE,
    ],
  },
};

export class Charts {
  #main = h("div", { class: "charts" });
  #more = h("div", { class: "charts" });
  element = h("div", {}, this.#main, h("details", { class: "options" }, h("summary", {}, "More charts"), this.#more));
  #right = new Chart({ title: "Puzzles solved in the check", most: 1, format: percent });
  #unseen = new Chart({ title: "Loss on puzzles never seen" });
  /** @type {Stage | null} */
  #stage = null;
  /** @type {{chart: Chart, plan: Plan}[]} */
  #charts = [];

  /** @param {Stage} stage @param {Numbers} run @param {Numbers} [other] to compare with */
  show(stage, run, other = { rows: [], probes: [] }) {
    if (stage !== this.#stage) this.#make(stage);
    this.#right.show(shares(run.probes), shares(other.probes));
    this.#unseen.show(lines(LOSS, run.probes), lines(LOSS, other.probes));
    for (const { chart, plan } of this.#charts) chart.show(lines(plan, run.rows), lines(plan, other.rows));
  }

  /** @param {Stage} stage */
  #make(stage) {
    this.#stage = stage;
    const { main, more } = STAGES[stage];
    const made = (/** @type {Plan} */ plan) => ({ plan, chart: new Chart(plan.look) });
    const [first, rest] = [main.map(made), more.map(made)];
    this.#charts = [...first, ...rest];
    this.#main.replaceChildren(first[0].chart.element, this.#right.element, ...first.slice(1).map(({ chart }) => chart.element));
    this.#more.replaceChildren(...(stage === "perpo" ? [] : [this.#unseen.element]), ...rest.map(({ chart }) => chart.element));
  }
}

/** @param {Plan} plan @param {({step: number} & Record<string, any>)[]} rows @returns {import("./chart.js").Line[]} */
function lines(plan, rows) {
  return plan.lines.map(([name, key]) => ({ name, points: rows.filter((row) => key in row).map((row) => [row.step, row[key]]) }));
}

/** @param {ProbeRow[]} probes @returns {import("./chart.js").Line[]} */
function shares(probes) {
  return [{ name: "right", points: probes.map(({ step, right, items }) => [step, right / items]) }];
}
