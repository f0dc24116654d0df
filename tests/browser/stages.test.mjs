/** Every stage of training in the page: a few steps, a reload in the middle, the same losses as before. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { DEVICES, ROOT, program, runsOn, visit } from "./harness.mjs";
import { TRAIN, documents, news, order, rest, rewards, steps, tokenizer, trainOn, zero } from "./training.mjs";

const RATES = { learning_rate: 1e-3, muon_learning_rate: 0.005 };

const PLANS = /** @type {[string, object][]} */ ([
  ["a nano model from nothing", documents("nano", RATES)],
  ["PeSFT", documents("", RATES, { perception: { weight: 1 } })],
  ["PeRPO", rewards({ prompts: 1, group: 2 })],
  ["Zero", zero({ examples: 1 })],
  ["the picture tokenizer", tokenizer()],
]);
for (const device of DEVICES) {
  for (const [stage, plan] of PLANS) {
    test(`${stage} on ${device}: a reload in the middle changes no loss`, async () => {
      // A software adapter takes its time.
      const count = device === "cpu" ? 2 : 1;
      const visitor = await visit({ device, path: trainOn(device) });
      const { page } = visitor;
      await page.getByLabel("cross the ice").waitFor();
      await order(page, { do: "open", plan });
      await runsOn(page, device);
      await taken(page, count);
      await order(page, { do: "save" });
      const whole = await taken(page, count);
      // What came after the save is lost, and taken again.
      await page.reload();
      await page.getByText(`A run waits here at step ${count}.`).waitFor();
      await order(page, { do: "resume" });
      await runsOn(page, device);
      const again = await taken(page, count);
      if (device === "cpu") assert.deepEqual(again, whole);
      // A page picks its variants of the kernels by a race: they round differently.
      else again.forEach((row, i) => alike(row, whole[i]));
      assert.equal(whole.at(-1).step, 2 * count);
      assert.deepEqual(visitor.faults, []);
      await visitor.close();
    });
  }
}

test("what practises words alone is checked in words alone", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  for (const [draw, text] of [[1, 0], [0, 1]]) {
    await order(page, { do: "open", plan: documents("", RATES, { modes: { draw, text } }) });
    await steps(page, 1);
    await order(page, { do: "probe", items: 1 });
    await rest(page);
    const answered = (await news(page, "answered")).at(-1);
    assert.ok(answered.steps.length > 0, "it thinks");
    assert.ok(answered.steps.every(({ png }) => Boolean(png) === Boolean(draw)), JSON.stringify(answered));
  }
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a picture tokenizer is shown at work, checked, and lent to a new model", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: tokenizer({ batch: 8 }) });
  await steps(page, 30);
  await order(page, { do: "probe" });
  await rest(page);
  const [first, last] = (await news(page, "reconstructions")).map(({ pictures }) => pictures);
  assert.equal(first.length, 6);
  assert.deepEqual(last.map(({ png }) => png), first.map(({ png }) => png), "the same pictures");
  assert.notDeepEqual(last.map(({ again }) => again), first.map(({ again }) => again));
  await page.getByAltText("Picture 6: after 30 steps").waitFor();
  const rows = await news(page, "row");
  assert.ok(rows.at(-1).loss < rows[0].loss, "it learns");
  assert.ok((await news(page, "probe")).at(-1).psnr > 5);
  await assert.rejects(order(page, { do: "take-up" }), /can't be asked/);
  const kept = await order(page, { do: "keep-model" });
  assert.equal(kept.title, "Your picture tokenizer (30 steps)");
  await order(page, { do: "open", plan: { ...documents("nano", RATES), model: kept.id } });
  const [own] = await steps(page, 1);
  await order(page, { do: "open", plan: documents("nano", RATES) });
  const [others] = await steps(page, 1);
  assert.notEqual(own.picture, others.picture, "the new model reads other codes");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a step by rewards ends at once when it is paused, and is taken again as it would have been", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  const plan = rewards({ group: 4 });
  await order(page, { do: "open", plan });
  const [first] = await steps(page, 1);
  assert.ok(["reward", "accuracy", "kl picture", "clipped text", "entropy picture", "loss", "norm"].every((name) => name in first), JSON.stringify(first));
  const { groups, ratios } = (await news(page, "watched")).at(-1);
  assert.deepEqual(groups.map(({ rollouts }) => rollouts.length), [4, 4]);
  const advantages = groups.map(({ rollouts }) => rollouts.reduce((sum, { advantage }) => sum + advantage, 0));
  assert.ok(advantages.every((sum) => Math.abs(sum) < 1e-6), "advantages of a group sum up to nothing");
  assert.ok(ratios.reduce((sum, count) => sum + count, 0) > 100);

  await order(page, { do: "run" });
  await order(page, { do: "pause" });
  assert.equal((await news(page, "row")).length, 1, "the step was not waited for");
  const [paused] = await steps(page, 1);
  await order(page, { do: "open", plan });
  const [, straight] = await steps(page, 2);
  assert.deepEqual(paused, straight);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("other settings take effect in the middle of a run", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  const plan = documents("nano", RATES);
  await order(page, { do: "open", plan });
  await steps(page, 1);
  const still = structuredClone(plan);
  Object.assign(still.recipe.optimizer, { learning_rate: 0, muon_learning_rate: 1e-9 });
  await order(page, { do: "adjust", plan: still });
  const [second, third] = await steps(page, 2);
  const otherOptimizer = structuredClone(plan);
  Object.assign(otherOptimizer.recipe.optimizer, { muon_learning_rate: 0 });
  await assert.rejects(order(page, { do: "adjust", plan: otherOptimizer }), /optimizer's state lacks/);
  const [fourth] = await steps(page, 1);
  assert.equal(fourth.step, 4, "a run that refuses other settings goes on");
  await order(page, { do: "open", plan });
  const [, moved, on] = await steps(page, 3);
  assert.equal(second.step, 2);
  assert.equal(second.answer, moved.answer);
  assert.notEqual(third.answer, on.answer);
  await visitor.close();
});

test("a reader's own reward: it pays, and where it fails the run waits", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: rewards({}, "pictures * 0.25 + (text.includes('right') ? 0 : 0)") });
  await steps(page, 1);
  const { rollouts } = (await news(page, "watched")).at(-1).groups[0];
  assert.deepEqual(rollouts.map(({ total }) => total), rollouts.map(({ steps }) => 0.25 * steps.filter(({ png }) => png).length));
  for (const [rule, sentence] of [
    ["(() => { while (true); })()", "The reward rule does not come to an end."],
    ["nobody.knows", "The reward rule fails: nobody is not defined."],
    ["accuracy +", "The reward rule fails:"],
    ["answer", "where a number should be."],
    ["fetch('/')", "The reward rule fails: fetch is not"],
    ["self.close()", "The reward rule fails: self is not"],
    ["(() => {}).constructor('return 1')()", "The reward rule fails:"],
    ["import('./errors.js')", "a rule can't import anything"],
  ]) {
    await order(page, { do: "adjust", plan: rewards({}, rule) });
    await order(page, { do: "run" });
    await visitor.alert.filter({ hasText: sentence }).waitFor();
    await rest(page);
  }
  await order(page, { do: "adjust", plan: rewards() });
  const [row] = await steps(page, 1);
  assert.equal(row.step, 2);
  await visitor.close();
});

test("twenty losses are those of the native program, on each device", async () => {
  const folder = mkdtempSync(join(tmpdir(), "omni-r1-"));
  const { recipe } = documents("nano", RATES);
  recipe.schedule.steps = 20;
  const { language, optimizer, schedule, mix, ...rest } = recipe;
  const toml = { ...rest, log_every: 1 };
  const stage = { ...language, tokenizer: join(ROOT, "www/models/mini/tokenizer.json"), vq: join(ROOT, "www/models/mini") };
  writeFileSync(join(folder, "test.toml"), table(toml) + [["schedule", schedule], ["optimizer", optimizer], ["mix", mix], ["language", stage]].map(([name, part]) => section(name, part)).join(""));
  execFileSync(program(), ["train", join(folder, "test.toml"), "--runs", folder], { cwd: ROOT, stdio: "ignore" });
  const native = readFileSync(join(folder, "test/log.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  rmSync(folder, { recursive: true });

  for (const device of DEVICES) {
    const visitor = await visit({ device, path: trainOn(device) });
    await visitor.page.getByLabel("cross the ice").waitFor();
    await order(visitor.page, { do: "open", plan: { preset: "nano", recipe } });
    await runsOn(visitor.page, device);
    const rows = await steps(visitor.page, 20);
    for (const part of ["prompt", "thought", "picture", "answer"]) {
      const differences = rows.map((row, i) => Math.abs(row[part] - native[i][part]));
      assert.ok(Math.max(...differences) <= (device === "cpu" ? 1e-5 : 1e-3), `${part} on ${device}: ${differences}`);
    }
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  }
});

// Each scheme and each size once.
for (const look of [LOOKS[1], LOOKS[2]]) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: what the stages show is readable, and nothing sticks out`, async () => {
    const visitor = await visit({ path: TRAIN, context: contextOf(look) });
    const { page } = visitor;
    await page.getByLabel("cross the ice").waitFor();
    await order(page, { do: "open", plan: documents("nano", RATES) });
    await steps(page, 2);
    await page.getByText("What counts: the next example").click();
    await page.getByText(/^drawing: \d+ tokens, each counts 1$/).waitFor();
    await shot(page, `${width}-${colorScheme}-stage-examples`);
    await noViolations(page);

    await order(page, { do: "open", plan: rewards() });
    await steps(page, 1);
    await page.getByLabel("Compare with an earlier run").selectOption({ index: 1 });
    await page.getByLabel("Show where drawings are rough").check();
    await page.getByText("More charts").click();
    await page.locator(".heat").first().waitFor();
    await page.getByRole("img", { name: /^How far the step moved: \d+ tokens/ }).waitFor();
    await shot(page, `${width}-${colorScheme}-stage-rewards`);
    await noViolations(page);

    await order(page, { do: "open", plan: tokenizer() });
    await steps(page, 2);
    await order(page, { do: "probe" });
    await page.getByAltText("Picture 6: after 2 steps").waitFor();
    await shot(page, `${width}-${colorScheme}-stage-tokenizer`);
    await noViolations(page);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}

test("while it trains a question is answered, and memory stays as it is", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: documents("nano", RATES) });
  await steps(page, 3);
  await order(page, { do: "run" });
  const answered = await page.evaluate(async (png) => {
    const picture = await (await fetch(png)).blob();
    let last;
    for await (const event of window.client.ask({ picture, question: "where do i end up?", seed: 1 }).events) last = event.type;
    return last;
  }, "www/samples/ice.png");
  assert.equal(answered, "end");
  // The first steps and the answer take what they need; nothing after them does.
  const settled = Math.max(20, (await news(page, "row")).length + 1);
  await page.waitForFunction((count) => window.news.filter(({ row }) => row).length >= count, settled + 20);
  await order(page, { do: "pause" });
  const memory = (await news(page, "row")).map((row) => row.memory);
  assert.equal(memory.at(-1), memory[settled - 1], `bytes after ${memory.length} steps, and after ${settled}`);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

/** The same values, all but their last digits. @param {Record<string, any>} actual @param {Record<string, any>} expected */
function alike(actual, expected) {
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    // What was measured on each type of question is a row of its own.
    if (typeof value === "object") Object.keys(value).forEach((kind) => alike(actual[name][kind], value[kind]));
    else assert.ok(Math.abs(actual[name] - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${name}: ${actual[name]} after ${value}`);
  }
}

/** Steps of the optimizer; examples that are drawn first don't count. @param {import("playwright-core").Page} page @param {number} count */
async function taken(page, count) {
  const before = (await news(page, "row")).length;
  while ((await news(page, "row")).length < before + count) await steps(page, 1);
  return (await news(page, "row")).slice(before).map(({ rate, seconds, memory, ...row }) => row);
}

/** A recipe's part as TOML; parts within it follow as sections. @param {string} name @param {object} part */
function section(name, part) {
  const inner = Object.entries(part).filter(([, value]) => typeof value === "object");
  const plain = Object.fromEntries(Object.entries(part).filter(([, value]) => typeof value !== "object"));
  return `[${name}]\n${table(plain)}${inner.map(([key, value]) => section(`${name}.${key}`, value)).join("")}`;
}

/** @param {object} values */
function table(values) {
  return Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join("");
}
