/** An answer from inside: each word and square, what else might have come, and where the model looked. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { askAbout, file, finished, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");

test("an answer can be looked into, word by word and square by square", async () => {
  const visitor = await visit();
  const { page } = visitor;
  await askAbout(visitor, MAZE, "how do i get from orange to purple?");
  const said = (await visitor.log.locator(".panel p").first().innerText()).replace(/\s+/g, "");
  const look = page.getByRole("button", { name: "Look inside" });
  await look.click();
  const inside = page.getByRole("region", { name: "Inside the answer" });
  await inside.waitFor();

  // The words are those of the answer, and each opens what else might have come; the shares are a whole's.
  const words = inside.locator(".inside-word");
  assert.ok((await words.allInnerTexts()).join("").replace(/\s+/g, "").startsWith(said));
  await words.first().click();
  const bars = inside.locator(".bars li");
  const percents = (await bars.locator(".bar-amount").allInnerTexts()).map((text) => (text.startsWith("under") ? 0 : Number.parseInt(text, 10)));
  assert.ok(percents.length === 6 && percents.reduce((a, b) => a + b) <= 103, percents.join());
  assert.deepEqual(percents, percents.toSorted((a, b) => b - a));
  const looked = inside.getByRole("img", { name: /of its attention went to the picture/ });
  await looked.waitFor();

  // A drawing has a square for each of its codes; the arrow keys go through them.
  const drawing = inside.getByRole("group", { name: "A drawing, square by square" }).first();
  const squares = drawing.getByRole("button");
  assert.equal(await squares.count(), 64);
  assert.equal(await inside.locator(".inside-veil span").count(), 64);
  await squares.nth(9).click();
  await inside.getByText("The square in column 2, row 2: code").waitFor();
  await inside.locator(".inside-squares .square").nth(5).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await inside.getByText("The square in column 2, row 3: code").waitFor();

  // Another question closes it.
  await visitor.question.fill("where is the wall?");
  await visitor.askButton.click();
  await finished(visitor);
  assert.equal(await inside.count(), 0);
  await look.waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("an answer can be compared with other ways to it", async () => {
  const visitor = await visit({ path: "?device=cpu&seed=3" });
  const { page } = visitor;
  await askAbout(visitor, MAZE, "how do i get from orange to purple?");
  const answer = (await page.getByRole("status", { name: "Answer" }).innerText()).trim();
  const button = page.getByRole("button", { name: "Compare" });
  await button.click();
  const compare = page.getByRole("region", { name: "Answers compared" });
  await compare.getByText(/same answer|different answers/).waitFor();
  const column = (/** @type {string} */ name) => compare.getByRole("region", { name, exact: true });
  for (const name of ["Its own drawings", "Exact drawings"]) assert.ok(await column(name).getByRole("img").count(), name);
  assert.equal(await column("Words only").getByRole("img").count(), 0);
  for (const name of ["Its own drawings", "Exact drawings", "Words only"]) {
    assert.ok((await column(name).locator(".compare-answer").innerText()).trim(), name);
  }

  await compare.getByLabel("Compare the answer").selectOption("by other seeds");
  await compare.getByText(/same answer|different answers/).waitFor();
  // The first is the answer's own seed.
  assert.equal((await compare.locator(".compare-answer").first().innerText()).trim(), answer);
  assert.equal(await compare.getByRole("heading").count(), 3);

  await button.click();
  assert.equal(await compare.count(), 0);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});
