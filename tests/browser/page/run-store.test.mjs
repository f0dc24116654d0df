/** What is kept in the browser: nothing old goes before what takes its place is whole. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { browserStorage } from "./opfs.mjs";
import * as store from "../../../www/run-store.js";
import { takeRun } from "../../../www/tabs.js";

const run = (/** @type {number} */ step) => /** @type {any} */ ({ plan: { preset: "nano", recipe: {} }, step, rows: [], probes: [], before: null });
const weights = (/** @type {number} */ value, length = 1000) => ({ "model.safetensors": new Uint8Array(length).fill(value) });
const model = (/** @type {number} */ value) => ({ "config.json": new Uint8Array([1]), "tokenizer.json": new Uint8Array([2]), ...weights(value) });

/** What can go wrong while something is written. @type {[string, (disk: import("./opfs.mjs").Disk) => void, string][]} */
const TROUBLE = [
  ["a full disk", (disk) => (disk.quota = disk.used() + 100), "storage-full"],
  ["a disk that fails", (disk) => (disk.onWrite = () => { throw new DOMException("broken", "InvalidStateError"); }), "storage"],
  ["a write that breaks off at its end", (disk) => (disk.onWrite = (name) => { if (name === "run.json") throw new DOMException("gone", "AbortError"); }), "storage"],
];

for (const [trouble, begin, code] of TROUBLE) {
  test(`${trouble} loses neither run nor model nor examples`, async () => {
    const disk = browserStorage();
    await store.save(run(20), weights(1));
    await store.keepModel(model(2), "first");
    await store.keepExamples("first\n");
    const used = disk.used();
    begin(disk);
    await assert.rejects(store.save(run(40), weights(3)), { code });
    await assert.rejects(store.keepModel(model(4), "second"), { code });
    await assert.rejects(store.keepExamples("second\n".repeat(100)), { code });
    assert.equal(disk.used(), used, "what is only half there takes no room");
    const saved = await store.read();
    assert.equal(saved?.run.step, 20);
    assert.equal(saved?.files["model.safetensors"][0], 1);
    const kept = await store.readModel();
    assert.equal(kept?.title, "first");
    assert.equal(kept?.files[2][0], 2);
    assert.equal(await store.readExamples(), "first\n");
  });
}

test("what comes after takes its place, alone", async () => {
  const disk = browserStorage();
  for (const step of [20, 40, 0]) await store.save(run(step), weights(step));
  assert.equal((await store.look())?.step, 0, "the newest, whatever its step");
  for (const value of [1, 2, 3]) await store.keepModel(model(value), `model ${value}`);
  assert.equal((await store.readModel())?.files[2][0], 3);
  for (const line of ["a", "b", "c"]) await store.keepExamples(line);
  assert.equal(await store.readExamples(), "c");
  assert.ok(disk.used() < 3000, `${disk.used()} bytes: one run and one model`);
  await store.forget();
  await store.forgetModel();
  assert.equal(await store.read(), null);
  assert.equal(await store.readModel(), null);
});

test("what was deleted can be brought back, until it is purged or something else is kept", async () => {
  const disk = browserStorage();
  await store.save(run(20), weights(1));
  await store.keepModel(model(2), "first");
  for (const what of /** @type {const} */ (["run", "model"])) await store.discard(what);
  assert.equal(await store.look(), null);
  assert.equal(await store.readModel(), null);
  for (const what of /** @type {const} */ (["run", "model"])) await store.recover(what);
  assert.equal((await store.read())?.files["model.safetensors"][0], 1);
  assert.equal((await store.readModel())?.title, "first");

  await store.discard("model");
  assert.equal(await store.purge(), true);
  assert.equal(await store.purge(), false);
  await assert.rejects(store.recover("model"), { code: "data" });
  await store.discard("run");
  await store.save(run(40), weights(3));
  await assert.rejects(store.recover("run"), { code: "data" });
  assert.equal((await store.look())?.step, 40);
  assert.ok(disk.used() < 2000, `${disk.used()} bytes: one run alone`);
});

test("on a full disk, what was deleted makes room", async () => {
  const disk = browserStorage();
  await store.keepModel(model(2), "first");
  disk.quota = disk.used() + 500;
  await store.discard("model");
  await store.save(run(20), weights(1));
  assert.equal((await store.look())?.step, 20);
});

test("what earlier versions of the page kept is still there", async () => {
  const { root } = browserStorage();
  const put = async (/** @type {any} */ folder, /** @type {string} */ name, /** @type {string} */ text) => {
    (await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle()).write(new TextEncoder().encode(text));
  };
  await put(root, "omni-r1-examples.jsonl", "mine\n");
  await put(root, "omni-r1-runs.json", '[{"step": 7}]');
  const folder = await root.getDirectoryHandle("omni-r1-model", { create: true });
  for (const name of store.MODEL_FILES) await put(folder, name, "x");
  await put(folder, "run.json", '{"id": "old", "title": "Old"}');
  assert.equal(await store.readExamples(), "mine\n");
  assert.deepEqual(await store.history(), [{ step: 7 }]);
  assert.equal((await store.readModel())?.title, "Old");
  await store.keepExamples("ours\n");
  await store.keepHistory([]);
  assert.equal(await store.readExamples(), "ours\n");
  assert.deepEqual(await store.history(), []);
  await store.keepExamples("");
  assert.equal(await store.readExamples(), "", "what was deleted stays deleted");
});

test("two tabs that save at the same time don't mix their files", async () => {
  browserStorage();
  await Promise.all([1, 2, 3, 4].map((step) => store.save(run(step), weights(step, 10))));
  const saved = await store.read();
  assert.equal(saved?.files["model.safetensors"][0], saved?.run.step);
});

test("one tab has the run; another is told which, until it gives it back", async () => {
  browserStorage();
  const giveBack = await takeRun("Class 7b");
  await assert.rejects(takeRun("Another"), ({ code, message, hint }) => code === "taken" && /“Class 7b”, since \d/.test(message) && /Stop/.test(hint));
  giveBack();
  (await takeRun("Another"))();
});

test("a browser that doesn't say how much room there is breaks nothing", async () => {
  const disk = browserStorage();
  assert.deepEqual(await store.room(), { usage: disk.used(), quota: disk.quota });
  delete navigator.storage.estimate;
  assert.equal(await store.room(), null);
});

test("over plain http everything says in a sentence that it can't be kept, and nothing breaks", async () => {
  browserStorage({ secure: false });
  const plainHttp = ({ code, message, hint }) => code === "storage" && /plain http/.test(message) && /Export|file/.test(hint);
  await assert.rejects(store.save(run(1), weights(1)), plainHttp);
  await assert.rejects(store.keepModel(model(1), "one"), plainHttp);
  await assert.rejects(store.keepExamples("one"), plainHttp);
  assert.equal(await store.look(), null);
  assert.equal(await store.lookAtModel(), null);
  assert.equal(await store.readExamples(), "");
  assert.deepEqual(await store.history(), []);
  await store.forget();
  await store.forgetModel();
  (await takeRun("page"))();
});
