/** Plans of small runs, and orders to the page's worker. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The train view on a device. @param {string} device */
export const trainOn = (device) => `?device=${device}#train`;
export const TRAIN = trainOn("cpu");

const DOCUMENTS = { tokenizer: "", vq: "", rows: 1, length: 512, modes: { draw: 1, text: 0 }, validate_every: 0, validate_items: 0 };

/** A short run on the ice by worked examples. @param {"" | "nano"} preset @param {object} optimizer @param {object} [more] of the stage */
export function documents(preset, optimizer, more = {}) {
  return { preset, recipe: { ...common(optimizer), language: { ...DOCUMENTS, preset: preset || "mini", ...more } } };
}

/** A short run by rewards. @param {object} [more] of the stage @param {string} [reward] a rule */
export function rewards(more = {}, reward = "") {
  const perpo = { tokenizer: "", vq: "", from: "", prompts: 2, group: 3, updates: 2, batches: 1, dynamic: false, rows: 1, length: 512, fill: 1, validate_every: 0, validate_items: 0, ...more };
  return { preset: "", reward, recipe: { ...common({ learning_rate: 1e-4, muon_learning_rate: 0 }), perpo } };
}

/** A short run on drawings of the model's own. @param {object} [more] of the stage */
export function zero(more = {}) {
  const stage = { examples: 3, temperature: 0.5, same_answer: false, whole: false, training: { ...DOCUMENTS, preset: "mini" }, ...more };
  return { preset: "", recipe: { ...common({ learning_rate: 1e-4, muon_learning_rate: 0.001 }), zero: stage } };
}

/** A short run on a new picture tokenizer. @param {object} [more] of the stage */
export function tokenizer(more = {}) {
  const stage = { preset: "mini", batch: 2, free_steps: 1, commitment: 0.25, codebook_decay: 0.98, foreground: 3, ...more };
  return { preset: "new", recipe: { ...common({ learning_rate: 1.5e-3, muon_learning_rate: 0.02 }), tokenizer: stage } };
}

/** @param {object} optimizer */
function common(optimizer) {
  return { name: "test", seed: 7, schedule: { steps: 100, warmup: 2, decay: 0.4 }, optimizer, mix: { V2: 1 } };
}

/** An order to the worker of the page's element; news are kept in `window.news`. @param {import("playwright-core").Page} page @param {object} order @returns {Promise<any>} */
export function order(page, order) {
  return page.evaluate(async (order) => {
    if (!window.client) {
      const { Client } = await import(new URL("www/client.js", location.href).href);
      window.client = Client.acquire({ device: new URLSearchParams(location.search).get("device"), model: "" });
      window.news = [];
      window.client.addEventListener("training", (/** @type {any} */ { detail }) => window.news.push(detail));
    }
    return window.client.train(order);
  }, order);
}

/** The news of one kind so far, or the last of them. @param {import("playwright-core").Page} page @param {string} what */
export function news(page, what) {
  return page.evaluate((what) => window.news.filter((one) => what in one).map((one) => one[what]), what);
}

/** Waits for the run to come to rest. @param {import("playwright-core").Page} page */
export function rest(page) {
  return page.waitForFunction(() => ["paused", "done", "closed"].includes(window.news.findLast(({ phase }) => phase)?.phase));
}

/** Single steps, and what they measured; how long they took is left out. @param {import("playwright-core").Page} page @param {number} count */
export async function steps(page, count) {
  for (let i = 0; i < count; i++) await order(page, { do: "step" });
  const rows = (await news(page, "row")).slice(-count);
  return rows.map(({ rate, seconds, memory, ...row }) => row);
}

/** Files of a ZIP that is stored without compression. @param {string} archive @param {string} folder */
export function unpack(archive, folder) {
  const bytes = readFileSync(archive);
  mkdirSync(folder);
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [size, letters] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)];
    const begin = at + 30 + letters;
    writeFileSync(join(folder, bytes.toString("utf8", at + 30, begin)), bytes.subarray(begin, begin + size));
    at = begin + size;
  }
}
