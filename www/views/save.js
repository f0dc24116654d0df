/**
 * The ways to save the answer that is shown. To read and as data the program writes it, as long as it has it; the
 * picture and the ZIP are made here.
 *
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 * @typedef {import("../protocol.js").Transcript} Transcript
 */

import { OmniError } from "../errors.js";
import { pack } from "../saved-answer.js";
import { download, h, icon } from "./dom.js";

export class Save {
  #onError;
  #summary = h("summary", {}, icon("save"), "Save");
  element = h("details", { class: "save" }, this.#summary, h(
    "div",
    { class: "ways" },
    this.#way("Save to read", () => this.#program("html", "text/html")),
    this.#way("Save as data", () => this.#program("json", "application/json")),
    this.#way("Save as picture", async () => {
      const { strip } = await import("./strip.js");
      return download("answer.png", "image/png", await strip(this.#past));
    }),
    this.#way("Save with its pictures", async () => download("answer.zip", "application/zip", await pack(this.#past))),
  ));
  /** @type {PastAnswer} */
  #past = /** @type {any} */ (null);
  /** Makes the program's files. @type {() => Promise<Transcript | null>} */
  #transcript = async () => null;

  /** @param {(error: unknown) => void} onError */
  constructor(onError) {
    this.#onError = onError;
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.stopPropagation();
      this.#close();
    });
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.element.contains(relatedTarget)) this.element.open = false;
    });
  }

  /** @param {PastAnswer} past what is saved @param {() => Promise<Transcript | null>} transcript */
  offer(past, transcript) {
    this.#past = past;
    this.#transcript = transcript;
    this.element.open = false;
  }

  /** @param {string} name @param {() => Promise<void>} save */
  #way(name, save) {
    const act = () => {
      this.#close();
      save().catch(this.#onError);
    };
    return h("button", { type: "button", onclick: act }, name);
  }

  #close() {
    this.element.open = false;
    this.#summary.focus();
  }

  /** @param {"html" | "json"} form @param {string} type */
  async #program(form, type) {
    const transcript = await this.#transcript();
    if (!transcript) throw new OmniError("data", "This answer can't be saved so any more.", "Press Same seed again, then save it.");
    download(`transcript.${form}`, type, transcript[form]);
  }
}
