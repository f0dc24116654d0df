/**
 * When the run that is open is saved, and what happens when it can't be.
 *
 * @typedef {import("./protocol.js").SavedRun} SavedRun
 * @typedef {import("./protocol.js").TrainNews} TrainNews
 */

import { failureOf } from "./errors.js";
import * as store from "./run-store.js";

const SAVE_EVERY = 20;
/** Steps by rewards take long: none is lost that is older than this. */
const SAVE_MS = 20_000;
/** The file of the reader's own examples in a saved run. */
const EXAMPLES = "examples.jsonl";

export class Saver {
  /** Storage was refused, which was said once: the run goes on without it. */
  #refused = false;
  /** When the run was last saved, and how far it had come. */
  #kept = { ms: performance.now(), place: "", step: 0 };
  #tell;

  /** @param {(news: TrainNews) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** Another run is opened. */
  begin() {
    this.#refused = false;
    this.#kept = { ms: performance.now(), place: "", step: 0 };
  }

  /** Whether it is time. @param {{step: number}} run */
  due({ step }) {
    const steps = step !== this.#kept.step && step % SAVE_EVERY === 0;
    return steps || performance.now() - this.#kept.ms > SAVE_MS;
  }

  /**
   * @param {SavedRun} run
   * @param {any} trainer
   * @param {string} examples the reader's own that it practises
   */
  async save(run, trainer, examples) {
    const place = `${run.step} ${trainer.synthesis?.() ?? ""} ${run.probes.length}`;
    if (this.#refused || place === this.#kept.place) return;
    try {
      const files = await trainer.checkpoint();
      if (examples) files[EXAMPLES] = new TextEncoder().encode(examples);
      await store.save(run, files);
      this.#kept = { ms: performance.now(), place, step: run.step };
      this.#tell({ savedStep: run.step, room: await store.room() });
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.code !== "storage") throw thrown;
      this.#refused = true;
      this.#tell({ failure });
    }
  }
}

/** The saved run; its examples apart from the checkpoint's files. */
export async function readRun() {
  const saved = await store.read();
  if (!saved) return null;
  const { [EXAMPLES]: examples, ...files } = saved.files;
  return { run: saved.run, examples: new TextDecoder().decode(examples), files };
}
