/**
 * The race in the page: our kernels beside onnxruntime-web, tfjs and jax-js on one adapter, taking
 * turns. `window.race(contest, rounds)` gives times in milliseconds and largest errors,
 * `window.train(size, rounds)` the same of training steps with their losses.
 */

import { contestants, makeGpt } from "./gpt.mjs";
import { inputsOf, PEERS, prepare } from "./ops.mjs";
import init, { Bench } from "./webgpu/omni_r1.js";

await init();
const bench = await Bench.open("webgpu");
await prepare();

/** @param {ArrayLike<number>} found @param {ArrayLike<number>} expected */
function largestError(found, expected) {
  let error = found.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; i++) error = Math.max(error, Math.abs(found[i] - expected[i]));
  return error;
}

/** @param {() => Promise<unknown>} work */
async function timed(work) {
  const begin = performance.now();
  const result = await work();
  return { ms: performance.now() - begin, result };
}

/** Everybody's part; a peer that can't take part is left out. @param {Record<string, () => any>} makers */
async function gather(makers) {
  /** @type {Record<string, any>} */
  const ready = {};
  /** @type {Record<string, string>} */
  const failed = {};
  for (const [name, make] of Object.entries(makers)) {
    try {
      ready[name] = await make();
    } catch (thrown) {
      failed[name] = String(thrown?.message ?? thrown);
    }
  }
  return { ready, failed };
}

/** @param {import("./ops.mjs").Contest} contest @param {number} rounds @param {boolean} exact whether errors are computed */
async function race(contest, rounds, exact) {
  const ours = bench.contestant(contest.what, contest.size, contest.channels ?? 0);
  const [values, shapes] = inputsOf(contest, ours);
  const makers = Object.entries(PEERS).map(([name, make]) => [name, () => make(contest, values, shapes)]);
  const { ready, failed } = await gather({ ours: () => ours, ...Object.fromEntries(makers) });
  const expected = exact ? ours.expected() : null;
  /** @type {Record<string, {first: number, error: number | null, times: number[]}>} */
  const results = {};
  for (const [name, contestant] of Object.entries(ready)) {
    const { ms } = await timed(() => contestant.run());
    const error = expected ? largestError(await contestant.output(), expected) : null;
    results[name] = { first: ms, error, times: [] };
  }
  for (let round = 0; round < rounds; round++)
    for (const [name, contestant] of Object.entries(ready)) results[name].times.push((await timed(() => contestant.run())).ms);
  return { results, failed };
}

/** The first step of each isn't counted. @param {import("./gpt.mjs").Size} size @param {number} rounds */
async function train(size, rounds) {
  const gpt = makeGpt(size);
  const makers = { ours: () => bench.gpt(gpt.shape, gpt.flat, gpt.tokens, gpt.targets), ...contestants(gpt) };
  const { ready, failed } = await gather(makers);
  /** @type {Record<string, {first: number, times: number[], losses: number[]}>} */
  const results = {};
  for (const name of Object.keys(ready)) results[name] = { first: 0, times: [], losses: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, contestant] of Object.entries(ready)) {
      const { ms, result } = await timed(() => contestant.step());
      results[name].losses.push(Number(result));
      if (round === 0) results[name].first = ms;
      else results[name].times.push(ms);
    }
  }
  return { results, failed, parameters: gpt.parameters };
}

Object.assign(window, { race, train });
