/** What several elements of a page, and several tabs, have in common. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, parts, visit } from "./harness.mjs";
import { TRAIN, documents, order, steps } from "./training.mjs";

test("two elements with a surprise each: every answer is judged by its own", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  const { page } = visitor;
  await page.evaluate(() => document.body.append(document.createElement("omni-r1")));
  const elements = [0, 1].map((place) => parts(/** @type {any} */ (page.locator("omni-r1").nth(place))));
  const inside = (/** @type {number} */ place) => page.locator("omni-r1").nth(place);
  for (const [place, kind] of [[0, "V2"], [1, "S1"]]) {
    await inside(Number(place)).getByLabel("Kind of task").selectOption(String(kind));
    await inside(Number(place)).getByRole("button", { name: "Surprise me" }).click();
    await inside(Number(place)).locator(".drop img[src]").waitFor();
  }
  // The right answers, as the program knows them: the first element's is asked for last.
  const truths = await page.evaluate(async () => {
    const { Client } = await import(new URL("client.js", location.href).href);
    const client = Client.acquire({ device: "auto", model: "" });
    const first = await client.surprise("V2", 11);
    const second = await client.surprise("S1", 22);
    return [await client.judge(first.id, first.answer), await client.judge(second.id, second.answer), await client.judge(first.id, second.answer), await client.judge(second.id, first.answer)];
  });
  assert.deepEqual(truths, [true, true, false, false]);
  for (const [place, element] of elements.entries()) {
    await element.askButton.click();
    await inside(place).getByText(/That is right|Not quite/).waitFor();
    const truth = await inside(place).locator(".verdict").innerText();
    // A path over ice is told in directions, the value of a bar as a number: no element is told the other's.
    if (/right answer is/.test(truth)) assert.match(truth, place ? /is -?\d/ : /is [a-z]/);
  }
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("two tabs: the run is open in one of them, and the other says in which", async () => {
  const first = await visit({ path: TRAIN });
  await first.page.getByLabel("cross the ice").waitFor();
  await first.page.evaluate(() => (document.title = "Class 7b"));
  const plan = documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.005 });
  const page = await first.page.context().newPage();
  page.setDefaultTimeout(240_000);
  await page.goto(new URL(TRAIN, PAGE).href);
  await page.getByLabel("cross the ice").waitFor();

  await order(first.page, { do: "open", plan });
  await steps(first.page, 1);
  await order(first.page, { do: "save" });
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("alert").filter({ hasText: /A run is open already: “.*”, since .*press Stop there/ }).waitFor();
  await page.getByRole("status", { name: "Training" }).filter({ hasText: "No run is open." }).waitFor();
  await order(first.page, { do: "stop" });
  const { step } = await order(page, { do: "resume" });
  assert.equal(step, 1);
  const [row] = await steps(page, 1);
  assert.equal(row.step, 2);
  await assert.rejects(order(first.page, { do: "forget" }), /A run is open already/);
  await first.close();
});

test("two tabs: examples that one has kept stay when the other keeps its own", async () => {
  const first = await visit({ path: TRAIN });
  const second = await first.page.context().newPage();
  await second.goto(new URL(TRAIN, PAGE).href);
  const pages = [first.page, second];
  for (const page of pages) {
    await page.getByLabel("cross the ice").waitFor();
    await page.getByText("Your own examples", { exact: true }).click();
  }
  for (const [place, page] of pages.entries()) {
    const address = await page.evaluate(() => {
      const canvas = document.createElement("canvas");
      return canvas.toDataURL("image/png");
    });
    const line = JSON.stringify({ image: address, question: `what is ${place}?`, answer: `${place}` });
    await page.locator(".own input[multiple]").setInputFiles({ name: "mine.jsonl", mimeType: "application/jsonl", buffer: Buffer.from(line) });
    await page.getByText(`Your own examples (${place + 1})`).waitFor();
  }
  await first.page.reload();
  await first.page.getByText("Your own examples (2)").waitFor();
  assert.deepEqual(first.faults, []);
  await first.close();
});
