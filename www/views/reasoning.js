/**
 * The reasoning as a strip of panels: in each, a sentence and the drawing that follows it. Words and
 * rows of pixels are shown as they come, at most once a frame however fast the model is.
 *
 * @typedef {import("../protocol.js").OmniEvent} OmniEvent
 * @typedef {import("../protocol.js").PictureRowEvent} PictureRowEvent
 */

import { WITHIN } from "../actions.js";
import { blobOf } from "../addresses.js";
import { h, show } from "./dom.js";
import { paintsRows } from "./playback.js";

export class Reasoning {
  #log = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Reasoning", "aria-busy": "false" });
  /** Says whole steps: a reader of the screen would stumble over words that come one by one. */
  announcer = h("div", { class: "unseen", "aria-live": "polite" });
  /** @type {HTMLElement | null} the panel that still grows */
  #panel = null;
  /** @type {HTMLParagraphElement | null} */
  #words = null;
  #text = "";
  /** @type {{index: number, figure: HTMLElement, canvas: HTMLCanvasElement} | null} */
  #drawing = null;
  /** @type {OmniEvent[]} */
  #pending = [];
  #scheduled = false;
  #paintsRows = true;
  /** @type {string[]} */
  #addresses = [];

  get element() {
    return this.#log;
  }

  /** @param {import("./playback.js").Pace} pace */
  begin(pace) {
    this.#finishFrame();
    this.#paintsRows = paintsRows(pace);
    this.#addresses.splice(0).forEach((address) => URL.revokeObjectURL(address));
    this.#log.replaceChildren();
    this.announcer.replaceChildren();
    this.#log.ariaBusy = "true";
    this.#panel = this.#words = this.#drawing = null;
  }

  /** @param {OmniEvent} event */
  show(event) {
    this.#pending.push(event);
    if (event.type === "end" || event.type === "error") {
      this.#finishFrame();
      this.#announce("");
      this.#log.ariaBusy = "false";
      this.#log.querySelector("canvas[data-painting]")?.removeAttribute("data-painting");
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      // Hidden pages get no frames; their words must not pile up.
      if (document.hidden) setTimeout(() => this.#finishFrame(), 250);
      else requestAnimationFrame(() => this.#finishFrame());
    }
  }

  /** Looks at one step, from 0, as if the later ones were still to come; null for all. @param {number | null} at */
  lookAt(at) {
    [...this.#log.children].forEach((panel, i) => {
      if (i === at) panel.setAttribute("aria-current", "step");
      else panel.removeAttribute("aria-current");
      panel.classList.toggle("later", at !== null && i > at);
    });
  }

  #finishFrame() {
    this.#scheduled = false;
    for (const event of this.#pending.splice(0)) {
      if (event.type === "text") this.#write(event.text);
      else if (event.type === "picture-row" && this.#paintsRows) this.#paint(event);
      else if (event.type === "picture") this.#frame(event);
    }
  }

  /** @param {string} text */
  #write(text) {
    if (!this.#words) {
      if (!text.trim()) return;
      this.#words = h("p");
      this.#text = "";
      this.#grow(this.#words);
    }
    this.#text += text;
    const parts = this.#text.split(WITHIN).filter(Boolean);
    this.#words.replaceChildren(...parts.map((part) => (WITHIN.test(part) ? action(part) : part)));
  }

  /** @param {PictureRowEvent} event */
  #paint({ index, row, rows, rgba }) {
    const size = Math.sqrt((rgba.length / 4) * rows);
    if (this.#drawing?.index !== index) {
      const canvas = h("canvas", { width: size, height: size, role: "img", "data-painting": "" });
      const figure = h("figure", {}, canvas, h("figcaption", {}, `Drawing ${index + 1}`));
      this.#drawing = { index, figure, canvas };
      this.#grow(figure);
    }
    const band = new ImageData(new Uint8ClampedArray(rgba), size, size / rows);
    this.#drawing.canvas.getContext("2d")?.putImageData(band, 0, row * (size / rows));
  }

  /** @param {import("../protocol.js").PictureEvent} event */
  #frame({ index, imagined, png }) {
    const image = h("img", { alt: `Drawing ${index + 1}${this.#text ? `: ${this.#text.trim()}` : ""}` });
    this.#addresses.push(show(image, blobOf(png)));
    const drawing = this.#drawing?.index === index ? this.#drawing : null;
    // The canvas stays until the image can be shown, so nothing flickers.
    if (drawing) image.decode().catch(() => {}).then(() => drawing.canvas.replaceWith(image));
    else this.#grow(h("figure", {}, image, h("figcaption", {}, `Drawing ${index + 1}${imagined ? "" : ", exact"}`)));
    this.#announce(`, then drawing ${index + 1}`);
    this.#panel = this.#words = this.#drawing = null;
  }

  /** A step is over. @param {string} drawing */
  #announce(drawing) {
    const words = this.#words ? this.#text.replace(WITHIN, "").trim() : "";
    if (words || drawing) this.announcer.append(h("p", {}, `${words}${drawing}`));
  }

  /** @param {HTMLElement} part */
  #grow(part) {
    if (!this.#panel) {
      this.#panel = h("div", { class: "panel" });
      this.#log.append(this.#panel);
    }
    this.#panel.append(part);
  }
}

/** An action breaks after its commas, so that no bracket stands alone on a line. @param {string} text */
function action(text) {
  return h("code", {}, ...text.split(/(?<=,)/).flatMap((part) => [part, h("wbr")]));
}
