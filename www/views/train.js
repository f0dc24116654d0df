/**
 * The train view: what to train and the buttons on one side, what it learns on the other. The run
 * itself is in the worker (training.js); this orders and shows.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").TrainNews} TrainNews
 * @typedef {import("../protocol.js").TrainOrder} TrainOrder
 * @typedef {import("../protocol.js").SavedRun} SavedRun
 * @typedef {import("../protocol.js").TrainPhase} TrainPhase
 */

import { failureOf, sentence } from "../errors.js";
import { ChainView } from "./chain.js";
import { Charts } from "./charts.js";
import { h } from "./dom.js";
import { ExamplesView } from "./examples.js";
import { isDropOfWords } from "./given.js";
import { GroupsView } from "./groups.js";
import { RunHistory } from "./history.js";
import { PinnedView } from "./pinned.js";
import { PlanForm } from "./plan.js";
import { askedOf, progressOf } from "./progress.js";
import { QuickView } from "./quick.js";
import { ReconstructionsView } from "./reconstructions.js";
import { SavedView } from "./saved.js";
import { SpansView } from "./spans.js";
import { TrainedView } from "./trained.js";
import { wordsFor } from "./words.js";

/** What is asked about next, where the reader is to go on in the ask view. @typedef {{picture: Blob, question: string}} Item */

/** @type {Record<TrainPhase, string>} */
const PHASES = {
  closed: "No run is open.",
  opening: "Getting ready: the model answers the test question before it trains…",
  paused: "Paused.",
  running: "Training…",
  checking: "Checking: it answers questions that it never trained on…",
  done: "Finished: all steps are taken.",
};
/** Where nothing is held out. */
const CHECKING_SEEN = "Checking: it answers examples that it has seen in training…";

export class TrainView {
  #client;
  #plan = new PlanForm();
  #pinned = new PinnedView();
  #reconstructions = new ReconstructionsView();
  #charts = new Charts();
  #history = new RunHistory(() => this.#draw(), () => this.#client().train({ do: "forget-history" }));
  #groups = new GroupsView();
  #chain = new ChainView();
  #examples = new ExamplesView(() => this.#client(), (count) => (this.#plan.own = count));
  #spans = new SpansView(() => this.#order({ do: "spans" }));
  /** @type {TrainPhase} */
  #phase = "closed";
  /** @type {SavedRun | null} the run that is open, or what waits to be resumed */
  #run = null;
  /** While examples are drawn. @type {{made: number, wanted: number} | null} */
  #synthesis = null;
  #drawn = false;
  /** Tokens of training a second, being measured. @type {Promise<number> | null} */
  #throughput = null;
  /** @type {Promise<unknown> | null} */
  #purged = null;
  #start = h("button", { type: "button", class: "primary", onclick: () => void this.#go("run") }, "Start");
  #pause = h("button", { type: "button", onclick: () => void this.#order({ do: "pause" }) }, "Pause");
  #step = h("button", { type: "button", onclick: () => void this.#go("step") }, "One step");
  #stop = h("button", { type: "button", class: "quiet", onclick: () => void this.#order({ do: "stop" }) }, "Stop");
  #saved = new SavedView({
    onResume: () => void this.#open({ do: "resume", plan: this.#plan.plan }),
    onDelete: () => this.#discardRun(),
    onUndo: () => this.#recoverRun(),
  });
  #trained = new TrainedView({
    order: (order) => this.#order(order),
    onKept: (kept) => (this.#plan.kept = kept),
    say: (words) => (this.#kept.textContent = words),
    onAsk: () => this.#onAsk(),
  });
  #quick;
  #alert = h("div", { class: "alert", role: "alert", hidden: true });
  #now = h("p", { class: "now", role: "status", "aria-label": "Training" }, PHASES.closed);
  #kept = h("p", { class: "facts" });
  #asked = h("p", { class: "facts" });
  #words = h("dl", {});
  #onAsk;

  /**
   * @param {() => Client} client
   * @param {(item?: Item) => void} onAsk shows the ask view, with something to ask about
   * @param {() => import("../protocol.js").DeviceWish} device the one that is asked for
   */
  constructor(client, onAsk, device) {
    this.#client = client;
    this.#onAsk = onAsk;
    this.#quick = new QuickView({ device, ask: (model, item) => this.#askQuick(model, item), onOwn: () => this.#plan.focus() });
    this.element = h(
      "div",
      { class: "view train" },
      this.#quick.element,
      h(
        "section",
        { class: "side" },
        h("h2", { class: "heading" }, "What to train"),
        h("p", { class: "lead" }, "Watch a model learn on your own machine: it practises on questions, and you see how well it does."),
        this.#saved.element,
        this.#plan.element,
        this.#examples.element,
        h("div", { class: "row" }, this.#start, this.#pause, this.#step, this.#stop),
        this.#alert,
        h("details", { class: "options" }, h("summary", {}, "What do these words mean?"), this.#words),
      ),
      h(
        "section",
        { class: "main" },
        h("h2", { class: "heading" }, "How it learns"),
        this.#now,
        this.#asked,
        this.#charts.element,
        this.#history.element,
        this.#chain.element,
        this.#groups.element,
        this.#pinned.element,
        this.#reconstructions.element,
        this.#spans.element,
        this.#trained.element,
        this.#kept,
      ),
    );
    this.#plan.element.addEventListener("change", () => this.#refresh());
    // Without these the browser would leave the page, and the run, for a file that is dropped.
    this.element.addEventListener("dragover", (event) => !isDropOfWords(event) && event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      if (isDropOfWords(event)) return;
      event.preventDefault();
      void this.#dropped([...(event.dataTransfer?.files ?? [])]);
    });
    this.#update();
  }

  /** What the program offers. @param {import("../protocol.js").About} about */
  describe({ taskTypes }) {
    this.#plan.setTaskTypes(taskTypes);
    void this.#prepare();
  }

  /** What is kept in the browser. */
  async #prepare() {
    // What was deleted before this page came goes for good.
    this.#purged ??= this.#client().train({ do: "purge" }).catch(() => {});
    await this.#purged;
    this.#trained.know(await this.#client().train({ do: "kept-model" }).catch(() => null));
    await this.#examples.load().catch(() => {}); // it is read again before anything is kept
    await this.#look();
    if (this.#isOpen) return;
    // Once: two measurements side by side would each find half of it.
    this.#throughput ??= this.#client().train({ do: "measure" }).catch(() => {
      this.#throughput = null;
      return 0;
    });
    this.#plan.throughput = await this.#throughput;
  }

  /** @param {TrainNews} news */
  tell({ phase, run, row, probe, pinned, answered, reconstructions, watched, synthesis, chain, savedStep, room, failure }) {
    if (failure !== undefined) this.#fail(failure);
    if (run) {
      this.#show(run);
      void this.#lookBack();
    }
    if (row) this.#run?.rows.push(row);
    if (probe) this.#run?.probes.push(probe);
    if (pinned) this.#pinned.ask(pinned);
    if (answered) this.#pinned.show(answered);
    if (reconstructions) this.#reconstructions.show(reconstructions);
    if (watched) this.#groups.show(watched, this.#plan.clip);
    if (synthesis) this.#synthesis = synthesis;
    if (chain) this.#chain.show(chain);
    if (row) this.#synthesis = null;
    if (savedStep !== undefined) {
      const space = room ? ` This page keeps ${megabytes(room.usage)} of the ${megabytes(room.quota)} it may.` : "";
      this.#kept.textContent = `Saved in this browser at step ${savedStep}: a reload goes on from there.${space}`;
    }
    if (phase) this.#phase = phase;
    if (phase === "closed") void this.#look();
    if (phase) this.#update();
    else this.#draw();
  }

  /** Saves the run that is open, if one is. */
  save() {
    if (this.#isOpen) void this.#client().train({ do: "save" }).catch(() => {}); // news tell of it
  }

  /** The element leaves its page. */
  leave() {
    this.#quick.leave();
  }

  get #isOpen() {
    return this.#phase !== "closed";
  }

  async #lookBack() {
    this.#history.show(await this.#client().train({ do: "history" }).catch(() => []));
  }

  /** Whether a saved run waits. */
  async #look() {
    void this.#lookBack();
    const saved = await this.#client().train({ do: "saved" }).catch(() => null);
    if (this.#isOpen) return;
    this.#saved.show(saved);
    if (!saved) return;
    this.#show(saved);
    if (saved.before && "pictures" in saved.before) this.#reconstructions.show(saved.before);
    else if (saved.before) this.#pinned.show(saved.before);
  }

  /** @param {"run" | "step"} order */
  async #go(order) {
    const { plan } = this.#plan;
    if (!this.#isOpen) {
      if (!(await this.#open({ do: "open", plan }))) return;
    } else if (JSON.stringify(plan) !== JSON.stringify(this.#run?.plan) && !(await this.#open({ do: "adjust", plan }))) return;
    await this.#order({ do: order });
  }

  /** @param {TrainOrder} order */
  async #open(order) {
    this.#phase = "opening";
    this.#saved.leave();
    this.#kept.textContent = "";
    this.#update();
    if (order.do === "open") for (const part of [this.#pinned, this.#reconstructions, this.#groups, this.#chain]) part.clear();
    return (await this.#order(order)) !== null;
  }

  /** A run that is open, or waits: from now on the form changes its plan. @param {SavedRun} run */
  #show(run) {
    this.#run = run;
    this.#plan.show(run.plan);
    this.#refresh();
  }

  /** Null when it failed, which is told. @param {TrainOrder} order */
  async #order(order) {
    this.#fail(null);
    try {
      return await this.#client().train(order);
    } catch (thrown) {
      this.#fail(failureOf(thrown));
      return null;
    }
  }

  /** Whether the saved run was deleted; it can be brought back. */
  async #discardRun() {
    if ((await this.#order({ do: "discard", what: "run" })) === null) return false;
    this.#run = null;
    this.#plan.renew();
    void this.#lookBack();
    this.#draw();
    return true;
  }

  async #recoverRun() {
    await this.#order({ do: "recover", what: "run" });
    await this.#look();
  }

  /** Files that were dropped: a model, or examples with their pictures. @param {File[]} files */
  async #dropped(files) {
    this.#fail(null);
    if (!files.length) return this.#fail(NO_FILE);
    const model = files.some(({ name }) => /\.(zip|safetensors)$/i.test(name));
    if (!model) return this.#examples.take(files);
    if (this.#isOpen) return this.#fail(STOP_FIRST);
    await this.#trained.keep({ do: "import", files });
  }

  /** @param {import("../protocol.js").TrainedModel} model @param {Item} item */
  async #askQuick(model, item) {
    await this.#client().train({ do: "take-up", model });
    this.#trained.isAsked = true;
    this.#onAsk(item);
  }

  /** @param {import("../protocol.js").Failure | null} failure */
  #fail(failure) {
    this.#alert.hidden = !failure;
    this.#alert.textContent = failure ? sentence(failure) : "";
  }

  #update() {
    const phase = this.#phase;
    const busy = phase === "running" || phase === "checking";
    const still = phase === "paused" || phase === "done";
    this.#plan.phase = phase;
    this.#start.disabled = busy || phase === "opening" || phase === "done";
    this.#step.disabled = this.#start.disabled;
    this.#pause.disabled = !busy;
    this.#stop.disabled = !busy && !still;
    this.#trained.update({ open: this.#isOpen, still, busy });
    this.#refresh();
  }

  /** What belongs to the stage, and the numbers. */
  #refresh() {
    const { stage } = this.#plan;
    this.#words.replaceChildren(...wordsFor(stage).flatMap(([word, meaning]) => [h("dt", {}, word), h("dd", {}, meaning)]));
    this.#spans.element.hidden = !this.#isOpen || stage === "perpo" || stage === "tokenizer";
    this.#trained.answers = stage !== "tokenizer";
    this.#draw();
  }

  /** Once a frame at most. */
  #draw() {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      const rows = this.#run?.rows ?? [];
      this.#charts.show(this.#plan.stage, { rows, probes: this.#run?.probes ?? [] }, this.#history.chosen);
      const steps = this.#run && this.#isOpen ? progressOf(this.#run, this.#phase === "running" || this.#phase === "checking") : "";
      const drawn = this.#synthesis && this.#isOpen ? `It draws its examples: ${this.#synthesis.made} of ${this.#synthesis.wanted} are done.` : "";
      const { own } = this.#run ?? {};
      const phase = this.#phase === "checking" && own && !own.heldOut ? CHECKING_SEEN : PHASES[this.#phase];
      this.#now.textContent = [phase, drawn || steps].filter(Boolean).join(" ");
      this.#asked.textContent = this.#isOpen ? askedOf(this.#run) : "";
    });
  }
}

/** @type {import("../protocol.js").Failure} */
const NO_FILE = { code: "data", message: "There is no file in what was dropped.", hint: "Drop a picture for an example, a file of examples, or a model." };
/** @type {import("../protocol.js").Failure} */
const STOP_FIRST = { code: "data", message: "A model can't be opened while a run is open.", hint: "Press Stop, then drop it again." };

/** @param {number} bytes */
function megabytes(bytes) {
  return `${Math.round(bytes / 2 ** 20).toLocaleString("en")} MB`;
}
