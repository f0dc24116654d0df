/**
 * What the answer that is shown was asked: its picture, small, and its question; and a note when the reader has
 * changed either since.
 * @typedef {import("../protocol.js").Request} Request
 */

import { h, show } from "./dom.js";
import { Overlay } from "./overlay.js";

export class Asked {
  #picture = h("img", { alt: "", width: 40, height: 40 });
  #question = h("q");
  #when = h("p", { class: "when", hidden: true });
  #note = h("p", { class: "stale", role: "status", hidden: true });
  /** What a step does, over the picture. */
  overlay = new Overlay(this.#picture);
  element = h("div", { class: "asked", hidden: true }, this.overlay.element, h("div", {}, this.#question, this.#when, this.#note));
  /** @type {Request | null} */
  #request = null;
  #address = "";

  /** @param {Request} request @param {import("../past.js").PastAnswer} [past] the answer, where it is one of before */
  begin(request, past) {
    this.#request = request;
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = show(this.#picture, request.picture);
    this.#question.textContent = request.question;
    this.#when.textContent = past ? `A past answer, given by ${past.model} on ${new Date(past.time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}.` : "";
    this.#when.hidden = !past;
    this.element.hidden = false;
    this.#note.hidden = true;
  }

  /** @param {Blob | null} picture @param {string} question what would be asked now */
  compare(picture, question) {
    if (!this.#request) return;
    const changed = [
      ...(picture === this.#request.picture ? [] : ["picture"]),
      ...(question.trim() === this.#request.question.trim() ? [] : ["question"]),
    ];
    this.#note.hidden = !changed.length;
    this.#note.textContent = changed.length ? `You have another ${changed.join(" and ")} now: press Ask for its answer.` : "";
  }
}
