/**
 * One example in the making: its picture, a question, the steps of the thought, the answer. The program
 * draws what each step's action says.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Example} Example
 * @typedef {import("./board.js").Tool} Tool
 */

import { AT_THE_END } from "../actions.js";
import { failureOf, sentence } from "../errors.js";
import { Board } from "./board.js";
import { field, h } from "./dom.js";
import { drawing } from "./drawing.js";

/** @type {[Tool, string][]} */
const TOOLS = [["BBOX", "Box"], ["ZOOM", "Zoom"], ["MARK", "Mark"], ["LINE", "Line"]];

export class Editor {
  #client;
  #file = h("input", { type: "file", accept: "image/*", onchange: () => void this.#choose() });
  #question = h("input", { type: "text", maxLength: 200, placeholder: "where is the ball?", autocomplete: "off" });
  #answer = h("input", { type: "text", maxLength: 100, placeholder: "top left", autocomplete: "off" });
  #words = h("input", { type: "text", maxLength: 160, placeholder: "the ball is here", autocomplete: "off", onpaste: (/** @type {ClipboardEvent} */ event) => this.#paste(event) });
  #board = new Board((action) => (this.#words.value = `${this.#words.value.replace(AT_THE_END, "").trim()} ${action}`.trim()));
  #list = h("ol", { class: "chain" });
  #alert = h("p", { class: "alert", role: "alert", hidden: true });
  element;
  #image = "";
  /** What is being changed; null for a new one. @type {Example | null} */
  #was = null;
  /** `own` where the drawing came with the example. @type {{text: string, png: string | null, own?: boolean}[]} */
  #steps = [];
  /** The last of the works in turn. @type {Promise<void>} */
  #turn = Promise.resolve();

  /** @param {() => Client} client @param {(example: Example, was: Example | null) => Promise<void>} onSave */
  constructor(client, onSave) {
    this.#client = client;
    const tools = TOOLS.map(([tool, name]) => h(
      "label",
      {},
      h("input", { type: "radio", name: "tool", value: tool, checked: tool === this.#board.tool, onchange: () => (this.#board.tool = tool) }),
      name,
    ));
    this.element = h(
      "form",
      { class: "editor fields", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      field("An image for it", this.#file),
      field("What is asked", this.#question),
      h(
        "fieldset",
        {},
        h("legend", {}, "The thought, step by step"),
        this.#list,
        h("div", { class: "tools" }, ...tools),
        this.#board.element,
        field("Next step", this.#words, "Write what one sees, choose Box, Zoom, Mark or Line, and draw it on the picture. A step without an action is in words alone; several lines that are pasted become a step each."),
        h("button", { type: "button", onclick: () => void this.#add() }, "Add step"),
      ),
      field("The right answer", this.#answer),
      this.#alert,
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: () => void this.#save(onSave) }, "Save example"), h("button", { type: "button", class: "quiet", onclick: () => void this.show(null) }, "Clear")),
    );
    void this.show(null);
  }

  /** An example to be changed, or an empty one. @param {Example | null} example @returns {Promise<void>} */
  show(example) {
    return this.#inTurn(() => this.#open(example));
  }

  /** A step may still be on its way to its drawing when the next button is pressed. @param {() => Promise<void>} work */
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // whoever asked for it hears of the failure
    return done;
  }

  /** @param {Example | null} example */
  async #open(example) {
    this.#fail(null);
    const { image, question, steps, answer } = example ?? { image: "", question: "", steps: [], answer: "" };
    this.#was = example;
    this.#file.value = "";
    this.#image = image;
    this.#question.value = question;
    this.#answer.value = answer;
    this.#words.value = "";
    this.#steps = [];
    for (const step of steps) {
      if (typeof step !== "string") this.#steps.push({ text: step.text, png: step.image, own: true });
      else this.#steps.push({ text: step, png: await this.#perform(step) });
    }
    this.#update();
  }

  /** What is seen after the steps so far. */
  get #current() {
    return this.#steps.findLast(({ png }) => png)?.png ?? this.#image;
  }

  async #choose() {
    const file = this.#file.files?.[0];
    if (file) await this.take(file);
  }

  /** The picture of the example. @param {Blob} file */
  async take(file) {
    await this.#try(async () => {
      this.#image = await this.#client().examples({ do: "picture", file });
      this.#steps = [];
      this.#update();
    });
  }

  async #add() {
    const text = this.#words.value.trim();
    if (!text) return this.#fail("Write the step's words first.");
    await this.#addSteps([text]);
  }

  /** @param {string[]} texts */
  async #addSteps(texts) {
    await this.#try(async () => {
      if (!this.#image) return this.#fail("Choose the picture first.");
      for (const text of texts) {
        this.#steps.push({ text, png: await this.#perform(text) });
        if (this.#words.value.trim() === text) this.#words.value = "";
      }
      this.#update();
    });
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const lines = event.clipboardData?.getData("text").split("\n").map((line) => line.trim()).filter(Boolean) ?? [];
    if (lines.length < 2) return;
    event.preventDefault();
    void this.#addSteps(lines);
  }

  /** Null for a step in words alone. @param {string} step @returns {Promise<string | null>} */
  async #perform(step) {
    return AT_THE_END.test(step) && !/PRED\([^)]*\)\s*$/.test(step) ? this.#client().examples({ do: "perform", picture: this.#current, step }) : null;
  }

  /** What is written stays until it is saved. @param {(example: Example, was: Example | null) => Promise<void>} onSave */
  #save(onSave) {
    return this.#try(async () => {
      const [question, answer] = [this.#question.value.trim(), this.#answer.value.trim()];
      if (!this.#image) return this.#fail("Choose the picture first.");
      if (!question || !answer) return this.#fail("Write the question and its answer first.");
      const steps = this.#steps.map(({ text, png, own }) => (own && png ? { text, image: png } : text));
      const truth = this.#was?.truth && this.#was.answer === answer ? { truth: this.#was.truth } : {};
      await onSave({ image: this.#image, question, steps, answer, ...truth }, this.#was);
      await this.#open(null);
    });
  }

  #update() {
    this.#board.picture = this.#current;
    this.#board.mark = this.#steps.filter(({ text }) => /MARK\(/.test(text)).length + 1;
    this.#list.replaceChildren(...this.#steps.map((step, i) => h(
      "li",
      {},
      drawing(step),
      h("span", {}, step.text),
      // What follows is drawn on what this step has drawn.
      h("button", { type: "button", class: "chip", "aria-label": `Delete step ${i + 1} and those after it`, onclick: () => {
        this.#steps.splice(i);
        this.#update();
      } }, "Delete"),
    )));
  }

  /** @param {() => Promise<void>} work */
  async #try(work) {
    this.#fail(null);
    await this.#inTurn(work).catch((thrown) => this.#fail(sentence(failureOf(thrown))));
  }

  /** @param {string | null} words */
  #fail(words) {
    this.#alert.hidden = !words;
    this.#alert.textContent = words ?? "";
  }
}
