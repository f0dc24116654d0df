/** A picture of the visitor's own making: put down, moved, undone, asked about, changed and asked about again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { file, finished, visit } from "./harness.mjs";

/** @param {import("playwright-core").Page} page @param {number} x @param {number} y shares of the picture */
async function press(page, x, y) {
  const canvas = page.locator(".maker canvas");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
}

test("three circles and a square are made and asked about; one more, and it is asked again", async () => {
  const visitor = await visit();
  const { page } = visitor;
  const begin = Date.now();
  await page.getByRole("button", { name: "Make one" }).click();
  const tool = page.getByLabel("What to put down");
  await page.locator(".maker canvas").waitFor();
  for (const x of [0.2, 0.5, 0.8]) await press(page, x, 0.25);
  await tool.selectOption("square");
  await page.getByLabel("Colour").selectOption("blue");
  await press(page, 0.5, 0.7);
  await page.getByText("3 circles, 1 square").waitFor({ state: "attached" });
  await page.getByRole("button", { name: "how many circles are there?" }).click();
  await visitor.askButton.click();
  await finished(visitor);
  assert.match(await visitor.answer.innerText(), /\S/);
  await tool.selectOption("circle");
  await press(page, 0.2, 0.75);
  await page.getByText("4 circles, 1 square").waitFor({ state: "attached" });
  await page.locator(".asked").getByRole("status").filter({ hasText: "another picture" }).waitFor();
  await visitor.askButton.click();
  await finished(visitor);
  console.log(`made, asked, changed and asked again in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
  await page.getByRole("button", { name: "Done" }).click();
  await page.locator(".drop img").waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("shapes are moved, undone and cleared; the keyboard puts them down as well", async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.getByRole("button", { name: "Make one" }).click();
  const canvas = page.locator(".maker canvas");
  const inked = () => canvas.evaluate((/** @type {HTMLCanvasElement} */ canvas) => {
    const [width, height] = [canvas.width / 2, canvas.height];
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext("2d"));
    pen.drawImage(canvas, 0, 0);
    const { data } = pen.getImageData(0, 0, width, height);
    return data.some((value) => value !== 255);
  });
  await press(page, 0.25, 0.5);
  assert.equal(await inked(), true);
  const box = await canvas.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 0.25 * box.width, box.y + 0.5 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.8 * box.width, box.y + 0.5 * box.height, { steps: 4 });
  await page.mouse.up();
  assert.equal(await inked(), false, "it went to the right half");
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await inked(), true, "it is back in the left half");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("The picture is empty.").waitFor({ state: "attached" });
  await canvas.focus();
  for (const key of ["ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "Enter"]) await page.keyboard.press(key);
  await page.getByText("1 circle").waitFor({ state: "attached" });
  assert.equal(await inked(), true);
  await page.getByLabel("What to put down").selectOption("pen");
  await press(page, 0.4, 0.9);
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await inked(), false);
  await page.getByRole("button", { name: "Undo" }).click();
  assert.equal(await inked(), true, "what was cleared comes back");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("with every change the answer follows the hand", async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.getByRole("button", { name: "Make one" }).click();
  await visitor.question.fill("how many stars are there?");
  await page.getByLabel("What to put down").selectOption("star");
  await page.getByLabel("Ask at every change").check();
  await press(page, 0.3, 0.3);
  await finished(visitor);
  const first = await page.locator(".asked img").getAttribute("src");
  await press(page, 0.7, 0.6);
  await page.waitForFunction((first) => document.querySelector("omni-r1")?.shadowRoot?.querySelector(".asked img")?.getAttribute("src") !== first, first);
  await finished(visitor);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

for (const look of LOOKS) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: what a picture is made with is readable, and nothing sticks out`, async () => {
    const visitor = await visit({ context: contextOf(look) });
    await visitor.page.getByRole("button", { name: "Make one" }).click();
    await press(visitor.page, 0.5, 0.5);
    await shot(visitor.page, `${width}-${colorScheme}-make`);
    await noViolations(visitor.page);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}

test("bars are dragged, walls are pressed, a photo is drawn on; each undone", async () => {
  const visitor = await visit();
  const { page } = visitor;
  await page.getByRole("button", { name: "Make one" }).click();
  const where = page.getByLabel("What to draw on");
  const canvas = page.locator(".maker canvas");
  const undo = page.getByRole("button", { name: "Undo" });
  const told = (/** @type {string} */ words) => page.locator(".maker").getByText(words, { exact: true }).waitFor({ state: "attached" });

  await where.selectOption("on a bar chart");
  await told("red 5, green 2, blue 7, orange 3");
  const box = await canvas.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 0.25 * box.width, box.y + 0.5 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.25 * box.width, box.y + 0.08 * box.height, { steps: 4 });
  await page.mouse.up();
  await told("red 8, green 2, blue 7, orange 3");
  await page.getByRole("button", { name: "how high is the red bar?" }).click();
  await visitor.askButton.click();
  await finished(visitor);
  assert.match(await visitor.answer.innerText(), /\d/);
  await undo.click();
  await told("red 5, green 2, blue 7, orange 3");
  await canvas.focus();
  await page.keyboard.press("-");
  await told("red 5, green 1, blue 7, orange 3");

  await where.selectOption("in a maze");
  await told("a maze with 5 inner walls");
  await press(page, 0.08 + 0.21, 0.08 + 0.1);
  await told("a maze with 4 inner walls");
  await press(page, 0.08 + 0.21, 0.08 + 0.3);
  await told("a maze with 5 inner walls");
  await page.getByRole("button", { name: "how do i get from orange to purple?" }).first().waitFor();
  await undo.click();
  await told("a maze with 4 inner walls");

  const chooser = page.waitForEvent("filechooser");
  await where.selectOption("on a photo…");
  await (await chooser).setFiles(file("www/samples/shapes.png"));
  const corner = () => canvas.evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.getContext("2d")?.getImageData(256, 256, 200, 200).data.some((value) => value !== 255));
  await page.waitForFunction(() => !document.querySelector("omni-r1")?.shadowRoot?.querySelector(".maker .unseen")?.textContent?.includes("maze"));
  assert.equal(await corner(), true);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});
