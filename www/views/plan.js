/**
 * What is to be trained: a few choices in plain words, and the recipe that they make.
 * @typedef {import("../protocol.js").Plan} Plan
 * @typedef {import("./settings.js").Stage} Stage
 * @typedef {import("./settings.js").Setting} Setting
 */

import { spoken } from "../pace.js";
import { h, select } from "./dom.js";
import { typeName } from "./task-types.js";
import { newSeed } from "./options.js";
import { MAIN, MORE, STAGES, read, stageOf, write } from "./settings.js";
import { explainedField as field } from "./term.js";

/** One row of a batch holds the longest worked example. */
const ROW = 1024;

/**
 * Learning rates of AdamW and of Muon. Muon's steps are equally long however small a gradient is: rewards go
 * without, but for the large rates, which want many tries a step (16 questions, 8 answers to each).
 */
const RATES = {
  new: { slow: [1e-3, 0.007], middle: [3e-3, 0.02], fast: [6e-3, 0.04] },
  known: { slow: [2.5e-4, 0.00175], middle: [7.5e-4, 0.005], fast: [1.5e-3, 0.01] },
  perpo: { slow: [3e-5, 0], middle: [1e-4, 0], fast: [1e-3, 0.003] },
  tokenizer: { slow: [5e-4, 0.007], middle: [1.5e-3, 0.02], fast: [3e-3, 0.04] },
};

/** What begins with nothing. A kept model can lend its picture tokenizer to a new one. */
const NEW = [["nano", "a new, empty model (nano)"], ["mini", "a new, empty model (mini)"]];
const NEW_ON_OWN = [["nano on own", "a new, empty model (nano) on the picture tokenizer of"]];
const NEW_TOKENIZER = [["new", "a new, empty picture tokenizer"]];

/** Tokens of a nano model's training that one of these costs, measured on the CPU. */
const COSTS = { nano: 1, mini: 3.5, sampled: 1.6, picture: 100 };
/** A try with its question, in tokens. */
const TRY = 350;
/** Below so many tokens a second a device is slow, and gets smaller plans to begin with. */
const SLOW = 1500;

export class PlanForm {
  #stage = select(Object.entries(STAGES).map(([stage, { name }]) => [stage, name]));
  #words = h("small", { id: "stage-words" });
  #from = select([]);
  #rate = select([["middle", "as it works best"], ["slow", "small: slow and careful"], ["fast", "large: fast and risky"]]);
  #steps = h("input", { type: "number", min: "1", max: "100000", step: "1" });
  #taskTypes = h("div", { class: "kinds" });
  #own = h("input", { type: "checkbox", value: "own", disabled: true });
  #controls = [...MAIN, ...MORE].map((setting) => ({ setting, control: controlOf(setting) }));
  #rule = h("textarea", { rows: 2, spellcheck: false, placeholder: "total", autocapitalize: "off" });
  #ruleField = field("Your own reward (optional)", this.#rule, "A calculation in JavaScript with accuracy, format, perception, total, steps, pictures, words, answer, right, text. Such as: accuracy + 0.1 * (pictures === 1)");
  element = h("div", { class: "fields" });
  /** What the form doesn't show, of the plan that it was given. @type {Plan | null} */
  #base = null;
  #examples = 0;
  /** @type {import("../protocol.js").KeptModel | null} */
  #kept = null;
  /** Tokens of a nano model's training a second. */
  #throughput = 0;
  #touched = false;
  #lasts = h("p", { class: "facts" });

  constructor() {
    this.#stage.setAttribute("aria-describedby", "stage-words");
    const shown = (/** @type {Setting[]} */ settings) => this.#controls.filter(({ setting }) => settings.includes(setting)).map(({ setting, control }) => field(setting.label, control, setting.hint));
    this.element.append(
      h("div", { class: "field" }, field("Learn from", this.#stage), this.#words),
      field("Begin with", this.#from),
      h("fieldset", {}, h("legend", {}, "Questions to practise"), this.#taskTypes),
      ...shown(MAIN),
      this.#ruleField,
      field("Learning rate", this.#rate),
      field("Steps", this.#steps),
      this.#lasts,
      h("details", { class: "options" }, h("summary", {}, "More settings"), h("div", { class: "fields" }, ...shown(MORE))),
    );
    this.#stage.addEventListener("change", () => this.#begin());
    // What knows nothing yet is only confused by a second loss.
    this.#from.addEventListener("change", () => this.#isNew && put(this.#control("weight"), 0));
    this.element.addEventListener("input", () => {
      this.#touched = true;
      this.#estimate();
    });
    // A plan may come with other rates than these.
    this.#rate.append(h("option", { value: "", hidden: true }, "as it was set"));
    this.#begin();
  }

  focus() {
    this.#stage.focus();
  }

  /** What the page begins with in the chosen stage. */
  #begin() {
    this.#base = null;
    const { steps, few, taskType } = STAGES[this.stage];
    const slow = this.#throughput > 0 && this.#throughput < SLOW;
    this.#steps.value = String(slow ? few : steps);
    const known = this.#boxes().some((box) => box.value === taskType);
    for (const box of this.#boxes()) box.checked = known ? box.value === taskType : box.checked;
    this.#rate.value = "middle";
    for (const { setting, control } of this.#controls) put(control, setting.preset ?? setting.absent);
    if (slow) put(this.#control("prompts"), 1);
    this.#update();
    if (this.#isNew) put(this.#control("weight"), 0);
  }

  /** How fast this device is: tokens of a nano model's training a second. @param {number} throughput */
  set throughput(throughput) {
    this.#throughput = throughput;
    if (this.#base || this.#touched) this.#estimate();
    else this.#begin();
  }

  /** How long it will take. */
  #estimate() {
    const value = (/** @type {string} */ name) => Number(this.#control(name).value);
    const size = this.#preset === "nano" ? COSTS.nano : COSTS.mini;
    const work = {
      language: () => ROW * size,
      zero: () => ROW * size,
      perpo: () => value("prompts") * value("group") * TRY * COSTS.sampled * size,
      tokenizer: () => value("batch") * COSTS.picture,
    };
    const seconds = work[this.stage]() / this.#throughput;
    this.#lasts.textContent = this.#throughput ? `A step takes about ${spoken(seconds)} on this device, all of them about ${spoken(seconds * Number(this.#steps.value))}.` : "";
  }

  /** @param {string} name the last part of its path */
  #control(name) {
    const found = this.#controls.find(({ setting }) => setting.path.at(-1) === name);
    if (!found) throw new RangeError(name);
    return found.control;
  }

  /** Shows what the stage has. */
  #update() {
    const stage = this.stage;
    this.#words.textContent = STAGES[stage].words;
    for (const { setting, control } of this.#controls) /** @type {HTMLElement} */ (control.parentElement).hidden = !setting.stages.includes(stage);
    this.#ruleField.hidden = stage !== "perpo";
    // Only a model that knows something can try, or draw.
    const fresh = { language: NEW, tokenizer: NEW_TOKENIZER, perpo: [], zero: [] }[stage];
    const kept = this.#kept?.title;
    const models = [
      ...fresh,
      ...(kept && stage === "language" ? NEW_ON_OWN.map(([value, words]) => [value, `${words} ${kept}`]) : []),
      ["", stage === "tokenizer" ? "the picture tokenizer of this page's model" : "the model of this page"],
      ...(kept ? [["own", kept]] : []),
    ];
    const { value } = this.#from;
    this.#from.replaceChildren(...models.map(([value, words]) => h("option", { value }, words)));
    this.#from.value = models.some(([known]) => known === value) ? value : models[0][0];
    this.#estimate();
  }

  /** A model that was kept to begin with. @param {import("../protocol.js").KeptModel | null} kept */
  set kept(kept) {
    this.#kept = kept;
    this.#update();
  }

  get stage() {
    return /** @type {Stage} */ (this.#stage.value);
  }

  /** How far a token's chance may change. */
  get clip() {
    return { low: Number(this.#control("clip_low").value), high: Number(this.#control("clip_high").value) };
  }

  /** The next plan is a new one, with a seed of its own. */
  renew() {
    this.#base = null;
  }

  /** @param {string[]} taskTypes */
  setTaskTypes(taskTypes) {
    this.#taskTypes.replaceChildren(...taskTypes.map((taskType) => h(
      "label",
      {},
      h("input", { type: "checkbox", value: taskType, checked: taskType === STAGES[this.stage].taskType }),
      typeName(taskType),
    )), h("label", {}, this.#own, "your own examples"));
  }

  /** How many examples of their own the reader has. @param {number} count */
  set own(count) {
    this.#examples = count;
    if (!count) this.#own.checked = false;
    this.#own.disabled = this.#stage.disabled || !count;
  }

  /** What a run is about can't change while it is open; how it learns can, while it is paused. @param {import("../protocol.js").TrainPhase} phase */
  set phase(phase) {
    const about = new Set([this.#stage, this.#from, ...this.#boxes()]);
    for (const control of this.element.querySelectorAll("select, input, textarea")) {
      const free = phase === "closed" || (phase === "paused" && !about.has(/** @type {any} */ (control)));
      /** @type {HTMLInputElement} */ (control).disabled = !free || (control === this.#own && !this.#examples);
    }
  }

  /** Shows what a run was told. @param {Plan} plan */
  show(plan) {
    const recipe = /** @type {any} */ (plan.recipe);
    this.#stage.value = stageOf(recipe).stage;
    this.#base = plan;
    this.#update();
    this.#from.value = plan.model && plan.preset !== "own" ? `${plan.preset} on own` : plan.preset;
    this.#rule.value = plan.reward ?? "";
    for (const box of this.#boxes()) box.checked = Object.hasOwn(recipe.mix, box.value);
    this.#steps.value = String(recipe.schedule.steps);
    const { learning_rate, muon_learning_rate } = recipe.optimizer ?? {};
    const known = Object.entries(this.#rates).find(([, [rate, muon]]) => rate === learning_rate && muon === muon_learning_rate);
    this.#rate.value = known?.[0] ?? "";
    for (const { setting, control } of this.#controls) put(control, read(setting, this.stage, recipe));
    this.#update();
  }

  /** @returns {Plan} */
  get plan() {
    const stage = this.stage;
    const recipe = /** @type {any} */ (this.#base ? structuredClone(this.#base.recipe) : this.#new());
    recipe.schedule.steps = Number(this.#steps.value);
    const [learning, muon] = this.#rates[/** @type {"middle"} */ (this.#rate.value)] ?? [];
    // A plan that came with rates of its own keeps them.
    if (learning !== undefined) Object.assign(recipe.optimizer, { learning_rate: learning, muon_learning_rate: muon });
    for (const { setting, control } of this.#controls) if (setting.stages.includes(stage)) write(setting, stage, recipe, taken(control));
    const rule = this.#rule.value.trim();
    return {
      preset: this.#preset,
      recipe,
      ...(this.#from.value.endsWith("own") ? { model: this.#base?.model ?? this.#kept?.id } : {}),
      ...(stage === "perpo" && rule ? { reward: rule } : {}),
    };
  }

  #new() {
    const stage = this.stage;
    const documents = {
      preset: this.#isNew ? this.#preset : "mini",
      tokenizer: "",
      vq: "",
      rows: 1,
      length: ROW,
      modes: { draw: 1, text: 0 },
      validate_every: 0,
      validate_items: 0,
    };
    const rewards = { tokenizer: "", vq: "", from: "", prompts: 2, group: 4, updates: 1, rows: 1, length: ROW, fill: 1, validate_every: 0, validate_items: 0 };
    const pictures = { preset: "mini", batch: 8, free_steps: 30, commitment: 0.25, codebook_decay: 0.98, foreground: 3 };
    const parts = { language: documents, perpo: rewards, zero: { examples: 16, temperature: 0.5, training: documents }, tokenizer: pictures };
    return {
      name: "page",
      seed: newSeed(),
      // Lessons are about one thing at a time: many hands take many more examples.
      hand: "plain",
      schedule: stage === "perpo" ? { steps: 0, warmup: 5, decay: 0.5 } : { steps: 0, warmup: 20, decay: 0.4 },
      optimizer: stage === "tokenizer" ? { beta2: 0.99, weight_decay: 1e-4 } : {},
      mix: Object.fromEntries(this.#boxes().filter((box) => box.checked).map((box) => [box.value, 1])),
      [stage]: parts[stage],
    };
  }

  #boxes() {
    return [...this.#taskTypes.querySelectorAll("input")];
  }

  get #rates() {
    if (this.stage === "perpo" || this.stage === "tokenizer") return RATES[this.stage];
    return this.#isNew ? RATES.new : RATES.known;
  }

  get #preset() {
    return /** @type {Plan["preset"]} */ (this.#from.value.replace(/ on own$/, ""));
  }

  get #isNew() {
    return ["nano", "mini", "new"].includes(this.#preset);
  }
}

/** @param {Setting} setting */
function controlOf({ range, choices }) {
  if (choices) return select(choices);
  if (!range) return h("input", { type: "checkbox" });
  const [min, max, step] = range.map(String);
  return h("input", { type: "number", min, max, step });
}

/** @param {HTMLInputElement | HTMLSelectElement} control @param {any} value */
function put(control, value) {
  if (control.type === "checkbox") /** @type {HTMLInputElement} */ (control).checked = value;
  else control.value = String(value ?? "");
}

/** @param {HTMLInputElement | HTMLSelectElement} control */
function taken(control) {
  if (control.type === "checkbox") return /** @type {HTMLInputElement} */ (control).checked;
  if (control.value === "") return undefined;
  return control.type === "number" ? Number(control.value) : control.value;
}
