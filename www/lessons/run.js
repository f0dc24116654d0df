/**
 * A run of training that belongs to a lesson: step by step, and nothing of it is kept.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Plan} Plan
 * @typedef {import("../protocol.js").TrainNews} TrainNews
 */

import { OmniError } from "../errors.js";

export class Run {
  #client;
  #onNews;
  /** @type {import("../protocol.js").Failure | null} */
  #failure = null;
  /** Who waits for the next check. @type {(() => void)[]} */
  #waiting = [];
  /** @param {Event} event */
  #hear = (event) => {
    const { detail } = /** @type {CustomEvent<TrainNews>} */ (event);
    if (detail.failure) this.#failure = detail.failure;
    this.#onNews(detail);
    // A check is over when the run is at rest again: the answer that is shown comes after the count.
    if (detail.phase && detail.phase !== "checking") this.#waiting.splice(0).forEach((done) => done());
  };

  /** @param {Client} client @param {(news: TrainNews) => void} onNews */
  constructor(client, onNews) {
    this.#client = client;
    this.#onNews = onNews;
    client.addEventListener("training", this.#hear);
  }

  /** A new run in the place of the one before. @param {Plan} plan */
  async open(plan) {
    this.#failure = null;
    await this.#client.train({ do: "open", plan: { ...plan, passing: true } });
  }

  /** One step, or with Zero one drawn example. */
  async step() {
    await this.#client.train({ do: "step" });
    this.#check();
  }

  /** Held-out questions, answered freely: news tell how many are right. @param {number} items */
  async probe(items) {
    const done = new Promise((resolve) => this.#waiting.push(() => resolve(undefined)));
    await this.#client.train({ do: "probe", items, batches: 0 });
    await done;
    this.#check();
  }

  #check() {
    const failure = this.#failure;
    if (failure) throw new OmniError(failure.code, failure.message, failure.hint);
  }

  close() {
    this.#client.removeEventListener("training", this.#hear);
  }
}

/** What all recipes here share. @param {string} taskType @param {number} steps @param {number} seed @param {[number, number]} rates of AdamW and of Muon @param {number} [decay] */
export function common(taskType, steps, seed, [learning_rate, muon_learning_rate], decay = 1) {
  const schedule = { steps, warmup: Math.min(30, Math.ceil(steps / 20)), decay };
  return { name: "lesson", seed, hand: "plain", schedule, optimizer: { learning_rate, muon_learning_rate, weight_decay: 0 }, mix: { [taskType]: 1 } };
}

/** Where files would lie on a disk: the page brings its own. */
export const NO_FILES = { tokenizer: "", vq: "", validate_every: 0, validate_items: 0 };
