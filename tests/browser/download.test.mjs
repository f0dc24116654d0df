/** The model's way to the visitor: progress, keeping, damage, interruption, and no room to keep it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, askAbout, file, patchWorker, runsOn, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";
const WEIGHTS = "**/model.safetensors";

test("the first screen comes before the weights, with a bar that says how far they are", async () => {
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  const visitor = await visit({
    prepare: (page) => page.route(WEIGHTS, async (route) => {
      await held;
      await route.continue();
    }),
  });
  await visitor.download.waitFor();
  await visitor.askButton.waitFor();
  await visitor.page.getByText(/Getting the model: .* of .* MB/).waitFor();
  release();
  await visitor.download.waitFor({ state: "hidden" });
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a second visit takes the weights out of the cache", async () => {
  const visitor = await visit();
  await askAbout(visitor, MAZE, QUESTION);
  let fetched = 0;
  await visitor.page.route(WEIGHTS, (route) => {
    fetched += 1;
    return route.continue();
  });
  await visitor.page.reload();
  await askAbout(visitor, MAZE, QUESTION);
  assert.equal(fetched, 0);
  await visitor.close();
});

test("damaged weights are noticed, and fetched again on request", async () => {
  let damaged = true;
  const visitor = await visit({
    prepare: (page) => page.route(WEIGHTS, async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      if (damaged) body[body.length >> 1] ^= 1;
      await route.fulfill({ response, body });
    }),
  });
  await visitor.alert.filter({ hasText: /arrived damaged.*Try again/ }).waitFor();
  damaged = false;
  await visitor.page.getByRole("button", { name: "Try again" }).click();
  await visitor.page.locator(".device").filter({ hasText: /, on the/ }).waitFor();
  assert.equal(await visitor.alert.count(), 0, "the trouble is over");
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.close();
});

for (const [fault, answer, expected] of /** @type {[string, (route: import("playwright-core").Route) => Promise<void>, RegExp][]} */ ([
  ["can't be reached", (route) => route.abort("connectionreset"), /program can't be reached.*connection/],
  ["is damaged", (route) => route.fulfill({ contentType: "application/wasm", body: "no program" }), /damaged.*too old/],
])) {
  test(`a program that ${fault} is told as just that, and fetched again on request`, async () => {
    let faulty = true;
    const visitor = await visit({
      prepare: (page) => page.route("**/omni_r1_bg.wasm", (route) => (faulty ? answer(route) : route.continue())),
    });
    await visitor.alert.filter({ hasText: expected }).waitFor();
    faulty = false;
    await visitor.page.getByRole("button", { name: "Try again" }).click();
    await visitor.page.locator(".device").filter({ hasText: /, on the/ }).waitFor();
    assert.equal(await visitor.alert.count(), 0, "the trouble is over");
    await visitor.close();
  });
}

test("a download that breaks off says so, and so does asking meanwhile", async () => {
  let broken = true;
  const visitor = await visit({
    prepare: (page) => page.route(WEIGHTS, (route) => (broken ? route.abort("connectionreset") : route.continue())),
  });
  await visitor.alert.filter({ hasText: /can't be reached|broke off/ }).waitFor();
  await visitor.picture.setInputFiles(MAZE);
  await visitor.question.fill(QUESTION);
  await visitor.askButton.click();
  await visitor.alert.filter({ hasText: /can't be reached|broke off/ }).waitFor();
  broken = false;
  await visitor.askButton.click();
  await visitor.answer.filter({ hasText: /\S/ }).waitFor();
  await visitor.close();
});

test("a browser that keeps nothing still answers, and says what that means", async () => {
  const visitor = await visit({
    // The worker asks for room; this is what a full disk or a private window answers.
    prepare: (page) => page.route("**/worker.js", async (route) => {
      const response = await route.fetch();
      const refuse = "Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));";
      await route.fulfill({ response, body: `${refuse}\n${await response.text()}` });
    }),
  });
  await visitor.page.getByText(/no room to keep the model/).waitFor();
  await askAbout(visitor, MAZE, QUESTION);
  assert.equal(await visitor.alert.count(), 0);
  await visitor.close();
});

test("a model that does not exist is named, with those that do", async () => {
  const visitor = await visit({ path: "?device=cpu&model=nothing" });
  await visitor.alert.filter({ hasText: /no model "nothing".*This page has/ }).waitFor();
  await visitor.close();
});

test("another model of the page answers where the options name it", async () => {
  const { models } = JSON.parse(file("www/models/index.json").buffer.toString());
  const [{ title }, other] = models;
  const visitor = await visit();
  const runs = (/** @type {string} */ name) => visitor.page.locator(".device").filter({ hasText: `${name}, on the` }).waitFor();
  await runs(title);
  await visitor.page.getByText("Options", { exact: true }).click();
  await visitor.page.getByLabel("Model").selectOption(other.title);
  await runs(other.title);
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("without a wish, software that plays a graphics processor is not used", async () => {
  const visitor = await visit({ device: "webgpu", path: "" });
  await visitor.page.locator(".device").filter({ hasText: /CPU.*only simulated/ }).waitFor();
  await visitor.close();
});

test("a graphics processor that answers late: the CPU instead, but for whoever asked for WebGPU", async () => {
  const late = (/** @type {import("playwright-core").Page} */ page) =>
    patchWorker(page, `{
      const adapters = GPU.prototype, { requestAdapter } = adapters;
      adapters.requestAdapter = async function (...wishes) {
        await new Promise((resolve) => setTimeout(resolve, 6000));
        return requestAdapter.apply(this, wishes);
      };
    }`);
  const undecided = await visit({ device: "webgpu", path: "", prepare: late });
  await undecided.page.locator(".device").filter({ hasText: /CPU.*did not answer/ }).waitFor();
  await undecided.close();
  const decided = await visit({ device: "webgpu", prepare: late });
  await runsOn(decided.page, "webgpu");
  await decided.close();
});

test("the server keeps what is not the page's to itself", async () => {
  for (const path of ["Cargo.toml", ".git/config", "www/..%2fCargo.toml"]) {
    assert.equal((await fetch(new URL(path, PAGE))).status, 404, path);
  }
  const first = await fetch(PAGE);
  assert.equal(first.headers.get("cache-control"), "no-cache");
  const again = await fetch(PAGE, { headers: { "if-none-match": first.headers.get("etag") } });
  assert.equal(again.status, 304);
});

test("the server sends what compresses compressed, and the rest of a file that broke off", async () => {
  const from = (/** @type {string} */ path, /** @type {Record<string, string>} */ headers) => fetch(new URL(path, PAGE), { headers });
  for (const [accepted, encoding] of [["gzip, br", "br"], ["gzip", "gzip"], ["identity", null]]) {
    const response = await from("www/element.js", { "accept-encoding": accepted });
    assert.equal(response.headers.get("content-encoding"), encoding);
    assert.equal(await response.text(), file("www/element.js").buffer.toString(), "the same by each");
  }
  const weights = file("www/models/nano/model.safetensors").buffer;
  const whole = await from("www/models/nano/model.safetensors", { range: "bytes=0-3" });
  assert.equal(whole.status, 206);
  assert.equal(whole.headers.get("content-range"), `bytes 0-3/${weights.length}`);
  const rest = await from("www/models/nano/model.safetensors", { range: `bytes=${weights.length - 1000}-` });
  assert.ok(Buffer.from(await rest.arrayBuffer()).equals(weights.subarray(-1000)));
  assert.equal((await from("www/models/nano/model.safetensors", { range: `bytes=${weights.length}-` })).status, 416);
});
