/**
 * Drives the race in Chromium and prints it as tables. This folder must hold the race's files, the
 * installed and bundled peers, our module with the benchmarks under `webgpu/` and the page's under
 * `shipped/`: `cargo xtask bench peers` sees to that.
 */

import { close, median, open } from "./browser.mjs";

const CONTESTS = [
  ...[256, 512, 1024].map((size) => ({ what: "matmul", size, label: `R1 matmul ${size}`, exact: size < 1024 })),
  ...[256, 512, 1024].map((size) => ({ what: "attention", size, label: `R2 causal attention, ${size} tokens`, exact: true })),
  // The picture decoder's convolutions are the first two; the others are those of larger pictures.
  ...[8, 16, 32, 64].map((size) => ({ what: "conv2d", size, channels: 64, label: `R4 conv2d 3x3, ${size}x${size}x64`, exact: size < 64 })),
];
const GPTS = [
  { layers: 2, width: 64, heads: 4, inner: 172, vocab: 64, rows: 4, length: 32 },
  { layers: 4, width: 128, heads: 4, inner: 344, vocab: 256, rows: 4, length: 64 },
];
/** A result further off than this is wrong: inputs are between -1 and 1, sums a thousand long. */
const WRONG = 1e-3;
const PEERS = ["onnxruntime-web", "tfjs", "jax-js"];
/** First results in a fresh browser: who, and the page's own files that it needs. */
const STARTERS = ["ours", ...PEERS];

const rounds = Number(process.env.ROUNDS ?? 7);
const only = process.env.ONLY ?? "";
const wanted = (/** @type {string} */ label) => label.startsWith(only);

/** How many times as long as ours a peer takes. @param {any} results @param {any} failed @param {string} name */
function ratio(results, failed, name) {
  if (failed[name]) return "fails";
  if (!results[name]) return "";
  if (results[name].error > WRONG) return "wrong";
  return (median(results[name].times) / median(results.ours.times)).toFixed(2);
}

/** @param {string} label @param {Record<string, string>} failed */
function tell(label, failed) {
  for (const [name, fault] of Object.entries(failed)) console.error(`${label}: ${name}: ${fault}`);
}

async function operations() {
  const contests = CONTESTS.filter(({ label }) => wanted(label));
  if (!contests.length) return;
  console.log("\n| contest | ours, ms | onnxruntime-web | tfjs | jax-js | largest errors in this order |");
  console.log("|---|--:|--:|--:|--:|---|");
  const { page, close } = await open("race.html");
  await page.waitForFunction("window.race");
  for (const { label, exact, ...contest } of contests) {
    const { results, failed } = await page.evaluate(
      ([contest, rounds, exact]) => /** @type {any} */ (window).race(contest, rounds, exact),
      /** @type {const} */ ([contest, rounds, exact]),
    );
    const errors = ["ours", ...PEERS].map((name) => results[name]?.error?.toExponential(1) ?? "").join(" ");
    const ratios = PEERS.map((name) => ratio(results, failed, name));
    console.log(`| ${label} | ${median(results.ours.times).toFixed(2)} | ${ratios.join(" | ")} | ${errors} |`);
    tell(label, failed);
  }
  await close();
}

async function training() {
  const label = "R3 GPT training step";
  if (!wanted(label)) return;
  console.log("\n| contest | parameters | ours, ms | tfjs | jax-js | losses of ours, first and last | largest difference, tfjs, jax-js |");
  console.log("|---|--:|--:|--:|--:|---|---|");
  const { page, close } = await open("race.html");
  await page.waitForFunction("window.train");
  for (const size of GPTS) {
    const { results, failed, parameters } = await page.evaluate(
      ([size, rounds]) => /** @type {any} */ (window).train(size, rounds),
      /** @type {const} */ ([size, rounds]),
    );
    const { losses, times } = results.ours;
    const apart = (/** @type {string} */ name) => {
      const share = (/** @type {number} */ loss, /** @type {number} */ step) => Math.abs(loss - losses[step]) / losses[step];
      return results[name] ? Math.max(...results[name].losses.map(share)).toExponential(1) : "";
    };
    const peers = ["tfjs", "jax-js"];
    const ratios = peers.map((name) => ratio(results, failed, name));
    const ends = [losses[0], losses.at(-1)].map((loss) => loss.toFixed(6)).join(", ");
    console.log(`| ${label} | ${parameters} | ${median(times).toFixed(1)} | ${ratios.join(" | ")} | ${ends} | ${peers.map(apart).join(", ")} |`);
    tell(label, failed);
  }
  await close();
}

async function starts() {
  if (!wanted("R5 cold start")) return;
  /** @type {Record<string, {ms: number, bytes: number}[]>} */
  const found = Object.fromEntries(STARTERS.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of STARTERS) {
      const { page, close } = await open(`cold.html?${name}`);
      await page.waitForFunction("window.cold");
      found[name].push(await page.evaluate("window.cold"));
      await close();
    }
  }
  const ours = median(found.ours.map(({ ms }) => ms));
  console.log("\n| R5 cold start | ms to the first result | times ours | MiB loaded |");
  console.log("|---|--:|--:|--:|");
  for (const name of STARTERS) {
    const ms = median(found[name].map(({ ms }) => ms));
    const size = found[name][0].bytes / 1024 / 1024;
    console.log(`| ${name} | ${ms.toFixed(0)} | ${(ms / ours).toFixed(2)} | ${size.toFixed(2)} |`);
  }
}

console.log(`Medians of ${rounds} turns; the figure of a peer is how many times as long as ours it takes.`);
await operations();
await training();
await starts();
close();
