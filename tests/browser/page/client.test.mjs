/** The page's side of the worker, without one. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Client } from "../../../www/client.js";

/** Workers that were started. @type {FakeWorker[]} */
let workers = [];

class FakeWorker {
  /** @type {any[]} */
  heard = [];
  /** @type {any} */
  onmessage = null;
  /** @type {any} */
  onerror = null;
  ended = false;

  /** @param {URL | string} url */
  constructor(url) {
    this.url = `${url}`;
    workers.push(this);
  }

  /** @param {any} message */
  postMessage(message) {
    this.heard.push(message);
  }

  terminate() {
    this.ended = true;
  }

  /** @param {any} data */
  say(data) {
    this.onmessage({ data });
  }
}

/** @param {typeof FakeWorker} worker @param {string} origin */
function page(worker, origin) {
  workers = [];
  Object.assign(globalThis, { self: { origin }, Worker: worker });
}

beforeEach(() => page(FakeWorker, new URL(import.meta.url).origin));

let models = 0;
/** One that no other test has. */
const acquire = () => Client.acquire({ device: "auto", model: `model ${(models += 1)}` });

/** @param {AsyncIterable<any>} events */
async function last(events) {
  let last;
  for await (const event of events) last = event;
  return last;
}

/** @param {Client} client @param {"cpu" | "webgpu"} kind */
function runsOn(client, kind) {
  workers.at(-1)?.say({ type: "state", state: { device: { kind, name: "", why: "" } } });
}

test("a browser that refuses the worker is told in a sentence, and nothing throws", async () => {
  page(/** @type {any} */ (class { constructor() { throw new DOMException("no", "SecurityError"); } }), "null");
  const client = acquire();
  const told = new Promise((resolve) => client.addEventListener("state", resolve));
  const { events } = client.ask(/** @type {any} */ ({}));
  assert.equal((await last(events)).code, "browser");
  await told;
  assert.match(client.state.failure?.message ?? "", /can't be started/);
  await assert.rejects(client.about(), { code: "browser" });
  assert.equal((await last(client.ask(/** @type {any} */ ({})).events)).code, "browser");
});

test("weights that are no numbers aren't told as a graphics processor that stopped", async () => {
  const NUMBERS = { code: "checkpoint", message: "The model returned no usable numbers.", hint: "Take another." };
  const client = acquire();
  runsOn(client, "webgpu");
  const { events } = client.ask(/** @type {any} */ ({}));
  workers[0].say({ type: "event", id: 1, event: { type: "error", ...NUMBERS } });
  assert.equal((await last(events)).message, NUMBERS.message);
  assert.equal(workers.length, 1, "the worker is as good as before");
});

test("only a graphics processor can be told as one that stopped", async () => {
  const FAILED = { code: "device", message: "The device gave nothing back.", hint: "Reload." };
  for (const [kind, expected] of /** @type {["cpu" | "webgpu", RegExp][]} */ ([["webgpu", /graphics processor stopped/], ["cpu", /gave nothing back/]])) {
    const client = acquire();
    runsOn(client, kind);
    const { events } = client.ask(/** @type {any} */ ({}));
    workers.at(-1)?.say({ type: "event", id: 1, event: { type: "error", ...FAILED } });
    assert.match((await last(events)).message, expected);
  }
});

test("whoever has left gets no worker, and an answer all the same", async () => {
  await assert.rejects(Client.left.about(), { code: "stopped" });
  assert.equal((await last(Client.left.ask(/** @type {any} */ ({})).events)).code, "stopped");
  const client = acquire();
  client.release();
  assert.ok(workers[0].ended);
  assert.equal((await last(client.ask(/** @type {any} */ ({})).events)).code, "stopped");
});

test("an answer's files are made when somebody saves it, not before", async () => {
  const client = acquire();
  const { transcript } = client.ask(/** @type {any} */ ({}));
  const [, { id }] = workers[0].heard;
  workers[0].say({ type: "result", id });
  assert.deepEqual(workers[0].heard.map(({ type }) => type), ["open", "ask"]);
  const files = transcript();
  assert.deepEqual(workers[0].heard.at(-1), { type: "transcript", ask: id, id: id + 1 });
  workers[0].say({ type: "result", id: id + 1, value: { json: "{}", html: "" } });
  assert.deepEqual(await files, { json: "{}", html: "" });
});

test("the browser is asked to keep what somebody has made, and for nothing else", () => {
  let asked = 0;
  const persist = async () => ((asked += 1), true);
  Object.defineProperty(globalThis, "navigator", { value: { storage: { persist } }, configurable: true });
  const client = acquire();
  void client.train({ do: "saved" });
  void client.examples({ do: "kept" });
  void client.about();
  assert.equal(asked, 0);
  void client.train({ do: "open", plan: /** @type {any} */ ({}) });
  void client.train({ do: "keep-model" });
  void client.examples({ do: "keep", lines: "" });
  assert.equal(asked, 3);
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  void client.train({ do: "keep-model" }); // over plain http
});
