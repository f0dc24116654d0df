/**
 * A reader's own rule for rewards: a JavaScript expression over the parts of an answer (the RewardInput of
 * protocol.js). It is worked out in a worker that has nothing else (reward-worker.js), and is given up
 * when it doesn't end.
 *
 * @typedef {import("./protocol.js").RewardInput} RewardInput
 */

import { OmniError } from "./errors.js";
import { newRewardWorker } from "./spawn.js";

/** For all answers of a group together. */
const LIMIT_MS = 1000;
/** Until the worker is there: it is fetched once. */
const START_MS = 20_000;

export class CustomReward {
  #rule;
  /** @type {Worker | null} */
  #worker = null;

  /** @param {string} rule */
  constructor(rule) {
    this.#rule = rule;
  }

  /** A reward for each answer of a group. @param {RewardInput[]} inputs @returns {Promise<number[]>} */
  of = async (inputs) => {
    const worker = (this.#worker ??= await this.#start());
    worker.postMessage({ rule: this.#rule, inputs });
    const { rewards, error } = await this.#heard(worker, LIMIT_MS, "The reward rule does not come to an end.", "Take its loops out, then press Start: nothing is lost.");
    if (error) throw new OmniError("reward", `The reward rule fails: ${error}.`, "Correct it, then press Start: nothing is lost.");
    const place = rewards.findIndex((/** @type {unknown} */ reward) => !["number", "boolean"].includes(typeof reward) || !Number.isFinite(Number(reward)));
    if (place >= 0) throw new OmniError("reward", `The reward rule gives ${String(rewards[place])} where a number should be.`, "Correct it, then press Start: nothing is lost.");
    return rewards.map(Number);
  };

  close() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  async #start() {
    const worker = newRewardWorker();
    await this.#heard(worker, START_MS, "The worker for the reward rule can't be started.", "Reload the page, or take the rule out.");
    return worker;
  }

  /** What the worker says next. @param {Worker} worker @param {number} ms @param {string} message @param {string} hint @returns {Promise<any>} */
  #heard(worker, ms, message, hint) {
    return new Promise((resolve, reject) => {
      const give = () => {
        worker.terminate();
        this.#worker = null;
        reject(new OmniError("reward", message, hint));
      };
      const late = setTimeout(give, ms);
      worker.onerror = (event) => {
        event.preventDefault();
        clearTimeout(late);
        give();
      };
      worker.onmessage = ({ data }) => {
        clearTimeout(late);
        resolve(data);
      };
    });
  }
}
