/** Past answers: kept on this machine, looked at again without the model, saved with their pictures and opened again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { unzip, zip } from "../../www/zip.js";
import { askAbout, file, finished, made, patchWorker, savedFile, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";
const PHOTO = file("www/samples/photo.png");
const SEVEN = "?device=cpu&seed=7";

/** @param {Awaited<ReturnType<typeof visit>>} visitor */
const strip = ({ page }) => page.getByRole("group", { name: "Past answers" }).locator("li");

/** What the view shows of an answer. @param {Awaited<ReturnType<typeof visit>>} visitor */
async function shown({ page, log, answer, question }) {
  const drawings = await log.locator("figure img").evaluateAll((/** @type {HTMLImageElement[]} */ images) => Promise.all(images.map(async (image) => (await (await fetch(image.src)).blob()).size)));
  return { words: await log.innerText(), drawings, answer: await answer.innerText(), facts: await page.locator(".facts").innerText(), question: await question.inputValue() };
}

/** How many answers the browser has kept. @param {import("playwright-core").Page} page */
function kept(page) {
  return page.evaluate(() => new Promise((resolve) => {
    const opening = indexedDB.open("omni-r1-past");
    opening.onsuccess = () => {
      const counting = opening.result.transaction("answers").objectStore("answers").count();
      counting.onsuccess = () => (opening.result.close(), resolve(counting.result));
    };
  }));
}

/** @param {import("playwright-core").Page} page @param {number} count */
async function untilKept(page, count) {
  while ((await kept(page)) !== count) await page.evaluate(() => new Promise(requestAnimationFrame));
}

test("an answer is there after a reload, is shown without a model, and goes when it is told to", async () => {
  const visitor = await visit({ path: SEVEN });
  await askAbout(visitor, MAZE, QUESTION);
  const first = await shown(visitor);
  await askAbout(visitor, PHOTO, "where is the whale?");
  await untilKept(visitor.page, 2);
  await visitor.page.route("**/*.safetensors", (route) => route.abort());
  await visitor.page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await visitor.page.reload();
  await visitor.alert.filter({ hasText: /model can't be reached/ }).waitFor();
  await strip(visitor).nth(1).waitFor();
  assert.match(await strip(visitor).first().innerText(), /whale/, "the latest comes first");
  await strip(visitor).nth(1).getByRole("button").first().click();
  await visitor.page.locator(".when").filter({ hasText: /A past answer, given by \S+/ }).waitFor();
  assert.deepEqual(await shown(visitor), first);
  await visitor.page.locator(".drop img[src]").waitFor();
  assert.equal(await visitor.page.locator(".asked").getByRole("status").count(), 0, "picture and question are those that were asked");
  await visitor.page.getByRole("button", { name: "Next step" }).click();
  await strip(visitor).first().getByRole("button", { name: "Forget: where is the whale?" }).click();
  assert.equal(await strip(visitor).count(), 1);
  await untilKept(visitor.page, 1);
  await visitor.page.getByRole("button", { name: "Forget them" }).click();
  assert.equal(await strip(visitor).count(), 0);
  await untilKept(visitor.page, 0);
  await visitor.close();
});

test("the same seed again asks a past answer's question with its settings, not with those that are set now", async () => {
  const visitor = await visit({ path: "?device=cpu&seed=7" });
  await askAbout(visitor, MAZE, QUESTION);
  const first = await shown(visitor);
  await visitor.page.locator(".options summary").click();
  await visitor.page.getByLabel("Chance in drawings").fill("0");
  await visitor.page.getByLabel("Seed").fill("8");
  await askAbout(visitor, PHOTO, "where is the whale?");
  await strip(visitor).nth(1).getByRole("button").first().click();
  await visitor.page.getByRole("button", { name: "Same seed again" }).click();
  await visitor.page.locator(".when").waitFor({ state: "hidden" });
  await finished(visitor);
  const { words, drawings, answer } = await shown(visitor);
  assert.deepEqual({ words, drawings, answer }, { words: first.words, drawings: first.drawings, answer: first.answer });
  assert.equal(await visitor.page.getByLabel("Chance in drawings").inputValue(), "0", "what is set stays set");
  assert.equal(await strip(visitor).count(), 3);
  await visitor.close();
});

test("24 are kept, and none is opened while another is being given", async () => {
  const visitor = await visit({ path: SEVEN, prepare: (page) => patchWorker(page, "nextMessage = () => new Promise((resolve) => setTimeout(resolve, 200));") });
  await visitor.page.evaluate(async () => {
    const { PastAnswers } = await import(new URL("www/past.js", location.href).href);
    const past = new PastAnswers(() => {});
    const request = { picture: new Blob(["p"]), question: "old?", seed: 1 };
    for (let time = 1; time <= 30; time++) await past.keep({ time, request, model: "m", device: "d", steps: [], answer: `a${time}`, end: { type: "end", tokens: 1, ms: 1, device: "cpu" }, shared: {} });
  });
  assert.equal(await kept(visitor.page), 24);
  await visitor.page.reload();
  await strip(visitor).nth(23).waitFor();
  assert.match(await strip(visitor).first().innerText(), /a30/);
  await visitor.picture.setInputFiles(MAZE);
  await visitor.askButton.click();
  await visitor.log.locator("p").first().waitFor();
  assert.ok(await strip(visitor).first().getByRole("button").first().isDisabled());
  await visitor.stopButton.click();
  await finished(visitor);
  assert.ok(await strip(visitor).first().getByRole("button").first().isEnabled());
  assert.equal(await strip(visitor).count(), 24, "what was stopped is no answer");
  await visitor.close();
});

test("the Device view says what past answers take, and deletes them everywhere in the page", async () => {
  const visitor = await visit({ path: SEVEN });
  await askAbout(visitor, MAZE, QUESTION);
  await strip(visitor).first().getByRole("button").first().click();
  assert.equal(JSON.parse((await savedFile(visitor.page, "Save as data")).toString()).seed, 7, "the program still has an answer of this visit");
  await untilKept(visitor.page, 1);
  await visitor.page.getByRole("link", { name: "Device" }).click();
  visitor.page.once("dialog", (dialog) => dialog.accept());
  await visitor.page.getByRole("row", { name: /Your past answers [\d.]+ kB/ }).getByRole("button").click();
  await visitor.page.getByText("Nothing of yours yet.").waitFor();
  await visitor.page.getByRole("link", { name: "Ask" }).click();
  assert.equal(await strip(visitor).count(), 0);
  await visitor.close();
});

test("where the browser keeps nothing, answers are there for the visit, and nothing is said", async () => {
  const visitor = await visit({ path: SEVEN, prepare: (page) => page.addInitScript(() => Object.defineProperty(globalThis, "indexedDB", { get: () => { throw new DOMException("no", "SecurityError"); } })) });
  await askAbout(visitor, MAZE, QUESTION);
  await strip(visitor).first().getByRole("button").first().click();
  await visitor.page.locator(".when").filter({ hasText: "A past answer" }).waitFor();
  assert.equal(await visitor.alert.count(), 0);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("an element in another page keeps nothing", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  await askAbout(visitor, MAZE, QUESTION);
  assert.equal(await visitor.page.getByText("Past answers").count(), 0);
  const databases = await visitor.page.evaluate(() => indexedDB.databases());
  assert.deepEqual(databases, []);
  await visitor.close();
});

test("saved with its pictures, an answer is opened again, also by an element in another page", async () => {
  const visitor = await visit({ path: SEVEN });
  await askAbout(visitor, MAZE, QUESTION);
  const first = await shown(visitor);
  const bytes = await savedFile(visitor.page, "Save with its pictures");
  await visitor.close();
  const files = unzip(bytes);
  const { steps, answer, seed } = JSON.parse(new TextDecoder().decode(files["transcript.json"]));
  assert.deepEqual([answer, seed], [first.answer, 7]);
  assert.deepEqual(steps.map(({ picture }) => files[picture].length), first.drawings);
  const other = await visit();
  const [chooser] = await Promise.all([other.page.waitForEvent("filechooser"), other.page.getByRole("button", { name: "Open a saved one" }).click()]);
  await chooser.setFiles(made("answer.zip", bytes, "application/zip"));
  await other.page.locator(".when").filter({ hasText: "A past answer" }).waitFor();
  assert.deepEqual(await shown(other), first);
  await chooser.setFiles(made("other.zip", Buffer.from(await zip({ "transcript.json": Buffer.from("{}") }).arrayBuffer()), "application/zip"));
  await other.alert.filter({ hasText: /no saved answer in this ZIP\. Choose one/ }).waitFor();
  await other.close();
  const embedded = await visit({ path: "www/embed.html" });
  await embedded.page.locator(".view").evaluate((view, bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(bytes)], "answer.zip"));
    view.dispatchEvent(new DragEvent("drop", { bubbles: true, composed: true, cancelable: true, dataTransfer: data }));
  }, [...bytes]);
  await embedded.page.locator(".when").filter({ hasText: "A past answer" }).waitFor();
  assert.deepEqual(await shown(embedded), first);
  await embedded.close();
});

test("saved as picture, an answer is one PNG with all its steps", async () => {
  const visitor = await visit({ path: SEVEN });
  await askAbout(visitor, PHOTO, "where is the whale?");
  const bytes = await savedFile(visitor.page, "Save as picture");
  assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  const [steps, width] = [await visitor.log.locator(".panel").count(), bytes.readUInt32BE(16)];
  assert.equal(width, 2 * (Math.min(4, steps + 1) * 288 + 28));
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("Escape closes the ways to save, and the keyboard stays at their button", async () => {
  const visitor = await visit({ path: SEVEN });
  await askAbout(visitor, MAZE, QUESTION);
  const save = visitor.page.locator(".save summary");
  await save.focus();
  await visitor.page.keyboard.press("Enter");
  await visitor.page.keyboard.press("Tab");
  await visitor.page.getByRole("button", { name: "Save to read" }).and(visitor.page.locator(":focus")).waitFor();
  await visitor.page.keyboard.press("Escape");
  assert.equal(await visitor.page.getByRole("button", { name: "Save to read" }).count(), 0);
  assert.ok(await save.evaluate((summary) => summary.matches(":focus")));
  await visitor.close();
});
