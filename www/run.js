/**
 * What can be said of a run from the outside.
 * @typedef {import("./protocol.js").Plan} Plan
 * @typedef {import("./protocol.js").SavedRun} SavedRun
 */

import { failureOf } from "./errors.js";
import * as store from "./run-store.js";

/** Runs that are remembered, and rows of each. */
const HISTORY_RUNS = 20;
const HISTORY_ROWS = 200;

/** Keeps the numbers of the run whose place another takes: the one that is open, or waits. @param {SavedRun | null} open */
export async function remember(open) {
  const run = open ?? (await store.look());
  if (!run?.rows.length) return;
  const every = Math.ceil(run.rows.length / HISTORY_ROWS);
  const rows = run.rows.filter((_, i) => i % every === 0 || i === run.rows.length - 1);
  const entry = { plan: run.plan, step: run.step, rows, probes: run.probes, ended: Date.now() };
  // To compare is nice to have: a full or refused storage stops no run.
  await store.keepHistory([entry, ...(await store.history())].slice(0, HISTORY_RUNS)).catch(() => {});
}

/** Deletes what is kept, in such a way that it can be recovered. @param {import("./protocol.js").Undoable} what */
export async function discard(what) {
  if (what === "run") await remember(null);
  return store.discard(what);
}

/** Brings it back; the numbers of a run that goes on are not those of an earlier one. @param {import("./protocol.js").Undoable} what */
export async function recover(what) {
  await store.recover(what);
  if (what === "model") return store.lookAtModel();
  const plan = JSON.stringify((await store.look())?.plan);
  await store.keepHistory((await store.history()).filter((entry) => JSON.stringify(entry.plan) !== plan)).catch(() => {});
}

/** @param {SavedRun} run */
export function titleOf(run) {
  return `${copies(run) ? "Your picture tokenizer" : "Your model"} (${run.step} steps)`;
}

/** Whether a run trains the picture tokenizer, which answers no questions. @param {{plan: Plan}} run */
export function copies({ plan }) {
  return "tokenizer" in plan.recipe;
}

/** Examples drawn so far and those wanted, while they are drawn. @param {any} trainer @returns {[number, number] | undefined} */
export function synthesis(trainer) {
  return trainer.synthesis?.();
}

/** @param {Record<string, number>[]} rows @returns {Record<string, number>} */
export function means(rows) {
  const mean = (/** @type {string} */ name) => rows.reduce((sum, row) => sum + row[name], 0) / rows.length;
  return Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, mean(name)]));
}

/** Those of the plan, or the reader's own if it practises them. @param {Plan} plan */
export async function examplesFor({ recipe, examples }) {
  return examples ?? (/** @type {any} */ (recipe).mix?.own ? store.readExamples() : "");
}

/** Null when it was told to stop. @template T @param {Promise<T>} work @returns {Promise<T | null>} */
export function unlessStopped(work) {
  return work.catch((thrown) => (failureOf(thrown).code === "stopped" ? null : Promise.reject(thrown)));
}
