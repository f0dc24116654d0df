/**
 * What a visitor waits for, on the CPU path: each sample with its question, in a browser that has
 * never run the program, then again and again. `cargo xtask bench page` starts it and makes a table
 * of what it prints: one JSON line a sample, times in milliseconds from the click.
 *
 * @typedef {{text: number, answer: number, tokens: number, rate: number}} Ask `rate` in tokens per second,
 *   of the whole answer: reading picture and question included
 */

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const { PAGE, CHROMIUM, ASKS } = process.env;
const samples = JSON.parse(readFileSync(new URL("../../www/samples/index.json", import.meta.url), "utf8"));

for (const sample of samples) {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  const page = await browser.newPage();
  await page.goto(new URL("?device=cpu&seed=1", PAGE).href);
  await page.locator(".device").filter({ hasText: /, on the/ }).waitFor();
  await page.getByRole("button", { name: sample.title }).click();
  await page.locator(".drop img[src]").waitFor();
  /** @type {Ask[]} */
  const asks = [];
  // The first one meets code that the browser has not optimized yet, the second one warms up.
  for (let ask = 0; ask < Number(ASKS) + 2; ask += 1) asks.push(await page.evaluate(askOnce));
  const [first, , ...rest] = asks;
  console.log(JSON.stringify({ sample: sample.title, first, rest }));
  await browser.close();
}

/** Runs in the page: from the click until words, and then an answer, are on the screen. @returns {Promise<Ask>} */
function askOnce() {
  const root = document.querySelector("omni-r1").shadowRoot;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  const [log, answer, facts] = [find(".log"), find(".answer-text"), find(".facts")];
  return new Promise((resolve) => {
    /** @type {Record<string, number>} */
    const seen = {};
    const begin = performance.now();
    const observer = new MutationObserver(() => {
      const now = performance.now() - begin;
      if (log.querySelector("p")) seen.text ??= now;
      if (answer.textContent) seen.answer ??= now;
      const [, tokens, rate] = facts.textContent.match(/(\d+) tokens · (\d+) tokens per second/) ?? [];
      if (!rate) return;
      observer.disconnect();
      resolve({ text: seen.text, answer: seen.answer, tokens: Number(tokens), rate: Number(rate) });
    });
    observer.observe(root, { subtree: true, childList: true, characterData: true });
    find("button.primary").click();
  });
}
