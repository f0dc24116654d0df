/**
 * The train view: what to train and the buttons on one side, what it learns on the other. The run
 * itself is in the worker (training.js); this orders and shows.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").TrainNews} TrainNews
 * @typedef {import("../protocol.js").SavedRun} SavedRun
 * @typedef {import("../protocol.js").TrainPhase} TrainPhase
 */

import { failureOf, sentence } from "../errors.js";
import { zip } from "../zip.js";
import { Chart } from "./chart.js";
import { download, h, icon } from "./dom.js";
import { PinnedView } from "./pinned.js";
import { PlanForm } from "./plan.js";

/** @type {Record<TrainPhase, string>} */
const PHASES = {
  closed: "No run is open.",
  opening: "Getting ready: the model answers the test question before it trains…",
  paused: "Paused.",
  running: "Training…",
  checking: "Checking: it answers puzzles that it never trained on…",
  done: "Finished: all steps are taken.",
};

const WORDS = [
  ["Step", "The model looks at a few worked examples (puzzle, thoughts, drawings, answer) and is changed a tiny bit."],
  ["Loss", "How surprised the model is by the right next word or picture square. Lower is better: 0 would mean that it knew everything in advance."],
  ["Learning rate", "How much a step changes the model. Too small, and it learns slowly; too large, and it forgets what it knew."],
  ["Check", "Every 50 steps the model answers 20 puzzles that it never trains on, and draws for itself. Only this tells whether it has understood."],
  ["Token", "A piece of a word, or one little square of a picture."],
];

export class TrainView {
  #client;
  #plan = new PlanForm();
  #pinned = new PinnedView();
  /** @type {TrainPhase} */
  #phase = "closed";
  /** @type {SavedRun | null} the run that is open, or what waits to be resumed */
  #run = null;
  #drawn = false;
  #loss = new Chart({ title: "Loss, by what is to be guessed" });
  #right = new Chart({ title: "Puzzles solved in the check", most: 1, format: (share) => `${Math.round(share * 100)}%` });
  #rate = new Chart({ title: "Tokens per second" });
  #start = h("button", { type: "button", class: "primary", onclick: () => void this.#go("run") }, "Start");
  #pause = h("button", { type: "button", onclick: () => void this.#order({ do: "pause" }) }, "Pause");
  #step = h("button", { type: "button", onclick: () => void this.#go("step") }, "One step");
  #stop = h("button", { type: "button", class: "quiet", onclick: () => void this.#order({ do: "stop" }) }, "Stop");
  #check = h("button", { type: "button", class: "quiet", onclick: () => void this.#order({ do: "probe" }) }, "Check now");
  #take = h("button", { type: "button", class: "quiet", onclick: () => void this.#takeUp() }, "Ask this model");
  #back = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => void this.#putBack() }, "Ask the page's model again");
  #export = h("button", { type: "button", class: "quiet", onclick: () => void this.#save() }, icon("save"), "Export");
  #resume = h("button", { type: "button", class: "primary", onclick: () => void this.#open({ do: "resume", ...this.#plan.rates }) }, "Resume");
  #forget = h("button", { type: "button", class: "quiet", onclick: () => void this.#forgetRun() }, "Delete it");
  #waiting = h("p", {});
  #saved = h("div", { class: "saved", hidden: true }, this.#waiting, h("div", { class: "row" }, this.#resume, this.#forget));
  #alert = h("div", { class: "alert", role: "alert", hidden: true });
  #now = h("p", { class: "now", role: "status", "aria-label": "Training" }, PHASES.closed);
  #kept = h("p", { class: "facts" });
  #onAsk;

  /** @param {() => Client} client @param {() => void} onAsk shows the ask view */
  constructor(client, onAsk) {
    this.#client = client;
    this.#onAsk = onAsk;
    this.element = h(
      "div",
      { class: "view train" },
      h(
        "section",
        { class: "side" },
        h("h2", { class: "heading" }, "What to train"),
        h("p", { class: "lead" }, "Watch a model learn on your own machine: it practises on puzzles with worked solutions, and you see how well it guesses."),
        this.#saved,
        this.#plan.element,
        h("div", { class: "row" }, this.#start, this.#pause, this.#step, this.#stop),
        this.#alert,
        h("details", { class: "options" }, h("summary", {}, "What do these words mean?"), h("dl", {}, ...WORDS.flatMap(([word, meaning]) => [h("dt", {}, word), h("dd", {}, meaning)]))),
      ),
      h(
        "section",
        { class: "main" },
        h("h2", { class: "heading" }, "How it learns"),
        this.#now,
        h("div", { class: "charts" }, this.#loss.element, this.#right.element, this.#rate.element),
        this.#pinned.element,
        h("div", { class: "row after" }, this.#check, this.#take, this.#back, this.#export),
        this.#kept,
      ),
    );
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.#isOpen) void this.#client().train({ do: "save" }).catch(() => {}); // news tell of it
    });
    this.#update();
  }

  /** What the program offers. @param {import("../protocol.js").About} about */
  describe({ kinds }) {
    this.#plan.setKinds(kinds);
    void this.#look();
  }

  /** @param {TrainNews} news */
  tell({ phase, row, probe, pinned, answered, savedStep, failure }) {
    if (failure !== undefined) this.#fail(failure);
    if (row) this.#run?.rows.push(row);
    if (probe) this.#run?.probes.push(probe);
    if (pinned) this.#pinned.ask(pinned);
    if (answered) this.#pinned.show(answered);
    if (savedStep !== undefined) this.#kept.textContent = `Saved in this browser at step ${savedStep}: a reload goes on from there.`;
    if (phase) this.#phase = phase;
    if (phase === "closed") void this.#look();
    if (phase) this.#update();
    if (row || probe) this.#draw();
  }

  get #isOpen() {
    return this.#phase !== "closed";
  }

  /** Whether a saved run waits. */
  async #look() {
    const saved = await this.#client().train({ do: "saved" }).catch(() => null);
    if (this.#isOpen) return;
    this.#saved.hidden = !saved;
    if (!saved) return;
    this.#run = saved;
    this.#plan.show(saved.plan);
    this.#waiting.textContent = `A run waits here at step ${saved.step}. A new one takes its place.`;
    if (saved.before) this.#pinned.show(saved.before);
    this.#draw();
  }

  /** @param {"run" | "step"} order */
  async #go(order) {
    if (!this.#isOpen && !(await this.#open({ do: "open", plan: this.#plan.plan }))) return;
    await this.#order({ do: order });
  }

  /** @param {{do: "open", plan: import("../protocol.js").Plan} | {do: "resume"}} order */
  async #open(order) {
    this.#phase = "opening";
    this.#saved.hidden = true;
    this.#kept.textContent = "";
    this.#update();
    if (order.do === "open") this.#pinned.clear();
    const run = await this.#order(order);
    if (!run) return false;
    this.#run = run;
    this.#draw();
    return true;
  }

  /** Null when it failed, which is told. @param {import("../protocol.js").TrainOrder} order */
  async #order(order) {
    this.#fail(null);
    try {
      return await this.#client().train(order);
    } catch (thrown) {
      this.#fail(failureOf(thrown));
      return null;
    }
  }

  async #forgetRun() {
    await this.#order({ do: "forget" });
    this.#saved.hidden = true;
    this.#run = null;
    this.#draw();
  }

  async #takeUp() {
    await this.#client().train({ do: "take-up" }).then(() => {
      this.#back.hidden = false;
      this.#onAsk();
    }, (thrown) => this.#fail(failureOf(thrown)));
  }

  async #putBack() {
    await this.#order({ do: "put-back" });
    this.#back.hidden = true;
  }

  async #save() {
    const files = await this.#order({ do: "export" });
    if (files) download("omni-r1-trained.zip", "application/zip", zip(files));
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
    this.#now.textContent = PHASES[phase];
    this.#plan.locked = this.#isOpen;
    this.#start.disabled = busy || phase === "opening" || phase === "done";
    this.#step.disabled = this.#start.disabled;
    this.#pause.disabled = !busy;
    this.#stop.disabled = !busy && !still;
    this.#check.disabled = !still;
    for (const button of [this.#take, this.#export]) button.disabled = !busy && !still;
    this.#draw();
  }

  /** Once a frame at most. */
  #draw() {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      const rows = this.#run?.rows ?? [];
      const line = (/** @type {string} */ name, /** @type {string} */ key) => ({
        name,
        points: rows.filter((row) => key in row).map((row) => /** @type {[number, number]} */ ([row.step, row[key]])),
      });
      this.#loss.show([line("thought", "thought"), line("drawing", "picture"), line("answer", "answer")]);
      this.#rate.show([line("speed", "rate")]);
      const probes = this.#run?.probes ?? [];
      this.#right.show([{ name: "right", points: probes.map(({ step, right, items }) => [step, right / items]) }]);
      const last = rows.at(-1);
      if (last && this.#isOpen) this.#now.textContent = `${PHASES[this.#phase]} Step ${last.step}, ${last.seen.toLocaleString("en")} tokens seen.`;
    });
  }
}
