/**
 * The reader's own examples: a list to add to, change and delete, kept in the browser, and as a file of
 * JSON lines that the native program trains on as well.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Example} Example
 */

import { failureOf, sentence } from "../errors.js";
import { HELD_OUT_OF, heldOutOf } from "../checks.js";
import { alone } from "../tabs.js";
import { download, h, icon } from "./dom.js";
import { Editor } from "./editor.js";
import { Undo } from "./undo.js";
import { imported, merged, parse, withPictures, written } from "./lines.js";

/** Names alone would be greyed out on an iPad. */
const ACCEPT = "application/json,text/plain,application/octet-stream,.jsonl,.json,.txt,image/*";

export class ExamplesView {
  #client;
  #onChange;
  /** @type {Example[]} */
  #examples = [];
  /** The lines that were kept when they were last looked at. */
  #known = "";
  /** When the kept ones are read. @type {Promise<void> | null} */
  #loaded = null;
  #editor;
  #list = h("ul", { class: "examples" });
  #files = h("input", { type: "file", multiple: true, accept: ACCEPT, hidden: true, onchange: () => void this.#chosen() });
  #alert = h("p", { class: "alert", role: "alert", hidden: true });
  #count = h("summary", {});
  #checks = h("p", { class: "facts" });
  #undo = new Undo();
  element;

  /** @param {() => Client} client @param {(count: number) => void} onChange hears how many there are */
  constructor(client, onChange) {
    this.#client = client;
    this.#onChange = onChange;
    this.#editor = new Editor(client, (example, was) => this.#put(example, was));
    this.element = h(
      "details",
      { class: "options own" },
      this.#count,
      h("p", { class: "lead" }, "Teach it something of your own: a picture, a question, what one looks at, and the answer. Five alike are enough to see it learn."),
      this.#list,
      this.#checks,
      this.#editor.element,
      this.#alert,
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "quiet", onclick: () => this.#files.click() }, "Open a file"),
        h("button", { type: "button", class: "quiet", onclick: () => this.#export() }, icon("save"), "Save as a file"),
        this.#files,
      ),
    );
    this.#show();
  }

  /** Those that are kept in the browser, read once: from then on what is shown is newer. A read that failed is tried again. */
  load() {
    return (this.#loaded ??= this.#read().catch((thrown) => {
      this.#loaded = null;
      throw thrown;
    }));
  }

  async #read() {
    const kept = await this.#client().examples({ do: "kept" });
    this.#examples = merged(this.#examples, this.#known, kept);
    this.#known = kept;
    this.#show();
  }

  /** @param {Example} example @param {Example | null} was in its place */
  async #put(example, was) {
    await this.#change(() => {
      const place = was ? this.#placeOf(was) : -1;
      if (place < 0) this.#examples.push(example);
      else this.#examples[place] = example;
    });
  }

  /** @param {Example} example */
  #placeOf(example) {
    const line = JSON.stringify(example);
    return this.#examples.findIndex((one) => JSON.stringify(one) === line);
  }

  /** What is shown outlives a reload, or the alert has said why it doesn't. What another tab has kept meanwhile stays. @param {() => void} change */
  async #change(change) {
    this.#undo.clear();
    await this.#try(() => alone("omni-r1 examples shown", "exclusive", async () => {
      await this.#read();
      change();
      const lines = written(this.#examples);
      await this.#client().examples({ do: "keep", lines });
      this.#known = lines;
    }));
    this.#show();
  }

  /** @param {number} place */
  async #delete(place) {
    const example = this.#examples[place];
    await this.#change(() => void this.#examples.splice(this.#placeOf(example), 1));
    this.#list.insertBefore(h("li", {}, this.#undo.element), this.#list.children[place] ?? null);
    this.#undo.offer("The example", () => void this.#change(() => void this.#examples.splice(place, 0, example)));
  }

  async #chosen() {
    const files = [...(this.#files.files ?? [])];
    this.#files.value = "";
    await this.#import(files);
  }

  /** What was dropped: pictures alone are for an example in the making. @param {File[]} files */
  async take(files) {
    this.element.open = true;
    if (files.every(({ type }) => type.startsWith("image/"))) await this.#editor.take(files[0]);
    else await this.#import(files);
  }

  /** A file of lines, with the pictures that it names by their files. @param {File[]} files */
  async #import(files) {
    const text = files.find(({ type }) => !type.startsWith("image/"));
    /** @type {Example[]} */
    let examples = [];
    await this.#try(async () => {
      /** @type {Map<string, string>} */
      const addresses = new Map();
      for (const file of files.filter((file) => file !== text)) addresses.set(file.name, await this.#client().examples({ do: "picture", file }));
      const lines = withPictures(text ? await text.text() : "", addresses);
      examples = imported(lines, await this.#client().examples({ do: "check", lines }));
    });
    if (examples.length) await this.#change(() => void this.#examples.push(...examples));
  }

  #export() {
    download("examples.jsonl", "application/jsonl", written(this.#examples));
  }

  #show() {
    const count = this.#examples.length;
    this.#count.textContent = count ? `Your own examples (${count})` : "Your own examples";
    this.#list.replaceChildren(...this.#examples.map(({ image, question, answer }, i) => h(
      "li",
      {},
      h("img", { src: image, alt: "", width: 48, height: 48 }),
      h("span", {}, question, h("small", {}, ` ${answer}`)),
      h("button", { type: "button", class: "chip", "aria-label": `Edit example ${i + 1}`, onclick: () => void this.#try(() => this.#editor.show(this.#examples[i])) }, "Edit"),
      h("button", { type: "button", class: "chip", "aria-label": `Delete example ${i + 1}`, onclick: () => void this.#delete(i) }, "Delete"),
    )));
    const heldOut = heldOutOf(count);
    this.#checks.textContent = !count ? "" : heldOut
      ? `A run that practises nothing else leaves out ${heldOut} of them, every tenth: checks ask about those.`
      : `Checks ask about examples that were seen in training. From ${HELD_OUT_OF} on, every tenth is held out for them.`;
    this.#onChange(count);
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    this.#alert.hidden = true;
    await work().catch((thrown) => {
      this.#alert.hidden = false;
      this.#alert.textContent = sentence(failureOf(thrown));
    });
  }
}
