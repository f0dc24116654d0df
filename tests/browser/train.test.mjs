/** Training in the page, on the CPU: steps, pauses, a reload in the middle, what is kept and given away. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { PAGE, ROOT, file, finished, patchWorker, program, visit } from "./harness.mjs";
import { TRAIN, documents, order, steps, unpack } from "./training.mjs";

/** A small run, the same each time. */
const RATES = { learning_rate: 3e-3, muon_learning_rate: 0.02 };
const PLAN = documents("nano", RATES);

test("a new model trains, pauses, takes one step, and can be asked", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  const now = page.getByRole("status", { name: "Training" });
  const button = (/** @type {string} */ name) => page.getByRole("button", { name, exact: true });
  await page.getByLabel("cross the ice").waitFor();
  await button("Start").click();
  await now.filter({ hasText: /Training… Step [3-9]/ }).waitFor();
  // The page answers while the worker computes.
  await page.getByText("What do these words mean?").click();
  await page.getByText("How surprised the model is").waitFor();
  await button("Pause").click();
  await now.filter({ hasText: "Paused." }).waitFor();
  const step = Number(/Step (\d+)/.exec(await now.innerText())?.[1]);
  await button("One step").click();
  await now.filter({ hasText: `Paused. Step ${step + 1} of` }).waitFor();
  assert.ok(await button("Pause").isDisabled());
  const loss = await page.getByRole("img", { name: /^Loss/ }).getAttribute("aria-label");
  assert.match(String(loss), /thought \d+(\.\d+)?, drawing \d+(\.\d+)?, answer \d+(\.\d+)?$/);
  assert.match(await page.locator(".attempt").first().innerText(), /Before training/);
  await page.getByRole("button", { name: "Learning rate" }).click();
  await page.getByRole("tooltip").filter({ hasText: "How much a step changes the model." }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("tooltip").waitFor({ state: "detached" });

  await button("Ask this model").click();
  await page.waitForURL(/#ask$/);
  await page.getByText(`Your model (${step + 1} steps)`).waitFor();
  await visitor.picture.setInputFiles(file("www/samples/ice.png"));
  await visitor.question.fill("where do i end up?");
  await visitor.askButton.click();
  await finished(visitor);
  assert.match(await page.locator(".facts").first().innerText(), /tokens per second/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a reload in the middle resumes with the same losses; the export is a checkpoint", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: PLAN });
  const saved = await page.evaluate(async () => {
    const client = window.client;
    const heard = (/** @type {string} */ what) => new Promise((resolve) => client.addEventListener("training", (/** @type {any} */ { detail }) => {
      if (what in detail) resolve(detail[what]);
    }));
    const [row, step] = [heard("row"), heard("savedStep")];
    await client.train({ do: "run" });
    await row;
    await client.train({ do: "save" });
    return step;
  });
  await page.reload();
  await page.getByText(`A run waits here at step ${saved}.`).waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("status", { name: "Training" }).filter({ hasText: `Paused. Step ${saved} of` }).waitFor();
  const resumed = await steps(page, 2);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export" }).click()]);
  const folder = mkdtempSync(join(tmpdir(), "omni-r1-"));
  await download.saveAs(join(folder, "trained.zip"));
  unpack(join(folder, "trained.zip"), join(folder, "model"));
  const table = execFileSync(program(), ["eval", "--model", join(folder, "model"), "--fresh", "1", "--type", "V2"], { cwd: ROOT, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  assert.match(table, /V2/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();

  const other = await visit({ path: TRAIN });
  await other.page.getByLabel("cross the ice").waitFor();
  await order(other.page, { do: "open", plan: PLAN });
  const whole = await steps(other.page, saved + 2);
  assert.deepEqual(resumed, whole.slice(saved));
  assert.ok(whole.at(-1).picture < whole[0].picture, "it learns");
  await other.close();
});

test("a run that was deleted comes back by Undo, and goes on", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: PLAN });
  await steps(page, 1);
  await order(page, { do: "stop" });
  const waits = page.getByText("A run waits here at step 1.");
  await waits.waitFor();
  await page.getByRole("button", { name: "Delete it" }).click();
  await page.getByText("The run is deleted.").waitFor();
  assert.ok(await waits.isHidden());
  await page.getByRole("button", { name: "Undo" }).click();
  await waits.waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("status", { name: "Training" }).filter({ hasText: "Paused. Step 1 of 100." }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a trained model is kept: other runs begin with it, and the element asks it", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: documents("nano", RATES, { modes: { draw: 0, text: 1 } }) });
  await steps(page, 1);
  const kept = await order(page, { do: "keep-model" });
  const opened = await page.evaluate(async () => {
    const files = Object.entries(await window.client.train({ do: "export" })).map(([name, bytes]) => new File([bytes], name));
    return window.client.train({ do: "import", files });
  });
  assert.equal(opened.id, kept.id, "the export is the same model");
  await assert.rejects(order(page, { do: "import", files: [] }), /There is no config.json among the files/);
  const plan = { ...documents("", {}), preset: "own", model: kept.id };
  await order(page, { do: "open", plan });
  const [row] = await steps(page, 1);
  assert.ok(row.answer > 1, "it goes on from a model that knows nothing yet");
  await assert.rejects(order(page, { do: "open", plan: { ...plan, model: "another" } }), /isn't here any more/);

  await page.goto(new URL("?device=cpu&model=own", PAGE).href);
  await page.locator(".drop img[src]").waitFor();
  await page.getByText(/config.json, on/).waitFor();
  assert.deepEqual(await kindsOf(page), ["", "V2"], "it is surprised with what it has practised");
  await visitor.askButton.click();
  await finished(visitor);
  assert.match(await page.locator(".facts").first().innerText(), /tokens per second/);
  assert.equal(await page.locator("figcaption").filter({ hasText: "Drawing" }).count(), 0, "it never practised drawing");
  await page.goto(new URL("?device=cpu", PAGE).href);
  await page.getByText(/Omni-R1 mini, on/).waitFor();
  assert.equal((await kindsOf(page)).length, 20, "the page's model knows all");

  await page.goto(new URL(TRAIN, PAGE).href);
  await page.getByRole("button", { name: "Delete the kept model" }).click();
  await page.getByText("The kept model is deleted.").waitFor();
  await page.getByRole("button", { name: "Delete the kept model" }).waitFor({ state: "hidden" });
  assert.equal(await order(page, { do: "kept-model" }), null);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Delete the kept model" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await page.reload();
  await page.getByLabel("cross the ice").waitFor();
  assert.equal(await page.getByRole("button", { name: "Delete the kept model" }).count(), 0, "it left with the page");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

/** What "Surprise me" offers. @param {import("playwright-core").Page} page */
function kindsOf(page) {
  return page.getByLabel("Kind of task").locator("option").evaluateAll((/** @type {HTMLOptionElement[]} */ options) => options.map(({ value }) => value));
}

test("no room, then no storage at all: a sentence each, and the run goes on", async () => {
  const refuse = `const faults = ["QuotaExceededError", "SecurityError"];
    FileSystemDirectoryHandle.prototype.getDirectoryHandle = (name, options) =>
      Promise.reject(new DOMException("no", options?.create ? faults.shift() : "NotFoundError"));`;
  const visitor = await visit({ path: TRAIN, prepare: (page) => patchWorker(page, refuse) });
  const { page } = visitor;
  await page.getByText("No run is open.").waitFor();
  await order(page, { do: "open", plan: PLAN });
  for (const sentence of [/no room left in this browser/, /does not let the page save the run/]) {
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
    await visitor.alert.filter({ hasText: sentence }).waitFor();
  }
  const [before] = await steps(page, 1);
  const [row] = await steps(page, 1);
  assert.equal(row.step, before.step + 1);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a loss that is no number ends the run with a sentence; the saved run stays", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: documents("nano", { learning_rate: 10, muon_learning_rate: 10, weight_decay: 100 }) });
  await order(page, { do: "save" });
  await order(page, { do: "run" });
  await visitor.alert.filter({ hasText: /no longer (a number|finite)/ }).waitFor();
  await page.getByText("A run waits here at step 0.").waitFor();
  await visitor.close();
});

// Each scheme and each size once: a run takes its time.
for (const look of [LOOKS[0], LOOKS[3]]) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: the train view is readable, and nothing sticks out`, async () => {
    const visitor = await visit({ path: TRAIN, context: contextOf(look) });
    const { page } = visitor;
    await page.getByLabel("cross the ice").waitFor();
    await shot(page, `${width}-${colorScheme}-train-first`);
    await noViolations(page);
    await page.getByRole("button", { name: "One step" }).click();
    await page.getByRole("status", { name: "Training" }).filter({ hasText: "Paused. Step 1 of" }).waitFor();
    await page.getByText("What do these words mean?").click();
    await shot(page, `${width}-${colorScheme}-train`);
    await noViolations(page);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}
