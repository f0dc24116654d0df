/**
 * The question's picture: chosen, dropped, pasted, photographed, taken from the samples, or drawn by
 * chance. A file is shown only after the program has accepted it, so what is shown is what it can use.
 *
 * @typedef {{file: string, title: string, question: string, suggestions: string[]}} Sample
 * @typedef {import("../protocol.js").Surprise} Surprise
 * @typedef {object} Actions
 * @property {(file: Blob) => Promise<unknown>} check rejects with a Failure
 * @property {(file: Blob) => void} onChosen a new picture was chosen by the reader
 * @property {(sample: Sample) => void} onSample
 * @property {(taskType: string) => Promise<void>} surprise
 * @property {(picture: Blob, suggestions: string[], ask: boolean) => void} onMade the reader's own hand made one, or changed it
 * @property {(error: unknown) => void} onError
 */

import { takePhoto } from "./camera.js";
import { SAMPLES } from "../list.js";
import { h, icon, show } from "./dom.js";
import { dropped, fileIn } from "./given.js";
import { Overlay } from "./overlay.js";
import { typeName } from "./task-types.js";

/** Listed one by one: phones then turn their own formats into one of these. */
const ACCEPT = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/avif";

export class Picture {
  /** The chosen file, also when it can't be used. @type {Blob | null} */
  file = null;
  #actions;
  #address = "";
  #leaving = new AbortController();
  /** What is made stays while the page is open. @type {import("./maker.js").Maker | null} */
  #maker = null;
  #input = h("input", { type: "file", id: "file", accept: ACCEPT, class: "unseen", onchange: () => this.#chosen() });
  #preview = h("img", { alt: "What the model will look at", hidden: true });
  #empty = h("div", { class: "empty" }, icon("picture"), h("strong", {}, "Drop one here"), h("span", {}, "or press to choose a file"));
  /** What a step does, over the picture. */
  overlay = new Overlay(this.#preview);
  #drop = h("div", { class: "drop", onclick: () => this.#input.click() }, this.overlay.element, this.#empty);
  #taskType = h("select", { "aria-label": "Kind of task" }, h("option", { value: "" }, "anything"));
  /** Pictures to take instead, beside the element. @type {HTMLElement} */
  others;
  #samples = h("div", { class: "samples", role: "group", "aria-label": "Samples" });

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    const camera = h("button", { type: "button", class: "quiet", onclick: () => this.#camera() }, icon("camera"), "Camera");
    const make = h("button", { type: "button", class: "quiet", onclick: () => void this.#make(make) }, icon("pen"), "Make one");
    const surprise = h("button", { type: "button", class: "quiet", onclick: () => this.#surprise(surprise) }, icon("dice"), "Surprise me");
    this.element = h(
      "div",
      { class: "picture" },
      h("div", { class: "title" }, h("label", { for: "file", class: "heading" }, "Picture"), h("span", { class: "ways" }, make, camera)),
      this.#input,
      this.#drop,
    );
    this.others = h("div", { class: "others" }, h("div", { class: "joined" }, surprise, this.#taskType), this.#samples);
    this.#showSamples();
  }

  /** @param {string[]} taskTypes */
  setTaskTypes(taskTypes) {
    const chosen = this.#taskType.value;
    const options = taskTypes.map((taskType) => h("option", { value: taskType }, typeName(taskType)));
    this.#taskType.replaceChildren(h("option", { value: "" }, "anything"), ...options);
    this.#taskType.value = taskTypes.includes(chosen) ? chosen : "";
  }

  /**
   * Takes a file as the picture, whoever chose it. It is kept even if it can't be used, so that asking
   * about it says again what is wrong with it.
   * @param {Blob} file
   * @param {(error: unknown) => void} onError
   * @param {boolean} known it comes from the page, and is shown while it is looked at
   */
  async set(file, onError, known = false) {
    this.file = file;
    this.#show(known ? file : null);
    this.#drop.classList.add("checking");
    try {
      await this.#actions.check(file);
      if (this.file === file && !known) this.#show(file);
    } catch (error) {
      if (this.file !== file) return;
      this.#show(null);
      onError(error);
    } finally {
      if (this.file === file) this.#drop.classList.remove("checking");
    }
  }

  /** A file that was pasted. @param {DataTransfer | null} data @returns {boolean} whether there was one */
  paste(data) {
    const file = fileIn(data);
    if (file) this.#actions.onChosen(file);
    return Boolean(file);
  }

  /** @param {DataTransfer | null} data */
  drop(data) {
    return dropped(data).then(this.#actions.onChosen, this.#actions.onError);
  }

  /** Ends what goes on outside of the page: the camera. */
  leave() {
    this.#leaving.abort();
    this.#leaving = new AbortController();
  }

  /** @param {Blob | null} file */
  #show(file) {
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = file ? show(this.#preview, file) : "";
    this.#preview.hidden = !file;
    this.#empty.hidden = Boolean(file);
    if (!file) this.#preview.removeAttribute("src");
  }

  #chosen() {
    const file = this.#input.files?.[0];
    if (file) this.#actions.onChosen(file);
    this.#input.value = ""; // so that choosing the same file again counts
  }

  async #camera() {
    try {
      const photo = await takePhoto(this.element, this.#leaving.signal);
      if (photo) this.#actions.onChosen(photo);
    } catch (error) {
      this.#actions.onError(error);
    }
  }

  /** In the place of the picture, until it is done. @param {HTMLButtonElement} button */
  async #make(button) {
    if (this.#drop.hidden) return this.#close();
    const { Maker } = await import("./maker.js");
    this.#maker ??= new Maker({ onChange: this.#actions.onMade, onDone: () => (this.#close(), button.focus()) });
    this.#drop.after(this.#maker.element);
    this.#drop.hidden = true;
  }

  /** The maker gives its place back. */
  #close() {
    this.#drop.hidden = false;
    this.#maker?.element.remove();
  }

  /** @param {HTMLButtonElement} button */
  async #surprise(button) {
    button.disabled = true;
    try {
      await this.#actions.surprise(this.#taskType.value);
    } catch (error) {
      this.#actions.onError(error);
    } finally {
      button.disabled = false;
    }
  }

  /** Samples are a kindness: without them the page works as well. */
  async #showSamples() {
    const response = SAMPLES && (await fetch(SAMPLES).catch(() => null));
    /** @type {Sample[]} */
    const samples = response?.ok ? await response.json().catch(() => []) : [];
    this.#samples.replaceChildren(...samples.map((sample) => h(
      "button",
      { type: "button", class: "sample", title: sample.title, onclick: () => this.#actions.onSample(sample) },
      h("img", { src: new URL(sample.file, SAMPLES ?? undefined).href, alt: sample.title, width: 64, height: 64, loading: "lazy" }),
    )));
  }

  /** @param {Sample} sample @returns {string} */
  static addressOf(sample) {
    return new URL(sample.file, SAMPLES ?? undefined).href;
  }
}
