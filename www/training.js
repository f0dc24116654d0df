/**
 * Training, in the worker: one step after the other, and between two steps whatever the page has
 * said. A run is saved when it pauses and every now and then; what it needs to go on is in vault.js.
 *
 * @typedef {import("./protocol.js").Plan} Plan
 * @typedef {import("./protocol.js").TrainNews} TrainNews
 * @typedef {import("./protocol.js").TrainOrder} TrainOrder
 * @typedef {object} Around what the worker lends
 * @property {(plan: Plan, saved: Record<string, Uint8Array> | null) => Promise<any>} open
 * @property {(trainer: any, title: string) => Promise<void>} takeUp
 * @property {() => Promise<void>} putBack
 * @property {() => Promise<void>} pause lets messages in
 * @property {(news: TrainNews) => void} tell
 */

import { OmniError, failureOf } from "./errors.js";
import * as vault from "./vault.js";

const SAVE_EVERY = 20;
const PROBE_EVERY = 50;
const PROBE_ITEMS = 20;
/** Orders that don't interrupt a run. */
const ASIDES = new Set(["save", "export", "take-up"]);

export class Training {
  #around;
  /** The program's run. @type {any} */
  #trainer = null;
  /** @type {import("./protocol.js").SavedRun | null} */
  #run = null;
  /** What is being done; every order waits for those before it. @type {Promise<unknown>} */
  #work = Promise.resolve();
  /** Orders that wait: what takes long ends early for them. */
  #waiting = 0;
  /** Steps or checks are being made. */
  #busy = false;
  /** Orders that are followed between two steps. @type {(() => Promise<void>)[]} */
  #asides = [];
  /** Storage was refused, and the reader goes on without it. */
  #unsaved = false;

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
  }

  /** @param {TrainOrder} order @returns {Promise<any>} */
  obey(order) {
    if (order.do === "saved") return vault.look();
    if (this.#busy && !this.#waiting && ASIDES.has(order.do)) {
      return new Promise((resolve, reject) => this.#asides.push(() => this.#do(order).then(resolve, reject)));
    }
    this.#waiting += 1;
    const done = this.#work.then(() => {
      this.#waiting -= 1;
      return this.#do(order);
    });
    this.#work = done.catch(() => {});
    // What takes long answers at once; news tell how it goes.
    return order.do === "run" || order.do === "probe" ? Promise.resolve() : done;
  }

  /** @param {Exclude<TrainOrder, {do: "saved"}>} order @returns {Promise<any>} */
  async #do(order) {
    switch (order.do) {
      case "open":
        return this.#open(order.plan, null);
      case "resume": {
        const saved = await vault.read();
        if (!saved) throw new OmniError("data", "There is no saved run.", "Begin a new one.");
        const { optimizer } = /** @type {any} */ (saved.run.plan.recipe);
        optimizer.learning_rate = order.learningRate ?? optimizer.learning_rate;
        optimizer.muon_learning_rate = order.muonLearningRate ?? optimizer.muon_learning_rate;
        return this.#open(saved.run.plan, saved);
      }
      case "forget":
        return vault.forget();
      case "put-back":
        return this.#around.putBack();
      case "run":
        return this.#while("running", () => this.#steps());
      case "step":
        return this.#while("running", () => this.#step());
      case "probe":
        return this.#while("checking", () => this.#check());
      case "pause":
      case "save":
        return this.#trainer ? this.#save() : undefined;
      case "stop":
        return this.#close();
      case "export":
        return this.#opened().trainer.export();
      case "take-up": {
        const { trainer, run } = this.#opened();
        return this.#around.takeUp(trainer, `Your model (${run.step} steps)`);
      }
    }
  }

  /** @param {Plan} plan @param {{run: import("./protocol.js").SavedRun, files: Record<string, Uint8Array>} | null} saved */
  async #open(plan, saved) {
    this.#around.tell({ phase: "opening", failure: null });
    try {
      this.#free();
      this.#trainer = await this.#around.open(plan, saved?.files ?? null);
      this.#run = saved?.run ?? { plan, step: 0, rows: [], probes: [], before: null };
      this.#unsaved = false;
      const pinned = this.#trainer.pinned();
      this.#around.tell({ pinned: { ...pinned, png: address(pinned.png) } });
      if (!this.#run.before) this.#run.before = await this.#answerPinned();
      this.#around.tell({ phase: this.#phase() });
      return this.#run;
    } catch (thrown) {
      this.#free();
      this.#around.tell({ phase: "closed" });
      throw thrown;
    }
  }

  /** Whatever goes wrong in `work` pauses the run. @param {"running" | "checking"} phase @param {() => Promise<void>} work */
  async #while(phase, work) {
    this.#opened();
    this.#busy = true;
    this.#around.tell({ phase, failure: null });
    /** @type {TrainNews} */
    const news = {};
    try {
      await work();
    } catch (thrown) {
      news.failure = failureOf(thrown);
      // Only a run that is sound may take the saved one's place.
      if (!news.failure.code.startsWith("storage")) this.#free();
    }
    this.#busy = false;
    for (const aside of this.#asides.splice(0)) await aside();
    this.#around.tell({ ...news, phase: this.#phase() });
  }

  /** Steps until another order comes or the plan ends. */
  async #steps() {
    const { trainer, run } = this.#opened();
    while (!trainer.done() && !this.#waiting) {
      await this.#step();
      if (trainer.done() || run.step % PROBE_EVERY === 0) {
        this.#around.tell({ phase: "checking" });
        await this.#check();
        this.#around.tell({ phase: "running" });
      }
      if (trainer.done() || run.step % SAVE_EVERY === 0) await this.#save();
    }
  }

  async #step() {
    const { trainer, run } = this.#opened();
    if (trainer.done()) throw new OmniError("training", "All steps of this run are taken.", "Begin a new one.");
    const begin = performance.now();
    const seen = run.rows.at(-1)?.seen ?? 0;
    const row = await trainer.step();
    row.rate = Math.round((row.seen - seen) / ((performance.now() - begin) / 1000));
    run.step = row.step;
    run.rows.push(row);
    this.#around.tell({ row });
    if (["thought", "picture", "answer"].some((part) => part in row && !Number.isFinite(row[part]))) {
      throw new OmniError("training", "The loss is no longer a number.", "Resume the saved run with a lower learning rate.");
    }
    await this.#breathe();
  }

  /** Held-out questions, and the pinned one; another order ends it without a result. */
  async #check() {
    const { trainer, run } = this.#opened();
    let right = 0;
    for (let item = 0; item < PROBE_ITEMS; item++) {
      right += Number(await trainer.probe(item, this.#around.pause));
      await this.#breathe();
      if (this.#waiting) return;
    }
    const probe = { step: run.step, right, items: PROBE_ITEMS };
    run.probes.push(probe);
    this.#around.tell({ probe });
    await this.#answerPinned();
  }

  /** Lets messages in, and follows those that don't interrupt. */
  async #breathe() {
    await this.#around.pause();
    for (const aside of this.#asides.splice(0)) await aside();
  }

  async #answerPinned() {
    const { trainer, run } = this.#opened();
    const { answer, right, steps } = await trainer.answer_pinned(this.#around.pause);
    const shown = steps.map((/** @type {any} */ step) => ({ text: step.text, png: step.png && address(step.png) }));
    const answered = { step: run.step, answer, right, steps: shown };
    this.#around.tell({ answered });
    return answered;
  }

  async #save() {
    const { trainer, run } = this.#opened();
    if (this.#unsaved) return;
    try {
      await vault.save(run, await trainer.checkpoint());
      this.#around.tell({ savedStep: run.step });
    } catch (thrown) {
      this.#unsaved = failureOf(thrown).code === "storage";
      throw thrown;
    }
  }

  async #close() {
    await this.#save().catch((thrown) => this.#around.tell({ failure: failureOf(thrown) }));
    this.#free();
    this.#around.tell({ phase: "closed" });
  }

  #free() {
    this.#trainer?.free();
    this.#trainer = null;
    this.#run = null;
  }

  /** @returns {import("./protocol.js").TrainPhase} */
  #phase() {
    if (!this.#trainer) return "closed";
    return this.#trainer.done() ? "done" : "paused";
  }

  #opened() {
    if (!this.#trainer || !this.#run) throw new OmniError("data", "There is no run.", "Begin one.");
    return { trainer: this.#trainer, run: this.#run };
  }
}

/** A small picture as an address, which can be kept as JSON. @param {Uint8Array} png */
function address(png) {
  return `data:image/png;base64,${btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(""))}`;
}
