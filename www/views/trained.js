/**
 * What is done with a trained model: it is asked, kept to begin other runs with, or given away as a file; and a
 * model is opened out of files.
 *
 * @typedef {import("../protocol.js").KeptModel} KeptModel
 * @typedef {import("../protocol.js").TrainOrder} TrainOrder
 * @typedef {object} Around
 * @property {(order: TrainOrder) => Promise<any>} order null when it failed, which is told
 * @property {(kept: KeptModel | null) => void} onKept hears which model is kept
 * @property {(words: string) => void} say
 * @property {() => void} onAsk shows the ask view
 */

import { zip } from "../zip.js";
import { download, h, icon } from "./dom.js";
import { Undo } from "./undo.js";

/** Names alone would be greyed out on an iPad. */
const ACCEPT = "application/zip,application/json,application/octet-stream,.zip,.json,.safetensors";

export class TrainedView {
  #around;
  #undo = new Undo();
  #check = h("button", { type: "button", class: "quiet", onclick: () => void this.#around.order({ do: "probe" }) }, "Check now");
  #take = h("button", { type: "button", class: "quiet", onclick: () => void this.#ask() }, "Ask this model");
  #back = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => void this.#putBack() }, "Ask the page's model again");
  #keep = h("button", { type: "button", class: "quiet", onclick: () => void this.keep({ do: "keep-model" }) }, "Keep it to begin with");
  #drop = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => void this.#delete() }, "Delete the kept model");
  #export = h("button", { type: "button", class: "quiet", onclick: () => void this.#save() }, icon("save"), "Export");
  #import = h("button", { type: "button", class: "quiet", onclick: () => this.#files.click() }, "Open a model");
  #files = h("input", { type: "file", multiple: true, accept: ACCEPT, hidden: true, onchange: () => void this.keep({ do: "import", files: [...(this.#files.files ?? [])] }) });
  element = h(
    "div",
    {},
    h("div", { class: "row after" }, this.#check, this.#take, this.#back, this.#keep, this.#drop, this.#export, this.#import, this.#files),
    this.#undo.element,
  );

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
  }

  /** @param {{open: boolean, still: boolean, busy: boolean}} run whether one is open, at rest, at work */
  update({ open, still, busy }) {
    this.#check.disabled = !still;
    this.#import.disabled = open;
    for (const button of [this.#take, this.#keep, this.#export]) button.disabled = !busy && !still;
  }

  /** Whether it answers questions: a picture tokenizer doesn't. @param {boolean} answers */
  set answers(answers) {
    this.#take.hidden = !answers;
  }

  /** The model to begin with that is kept, if one is. @param {KeptModel | null} kept */
  know(kept) {
    this.#drop.hidden = !kept;
    this.#around.onKept(kept);
  }

  /** Whether another model than the page's is asked. @param {boolean} is */
  set isAsked(is) {
    this.#back.hidden = !is;
  }

  async #ask() {
    if ((await this.#around.order({ do: "take-up" })) === null) return;
    this.isAsked = true;
    this.#around.onAsk();
  }

  async #putBack() {
    await this.#around.order({ do: "put-back" });
    this.isAsked = false;
  }

  /** A model to begin other runs with takes the place of the one before. @param {TrainOrder} order */
  async keep(order) {
    const kept = await this.#around.order(order);
    this.#files.value = "";
    if (!kept) return;
    this.#undo.clear();
    this.know(kept);
    this.#around.say(`Kept in this browser: ${kept.title}. Other runs can begin with it.`);
  }

  async #delete() {
    if ((await this.#around.order({ do: "discard", what: "model" })) === null) return;
    this.know(null);
    this.#undo.offer("The kept model", async () => {
      this.know(await this.#around.order({ do: "recover", what: "model" }));
      this.#drop.focus();
    });
  }

  async #save() {
    const files = await this.#around.order({ do: "export" });
    if (files) download("omni-r1-trained.zip", "application/zip", zip(files));
  }
}
