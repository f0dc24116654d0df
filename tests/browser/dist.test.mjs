/** The folder for any static host: whole, under the root and under a path, with its compressed siblings. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { ELSEWHERE, ROOT, askAbout, file, visit } from "./harness.mjs";
import { dist, host } from "./host.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

for (const path of ["/", "/a/b/"]) {
  test(`under ${path} it asks, shows its samples and trains, with no file missing`, async () => {
    const site = await host(dist(), { path });
    const visitor = await visit({ path: `${site.address}?device=cpu`, home: site.address });
    await visitor.page.locator(".sample").nth(1).click();
    await visitor.page.locator(".drop img[src]").waitFor();
    await askAbout(visitor, MAZE, QUESTION);
    assert.match(await visitor.answer.innerText(), /\S/);
    await visitor.page.getByRole("link", { name: "Train" }).click();
    await visitor.page.getByRole("button", { name: "Start" }).waitFor();
    assert.deepEqual(visitor.faults, []);
    assert.deepEqual(site.faults, []);
    await visitor.close();
    await site.stop();
  });
}

test("on plain http, as in a class's own network, where a browser keeps nothing, it answers as well", async () => {
  const site = await host(dist());
  const home = site.address.replace("127.0.0.1", ELSEWHERE);
  const visitor = await visit({ path: home, home });
  assert.equal(await visitor.page.evaluate(() => isSecureContext), false);
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.page.locator(".device").filter({ hasText: /CPU.*https/ }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("the element keeps its name for pages that embed it", async () => {
  const site = await host(dist(), { path: "/a/b/" });
  const visitor = await visit({ path: `${site.address}www/embed.html`, home: site.address });
  await visitor.page.waitForFunction(() => customElements.get("omni-r1"));
  const same = await visitor.page.evaluate(async (name) => (await import(name)).OmniR1 === customElements.get("omni-r1"), `${site.address}www/element.js`);
  assert.ok(same, "one element, by either name");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("siblings hold what they stand beside, and names hold a hash unless others rely on them", () => {
  const files = readdirSync(dist(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dist().length).replace(/^\//, ""));
  const read = (/** @type {string} */ name) => readFileSync(join(dist(), name));
  let siblings = 0;
  for (const [ending, unpack] of Object.entries({ br: brotliDecompressSync, gz: gunzipSync })) {
    for (const name of files.filter((name) => name.endsWith(`.${ending}`))) {
      const packed = read(name);
      assert.ok(unpack(packed).equals(read(name.slice(0, -3))), name);
      assert.ok(packed.length < read(name.slice(0, -3)).length, `${name} is smaller`);
      siblings += 1;
    }
  }
  assert.ok(siblings > 100, `${siblings} siblings`);
  const named = files.filter((name) => name.startsWith("www/") && !/\.(br|gz)$/.test(name) && !name.startsWith("www/models/"));
  const plain = named.filter((name) => !/\.[0-9a-f]{10}\.[a-z0-9]+$/.test(name)).sort();
  assert.deepEqual(plain, ["www/element.js", "www/embed.html", "www/manifest.webmanifest"]);
  const hosting = readFileSync(`${ROOT}docs/hosting.md`, "utf8");
  const [row] = /^.*no-cache` for the rest.*$/m.exec(hosting) ?? [""];
  const kept = [...row.matchAll(/`([\w/]+\.\w+)`/g)].map(([, name]) => name);
  assert.deepEqual(kept.sort(), ["index.html", "kernels.html", "sw.js", "www/models/index.json", ...plain].sort(), "docs/hosting.md names those that keep their names");
  const index = JSON.parse(read("www/models/index.json").toString());
  for (const { path, bytes, sha256 } of [...index.models.flatMap(({ files }) => files), index.bank]) {
    const content = read(`www/models/${path}`);
    assert.equal(content.length, bytes, path);
    assert.equal(createHash("sha256").update(content).digest("hex"), sha256, path);
    assert.ok(path.includes(sha256.slice(0, 10)), `${path} changes with its content`);
  }
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE", "CREDITS.md"]) assert.ok(files.includes(licence), licence);
});
