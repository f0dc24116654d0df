/** Runs in the worker, with a program that only counts: when they are saved, and what stops them. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { browserStorage } from "./opfs.mjs";
import { Training } from "../../../www/training.js";
import * as store from "../../../www/run-store.js";

const PLAN = /** @type {any} */ ({ preset: "nano", recipe: { mix: { V2: 1 } } });

/** A run of `steps` steps, which draws so many examples before. @param {{steps: number, chains?: number}} wishes */
function trainer({ steps, chains = 0 }) {
  let [step, made] = [0, 0];
  const counted = { saves: 0 };
  const program = {
    pinned: () => ({}),
    answer_pinned: async () => ({ answer: "", right: false, steps: [] }),
    held_out: async () => null,
    probe: async () => true,
    chain: async () => ({}),
    synthesis: () => (made < chains ? [made, chains] : undefined),
    done: () => step >= steps,
    step: async () => {
      if (made < chains) made += 1;
      else step += 1;
      return { step, seen: step };
    },
    checkpoint: async () => ((counted.saves += 1), { "model.safetensors": new Uint8Array(10) }),
    export: async () => Object.fromEntries(store.MODEL_FILES.map((name) => [name, new Uint8Array(1)])),
    free() {},
  };
  return { program, counted };
}

/** @param {any} program @param {string} [page] @param {(examples: string) => void} [onOpen] hears which examples the program is given */
function training(program, page = "this page", onOpen) {
  /** @type {any[]} */
  const news = [];
  /** @type {(phase: string) => void} */
  let rested = () => {};
  const around = /** @type {any} */ ({
    open: async (/** @type {any} */ _, /** @type {string} */ examples) => (onOpen?.(examples), program),
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    memory: () => 0,
    page: () => page,
    tell: (/** @type {any} */ one) => {
      news.push(one);
      if (["paused", "done", "closed"].includes(one.phase)) rested(one.phase);
    },
  });
  const rest = () => new Promise((resolve) => (rested = resolve));
  return { training: new Training(around), news, rest };
}

beforeEach(() => browserStorage());

test("a run that draws its examples first isn't saved for each of them", async () => {
  const { program, counted } = trainer({ steps: 40, chains: 30 });
  const { training: run, rest } = training(program);
  await run.obey({ do: "open", plan: PLAN });
  const rested = rest();
  await run.obey({ do: "run" });
  assert.equal(await rested, "done");
  assert.equal(counted.saves, 2, "at steps 20 and 40");
});

test("where nothing can be saved, that is said once and the run goes on to its end", async () => {
  browserStorage({ secure: false });
  const { program } = trainer({ steps: 60 });
  const { training: run, news, rest } = training(program);
  await run.obey({ do: "open", plan: PLAN });
  const rested = rest();
  await run.obey({ do: "run" });
  assert.equal(await rested, "done");
  const failures = news.map(({ failure }) => failure).filter(Boolean);
  assert.deepEqual(failures.map(({ code }) => code), ["storage"]);
  assert.match(failures[0].message, /plain http/);
  await assert.rejects(run.obey({ do: "forget-model" }).then(() => run.obey({ do: "keep-model" })), { code: "storage" });
});

test("a full disk pauses the run, and nothing of it is lost", async () => {
  const disk = browserStorage();
  const { program } = trainer({ steps: 40 });
  const { training: run, news, rest } = training(program);
  await run.obey({ do: "open", plan: PLAN });
  disk.quota = 0;
  const rested = rest();
  await run.obey({ do: "run" });
  assert.equal(await rested, "paused");
  assert.equal(news.findLast(({ failure }) => failure).failure.code, "storage-full");
  disk.quota = Infinity;
  const again = rest();
  await run.obey({ do: "run" });
  assert.equal(await again, "done");
  assert.equal((await run.obey({ do: "saved" })).step, 40);
});

test("two tabs: a second run is refused while one is open, and so is deleting the saved one", async () => {
  const first = training(trainer({ steps: 40 }).program, "Class 7b");
  const second = training(trainer({ steps: 40 }).program);
  await first.training.obey({ do: "open", plan: PLAN });
  await first.training.obey({ do: "save" });
  for (const order of /** @type {any[]} */ ([{ do: "open", plan: PLAN }, { do: "forget" }])) {
    await assert.rejects(second.training.obey(order), { code: "taken", message: /Class 7b/ });
  }
  await first.training.obey({ do: "stop" });
  assert.equal((await second.training.obey({ do: "resume" })).step, 0);
  await second.training.obey({ do: "stop" });
  await second.training.obey({ do: "forget" });
  assert.equal(await first.training.obey({ do: "saved" }), null);
});

test("settings that a run can't go on with leave it open as it was", async () => {
  const { program } = trainer({ steps: 40 });
  const { training: run } = training(program);
  await run.obey({ do: "open", plan: PLAN });
  await run.obey({ do: "step" });
  const bad = { ...PLAN, recipe: null };
  await assert.rejects(run.obey({ do: "adjust", plan: bad }));
  await run.obey({ do: "step" });
  await run.obey({ do: "save" });
  assert.equal((await run.obey({ do: "saved" })).step, 2);
});

test("of the reader's own examples every tenth is asked in checks and never practised; of fewer, those that are practised", async () => {
  const lines = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => JSON.stringify({ question: `${i + 1}` })).join("\n");
  const own = { ...PLAN, recipe: { mix: { own: 1 } } };
  for (const { count, heldOut, items } of [{ count: 25, heldOut: ["10", "20"], items: 2 }, { count: 9, heldOut: [], items: 9 }]) {
    await store.keepExamples(lines(count));
    /** @type {string[][]} */
    const given = [];
    const { program } = trainer({ steps: 1 });
    const { training: run, news, rest } = training(program, "this page", (examples) => given.push(examples.split("\n").map((line) => JSON.parse(line).question)));
    await run.obey({ do: "open", plan: own });
    const rested = rest();
    await run.obey({ do: "run" });
    await rested;
    const practised = given[0];
    assert.equal(practised.length, count - heldOut.length);
    assert.deepEqual(given.slice(1), heldOut.length ? [heldOut, heldOut] : [], "before training, and at its end");
    assert.ok(practised.every((question) => !heldOut.includes(question)));
    assert.equal(news.findLast(({ probe }) => probe).probe.items, items, "none is asked twice");
    assert.deepEqual(news.find((one) => one.run).run.own, { practised: practised.length, heldOut: heldOut.length });
    await run.obey({ do: "stop" });
  }
});

test("a run that was deleted and brought back is none of the earlier ones", async () => {
  const { program } = trainer({ steps: 40 });
  const { training: run } = training(program);
  await run.obey({ do: "open", plan: PLAN });
  await run.obey({ do: "step" });
  await run.obey({ do: "stop" });
  await run.obey({ do: "discard", what: "run" });
  assert.equal(await run.obey({ do: "saved" }), null);
  assert.equal((await run.obey({ do: "history" })).length, 1);
  await run.obey({ do: "recover", what: "run" });
  assert.equal((await run.obey({ do: "saved" })).step, 1);
  assert.deepEqual(await run.obey({ do: "history" }), []);
});
