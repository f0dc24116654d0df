/** What stands round an answer: Ask in sight, what was asked, the keyboard, and links that give the same tokens elsewhere. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { askAbout, copiedLink, file, finished, patchWorker, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");

const SIZES = [[390, 844], [820, 1180], [1366, 650], [1440, 900]];

test("Ask is in sight on every size", async () => {
  const visitor = await visit();
  await visitor.page.locator(".drop img").waitFor();
  for (const [width, height] of SIZES) {
    await visitor.page.setViewportSize({ width, height });
    const box = await visitor.askButton.boundingBox();
    assert.ok(box && box.y + box.height <= height, `${width}x${height}: ${JSON.stringify(box)}`);
  }
  await visitor.close();
});

test("an answer says what was asked, and that something else is there now", async () => {
  const visitor = await visit();
  await askAbout(visitor, MAZE, "how do i get from orange to purple?");
  const asked = visitor.page.locator(".asked");
  assert.match(await asked.innerText(), /how do i get from orange to purple\?/);
  const note = asked.getByRole("status");
  assert.equal(await note.count(), 0);
  await visitor.question.fill("where is the wall?");
  assert.match(await note.innerText(), /another question now/);
  await visitor.picture.setInputFiles(file("www/samples/shapes.png"));
  await note.filter({ hasText: "another picture and question now" }).waitFor();
  await visitor.question.fill("how many circles are there?");
  await visitor.askButton.click();
  await finished(visitor);
  assert.equal(await note.count(), 0);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("the keyboard goes from Ask to Stop and back, and Escape stops", async () => {
  const visitor = await visit({
    prepare: (page) => patchWorker(page, "nextMessage = () => new Promise((resolve) => setTimeout(resolve, 200));"),
  });
  const focused = () => visitor.page.evaluate(() => document.querySelector("omni-r1").shadowRoot.activeElement?.textContent);
  await visitor.picture.setInputFiles(MAZE);
  await visitor.askButton.focus();
  await visitor.page.keyboard.press("Enter");
  await visitor.log.locator("p").first().waitFor();
  assert.equal(await focused(), "Stop");
  await visitor.page.keyboard.press("Escape");
  await visitor.page.getByText("Stopped.").waitFor();
  assert.equal(await focused(), "Ask");
  const said = await visitor.page.locator("[aria-live=polite] p").count();
  assert.equal(said, await visitor.log.locator(".panel").count(), "each step is said once");
  await visitor.close();
});

test("the same seed again is for one time", async () => {
  const visitor = await visit({ path: "?device=cpu" });
  await askAbout(visitor, MAZE, "how do i get from orange to purple?");
  const seeds = () => visitor.page.locator(".facts").innerText().then((facts) => facts.match(/seed (\d+)/)?.[1]);
  const first = await seeds();
  await visitor.page.getByRole("button", { name: "Same seed again" }).click();
  await finished(visitor);
  assert.equal(await seeds(), first);
  await visitor.page.getByText("Options").click();
  assert.equal(await visitor.page.getByLabel("Seed").inputValue(), "");
  await visitor.close();
});

/** @param {Awaited<ReturnType<typeof visit>>} visitor */
async function outcome(visitor) {
  const shown = await visitor.page.locator(".log .panel").evaluateAll((panels) => panels.map((panel) => panel.textContent));
  return { shown, answer: await visitor.answer.innerText(), asked: await visitor.page.locator(".asked q").innerText() };
}

for (const [name, prepare] of /** @type {const} */ ([
  ["a sample", async (visitor) => visitor.page.locator(".sample").nth(2).click()],
  ["a picture drawn by chance", async (visitor) => {
    await visitor.page.getByLabel("Kind of task").selectOption("D3");
    await visitor.question.fill("");
    await visitor.page.getByRole("button", { name: "Surprise me" }).click();
    await visitor.page.waitForFunction(() => document.querySelector("omni-r1").shadowRoot.querySelector("textarea").value);
  }],
])) {
  test(`a link to an answer about ${name} gives it to another visitor`, async () => {
    const visitor = await visit();
    await visitor.page.locator(".sample").nth(2).waitFor();
    await prepare(visitor);
    await visitor.page.locator(".drop img").waitFor();
    await visitor.askButton.click();
    await finished(visitor);
    const address = new URL(await copiedLink(visitor));
    const first = await outcome(visitor);
    await visitor.close();
    address.searchParams.set("device", "cpu");
    const other = await visit({ path: address.href });
    await other.page.locator(".drop img").waitFor();
    await other.page.waitForFunction((question) => document.querySelector("omni-r1").shadowRoot.querySelector("textarea").value === question, first.asked);
    await other.askButton.click();
    await finished(other);
    assert.deepEqual(await outcome(other), first);
    assert.deepEqual(other.faults, []);
    await other.close();
  });
}

test("a link shows no picture of elsewhere", async () => {
  const visitor = await visit({ path: "?device=cpu&picture=https://elsewhere.example/a.png" });
  await visitor.page.locator(".drop img").waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});
