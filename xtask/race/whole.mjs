/**
 * Drives the benchmark of the whole model in Chromium and prints it: training steps, decoding of words and
 * of pictures, ours and Burn's operations in turns; pictures drawn along drafts and without. `cargo xtask bench
 * wasm` starts it.
 */

import { close, median, open } from "./browser.mjs";

const { MODULE = "relaxed", DEVICE = "cpu" } = process.env;
const number = (/** @type {string} */ name) => Number(process.env[name]);
const [rounds, rows, length, tokens] = ["ROUNDS", "ROWS", "LENGTH", "TOKENS"].map(number);

const { page, close: end } = await open("model.html");
await page.waitForFunction("window.openModel");
const model = await page.evaluateHandle(
  ([module, device, rows, length]) => /** @type {any} */ (window).openModel(module, device, rows, length),
  /** @type {const} */ ([MODULE, DEVICE, rows, length]),
);

/** Losses of the two may be so far apart, as a share. */
const AGREEMENT = 1e-3;
const WHOSE = ["ours", "stock"];

/** Times of both in turns; the first turn isn't counted. @param {(whose: string) => Promise<number>} work */
async function turns(work) {
  /** @type {Record<string, number[]>} */
  const times = { ours: [], stock: [] };
  for (let round = 0; round <= rounds; round++)
    for (const whose of WHOSE) {
      const ms = await work(whose);
      if (round) times[whose].push(ms);
    }
  const ratio = median(times.ours.map((ms, round) => times.stock[round] / ms));
  return { ours: median(times.ours), stock: median(times.stock), ratio };
}

/** @type {Record<string, number[]>} */
const losses = { ours: [], stock: [] };
const step = await turns(async (whose) => {
  const { ms, loss } = await model.evaluate((model, whose) => model.step(whose), whose);
  losses[whose].push(loss);
  return ms;
});
losses.stock.forEach((loss, at) => {
  const apart = Math.abs(losses.ours[at] - loss) / loss;
  if (!(apart <= AGREEMENT)) throw new Error(`step ${at}: our loss is ${losses.ours[at]}, that of Burn's operations ${loss}`);
});
const decode = (/** @type {boolean} */ picture) =>
  turns((whose) =>
    model.evaluate(
      (model, [whose, tokens, picture]) => model.decode(whose, tokens, picture),
      /** @type {const} */ ([whose, tokens, picture]),
    ),
  );
const [words, pictures] = [await decode(false), await decode(true)];

/** Pictures a second, with drafts and without in turns. @type {Record<string, number[]>} */
const drawing = { with: [], without: [] };
let kept = "";
for (let round = 0; round <= rounds; round++)
  for (const drafts of [true, false]) {
    const drawn = await model.evaluate((model, drafts) => model.draw(drafts), drafts);
    if (round) drawing[drafts ? "with" : "without"].push((drawn.pictures * 1e3) / drawn.picture_ms);
    const share = ((100 * drawn.stood) / Math.max(drawn.drafted, 1)).toFixed(1);
    if (drafts) kept = `${share}% of drafted codes stand, ${(drawn.codes / Math.max(drawn.passes, 1)).toFixed(2)} codes a pass`;
  }
const faster = median(drawing.with.map((rate, round) => rate / drawing.without[round]));

console.log(`Chromium, ${MODULE} module; medians of ${rounds} turns:\n`);
console.log("| | ours, tokens per second | Burn's operations | times ours |");
console.log("|---|--:|--:|--:|");
const line = (/** @type {string} */ what, /** @type {number} */ count, { ours, stock, ratio } = words) =>
  console.log(`| ${what} | ${((count * 1e3) / ours).toFixed(1)} | ${((count * 1e3) / stock).toFixed(1)} | ${ratio.toFixed(2)} |`);
line(`training, ${rows} x ${length} tokens`, rows * length, step);
line("decoding words", 1, words);
line("decoding pictures", 1, pictures);
console.log(
  `\n${median(drawing.with).toFixed(2)} pictures a second along the picture before, ` +
    `${median(drawing.without).toFixed(2)} without drafts: ${faster.toFixed(2)} times; ${kept}`,
);
await end();
close();
