/** The main paths in Firefox and WebKit: an answer, a link from Chromium, a run of training, the element in pages of others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { copiedLink, finished, host, mirror, visit } from "./harness.mjs";
import { OTHERS } from "./others.mjs";
import { TRAIN, documents, order, steps } from "./training.mjs";

/** @typedef {import("./others.mjs").Other} Other */

const QUESTION = "how do i get from orange to purple?";
const PLAN = documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.005 });

/** Waits until one of the element's parts says it. @param {Other} page @param {string} selector @param {RegExp} pattern */
function says(page, selector, { source }) {
  const said = page.evaluate(([selector, source]) => new Promise((resolve) => {
    const look = () => {
      const parts = [...(document.querySelector("omni-r1")?.shadowRoot?.querySelectorAll(selector) ?? [])];
      if (parts.some(({ textContent }) => new RegExp(source).test(textContent))) resolve(true);
      else setTimeout(look, 50);
    };
    look();
  }), [selector, source]);
  return said.catch((cause) => Promise.reject(new Error(`no ${selector} says ${source}`, { cause })));
}

/** @param {Other} page @param {string} name */
function press(page, name) {
  return page.evaluate((name) => {
    const buttons = [...document.querySelector("omni-r1").shadowRoot.querySelectorAll("button")];
    buttons.find(({ textContent }) => textContent === name).click();
  }, name);
}

/** @param {Other} page */
async function ask(page) {
  await press(page, "Ask");
  await says(page, ".facts", /tokens per second/);
}

/** What an answer shows: its question, its words step by step, and the pixels of its drawings. @param {{evaluate: (work: any) => Promise<any>}} page @returns {Promise<{texts: string[], drawings: number[][]}>} */
function outcome(page) {
  return page.evaluate(async () => {
    const inside = (/** @type {string} */ selector) => [...document.querySelector("omni-r1").shadowRoot.querySelectorAll(selector)];
    // An image takes the place of what was painted once it can be shown.
    while (inside(".log canvas, .log img").some(({ complete }) => !complete)) await new Promise((resolve) => setTimeout(resolve, 20));
    const drawings = inside(".log figure img").map((image) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
    });
    return { texts: inside(".asked q, .log .panel, .answer-text").map(({ textContent }) => textContent), drawings };
  });
}

/** What Chromium said to a sample, and the link to it; asked for once. @type {Promise<{address: string, shown: Awaited<ReturnType<typeof outcome>>}> | undefined} */
let fromChromium;
async function inChromium() {
  const visitor = await visit();
  await visitor.page.locator(".sample").nth(2).click();
  await visitor.page.locator(".drop img").waitFor();
  await visitor.askButton.click();
  await finished(visitor);
  const address = new URL(await copiedLink(visitor));
  address.searchParams.set("device", "cpu");
  const shown = await outcome(visitor.page);
  await visitor.close();
  return { address: address.href, shown };
}

/** A page with the element, which tells the one around it, or itself, what was answered. @param {string} files their origin */
const embedding = (files) => `<script type="module" src="${files}www/element.js"></script>
  <omni-r1 device="cpu" picture="${files}www/samples/maze.png" question="${QUESTION}"></omni-r1>
  <script type="module">
    await customElements.whenDefined("omni-r1");
    document.addEventListener("omni-answer", ({ detail }) => parent.postMessage(detail.text, "*"));
    for await (const { type } of document.querySelector("omni-r1").ask({ picture: "${files}www/samples/maze.png" })) if (type === "error") parent.postMessage("", "*");
  </script>`;

for (const { name, open, missing, keeps } of OTHERS) {
  /** @param {string} what @param {(page: Other) => Promise<void>} work */
  const inside = (what, work) => test(`${name}: ${what}`, { skip: missing || false }, async () => {
    const page = await open();
    try {
      await work(page);
      assert.deepEqual(await page.faults(), []);
    } finally {
      await page.close();
    }
  });

  inside("a sample is answered", async (page) => {
    await page.goto("?device=cpu");
    await says(page, ".device", /, on the processor/);
    await says(page, ".sample", /^/);
    await page.evaluate(() => document.querySelector("omni-r1").shadowRoot.querySelectorAll(".sample")[1].click());
    await says(page, ".drop img[src]", /^/);
    await ask(page);
    await says(page, ".answer-text", /\S/);
  });

  inside("a link gives the words and drawings of Chromium", async (page) => {
    fromChromium ??= inChromium();
    const { address, shown } = await fromChromium;
    await page.goto(address);
    await says(page, ".device", /, on the processor/);
    await says(page, ".drop img[src]", /^/);
    await ask(page);
    const { texts, drawings } = await outcome(page);
    assert.deepEqual(texts, shown.texts);
    assert.ok(drawings.length > 0 && drawings.length === shown.drawings.length);
    // Where a browser has no fused multiply-add the picture decoder may round a pixel the other way.
    for (const [i, pixels] of drawings.entries()) assert.ok(pixels.every((value, at) => Math.abs(value - shown.drawings[i][at]) <= 1), `drawing ${i + 1}`);
  });

  inside(`a run trains, and ${keeps ? "goes on after a reload" : "says that it isn't kept"}`, async (page) => {
    await page.goto(TRAIN);
    await says(page, ".kinds", /cross the ice/);
    const trained = /** @type {any} */ (page); // whose evaluate is the one of the other tests' pages
    await order(trained, { do: "open", plan: PLAN });
    const rows = await steps(trained, 3);
    assert.ok(rows.every((row) => Number.isFinite(row.answer)), JSON.stringify(rows));
    await order(trained, { do: "save" });
    if (!keeps) {
      await says(page, "[role=alert]", /does not let the page save the run/);
      return assert.equal((await steps(trained, 1))[0].step, 4);
    }
    await page.reload();
    await says(page, ".saved", /A run waits here at step 3\./);
    assert.equal((await order(trained, { do: "resume" })).step, 3);
    assert.equal((await steps(trained, 1))[0].step, 4);
  });

  inside("ask() gives events and one end; leaving it early stops it", async (page) => {
    await page.goto("www/embed.html");
    const { types, answer } = await page.evaluate(async (/** @type {string} */ question) => {
      const element = document.querySelector("omni-r1");
      const types = [];
      for await (const { type } of element.ask({ picture: "samples/maze.png", question, seed: 5 })) types.push(type);
      for await (const { type } of element.ask({ question })) if (type === "text") break;
      let answer = "";
      for await (const event of element.ask({ question })) if (event.type === "answer") answer = event.text;
      element.remove();
      return { types, answer };
    }, QUESTION);
    for (const type of ["text", "picture-row", "picture", "answer"]) assert.ok(types.includes(type), type);
    assert.deepEqual(types.filter((/** @type {string} */ type) => type === "end" || type === "error"), ["end"]);
    assert.equal(types.at(-1), "end");
    assert.match(answer, /\S/);
  });

  for (const [where, around] of /** @type {[string, (page: string) => string][]} */ ([
    ["a page of another origin", (page) => page],
    ["a sandboxed frame, which has no origin", (page) => `<iframe sandbox="allow-scripts" srcdoc='${page}'></iframe>`],
  ])) {
    inside(`it answers in ${where}`, async (page) => {
      const files = await mirror();
      const other = await host(`<script>answered = new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data)))</script>${around(embedding(files.origin))}`);
      await page.goto(other.origin);
      assert.match(await page.evaluate(() => /** @type {any} */ (window).answered), /\S/);
      for (const server of [other, files]) server.close();
    });
  }
}
