/**
 * Training, in the worker: one step after the other, and within a step every now and then whatever the
 * page has said. A run is saved when it pauses and every now and then; what it needs to go on is in
 * run-store.js. An order that comes within a step ends it: the step has then changed nothing, and is taken
 * again, with the same result, when the run goes on.
 *
 * @typedef {import("./protocol.js").Plan} Plan
 * @typedef {import("./protocol.js").TrainNews} TrainNews
 * @typedef {import("./protocol.js").TrainOrder} TrainOrder
 * @typedef {Record<string, Uint8Array>} Files
 * @typedef {object} Around what the worker lends
 * @property {(plan: Plan, examples: string, saved: Files | null) => Promise<any>} open
 * @property {(files: Files) => Promise<Files>} check throws if they aren't a model
 * @property {(title: string, take: (session: any) => any) => Promise<void>} takeUp lets another model answer
 * @property {() => Promise<void>} putBack
 * @property {() => Promise<number>} measure tokens of training a second
 * @property {() => number} memory bytes that the program has taken
 * @property {() => string} page its title
 * @property {() => Promise<void>} pause lets messages in
 * @property {(news: TrainNews) => void} tell
 */

import { withAddresses } from "./addresses.js";
import { CHECK_EVERY, checked, divided, examined, itemsOf } from "./checks.js";
import { filesOf } from "./import.js";
import { OmniError, failureOf } from "./errors.js";
import { CustomReward } from "./reward.js";
import { copies, discard, examplesFor, recover, remember, synthesis, titleOf, unlessStopped } from "./run.js";
import { Saver, readRun } from "./saver.js";
import { takeRun } from "./tabs.js";
import * as store from "./run-store.js";

/** Orders that are about what is kept, whatever goes on. */
const AT_ONCE = {
  saved: store.look,
  "kept-model": store.lookAtModel,
  "forget-model": store.forgetModel,
  purge: store.purge,
  history: store.history,
  "forget-history": () => store.keepHistory([]),
};
/** Orders that don't end a run. */
const ASIDES = new Set(["save", "export", "take-up", "keep-model", "spans"]);
/** Orders after which a run is open. */
const OPENING = new Set(["open", "resume", "adjust"]);
/** Failures that leave the run as it was before the step. */
const HARMLESS = new Set(["reward", "storage", "storage-full"]);

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
  #saver;
  /** Gives the run back to the page's other tabs. @type {(() => void) | null} */
  #giveBack = null;
  /** The reader's own rule for rewards. @type {CustomReward | null} */
  #reward = null;
  /** The reader's own examples that the run practises. */
  #examples = "";
  /** Those of them that only checks ask. */
  #heldOut = "";

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
    this.#saver = new Saver(around.tell);
  }

  /** @param {TrainOrder} order @returns {Promise<any>} */
  obey(order) {
    if (order.do in AT_ONCE) return AT_ONCE[/** @type {keyof typeof AT_ONCE} */ (order.do)]();
    if (this.#busy && !this.#waiting && ASIDES.has(order.do)) {
      return new Promise((resolve, reject) => this.#asides.push(() => this.#do(order).then(resolve, reject)));
    }
    this.#waiting += 1;
    const done = this.#work.then(() => {
      this.#waiting -= 1;
      return this.#do(order).catch((thrown) => this.#refuse(order, thrown)).finally(() => this.#settle());
    });
    this.#work = done.catch(() => {});
    // What takes long answers at once; news tell how it goes.
    return order.do === "run" || order.do === "probe" ? Promise.resolve() : done;
  }

  /** @param {TrainOrder} order @returns {Promise<any>} */
  async #do(order) {
    switch (order.do) {
      case "measure":
        return this.#around.measure();
      case "open":
        if (!order.plan.passing) {
          await this.#take();
          await remember(this.#run);
        }
        return this.#open({ plan: order.plan, step: 0, rows: [], probes: [], before: null }, await examplesFor(order.plan), null);
      case "resume": {
        await this.#take();
        const saved = await readRun();
        if (!saved) throw new OmniError("data", "There is no saved run.", "Begin a new one.");
        return this.#open({ ...saved.run, plan: order.plan ?? saved.run.plan }, saved.examples, saved.files);
      }
      case "adjust": {
        const { trainer, run } = this.#opened();
        const files = await trainer.checkpoint();
        // Settings that the run can't go on with leave it as it was.
        return this.#open({ ...run, plan: order.plan }, this.#examples, files).catch(async (thrown) => {
          await this.#open(run, this.#examples, files);
          throw thrown;
        });
      }
      case "forget":
        await this.#take();
        await remember(this.#run);
        return store.forget();
      case "discard":
      case "recover":
        if (order.what === "run") await this.#take();
        return order.do === "discard" ? discard(order.what) : recover(order.what);
      case "keep-model": {
        const { trainer, run } = this.#opened();
        await store.keepModel(await trainer.export(), titleOf(run));
        return store.lookAtModel();
      }
      case "import":
        await store.keepModel(await this.#around.check(await filesOf(order.files)), order.files[0].name);
        return store.lookAtModel();
      case "put-back":
        return this.#around.putBack();
      case "run":
        return this.#while("running", () => this.#steps());
      case "step":
        return this.#while("running", () => this.#oneStep());
      case "probe":
        return this.#while("checking", () => this.#check(order.items, order.batches));
      case "pause":
      case "save":
        return this.#trainer ? this.#save() : undefined;
      case "stop":
        return this.#close();
      case "export":
        return this.#opened().trainer.export();
      case "spans":
        return withAddresses(await this.#opened().trainer.spans());
      case "take-up": {
        const { model } = order;
        if (model) return this.#around.takeUp(model.title, (session) => session.load(model.title, ...store.MODEL_FILES.map((name) => model.files[name])));
        const { trainer, run } = this.#opened();
        if (copies(run)) throw new OmniError("data", "A picture tokenizer can't be asked.", "Keep it, and train a model that begins with it.");
        return this.#around.takeUp(titleOf(run), (session) => session.take_up(trainer, titleOf(run)));
      }
    }
  }

  /**
   * @param {import("./protocol.js").SavedRun} run as it begins, or goes on
   * @param {string} examples
   * @param {Files | null} files
   */
  async #open(run, examples, files) {
    this.#around.tell({ phase: "opening", failure: null });
    try {
      this.#free();
      const { practised, heldOut, own } = divided(run.plan, examples);
      this.#trainer = await this.#around.open(run.plan, practised, files);
      this.#run = Object.assign(run, { own });
      [this.#examples, this.#heldOut] = [examples, heldOut];
      this.#reward = run.plan.reward ? new CustomReward(run.plan.reward) : null;
      this.#saver.begin();
      await this.#examined(async (examiner) => {
        if (!copies(run)) this.#around.tell({ pinned: withAddresses(examiner.pinned()) });
        if (!run.before) run.before = await this.#show(examiner);
      });
      this.#around.tell({ phase: this.#phase(), run });
      return run;
    } catch (thrown) {
      this.#free();
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
      if (!HARMLESS.has(news.failure.code)) this.#free();
    }
    this.#busy = false;
    await this.#followAsides();
    this.#around.tell({ ...news, phase: this.#phase() });
  }

  /** Steps until another order comes or the plan ends. */
  async #steps() {
    const { trainer, run } = this.#opened();
    while (!trainer.done() && !this.#waiting) {
      if (!(await this.#step())) continue;
      if (trainer.done() || (run.step && run.step % CHECK_EVERY === 0 && !synthesis(trainer))) {
        this.#around.tell({ phase: "checking" });
        await this.#check();
        this.#around.tell({ phase: "running" });
      }
      if (trainer.done() || this.#saver.due(run)) await this.#save();
    }
  }

  async #oneStep() {
    if (this.#opened().trainer.done()) throw new OmniError("training", "All steps of this run are taken.", "Begin a new one.");
    while (!this.#waiting && !(await this.#step())) {
      // an aside has ended the step: once more
    }
  }

  /** False when an order has ended it. @returns {Promise<boolean>} */
  async #step() {
    const { trainer, run } = this.#opened();
    const begin = performance.now();
    const seen = run.rows.at(-1)?.seen ?? 0;
    const before = synthesis(trainer);
    const row = await unlessStopped(trainer.step(this.#pause, this.#reward?.of));
    if (row && before) {
      const [made, wanted] = synthesis(trainer) ?? [before[1], before[1]];
      this.#around.tell({ synthesis: { made, wanted }, chain: made > before[0] ? withAddresses(await trainer.chain()) : undefined });
    } else if (row) {
      const seconds = (performance.now() - begin) / 1000;
      run.step = row.step;
      run.rows.push({ ...row, seconds, rate: Math.round((row.seen - seen) / seconds), memory: this.#around.memory() });
      this.#around.tell({ row: run.rows.at(-1), watched: withAddresses((await trainer.watched?.(this.#around.pause)) ?? null) });
      if (["thought", "picture", "answer", "loss"].some((part) => part in row && !Number.isFinite(row[part]))) {
        throw new OmniError("training", "The loss is no longer a number.", "Resume the saved run with a lower learning rate.");
      }
    }
    await this.#around.pause();
    await this.#followAsides();
    return row !== null;
  }

  /** Held-out questions, and the pinned one; another order ends it without a result. @param {number} [items] @param {number} [batches] */
  async #check(items, batches) {
    const { run } = this.#opened();
    await this.#examined(async (examiner) => {
      const found = await checked(examiner, this.#pause, this.#turn, copies(run) ? 0 : items ?? itemsOf(run.own), batches);
      if (!found) return;
      const probe = { step: run.step, ...found };
      run.probes.push(probe);
      this.#around.tell({ probe });
      await this.#show(examiner);
    });
  }

  /** @template T @param {(examiner: any) => Promise<T>} work with the run as checks ask it */
  #examined(work) {
    const { trainer, run } = this.#opened();
    return examined(trainer, this.#heldOut, (examples, files) => this.#around.open(run.plan, examples, files), work);
  }

  /** Between two questions of a check; false when it has to end. */
  #turn = async () => {
    await this.#around.pause();
    await this.#followAsides();
    return !this.#waiting;
  };

  /** Lets messages in; false asks whoever works to stop. */
  #pause = async () => {
    await this.#around.pause();
    return !this.#waiting && !this.#asides.length;
  };

  /** What doesn't end the run. */
  async #followAsides() {
    for (const aside of this.#asides.splice(0)) await aside();
  }

  /** What the model as it is now makes of the pinned question, or of pictures that it never trained on. @param {any} examiner */
  async #show(examiner) {
    const { run } = this.#opened();
    if (copies(run)) {
      const reconstructions = { step: run.step, pictures: withAddresses(await examiner.reconstructions()) };
      this.#around.tell({ reconstructions });
      return reconstructions;
    }
    const answered = { step: run.step, ...withAddresses(await examiner.answer_pinned(this.#around.pause)) };
    this.#around.tell({ answered });
    return answered;
  }

  async #save() {
    const { trainer, run } = this.#opened();
    if (!run.plan.passing) await this.#saver.save(run, trainer, this.#examples);
  }

  async #close() {
    await this.#save().catch((thrown) => this.#around.tell({ failure: failureOf(thrown) }));
    this.#free();
    this.#around.tell({ phase: "closed" });
  }

  #free() {
    this.#trainer?.free();
    this.#reward?.close();
    this.#trainer = this.#run = this.#reward = null;
  }

  /** No other tab of the page may have a run open, or delete the saved one, until this one is through. */
  async #take() {
    this.#giveBack ??= await takeRun(this.#around.page());
  }

  /** Whoever wanted a run open waits for its phase. @param {TrainOrder} order @param {unknown} thrown @returns {never} */
  #refuse(order, thrown) {
    if (OPENING.has(order.do)) this.#around.tell({ phase: this.#phase() });
    throw thrown;
  }

  /** Without a run there is nothing to keep other tabs from. */
  #settle() {
    if (this.#trainer) return;
    this.#giveBack?.();
    this.#giveBack = null;
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
