/**
 * What a lesson stands on: its words and settings, models of its own, and the parts that every lesson has.
 * A part is shown when the one before it is done: what is to be predicted is not seen too early.
 *
 * @typedef {import("./language.js").Words} Words
 * @typedef {import("./question.js").Asked} Asked
 * @typedef {"predict" | "try" | "check"} Exercise
 * @typedef {object} Given
 * @property {Words["ui"]} ui
 * @property {Record<string, number>} settings
 * @property {import("../protocol.js").DeviceWish} device
 * @property {(part: Exercise) => void} onDone
 */

import { Client } from "../client.js";
import { failureOf, sentence } from "../errors.js";
import { h } from "../views/dom.js";
import { Question } from "./question.js";
import { paragraphs } from "./text.js";

export class Desk {
  element = h("div", { class: "lesson-body" });
  /** The reader has gone. */
  closed = false;
  /** What the reader has done so far. @type {import("./class.js").Done} */
  work = { guess: null, check: null, counts: [] };
  #given;
  /** @type {Map<string, Client>} */
  #clients = new Map();
  #status = h("p", { class: "facts", role: "status" });
  #alert = h("div", { class: "alert", role: "alert", hidden: true });
  #later = h("div", { class: "later", hidden: true });

  /** @param {Given} given */
  constructor(given) {
    this.#given = given;
    this.element.append(this.#status, this.#alert, this.#later);
  }

  get ui() {
    return this.#given.ui;
  }

  get settings() {
    return this.#given.settings;
  }

  /** A worker with one of the page's models, there until the lesson is left. @param {string} [model] */
  client(model = "mini") {
    const known = this.#clients.get(model);
    if (known) return known;
    const client = Client.acquire({ device: this.#given.device, model, purpose: "lesson" });
    client.addEventListener("state", () => this.#show(client.state));
    this.#clients.set(model, client);
    return client;
  }

  /** The same, once the model is there. @param {string} [model] */
  async model(model) {
    const client = this.client(model);
    await client.load();
    return client;
  }

  /** @param {import("../protocol.js").State} state */
  #show({ progress }) {
    const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
    this.#status.textContent = progress ? this.ui.loading(mb(progress.loaded), mb(progress.total)) : "";
  }

  /** Words at the beginning. @param {string[]} texts @param {(Node | null)[]} more */
  say(texts, ...more) {
    this.#status.before(...paragraphs(texts), ...more.filter((node) => node !== null));
  }

  /**
   * Something to guess before `reveal` shows it, which may find out what is right.
   * @param {Asked} asked @param {(place: HTMLElement, chosen: number) => Promise<number | void>} reveal
   */
  predict(asked, reveal) {
    const place = h("div", { class: "shown" });
    const question = new Question(asked, this.ui, this.ui.guess, async (chosen) => {
      question.lock();
      let right = asked.right;
      const fine = await this.attempt(async () => {
        place.replaceChildren();
        const found = await reveal(place, chosen);
        if (typeof found === "number") right = found;
      });
      if (this.closed) return;
      if (!fine) return question.unlock();
      question.tell(true, right);
      this.work.guess = { ask: asked.ask, options: asked.options, right, chosen: [chosen] };
      this.#given.onDone("predict");
      this.#later.hidden = false;
    });
    this.#later.before(this.#part(this.ui.predict, question.element, place, question.said));
  }

  /** Something to try. @param {string[]} texts @param {(Node | null)[]} content */
  try(texts, ...content) {
    this.#later.append(this.#part(this.ui.try, ...paragraphs(texts), ...content));
  }

  /** So many of the model's answers were right. @param {string} name @param {number} right @param {number} of */
  counted(name, right, of) {
    this.work.counts = [...this.work.counts.filter((count) => count.name !== name), { name, right, of }];
  }

  /** The reader has tried enough to go on. */
  tried() {
    this.#given.onDone("try");
  }

  /** @param {Asked} asked */
  check(asked) {
    const question = new Question(asked, this.ui, this.ui.checkIt, (chosen) => {
      question.tell(false);
      const { ask, options, right } = asked;
      this.work.check = { ask, options, right, chosen: [...(this.work.check?.chosen ?? []), chosen] };
      if (chosen === asked.right) this.#given.onDone("check");
    });
    this.#later.append(this.#part(this.ui.check, question.element, question.said));
  }

  /** @param {string} title @param {(Node | null)[]} content */
  #part(title, ...content) {
    return h("section", { class: "part" }, h("h3", { class: "heading" }, title), ...content);
  }

  /** Whether `work` went well; if not, the reader is told. @param {() => Promise<unknown> | void} work @returns {Promise<boolean>} */
  async attempt(work) {
    this.#alert.hidden = true;
    try {
      await work();
      return true;
    } catch (thrown) {
      if (this.closed) return false;
      this.#alert.textContent = sentence(failureOf(thrown));
      this.#alert.hidden = false;
      this.#alert.scrollIntoView({ block: "nearest" });
      return false;
    }
  }

  close() {
    this.closed = true;
    for (const client of this.#clients.values()) client.release();
    this.#clients.clear();
  }
}
