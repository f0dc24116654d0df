/** What every view is checked by: WCAG 2.2 A and AA, by axe, and a picture for the eye. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ARTIFACTS } from "./harness.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Colour schemes and sizes of screens. */
export const LOOKS = ["light", "dark"].flatMap((colorScheme) => [[1280, 860], [390, 844]].map(([width, height]) => ({ colorScheme, width, height })));

/** What a browser needs for one of them; axe measures with styles of its own, which the page's policy would refuse. */
export function contextOf({ colorScheme, width, height }) {
  return { viewport: { width, height }, colorScheme, reducedMotion: "reduce", bypassCSP: true };
}

/** @param {import("playwright-core").Page} page @param {string} name */
export function shot(page, name) {
  return page.screenshot({ path: `${ARTIFACTS}${name}.png`, fullPage: true });
}

/** @param {import("playwright-core").Page} page */
export async function noViolations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
  });
  assert.deepEqual(found, []);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} pixels too wide`);
}
