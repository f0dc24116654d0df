/**
 * What most people never need: where the drawings come from, the pace, chance, the seed and the device.
 * @typedef {import("../protocol.js").PictureSource} PictureSource
 */

import { field, h, select } from "./dom.js";

/** @type {[PictureSource | "", string][]} */
const SOURCES = [
  ["", "imagined; zooms are cut from a picture of yours"],
  ["imagined", "the model imagines them all"],
  ["zoomed", "imagined, zooms cut from the picture"],
  ["executed", "drawn exactly from what you gave"],
  ["none", "no drawings, words only"],
  ["blank", "blank (an experiment)"],
  ["shuffled", "from somewhere else (an experiment)"],
];

/** @type {[import("./playback.js").Pace, string][]} */
const PACES = [
  ["full", "as fast as it goes"],
  ["follow", "so that one can follow"],
];

/** @type {[string, string][]} */
const DEVICES = [
  ["auto", "the better one"],
  ["cpu", "processor (CPU)"],
  ["webgpu", "graphics processor (WebGPU)"],
];

/** Short enough to be read out in a classroom. */
const SEEDS = 100_000;

export function newSeed() {
  return Math.floor(Math.random() * SEEDS);
}

export class Options {
  #source = select(SOURCES);
  #pace = select(PACES);
  #temperature = number(0, 2, 0.05);
  #pictureTemperature = number(0, 2, 0.05);
  #topP = number(0.05, 1, 0.05);
  #seed = h("input", { type: "text", inputMode: "numeric", pattern: "[0-9]*", placeholder: "a new one each time", autocomplete: "off" });
  #device = select(DEVICES);
  #model = select([]);
  /** The model that answers never practised drawing. */
  #words = false;
  #modelField = field("Model", this.#model, "Earlier stages of training, and models that learned in other ways, for comparison.");
  element = h(
    "details",
    { class: "options" },
    h("summary", {}, "Options"),
    h(
      "div",
      { class: "fields" },
      field("Drawings", this.#source),
      field("Pace", this.#pace, "Words one by one and drawings row by row, for a class that looks on."),
      field("Chance in words (temperature)", this.#temperature, "0 always takes the likeliest word; 1 is as bold as what it learned from."),
      field("Chance in drawings", this.#pictureTemperature, "The same for the little squares of a drawing."),
      field("Only likely words (top-p)", this.#topP, "1: all words; less leaves the unlikely ones out."),
      field("Seed", this.#seed, "The same seed gives the same answer."),
      field("Run on", this.#device),
      this.#modelField,
    ),
  );

  /** @param {(device: string) => void} onDevice @param {(model: string) => void} onModel */
  constructor(onDevice, onModel) {
    this.#device.addEventListener("change", () => onDevice(this.#device.value));
    this.#model.addEventListener("change", () => onModel(this.#model.value));
    this.#modelField.hidden = true;
  }

  /** The models that there are, and the one that answers. @param {Pick<import("../protocol.js").About, "models" | "model">} about */
  describe({ models, model }) {
    this.#model.replaceChildren(...models.map(({ id, title }) => h("option", { value: id }, title)));
    this.#model.value = model;
    this.#modelField.hidden = models.length < 2;
  }

  /**
   * A model that never practised drawing is asked for words, until another answers or the reader chooses.
   * @param {boolean} wanted
   */
  wordsAlone(wanted) {
    if (wanted === this.#words) return;
    this.#words = wanted;
    this.#source.value = wanted ? "none" : "";
  }

  /** What is empty is left to the program. */
  get values() {
    const value = (/** @type {HTMLInputElement} */ input) => (input.value.trim() ? Number(input.value) : undefined);
    return {
      pictures: /** @type {PictureSource | ""} */ (this.#source.value) || undefined,
      temperature: value(this.#temperature),
      pictureTemperature: value(this.#pictureTemperature),
      topP: value(this.#topP),
      seed: value(this.#seed),
    };
  }

  /** How fast answers are shown. */
  get pace() {
    return /** @type {import("./playback.js").Pace} */ (this.#pace.value);
  }

  /**
   * Asks with the settings of another request, for one time: then they are the reader's again.
   * @param {{temperature?: number | string, pictureTemperature?: number | string, topP?: number | string}} request what is left out is left to the program
   * @param {() => void} ask
   */
  once({ temperature = "", pictureTemperature = "", topP = "" }, ask) {
    const controls = [this.#source, this.#temperature, this.#pictureTemperature, this.#topP, this.#seed];
    const before = controls.map(({ value }) => value);
    this.set({ temperature, pictureTemperature, topP });
    ask();
    controls.forEach((control, i) => (control.value = before[i]));
  }

  /** @param {{pictures?: string, pace?: string, temperature?: number | string, pictureTemperature?: number | string, topP?: number | string, seed?: number | string, device?: string}} values */
  set({ pictures, pace, temperature, pictureTemperature, topP, seed, device }) {
    if (pictures) this.#source.value = pictures;
    if (pace !== undefined) this.#pace.value = pace === "follow" ? pace : "full";
    if (temperature !== undefined) this.#temperature.value = String(temperature);
    if (pictureTemperature !== undefined) this.#pictureTemperature.value = String(pictureTemperature);
    if (topP !== undefined) this.#topP.value = String(topP);
    if (seed !== undefined) this.#seed.value = String(seed);
    if (device) this.#device.value = device;
  }
}

/** @param {number} min @param {number} max @param {number} step */
function number(min, max, step) {
  return h("input", { type: "number", min: String(min), max: String(max), step: String(step), placeholder: "as it works best" });
}
