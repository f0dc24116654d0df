/** The main paths in Firefox: it opens the page, answers, trains three steps, and goes on after a reload. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import puppeteer from "puppeteer-core";
import { PAGE } from "./harness.mjs";
import { TRAIN, documents, order, steps } from "./training.mjs";

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
const PATIENCE_MS = 240_000;

/** Text of the element's parts. @param {import("puppeteer-core").Page} page @param {string} selector @param {RegExp} pattern */
function says(page, selector, { source }) {
  return page.waitForFunction((selector, source) => {
    const parts = [...(document.querySelector("omni-r1")?.shadowRoot?.querySelectorAll(selector) ?? [])];
    return parts.some(({ textContent }) => new RegExp(source).test(textContent ?? ""));
  }, {}, selector, source);
}

/** @param {import("puppeteer-core").Page} page @param {string} name */
function press(page, name) {
  return page.evaluate((name) => {
    const buttons = [...(document.querySelector("omni-r1")?.shadowRoot?.querySelectorAll("button") ?? [])];
    buttons.find(({ textContent }) => textContent === name)?.click();
  }, name);
}

test("it answers, trains, and goes on after a reload", { skip: existsSync(FIREFOX) ? false : `there is no Firefox at ${FIREFOX}` }, async () => {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    /** @type {string[]} */
    const faults = [];
    page.on("pageerror", (error) => faults.push(/** @type {any} */ (error).message));
    await page.goto(new URL("?device=cpu", PAGE).href);
    await says(page, ".device", /, on the processor/);
    await page.waitForFunction(() => document.querySelector("omni-r1")?.shadowRoot?.querySelector(".drop img[src]"));
    await press(page, "Ask");
    await says(page, ".answer-text", /\S/);

    await page.goto(new URL(TRAIN, PAGE).href);
    await says(page, ".kinds", /cross the ice/);
    const trained = /** @type {any} */ (page); // whose evaluate is the one of the other tests' pages
    await order(trained, { do: "open", plan: documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.005 }) });
    const rows = await steps(trained, 3);
    assert.ok(rows.every((row) => Number.isFinite(row.answer)), JSON.stringify(rows));
    await order(trained, { do: "save" });
    await page.reload();
    await says(page, ".saved", /A run waits here at step 3\./);
    assert.equal((await order(trained, { do: "resume" })).step, 3);
    const [row] = await steps(trained, 1);
    assert.equal(row.step, 4);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
  }
});
