/**
 * The kernels on this machine's graphics processor: each case compared with an exact calculation, forward and backward.
 */

import { keepTuned, tunedFor } from "./autotune.js";
import { chooseDevice } from "./device.js";
import { loadWasm } from "./modules.js";

/** The page gets a turn, so that it shows what is said. */
export const turn = () => new Promise((resolve) => setTimeout(resolve));

/** What Rust or the browser threw, in words. @param {unknown} thrown */
export function words(thrown) {
  const { message = String(thrown), hint = "" } = /** @type {any} */ (thrown ?? {});
  return `${message} ${hint}`.trim();
}

/** The kernels, what there is of them, and how their variants were chosen. @param {string} [pick] the variants that are wanted */
export async function openKernels(pick) {
  if (!("gpu" in navigator)) throw new Error("This browser has no WebGPU.");
  const { name } = await chooseDevice("webgpu", "");
  const kept = pick ? undefined : await tunedFor(name);
  const { wasm } = await loadWasm("webgpu");
  const kernels = await wasm.Kernels.open(pick ?? kept);
  const contents = kernels.contents();
  if (contents.tuned) await keepTuned(name, contents.tuned);
  return { kernels, contents, chosen: contents.tuned ? "by a race" : kept ? "as kept" : pick ? "as asked for" : "as measured" };
}

/** In one line: what runs the kernels, and in which variants. @param {Awaited<ReturnType<typeof openKernels>>} opened */
export function title({ contents, chosen }) {
  return `${contents.adapter || "unnamed adapter"}${contents.software ? " (software)" : ""}, ${contents.variants} (${chosen})`;
}

/**
 * @param {any} kernels @param {any} contents @param {number} most cases of each op
 * @param {(line: string) => void} say a line of the report @param {(what: string) => void} now what is looked at
 * @returns {Promise<number>} how many cases are wrong
 */
export async function check(kernels, contents, most, say, now) {
  let wrong = 0;
  for (const [op, { name, cases }] of contents.ops.entries()) {
    const count = Math.min(cases.length, most);
    const worst = { forward: 0, gradients: 0 };
    let faults = 0;
    for (let index = 0; index < count; index++) {
      now(`${name}: ${cases[index]}`);
      await turn();
      try {
        const { forward, gradients } = await kernels.check(op, index);
        worst.forward = Math.max(worst.forward, forward.share);
        worst.gradients = Math.max(worst.gradients, gradients.share);
      } catch (thrown) {
        faults++;
        say(`WRONG  ${words(thrown)}`);
      }
    }
    wrong += faults;
    const share = (/** @type {number} */ part) => `${Math.round(part * 100)}%`;
    const errors = `worst error ${share(worst.forward)} of its bound, of gradients ${share(worst.gradients)}`;
    say(`${faults ? "WRONG" : "right"}  ${name.padEnd(24)} ${count} cases, ${errors}`);
  }
  return wrong;
}
