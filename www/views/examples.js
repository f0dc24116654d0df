/**
 * The reader's own examples: a list to add to, change and delete, kept in the browser, and as a file of
 * JSON lines that the native program trains on as well.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Example} Example
 * @typedef {import("../protocol.js").ShownExample} ShownExample
 */

import { failureOf, sentence } from "../errors.js";
import { download, h, icon } from "./dom.js";
import { Editor } from "./editor.js";

export class ExamplesView {
  #client;
  #onChange;
  /** @type {Example[]} */
  #examples = [];
  /** When the kept ones are read. @type {Promise<void> | null} */
  #loaded = null;
  #editor;
  #list = h("ul", { class: "examples" });
  #files = h("input", { type: "file", multiple: true, accept: ".jsonl,.json,.txt,image/*", hidden: true, onchange: () => void this.#import() });
  #alert = h("p", { class: "alert", role: "alert", hidden: true });
  #count = h("summary", {});
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
    this.#examples = parse(await this.#client().examples({ do: "kept" }));
    this.#show();
  }

  get #lines() {
    return this.#examples.map((example) => `${JSON.stringify(example)}\n`).join("");
  }

  /** @param {Example} example @param {Example | null} was in its place */
  async #put(example, was) {
    // What was kept before must not be written over.
    await this.load();
    const place = was ? this.#examples.indexOf(was) : -1;
    if (place < 0) this.#examples.push(example);
    else this.#examples[place] = example;
    await this.#keep();
  }

  /** What is shown outlives a reload, or the alert has said why it doesn't. */
  async #keep() {
    await this.#try(() => this.#client().examples({ do: "keep", lines: this.#lines }));
    this.#show();
  }

  /** A file of lines, with the pictures that it names by their files. */
  async #import() {
    const files = [...(this.#files.files ?? [])];
    this.#files.value = "";
    const text = files.find(({ type }) => !type.startsWith("image/"));
    await this.#try(async () => {
      let lines = text ? await text.text() : "";
      for (const file of files.filter((file) => file !== text)) {
        const address = await this.#client().examples({ do: "picture", file });
        lines = lines.replaceAll(JSON.stringify(file.name), JSON.stringify(address));
      }
      await this.load();
      /** @type {ShownExample[]} */
      const shown = await this.#client().examples({ do: "check", lines });
      this.#examples.push(...shown.map(({ png, question, steps, answer }) => ({ image: png, question, steps: steps.map(({ text }) => text), answer })));
      await this.#keep();
    });
  }

  #export() {
    download("examples.jsonl", "application/jsonl", this.#lines);
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
      h("button", { type: "button", class: "chip", "aria-label": `Delete example ${i + 1}`, onclick: () => {
        this.#examples.splice(i, 1);
        void this.#keep();
      } }, "Delete"),
    )));
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

/** What the page itself has kept. @param {string} lines @returns {Example[]} */
function parse(lines) {
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
