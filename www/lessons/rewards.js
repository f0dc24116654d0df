/**
 * Learning from rewards: eight tries at one question, what each earned, its advantage, and how far a step may go.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["rewards"]} Words
 * @typedef {import("../protocol.js").Watched} Watched
 * @typedef {import("../protocol.js").WatchedGroup} WatchedGroup
 */

import { h } from "../views/dom.js";
import { histogram } from "../views/histogram.js";
import { NO_FILES, Run, common } from "./run.js";
import { tries } from "./rollouts.js";

const GROUP = 8;
const CLIP = { low: 0.2, high: 0.28 };
/** Rates of a careful step and of a bold one. */
const RATES = /** @type {const} */ ({ careful: [1e-4, 3e-4], bold: [2e-3, 6e-3] });

/** @param {number} prompts @param {number} updates @param {number} seed @param {readonly [number, number]} rates */
const planOf = (prompts, updates, seed, rates) => ({
  preset: /** @type {const} */ (""),
  recipe: {
    ...common("V4", 20, seed, [...rates], 0.1),
    perpo: {
      ...NO_FILES,
      from: "",
      prompts,
      group: GROUP,
      updates,
      batches: 6,
      rows: 4,
      length: 1024,
      temperatures: { text: 1, picture: 0.5 },
      objective: { clip_low: CLIP.low, clip_high: CLIP.high, kl_weight: 0, entropy_weight: 0 },
    },
  },
});

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  desk.say(words.intro);
  const client = desk.client("nano");
  const { seed } = desk.settings;
  const waiting = h("p", { class: "facts", role: "status" }, words.trying);
  desk.say([], waiting);
  const watched = await step(desk, client, planOf(1, 1, seed, RATES.careful));
  const group = watched?.groups.find(({ kept }) => kept) ?? watched?.groups[0];
  if (!group) return;
  waiting.remove();
  const total = group.rollouts.reduce((sum, { total }) => sum + total, 0) / group.rollouts.length;
  const asked = askedOf(group);
  desk.say([words.question(group.right)], tries(group, words.tries, false), h("p", {}, words.average(total)));

  const { advantage } = group.rollouts[asked];
  const right = advantage > 0 ? 0 : advantage < 0 ? 1 : 2;
  desk.predict({ ...words.predict, ask: words.predict.ask(asked + 1, group.rollouts[asked].total, total), right }, async (place) => {
    place.append(tries(group, words.tries, true), h("p", {}, words.advantage));
  });

  /** @type {Set<string>} */
  const done = new Set();
  const shown = { careful: h("div", {}), bold: h("div", {}) };
  const said = h("p", { class: "facts", role: "status" });
  const button = (/** @type {keyof typeof RATES} */ name) => h("button", {
    type: "button",
    onclick: () => desk.attempt(async () => {
      for (const one of buttons) one.disabled = true;
      said.textContent = words.stepping;
      try {
        const watched = await step(desk, client, planOf(4, 4, seed, RATES[name]));
        if (watched) shown[name].replaceChildren(h("h4", {}, words[name]), histogram(watched.ratios, watched.bin, CLIP));
        done.add(name);
      } finally {
        said.textContent = "";
        for (const one of buttons) one.disabled = false;
      }
      if (done.size === 2) desk.tried();
    }),
  }, words[name]);
  const buttons = [button("careful"), button("bold")];
  desk.try(words.try, h("div", { class: "row" }, ...buttons), said, h("div", { class: "train beside" }, shown.careful, shown.bold));
  desk.check(words.check);
}

/** One step by rewards, and what was tried for it. @param {Desk} desk @param {import("../client.js").Client} client @param {ReturnType<typeof planOf>} plan @returns {Promise<Watched | null>} */
async function step(desk, client, plan) {
  /** @type {Watched | null} */
  let watched = null;
  const run = new Run(client, (news) => (watched = news.watched ?? watched));
  try {
    await run.open(plan);
    await run.step();
  } finally {
    run.close();
  }
  return desk.closed ? null : watched;
}

/** The try to ask about: the one that is worth thinking about most, near the average. @param {WatchedGroup} group */
function askedOf({ rollouts }) {
  const away = rollouts.map(({ advantage }) => (advantage === 0 ? Infinity : Math.abs(advantage)));
  return away.indexOf(Math.min(...away));
}
