/**
 * Recorded runs of training in the page, on the CPU path: what a visitor's browser learns, from a plan
 * file (plans/*.json). `cargo xtask bench train` starts it and makes a table of what it prints: one JSON
 * line a seed.
 *
 * @typedef {object} PlanFile
 * @property {string} title
 * @property {object} plan as the page's form makes it (www/protocol.js)
 * @property {number[]} seeds a run each
 * @property {number} items fresh ones, that are asked before and after, and at every check
 * @property {number} [every] steps between checks
 * @property {number} [until] the share of right answers that is enough
 * @property {number} [minutes] of training after which it ends, finished or not
 */

import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const { PAGE, CHROMIUM, PLAN, RECORD } = process.env;
/** @type {PlanFile} */
const file = JSON.parse(readFileSync(PLAN, "utf8"));

for (const seed of file.seeds) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  const page = await browser.newPage();
  // A run takes as long as it takes.
  page.setDefaultTimeout(0);
  await page.goto(new URL("?device=cpu", PAGE).href);
  const result = await page.evaluate(record, { file, seed });
  if (RECORD) writeFileSync(`${RECORD}-${seed}.json`, JSON.stringify(result.record));
  console.log(JSON.stringify(result.summary));
  await browser.close();
}

/** Runs in the page. @param {{file: PlanFile, seed: number}} work */
async function record({ file: { plan, items, every = 50, until = 1, minutes = Infinity }, seed }) {
  const { Client } = await import(new URL("www/client.js", location.href).href);
  const client = Client.acquire({ device: "cpu", model: "" });
  /** @type {{rows: any[], probes: any[], chains: any[]}} */
  const record = { rows: [], probes: [], chains: [] };
  /** @type {((failure: any) => void)[]} */
  let waiting = [];
  client.addEventListener("training", (/** @type {any} */ { detail: { row, probe, chain, phase, failure } }) => {
    if (row) record.rows.push(row);
    if (probe) record.probes.push(probe);
    if (chain) record.chains.push(chain);
    if (failure || ["paused", "done", "closed"].includes(phase)) waiting.splice(0).forEach((resolve) => resolve(failure));
  });
  const order = async (/** @type {any} */ order) => {
    const rested = new Promise((resolve) => waiting.push(resolve));
    await client.train(order);
    const failure = await rested;
    if (failure) throw new Error(failure.message);
  };
  await order({ do: "open", plan: { ...plan, recipe: { ...plan.recipe, seed } } });
  await order({ do: "probe", items });
  let seconds = 0;
  const steps = /** @type {any} */ (plan.recipe).schedule.steps;
  const share = () => record.probes.at(-1).right / items;
  while (record.rows.length < steps && seconds < 60 * minutes && share() < until) {
    const begin = performance.now();
    await order({ do: "step" });
    // Examples that are drawn before training take time, but are no steps.
    seconds += (performance.now() - begin) / 1000;
    if (record.rows.length && record.rows.length % every === 0) await order({ do: "probe", items });
  }
  await order({ do: "probe", items });
  const [first, last] = [record.probes[0], record.probes.at(-1)];
  const memory = record.rows.map((row) => row.memory);
  return {
    record,
    summary: { seed, items, steps: record.rows.length, seen: record.rows.at(-1).seen, seconds, before: first, after: last, memory: [memory[0], Math.max(...memory)], drawn: record.chains.length },
  };
}
