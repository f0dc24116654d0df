/** The reader's own examples: drawn on their pictures, kept, given away and taken back, and learned. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { ROOT, file, made, visit } from "./harness.mjs";
import { TRAIN, documents, news, order, steps, zero } from "./training.mjs";

const SHAPES = "www/samples/shapes.png";

test("an example is drawn, kept through a reload, changed, and deleted", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByText("Your own examples", { exact: true }).click();
  await page.getByLabel("An image for it").setInputFiles(file(SHAPES));
  await page.locator(".board img[src]").waitFor();
  await page.getByLabel("What is asked").fill("where is the ball?");
  await page.getByRole("textbox", { name: "Next step" }).fill("the ball is here");
  const board = await page.locator(".board").boundingBox();
  await drag(page, board, [0.1, 0.2], [0.4, 0.6]);
  assert.equal(await page.getByRole("textbox", { name: "Next step" }).inputValue(), "the ball is here BBOX(0.10,0.20,0.30,0.40)");
  await page.getByRole("button", { name: "Add step" }).click();
  await page.getByAltText("Drawing after: the ball is here BBOX").waitFor();
  await page.getByLabel("Mark").check();
  await page.getByRole("textbox", { name: "Next step" }).fill("in the middle");
  await drag(page, board, [0.5, 0.5], [0.5, 0.5]);
  assert.equal(await page.getByRole("textbox", { name: "Next step" }).inputValue(), "in the middle MARK(0.50,0.50,1)");
  await page.getByRole("button", { name: "Add step" }).click();
  await page.getByRole("button", { name: "Save example" }).click();
  await page.locator(".editor").getByText("Write the question and its answer first.").waitFor();
  await page.getByLabel("The right answer").fill("left");
  await page.getByRole("button", { name: "Save example" }).click();
  await page.getByText("Your own examples (1)").waitFor();

  await page.reload();
  await page.getByText("Your own examples (1)").click();
  await page.getByRole("button", { name: "Edit example 1" }).click();
  await page.getByAltText("Drawing after: in the middle MARK").waitFor();
  await page.getByRole("button", { name: "Delete step 2 and those after it" }).click();
  await page.getByLabel("The right answer").fill("top left");
  await page.getByRole("button", { name: "Save example" }).click();
  await page.locator(".examples").getByText("top left").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ image, ...rest }) => rest), [{ question: "where is the ball?", steps: ["the ball is here BBOX(0.10,0.20,0.30,0.40)"], answer: "top left" }]);
  assert.match(lines[0].image, /^data:image\/png;base64,/);
  await page.getByRole("button", { name: "Delete example 1" }).click();
  await page.getByText("The example is deleted.").waitFor();
  await page.getByText("Your own examples", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Your own examples (1)").waitFor();
  await page.locator(".examples").getByText("top left").waitFor();
  await page.getByRole("button", { name: "Delete example 1" }).click();
  await page.getByText("Your own examples", { exact: true }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a file of examples is opened with its pictures; one that can't be read is told of by its line", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByText("Your own examples", { exact: true }).click();
  const good = { image: "shapes.png", question: "how many?", steps: ["one MARK(0.20,0.20,1)"], answer: "3" };
  const open = (/** @type {any[]} */ ...files) => page.locator(".own input[multiple]").setInputFiles(files);
  const lines = (/** @type {(object | string)[]} */ ...lines) => made("mine.jsonl", lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""), "application/jsonl");
  const picture = { ...file(SHAPES), mimeType: "image/png" };
  await open(lines(good, '{"image": "shapes.png", "question'), picture);
  await visitor.alert.filter({ hasText: "Line 2 of the examples can't be used: it can't be read" }).waitFor();
  await open(lines(good));
  await visitor.alert.filter({ hasText: "Choose the pictures together with the file" }).waitFor();
  await open(lines(good, { ...good, question: "how many circles?" }), picture);
  await page.getByText("Your own examples (2)").waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("of ten examples one is held out: checks ask it, and the page says so", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await page.getByText("Your own examples", { exact: true }).click();
  const lines = await page.evaluate(async () => (await import(new URL("www/lessons/shapes.js", location.href).href)).examplesOf(7, 10));
  const open = (/** @type {string} */ lines) => page.locator(".own input[multiple]").setInputFiles([made("mine.jsonl", lines, "application/jsonl")]);
  await open(lines.split("\n").slice(1).join("\n"));
  await page.getByText("Checks ask about examples that were seen in training.").waitFor();
  await open(lines.split("\n")[0]);
  await page.getByText("leaves out 1 of them, every tenth").waitFor();
  const plan = documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.007 }, { modes: { draw: 0, text: 1 }, length: 256 });
  await order(page, { do: "open", plan: { ...plan, recipe: { ...plan.recipe, mix: { own: 1 } } } });
  await page.getByText("Checks ask about 1 of your 10 examples: those are never practised.").waitFor();
  await steps(page, 1);
  await page.getByRole("button", { name: "Check now" }).click();
  await page.getByRole("img", { name: /in the check: right \d/ }).waitFor();
  const [probe] = await news(page, "probe");
  assert.equal(probe.items, 1);
  assert.ok(Number.isFinite(probe.answer), "its loss is taken as well");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("the shipped model learns five examples made in the editor, and then answers a sixth as they do", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  const lake = (/** @type {number} */ number) => readFileSync(`${ROOT}data/mini-bench/V2-0${number}.png`);
  const sixth = { buffer: lake(5) };
  const before = await answer(page, sixth);
  await page.getByText("Your own examples", { exact: true }).click();
  for (let number = 0; number < 5; number++) {
    await page.getByLabel("An image for it").setInputFiles({ name: "lake.png", mimeType: "image/png", buffer: lake(number) });
    await page.locator(".board img[src]").waitFor();
    await page.getByLabel("What is asked").fill("what do you see here?");
    await page.getByRole("textbox", { name: "Next step" }).fill("a look at it");
    await drag(page, await page.locator(".board").boundingBox(), [0.1, 0.1], [0.9, 0.9]);
    await page.getByRole("button", { name: "Add step" }).click();
    await page.getByLabel("The right answer").fill("a lake");
    await page.getByRole("button", { name: "Save example" }).click();
    await page.getByText(`Your own examples (${number + 1})`).waitFor();
  }
  const plan = documents("", { learning_rate: 2e-3, muon_learning_rate: 0.01 });
  await order(page, { do: "open", plan: { ...plan, recipe: { ...plan.recipe, mix: { own: 1 } } } });
  await steps(page, 20);
  await order(page, { do: "take-up" });
  assert.notEqual(before, "a lake");
  assert.equal(await answer(page, sixth), "a lake");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("chains of words alone get drawings of the model's own", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  const words = ["first i look at the circle", "then at the square"];
  await page.getByText("Your own examples", { exact: true }).click();
  await page.getByLabel("An image for it").setInputFiles(file(SHAPES));
  await page.locator(".board img[src]").waitFor();
  await page.getByLabel("What is asked").fill("what is there?");
  await page.getByLabel("The right answer").fill("shapes");
  await page.getByRole("textbox", { name: "Next step" }).evaluate((field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, `${words.join("\n")}\n`);
  await page.getByText(words[1], { exact: true }).waitFor();
  await page.getByRole("button", { name: "Save example" }).click();
  await page.getByText("Your own examples (1)").waitFor();
  const plan = zero({ examples: 1 });
  await order(page, { do: "open", plan: { ...plan, recipe: { ...plan.recipe, mix: { own: 1 } } } });
  await order(page, { do: "step" });
  const [chain] = (await news(page, "chain")).filter(Boolean);
  assert.deepEqual(chain.steps.map(({ text }) => text), words);
  assert.ok(chain.steps.every(({ png }) => png.startsWith("data:image/png")));
  const [row] = await steps(page, 1);
  assert.ok(Number.isFinite(row.picture), "it learns its own drawings");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

// Each scheme and each size once.
for (const look of [LOOKS[0], LOOKS[3]]) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: the editor is readable, and nothing sticks out`, async () => {
    const visitor = await visit({ path: TRAIN, context: contextOf(look) });
    const { page } = visitor;
    await page.getByText("Your own examples", { exact: true }).click();
    await page.getByLabel("An image for it").setInputFiles(file(SHAPES));
    await page.locator(".board img[src]").waitFor();
    await page.getByRole("textbox", { name: "Next step" }).fill("the ball is here BBOX(0.10,0.20,0.30,0.40)");
    await page.getByRole("button", { name: "Add step" }).click();
    await page.getByAltText("Drawing after: the ball is here BBOX").waitFor();
    await shot(page, `${width}-${colorScheme}-examples`);
    await noViolations(page);
    await visitor.close();
  });
}

/** What the page's model answers. @param {import("playwright-core").Page} page @param {{buffer: Buffer}} picture */
async function answer(page, picture) {
  await order(page, { do: "saved" }); // gives the page its client
  return page.evaluate(async (bytes) => {
    const picture = new Blob([new Uint8Array(bytes)]);
    const { events } = window.client.ask({ picture, question: "what do you see here?", seed: 1 });
    let text = "";
    for await (const event of events) if (event.type === "answer") text = event.text;
    return text;
  }, [...picture.buffer]);
}

/** @param {import("playwright-core").Page} page @param {any} board @param {number[]} from @param {number[]} to shares of the board */
async function drag(page, { x, y, width, height }, from, to) {
  await page.mouse.move(x + from[0] * width, y + from[1] * height);
  await page.mouse.down();
  await page.mouse.move(x + to[0] * width, y + to[1] * height, { steps: 4 });
  await page.mouse.up();
}
