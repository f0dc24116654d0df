/**
 * What checks of a run ask. The program draws questions that training never sees; of the reader's own examples,
 * where a run practises nothing else, every tenth is held out for them.
 *
 * @typedef {import("./protocol.js").Plan} Plan
 * @typedef {{practised: string, heldOut: string, own?: import("./protocol.js").OwnExamples}} Divided JSON lines, and how many there are
 */

import { means, unlessStopped } from "./run.js";

/** Steps between checks. */
export const CHECK_EVERY = 50;
const ITEMS = 20;
/** Batches of held-out examples whose losses a check takes. */
const BATCHES = 4;
/** Of so many own examples one is held out. */
export const HELD_OUT_OF = 10;

/** @param {number} count of own examples */
export function heldOutOf(count) {
  return Math.floor(count / HELD_OUT_OF);
}

/** Examples, in those that a run practises and those that only checks ask. @param {Plan} plan @param {string} examples @returns {Divided} */
export function divided({ recipe, examples: given }, examples) {
  const mix = Object.entries(/** @type {any} */ (recipe)?.mix ?? {}).filter(([, share]) => share);
  // A lesson has a test of its own.
  if (given !== undefined || mix.length !== 1 || mix[0][0] !== "own") return { practised: examples, heldOut: "" };
  const lines = examples.split("\n").filter((line) => line.trim());
  const [heldOut, practised] = [true, false].map((out) => lines.filter((_, i) => ((i + 1) % HELD_OUT_OF === 0) === out));
  return { practised: practised.join("\n"), heldOut: heldOut.join("\n"), own: { practised: practised.length, heldOut: heldOut.length } };
}

/** How many questions a check asks: none twice. @param {import("./protocol.js").OwnExamples} [own] */
export function itemsOf(own) {
  return own ? Math.min(ITEMS, own.heldOut || own.practised) : ITEMS;
}

/**
 * Work with the program's run as checks ask it: with the examples that were held out in the place of those that
 * it practises.
 * @template T
 * @param {any} trainer @param {string} heldOut @param {(examples: string, files: Record<string, Uint8Array>) => Promise<any>} open @param {(examiner: any) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function examined(trainer, heldOut, open, work) {
  if (!heldOut) return work(trainer);
  const examiner = await open(heldOut, await trainer.checkpoint());
  try {
    return await work(examiner);
  } finally {
    examiner.free();
  }
}

/**
 * One check: how many questions are answered rightly, and the losses on batches of worked examples.
 * @param {any} examiner @param {() => Promise<boolean>} pause for the program, within an answer
 * @param {() => Promise<boolean>} turn between two questions; false ends it @param {number} items @param {number} [batches]
 * @returns {Promise<Record<string, number> | null>} null when it was ended before its questions were
 */
export async function checked(examiner, pause, turn, items, batches = BATCHES) {
  const begin = performance.now();
  let right = 0;
  for (let item = 0; item < items; item++) {
    const good = await unlessStopped(examiner.probe(item, pause));
    if (!(await turn())) return null;
    if (good === null) item -= 1;
    right += Number(good);
  }
  const losses = [];
  for (let batch = 0; batch < batches; batch++) {
    losses.push(await examiner.held_out(batch));
    if (!(await turn())) break;
  }
  const seconds = (performance.now() - begin) / 1000;
  return { ...(items && { right, items }), ...means(losses.filter((row) => row)), seconds };
}
