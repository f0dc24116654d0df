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

/**
 * Lines by the names of their values in a row, or with `checks` in a check. With `each` there is a line for
 * every type of question instead, of its value by that name.
 * @typedef {{look: import("./chart.js").Look, lines: [string, string][], checks?: boolean, each?: string}} ChartSpec
 */

/** @type {[string, string][]} */
const PARTS = [["thought", "thought"], ["drawing", "picture"], ["answer", "answer"]];
/** @type {ChartSpec} */
const LOSS = { look: { title: "Loss, by what is to be guessed" }, lines: PARTS };
/** @type {ChartSpec} */
const RIGHT = { look: { title: "Questions answered right in the check", most: 1, format: percent }, lines: [["right", "share"]], checks: true };
/** @type {ChartSpec} */
const SPEED = { look: { title: "Tokens per second" }, lines: [["speed", "rate"]] };
/** @type {ChartSpec[]} */
const MORE = [
  { look: { title: "Size of the change (gradient)" }, lines: [["norm", "norm"]] },
  { look: { title: "Memory", format: megabytes }, lines: [["memory", "memory"]] },
];
/** @type {{main: ChartSpec[], more: ChartSpec[]}} */
const DOCUMENTS = {
  main: [LOSS, RIGHT, SPEED],
  more: [
    { look: { title: "Loss on questions never seen" }, lines: PARTS, checks: true },
    { look: { title: "Perception loss" }, lines: [["drawings", "perception"]] },
    ...MORE,
  ],
};

/** @type {Record<Stage, {main: ChartSpec[], more: ChartSpec[]}>} */
const STAGES = {
  language: DOCUMENTS,
  zero: DOCUMENTS,
  perpo: {
    main: [
      { look: { title: "What tries earned", most: 1 }, lines: [["all", "reward"], ["right answer", "accuracy"], ["form", "format"], ["drawings", "perception"]] },
      RIGHT,
      { look: { title: "Undecided (entropy)" }, lines: [["words", "entropy text"], ["drawings", "entropy picture"]] },
    ],
    more: [
      { look: { title: "Right tries, by question", most: 1, format: percent }, lines: [], each: "accuracy" },
      { look: { title: "Tries without a step, by question", most: 1, format: percent }, lines: [], each: "no steps" },
      { look: { title: "Tries with the commonest answer, by question", most: 1, format: percent }, lines: [], each: "one answer" },
      { look: { title: "Gone from the start (KL)" }, lines: [["words", "kl text"], ["drawings", "kl picture"]] },
      { look: { title: "Tokens left alone (clip)", most: 1, format: percent }, lines: [["words", "clipped text"], ["drawings", "clipped picture"]] },
      { look: { title: "Questions that could be used", most: 1, format: percent }, lines: [["used", "kept"]] },
      { look: { title: "Length of a try in tokens" }, lines: [["words", "length text"], ["drawings", "length picture"]] },
      SPEED,
      ...MORE,
    ],
  },
  tokenizer: {
    main: [
      { look: { title: "Loss" }, lines: [["copies", "loss"], ["of it what matters", "error"]] },
      { look: { title: "Sharpness of pictures never seen (dB)" }, lines: [["copies", "psnr"]], checks: true },
      { look: { title: "Pictures per second" }, lines: [["speed", "rate"]] },
    ],
    more: [
      { look: { title: "Sharpness in training (dB)" }, lines: [["copies", "psnr"]] },
      { look: { title: "Codes that nobody used, and that were moved" }, lines: [["codes", "dead"]] },
      ...MORE,
    ],
  },
};

/** @type {Numbers} */
const NOTHING = { rows: [], probes: [] };

export class Charts {
  #main = h("div", { class: "charts" });
  #more = h("div", { class: "charts" });
  #rest = h("details", { class: "options", ontoggle: () => this.#draw() }, h("summary", {}, "More charts"), this.#more);
  element = h("div", {}, this.#main, this.#rest);
  /** @type {Stage | null} */
  #stage = null;
  /** @type {{chart: Chart, plan: ChartSpec}[][]} */
  #charts = [[], []];
  /** @type {[Numbers, Numbers]} */
  #numbers = [NOTHING, NOTHING];

  /** @param {Stage} stage @param {Numbers} run @param {Numbers} [other] to compare with */
  show(stage, run, other = NOTHING) {
    if (stage !== this.#stage) this.#make(stage);
    this.#numbers = [run, other];
    this.#draw();
  }

  /** What is folded away costs nothing. */
  #draw() {
    const [run, other] = this.#numbers;
    const [main, more] = this.#charts;
    for (const { chart, plan } of this.#rest.open ? [...main, ...more] : main) chart.show(lines(plan, run), lines(plan, other));
  }

  /** @param {Stage} stage */
  #make(stage) {
    this.#stage = stage;
    const made = (/** @type {ChartSpec} */ plan) => ({ plan, chart: new Chart(plan.look) });
    this.#charts = [STAGES[stage].main.map(made), STAGES[stage].more.map(made)];
    [this.#main, this.#more].forEach((place, i) => place.replaceChildren(...this.#charts[i].map(({ chart }) => chart.element)));
  }
}

/** @param {ChartSpec} plan @param {Numbers} run @returns {import("./chart.js").Line[]} */
function lines({ lines, checks, each }, { rows, probes }) {
  if (each) {
    const taskTypes = [...new Set(rows.flatMap(({ types }) => Object.keys(types ?? {})))].sort();
    const points = (/** @type {string} */ taskType) => rows.filter(({ types }) => types?.[taskType]?.[each] !== undefined).map(({ step, types }) => /** @type {[number, number]} */ ([step, types?.[taskType][each]]));
    return taskTypes.map((taskType) => ({ name: taskType, points: points(taskType) }));
  }
  /** @type {({step: number} & Record<string, any>)[]} */
  const source = checks ? probes.map((probe) => ("right" in probe ? { ...probe, share: probe.right / probe.items } : probe)) : rows;
  return lines.map(([name, key]) => ({ name, points: source.filter((row) => key in row).map((row) => [row.step, row[key]]) }));
}
