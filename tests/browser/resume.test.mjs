/** Downloads that break off go on where they were, with the page or without it, and are checked as a whole. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT, askAbout, file, visit } from "./harness.mjs";
import { host } from "./host.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";
const isWeights = (/** @type {string} */ path) => path.endsWith("model.safetensors");
const { length: WHOLE } = readFileSync(`${ROOT}www/models/mini/model.safetensors`);

/** A host whose first answer for the weights breaks off after a half, or gives other bytes for it. */
async function faulty({ damage = false, ranges = true } = {}) {
  const site = await host(ROOT);
  let broken = false;
  /** What was asked for of the weights. @type {string[]} */
  const asked = [];
  site.intercept = (request, response, path) => {
    if (!isWeights(path)) return false;
    asked.push(request.headers.range ?? "all");
    if (!ranges) delete request.headers.range;
    if (broken) return false;
    broken = true;
    const half = Buffer.from(readFileSync(path).subarray(0, WHOLE >> 1));
    if (damage) half[half.length >> 1] ^= 1;
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": WHOLE });
    // The rest never comes: the connection goes once this half has arrived.
    response.write(half, () => setTimeout(() => response.destroy(), 1000));
    return true;
  };
  return { site, asked };
}

/** The page after the break. */
async function broken(site) {
  const visitor = await visit({ path: `${site.address}?device=cpu`, home: site.address });
  await visitor.alert.filter({ hasText: /broke off.*Try again/ }).waitFor();
  return visitor;
}

const WAYS = {
  "by Try again": (/** @type {import("playwright-core").Page} */ page) => page.getByRole("button", { name: "Try again" }).click(),
  "after a reload": (/** @type {import("playwright-core").Page} */ page) => page.reload(),
};
for (const [how, goOn] of Object.entries(WAYS)) {
  test(`a download that broke off goes on ${how}, and nothing that came is sent again`, async () => {
    const { site, asked } = await faulty();
    const visitor = await broken(site);
    await goOn(visitor.page);
    await askAbout(visitor, MAZE, QUESTION);
    assert.match(await visitor.answer.innerText(), /\S/);
    const [first, second, ...more] = asked;
    assert.deepEqual([first, more], ["all", []]);
    const from = Number(/^bytes=(\d+)-$/.exec(second)?.[1]);
    // What the browser itself had not handed on when the connection went is all that comes twice.
    assert.ok(from > WHOLE / 4 && from <= WHOLE >> 1, second);
    const kept = await visitor.page.evaluate(async () => (await (await caches.open("omni-r1-models")).keys()).map(({ url }) => url));
    assert.ok(kept.every((url) => /[0-9a-f]{64}$/.test(url)), "no pieces are left");
    await visitor.close();
    await site.stop();
  });
}

test("a part that was damaged is noticed when the rest has come, and all is fetched anew", async () => {
  const { site, asked } = await faulty({ damage: true });
  const visitor = await broken(site);
  await visitor.page.getByRole("button", { name: "Try again" }).click();
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.deepEqual(asked.map((range) => range === "all"), [true, false, true]);
  await visitor.close();
  await site.stop();
});

test("a server that knows no ranges sends the whole again", async () => {
  const { site, asked } = await faulty({ ranges: false });
  const visitor = await broken(site);
  await visitor.page.getByRole("button", { name: "Try again" }).click();
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.equal(asked.length, 2);
  await visitor.close();
  await site.stop();
});
