/**
 * Recorded runs of training in the page, on the CPU path: what a visitor's browser learns, from a plan
 * file (plans/*.json). `cargo xtask bench train` starts it and makes a table of what it prints: one JSON
 * line a seed. While it trains, keys are pressed in the train view every second, and the time until the
 * page has painted its answer is taken.
 *
 * @typedef {object} PlanFile
 * @property {string} title
 * @property {string} [model] of the page, to begin with; its default without
 * @property {object} [first] the plan of a run before: what it trains is kept, and the run begins with that
 * @property {object} plan as the page's form makes it (www/protocol.js)
 * @property {number[]} seeds a run each
 * @property {number} items fresh ones, that are asked before and after, and at every check
 * @property {number} [every] steps between checks
 * @property {number} [until] the share of right answers that is enough
 * @property {number} [minutes] after which it ends, finished or not, checks included
 */

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const PRESS_EVERY_MS = 1000;

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
  page.on("console", (message) => console.error(message.text()));
  await page.goto(new URL(`?device=cpu&model=${file.model ?? ""}#train`, PAGE).href);
  await page.getByText("What do these words mean?").focus();
  const run = page.evaluate(record, { file, seed });
  const answers = await pressUntil(page, run);
  const { record: recorded, summary } = await run;
  if (RECORD) writeFileSync(`${RECORD}-${seed}.json`, JSON.stringify({ ...recorded, answers }));
  console.log(JSON.stringify({ ...summary, presses: answers.length, slowest: Math.max(...answers) }));
  await browser.close();
}

/**
 * Opens and closes a part of the view by the keyboard until the run is over; the milliseconds from each
 * press to the frame that shows what it did.
 * @param {import("playwright-core").Page} page @param {Promise<unknown>} run
 */
async function pressUntil(page, run) {
  await page.evaluate(() => {
    window.answers = [];
    addEventListener("keydown", ({ timeStamp }) => {
      // The frame is painted when the task after its last callback runs.
      requestAnimationFrame(() => setTimeout(() => window.answers.push(performance.now() - timeStamp)));
    });
  });
  let over = false;
  const end = run.finally(() => (over = true)).catch(() => {}); // whoever waits for the run hears of it
  while (!over) {
    await page.keyboard.press("Enter");
    await Promise.race([sleep(PRESS_EVERY_MS), end]);
  }
  return page.evaluate(() => window.answers);
}

/** Runs in the page. @param {{file: PlanFile, seed: number}} work */
async function record({ file: { model = "", first, plan, items, every = Infinity, until = Infinity, minutes = Infinity }, seed }) {
  const { Client } = await import(new URL("www/client.js", location.href).href);
  // The view's own worker: it draws what the run tells.
  const client = Client.acquire({ device: "cpu", model });
  /** @type {{rows: any[], probes: any[], chains: any[]}} */
  const record = { rows: [], probes: [], chains: [] };
  /** @type {((failure: any) => void)[]} */
  let waiting = [];
  client.addEventListener("training", (/** @type {any} */ { detail: { row, probe, chain, phase, failure } }) => {
    if (row) record.rows.push(row);
    if (probe) record.probes.push(probe);
    if (probe) console.info(`seed ${seed}, step ${probe.step}: ${probe.right} of ${items} right`);
    if (chain) record.chains.push(chain);
    if (failure || ["paused", "done", "closed"].includes(phase)) waiting.splice(0).forEach((resolve) => resolve(failure));
  });
  const order = async (/** @type {any} */ order) => {
    const rested = new Promise((resolve) => waiting.push(resolve));
    await client.train(order);
    const failure = await rested;
    if (failure) throw new Error(failure.message);
  };
  const seeded = (/** @type {any} */ { recipe, ...rest }) => ({ ...rest, recipe: { ...recipe, seed } });
  let whole = seeded(plan);
  if (first) {
    await order({ do: "open", plan: seeded(first) });
    while (record.rows.length < /** @type {any} */ (first).recipe.schedule.steps) await order({ do: "step" });
    whole = { ...whole, preset: "own", model: (await client.train({ do: "keep-model" })).id };
    record.rows = [];
  }
  await order({ do: "open", plan: whole });
  const probe = () => order({ do: "probe", items, batches: items });
  await probe();
  const begin = performance.now();
  let training = 0;
  const { steps } = /** @type {any} */ (plan.recipe).schedule;
  const enough = () => record.probes.at(-1).right >= until * items;
  while (record.rows.length < steps && performance.now() - begin < 60_000 * minutes && !enough()) {
    const stepped = performance.now();
    await order({ do: "step" });
    // Examples that are drawn before training take time, but are no steps.
    training += performance.now() - stepped;
    if (record.rows.length && record.rows.length % every === 0) await probe();
  }
  const last = record.rows.at(-1);
  if (record.probes.at(-1).step !== last.step) await probe();
  const [before, after] = [record.probes[0], record.probes.at(-1)];
  // The first steps take what the later ones need.
  const SETTLED = 20;
  const memory = record.rows.map((row) => row.memory);
  return {
    record,
    summary: {
      seed,
      items,
      steps: record.rows.length,
      seen: last.seen,
      training: training / 1000,
      seconds: (performance.now() - begin) / 1000,
      before,
      after,
      memory: [memory[Math.min(SETTLED, memory.length) - 1], memory.at(-1)],
      drawn: record.chains.length,
    },
  };
}
