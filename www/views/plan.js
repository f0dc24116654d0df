/**
 * What is to be trained: a few choices in plain words, and the recipe that they make.
 * @typedef {import("../protocol.js").Plan} Plan
 */

import { h } from "./dom.js";
import { kindName } from "./kinds.js";
import { newSeed } from "./options.js";

/** One row of a batch holds the longest worked example. */
const ROW = 1024;

/** Learning rates of AdamW and of Muon, for a new model; one that knows something takes a quarter. */
const RATES = { slow: [1e-3, 0.007], middle: [3e-3, 0.02], fast: [6e-3, 0.04] };

export class PlanForm {
  #from = select([["nano", "a new, empty model (nano)"], ["", "the model of this page"]]);
  #rate = select([["middle", "as it works best"], ["slow", "small: slow and careful"], ["fast", "large: fast and risky"]]);
  #steps = select([["300", "300"], ["1000", "1,000"], ["3000", "3,000"]]);
  #kinds = h("div", { class: "kinds" });
  element = h(
    "div",
    { class: "fields" },
    field("Begin with", this.#from),
    h("fieldset", {}, h("legend", {}, "Puzzles to practise"), this.#kinds),
    field("Learning rate", this.#rate),
    field("Steps", this.#steps),
  );

  constructor() {
    this.#steps.value = "1000";
  }

  /** @param {string[]} kinds */
  setKinds(kinds) {
    this.#kinds.replaceChildren(...kinds.map((kind) => h(
      "label",
      {},
      h("input", { type: "checkbox", value: kind, checked: kind === "V2" }),
      kindName(kind),
    )));
  }

  /** While a run is open only the learning rate may change, and that when it is resumed. @param {boolean} open */
  set locked(open) {
    for (const control of this.element.querySelectorAll("select, input")) {
      /** @type {HTMLInputElement} */ (control).disabled = open;
    }
  }

  /** Shows what a saved run was told. @param {Plan} plan */
  show({ preset, recipe }) {
    const { mix, optimizer, schedule } = /** @type {any} */ (recipe);
    this.#from.value = preset;
    for (const box of this.#boxes()) box.checked = Object.hasOwn(mix, box.value);
    this.#steps.value = String(schedule.steps);
    const known = Object.keys(RATES).find((name) => this.#rates(name)[0] === optimizer.learning_rate);
    if (known) this.#rate.value = known;
  }

  get rates() {
    const [learningRate, muonLearningRate] = this.#rates(this.#rate.value);
    return { learningRate, muonLearningRate };
  }

  /** @returns {Plan} */
  get plan() {
    const { learningRate, muonLearningRate } = this.rates;
    const steps = Number(this.#steps.value);
    const recipe = {
      name: "page",
      seed: newSeed(),
      schedule: { steps, warmup: 20, decay: 0.4 },
      optimizer: { learning_rate: learningRate, muon_learning_rate: muonLearningRate },
      mix: Object.fromEntries(this.#boxes().filter((box) => box.checked).map((box) => [box.value, 1])),
      language: {
        preset: this.#from.value || "mini",
        tokenizer: "",
        vq: "",
        rows: 1,
        length: ROW,
        modes: { draw: 1, text: 0 },
        validate_every: steps,
        validate_items: 0,
      },
    };
    return { preset: /** @type {Plan["preset"]} */ (this.#from.value), recipe };
  }

  #boxes() {
    return [...this.#kinds.querySelectorAll("input")];
  }

  /** @param {string} name */
  #rates(name) {
    return RATES[/** @type {keyof RATES} */ (name)].map((rate) => (this.#from.value ? rate : rate / 4));
  }
}

/** @param {string[][]} entries */
function select(entries) {
  return h("select", {}, ...entries.map(([value, words]) => h("option", { value }, words)));
}

let fields = 0;

/** @param {string} name @param {HTMLElement} control */
function field(name, control) {
  control.id = `plan-${++fields}`;
  return h("div", { class: "field" }, h("label", { for: control.id }, name), control);
}
