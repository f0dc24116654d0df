/**
 * One question, answered in several ways side by side: with drawings of its own, exact ones or none; by other seeds;
 * by the page's other models.
 *
 * @typedef {import("../protocol.js").Request} Request
 * @typedef {import("../protocol.js").OmniEvent} OmniEvent
 * @typedef {import("../past.js").PastStep} PastStep
 *
 * @typedef {object} Way
 * @property {string} name
 * @property {Partial<Request>} [change] to what was asked
 * @property {string} [model] the id of another model
 */

import { blobOf } from "../addresses.js";
import { Client } from "../client.js";
import { OmniError } from "../errors.js";
import { stepsOf } from "../past.js";
import { field, h, select, show } from "./dom.js";
import { newSeed } from "./options.js";

export const STYLES = [new URL("./compare.css", import.meta.url)];

/** Other seeds beside that of the answer. */
const SEEDS = 2;

/** @type {Way[]} */
const DRAWINGS = [
  { name: "Its own drawings", change: { pictures: "imagined" } },
  { name: "Exact drawings", change: { pictures: "executed" } },
  { name: "Words only", change: { pictures: "none" } },
];

export class Compare {
  #client;
  #device;
  #request;
  #what = select([["drawings", "with its own, exact and no drawings"], ["seeds", "by other seeds"], ["models", "by other models"]]);
  #said = h("p", { class: "facts", role: "status" });
  #ways = h("div", { class: "ways-row" });
  element = h("section", { class: "compare", "aria-label": "Answers compared" }, field("Compare the answer", this.#what), this.#said, this.#ways);
  /** The latest comparison: an earlier one goes no further. */
  #runs = 0;
  #stop = () => {};

  /** @param {Client} client @param {import("../protocol.js").DeviceWish} device of other models @param {Request} request what was asked */
  constructor(client, device, request) {
    this.#client = client;
    this.#device = device;
    this.#request = request;
    this.#what.addEventListener("change", () => void this.run());
  }

  /** Nothing more is asked. */
  leave() {
    this.#runs += 1;
    this.#stop();
  }

  /** Asks in each way, one after the other. */
  async run() {
    this.leave();
    const run = this.#runs;
    try {
      const ways = await this.#waysOf(this.#what.value);
      const columns = ways.map((way) => new Column(way.name));
      if (run !== this.#runs) return;
      this.#ways.replaceChildren(...columns.map(({ element }) => element));
      for (const [i, way] of ways.entries()) {
        if (run !== this.#runs) return;
        this.#said.textContent = `Asking: ${way.name} (${i + 1} of ${ways.length})…`;
        await this.#ask(way, columns[i], () => run === this.#runs);
      }
      const answers = new Set(columns.map(({ answer }) => answer));
      if (run === this.#runs) this.#said.textContent = answers.size === 1 ? "All give the same answer." : `${answers.size} different answers.`;
    } catch (error) {
      if (run === this.#runs) this.#said.textContent = error instanceof OmniError ? `${error.message} ${error.hint}` : String(error);
    }
  }

  /** @param {string} what @returns {Promise<Way[]>} */
  async #waysOf(what) {
    if (what === "drawings") return DRAWINGS;
    if (what === "seeds") {
      const seeds = [this.#request.seed ?? newSeed(), ...Array.from({ length: SEEDS }, newSeed)];
      return seeds.map((seed) => ({ name: `Seed ${seed}`, change: { seed } }));
    }
    const { models, model } = await this.#client.about();
    const answering = models.filter(({ id }) => id === model);
    return [...answering, ...models.filter(({ id }) => id !== model)].map(({ id, title }) => ({ name: title, ...(id !== model && { model: id }) }));
  }

  /** @param {Way} way @param {Column} column @param {() => boolean} wanted */
  async #ask({ change, model }, column, wanted) {
    const client = model ? Client.acquire({ device: this.#device, model, purpose: "compare" }) : this.#client;
    try {
      const { events } = client.ask({ ...this.#request, ...change });
      this.#stop = () => void events.return();
      for await (const event of events) {
        if (!wanted()) break;
        if (event.type === "error") throw new OmniError(event.code, event.message, event.hint);
        column.show(event);
      }
    } finally {
      this.#stop = () => {};
      if (model) client.release();
    }
  }
}

/** One way's answer. */
class Column {
  #steps = h("ol", {});
  #answer = h("p", { class: "compare-answer" });
  /** @type {OmniEvent[]} */
  #events = [];
  answer = "";
  element;

  /** @param {string} name */
  constructor(name) {
    this.element = h("section", { "aria-label": name }, h("h3", {}, name), this.#answer, this.#steps);
  }

  /** @param {OmniEvent} event */
  show(event) {
    if (event.type === "answer") this.#answer.textContent = this.answer = event.text.trim();
    if (event.type === "text" || event.type === "picture") this.#events.push(event);
    if (event.type === "picture" || event.type === "end") this.#steps.replaceChildren(...stepsOf(this.#events).map(stepOf));
  }
}

/** @param {PastStep} step */
function stepOf({ text, png }) {
  const image = png ? h("img", { alt: "Drawing", width: 96, height: 96 }) : null;
  if (image && png) {
    const address = show(image, blobOf(png));
    image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
  }
  return h("li", {}, h("span", {}, text.trim()), image);
}
