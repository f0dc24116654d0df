/**
 * "Learn in two minutes": an empty model practises one simple question while the reader looks on, in a worker of
 * its own, so that neither the page's model nor a run of the reader's is touched.
 *
 * @typedef {import("../protocol.js").Failure} Failure
 * @typedef {import("../protocol.js").TrainedModel} TrainedModel
 * @typedef {object} Around
 * @property {() => import("../protocol.js").DeviceWish} device
 * @property {(model: TrainedModel, item: {picture: Blob, question: string}) => Promise<unknown>} ask lets the ask view use the model
 * @property {() => void} onOwn the reader wants a run of their own
 */

import { Client } from "../client.js";
import { OmniError, failureOf, sentence } from "../errors.js";
import { readWords } from "../lessons/language.js";
import { Practice, planOf } from "../lessons/practice.js";
import { h } from "./dom.js";

/** Enough that most answers are right, and few enough for two minutes on one core. */
const STEPS = 120;
/** The same examples and the same test each time. */
const SEED = 1;

export class QuickView {
  #around;
  /** The worker that practises. @type {Client | null} */
  #client = null;
  #start = h("button", { type: "button", class: "primary", onclick: () => void this.#go() }, "Learn in two minutes");
  #stop = h("button", { type: "button", hidden: true, onclick: () => this.#stopped() }, "Stop practising");
  #loading = h("p", { class: "facts", role: "status" });
  #alert = h("div", { class: "alert", role: "alert", hidden: true });
  #place = h("div", {});
  #next = h("div", { class: "next", hidden: true });
  element = h(
    "section",
    { class: "quick" },
    h(
      "div",
      { class: "row" },
      this.#start,
      this.#stop,
      h("p", { class: "lead" }, "A new, empty model practises one question, “what colour is the shape?”, and is asked about pictures that it has never seen. Nothing that you keep is touched."),
    ),
    this.#loading,
    this.#alert,
    this.#next,
    this.#place,
  );

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
  }

  /** Ends it, if it goes on. */
  leave() {
    this.#client?.release();
    this.#client = null;
    this.#loading.textContent = "";
    this.#start.hidden = false;
    if (this.#stop.matches(":focus")) this.#start.focus();
    this.#stop.hidden = true;
  }

  #stopped() {
    this.leave();
    this.#place.replaceChildren();
    this.#loading.textContent = "Stopped. Nothing of it is kept.";
  }

  async #go() {
    this.leave();
    this.#alert.hidden = this.#next.hidden = true;
    this.#start.hidden = true;
    this.#stop.hidden = false;
    this.#stop.focus();
    const client = Client.acquire({ device: this.#around.device(), model: "nano", purpose: "practice" });
    this.#client = client;
    try {
      await this.#practise(client);
    } catch (thrown) {
      if (this.#client !== client) return;
      this.#alert.textContent = sentence(failureOf(thrown));
      this.#alert.hidden = false;
    }
    if (this.#client === client) this.leave();
  }

  /** @param {Client} client */
  async #practise(client) {
    const { ui, lessons } = await readWords().catch(() => {
      throw new OmniError("download", "A part of the page can't be reached.", "Check the connection, then press the button again.");
    });
    const words = lessons.examples;
    const ended = () => this.#client !== client;
    client.addEventListener("state", () => {
      const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
      const { progress } = client.state;
      if (!ended()) this.#loading.textContent = progress ? ui.loading(mb(progress.loaded), mb(progress.total)) : "";
    });
    const practice = new Practice({ client, words, seed: SEED, ended });
    this.#place.replaceChildren(practice.element);
    const right = await practice.go(planOf(STEPS, SEED));
    if (ended()) return;
    const model = { title: `Your model (${STEPS} steps)`, files: await client.train({ do: "export" }) };
    if (!ended()) this.#offer(right, model, practice);
  }

  /** What to do next. @param {number} right @param {TrainedModel} model @param {Practice} practice */
  #offer(right, model, practice) {
    const ask = h("button", { type: "button", class: "primary", onclick: () => void this.#ask(model, practice) }, "Try it in Ask");
    const own = h("button", { type: "button", onclick: () => this.#around.onOwn() }, "Set up a run of your own");
    const words = `It knew nothing at first; now it is right about ${right} of ${practice.size} pictures that it never practised. Ask it yourself, or train a model on something else.`;
    this.#next.replaceChildren(h("p", {}, words), h("div", { class: "row" }, ask, own));
    this.#next.hidden = false;
  }

  /** @param {TrainedModel} model @param {Practice} practice */
  async #ask(model, practice) {
    this.#alert.hidden = true;
    await this.#around.ask(model, practice.item).catch((thrown) => {
      this.#alert.textContent = sentence(failureOf(thrown));
      this.#alert.hidden = false;
    });
  }
}
