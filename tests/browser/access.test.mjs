/** Everybody can use it: roles and names, the keyboard, contrast, small and large screens. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { askAbout, file, finished, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

test("every part has its role and its name, once", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  for (const part of ["picture", "question", "askButton", "stopButton", "log", "answer"]) {
    assert.equal(await visitor[part].count(), 1, part);
  }
  assert.equal(await visitor.picture.getAttribute("type"), "file");
  assert.equal(await visitor.log.getAttribute("aria-busy"), "false");
  await visitor.picture.setInputFiles(MAZE);
  await visitor.question.fill(QUESTION);
  await visitor.askButton.click();
  await visitor.page.locator('[role="log"][aria-busy="true"]').waitFor();
  await finished(visitor);
  for (const part of ["picture", "question", "askButton", "stopButton", "log", "answer"]) {
    assert.equal(await visitor[part].count(), 1, `${part}, after an answer`);
  }
  await visitor.close();
});

test("the keyboard is enough", async () => {
  const visitor = await visit();
  await visitor.page.locator(".sample").first().focus();
  await visitor.page.keyboard.press("Enter");
  await visitor.page.locator(".drop img[src]").waitFor();
  await visitor.question.focus();
  await visitor.page.keyboard.press("Control+A");
  await visitor.page.keyboard.type("solve the maze from purple to orange.");
  await visitor.page.keyboard.press("Enter");
  await finished(visitor);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.close();
});

for (const look of LOOKS) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: readable, and nothing sticks out`, async () => {
    const visitor = await visit({ context: contextOf(look) });
    await visitor.page.locator(".device").filter({ hasText: /, on the/ }).waitFor();
    await visitor.page.locator(".drop img[src]").waitFor();
    await shot(visitor.page, `${width}-${colorScheme}-first`);
    await noViolations(visitor.page);
    await askAbout(visitor, MAZE, QUESTION);
    await visitor.page.locator(".options summary").click();
    await shot(visitor.page, `${width}-${colorScheme}-answer`);
    await noViolations(visitor.page);
    await visitor.page.getByRole("button", { name: "Next step" }).click();
    await noViolations(visitor.page);
    await visitor.page.locator(".save summary").click();
    await shot(visitor.page, `${width}-${colorScheme}-step`);
    await noViolations(visitor.page);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}
