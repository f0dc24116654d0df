/**
 * Hacking the reward: what the paper's reward pays, and what a model makes of it that is paid for smooth
 * drawings alone.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["hacking"]} Words
 * @typedef {import("../protocol.js").WatchedGroup} WatchedGroup
 */

import { Chart } from "../views/chart.js";
import { h } from "../views/dom.js";
import { NO_FILES, Run, common } from "./run.js";
import { tries } from "./rollouts.js";

/** The weights of the published code: right answer, form, drawings. */
const PAPER = { accuracy: 0.855, format: 0.095, perception: 0.05 };
/** Nearly all for the drawings, so that what it leads to is seen within a minute. */
const SMOOTH = { accuracy: 0, format: 0.01, perception: 0.99 };

/** @param {number} steps @param {number} seed @param {[number, number]} rates @param {typeof PAPER} weights */
const planOf = (steps, seed, rates, weights) => ({
  preset: /** @type {const} */ (""),
  recipe: {
    ...common("V4", steps, seed, rates, 0.01),
    perpo: {
      ...NO_FILES,
      from: "",
      prompts: 1,
      group: 8,
      batches: 1,
      dynamic: false,
      scaled: true,
      credit: "all",
      rows: 4,
      length: 1024,
      temperatures: { text: 1, picture: 1 },
      reward: { form: "paper", ...weights },
      objective: { normalise: "answer", kl_weight: 0, entropy_weight: 0 },
    },
  },
});

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  const { seed, steps } = desk.settings;
  desk.say(words.intro);
  const client = desk.client("nano");
  desk.predict(words.predict, async (place) => {
    place.append(h("p", { class: "facts" }, words.trying));
    const group = await firstTries(client, planOf(1, seed, [1e-5, 0], PAPER));
    const smooth = group.rollouts.map(({ perception }) => perception).filter((one) => one !== null);
    const mean = smooth.reduce((sum, one) => sum + one, 0) / Math.max(1, smooth.length);
    place.replaceChildren(tries(group, words.tries, false), h("p", {}, words.measured(mean)), sums(mean, words));
  });

  const start = h("button", { type: "button", class: "primary" }, words.start(steps));
  const training = new Training(desk, client, words);
  start.addEventListener("click", async () => {
    start.disabled = true;
    if (await desk.attempt(() => training.go(planOf(steps, seed, [4e-3, 0.012], SMOOTH)))) desk.tried();
    start.disabled = false;
  });
  desk.try(words.try, h("div", { class: "row" }, start), training.element);
  desk.check(words.check);
}

/** What three answers earn, added up. @param {number} smooth of an honest drawing @param {Words} words */
function sums(smooth, { sums }) {
  const { accuracy, format, perception } = PAPER;
  const rest = accuracy + format;
  /** @type {[string, string, number][]} */
  const rows = [
    [sums.honest, sums.sum(smooth), rest + perception * smooth],
    [sums.blank, sums.sum(1), rest + perception],
    [sums.none, sums.without, rest / (1 - perception)],
  ];
  return h(
    "div",
    { class: "scrolls", tabIndex: 0, role: "region", "aria-label": sums.title },
    h(
      "table",
      { class: "results sums" },
      h("thead", {}, h("tr", {}, ...sums.head.map((word) => h("th", { scope: "col" }, word)))),
      h("tbody", {}, ...rows.map(([name, how, total]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, how), h("td", {}, total.toFixed(3))))),
    ),
  );
}

/** @param {import("../client.js").Client} client @param {ReturnType<typeof planOf>} plan @returns {Promise<WatchedGroup>} */
async function firstTries(client, plan) {
  /** @type {WatchedGroup[]} */
  let groups = [];
  const run = new Run(client, ({ watched }) => (groups = watched?.groups ?? groups));
  try {
    await run.open(plan);
    await run.step();
  } finally {
    run.close();
  }
  return groups[0];
}

/** A model that is paid for smooth drawings, step by step. */
class Training {
  #desk;
  #client;
  #words;
  #chart;
  #now = h("p", { class: "now", role: "status" });
  #bar = h("progress", { max: 1, value: 0 });
  #first = h("div", {});
  #last = h("div", {});
  element;

  /** @param {Desk} desk @param {import("../client.js").Client} client @param {Words} words */
  constructor(desk, client, words) {
    this.#desk = desk;
    this.#client = client;
    this.#words = words;
    this.#chart = new Chart({ title: words.chart, most: 1, format: (share) => share.toFixed(2) });
    this.#bar.setAttribute("aria-label", words.progress);
    this.element = h("div", { class: "train practice", hidden: true }, this.#now, this.#bar, h("div", { class: "charts one" }, this.#chart.element), this.#first, this.#last);
  }

  /** @param {ReturnType<typeof planOf>} plan */
  async go(plan) {
    const words = this.#words;
    const steps = plan.recipe.schedule.steps;
    /** @type {import("../protocol.js").TrainRow[]} */
    const rows = [];
    const run = new Run(this.#client, ({ row, watched }) => {
      if (row) rows.push(row);
      const points = (/** @type {string} */ name) => rows.map((row) => /** @type {[number, number]} */ ([row.step, row[name] ?? 0]));
      if (row) this.#chart.show([{ name: words.paid, points: points("reward") }, { name: words.right, points: points("accuracy") }]);
      if (row) this.#now.textContent = words.training(row.step, steps);
      if (row) this.#bar.value = row.step / steps;
      const group = watched?.groups[0];
      if (!group) return;
      const place = rows.length === 1 ? this.#first : this.#last;
      place.replaceChildren(h("h4", {}, words.triesAt(rows.length)), tries(group, words.tries, false));
    });
    this.element.hidden = false;
    this.#now.textContent = words.opening;
    this.#last.replaceChildren();
    try {
      await run.open(plan);
      for (let step = 0; step < steps && !this.#desk.closed; step++) await run.step();
    } finally {
      run.close();
    }
    const mean = (/** @type {"reward" | "accuracy"} */ name, /** @type {import("../protocol.js").TrainRow[]} */ some) => some.reduce((sum, row) => sum + row[name], 0) / Math.max(1, some.length);
    const change = (/** @type {"reward" | "accuracy"} */ name) => [mean(name, rows.slice(0, 4)), mean(name, rows.slice(-4))];
    this.#now.textContent = words.finished(change("reward"), change("accuracy"));
  }
}
