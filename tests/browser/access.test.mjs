/** Everybody can use it: roles and names, the keyboard, contrast, small and large screens. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { ARTIFACTS, askAbout, file, finished, visit } from "./harness.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
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

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [[1280, 860], [390, 844]]) {
    test(`${colorScheme}, ${width} pixels wide: readable, and nothing sticks out`, async () => {
      // axe measures with styles of its own, which the page's policy would refuse.
      const context = { viewport: { width, height }, colorScheme, reducedMotion: "reduce", bypassCSP: true };
      const visitor = await visit({ context });
      await visitor.page.locator(".device").filter({ hasText: /, on the/ }).waitFor();
      await visitor.page.locator(".drop img[src]").waitFor();
      await shot(visitor.page, `${width}-${colorScheme}-first`);
      await violations(visitor.page);
      await askAbout(visitor, MAZE, QUESTION);
      await visitor.page.locator("summary").click();
      await shot(visitor.page, `${width}-${colorScheme}-answer`);
      await violations(visitor.page);
      const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      assert.deepEqual(visitor.faults, []);
      await visitor.close();
    });
  }
}

/** @param {import("playwright-core").Page} page @param {string} name */
function shot(page, name) {
  return page.screenshot({ path: `${ARTIFACTS}${name}.png`, fullPage: true });
}

/** WCAG 2.2 A and AA, by axe. @param {import("playwright-core").Page} page */
async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  });
  assert.deepEqual(found, []);
}
