/**
 * The run that waits in the browser: to be resumed, or deleted.
 * @typedef {import("../protocol.js").SavedRun} SavedRun
 */

import { h } from "./dom.js";
import { Undo } from "./undo.js";

export class SavedView {
  #undo = new Undo();
  #words = h("p", {});
  #resume = h("button", { type: "button", class: "primary" }, "Resume");
  #delete = h("button", { type: "button", class: "quiet" }, "Delete it");
  #card = h("div", { class: "saved", hidden: true }, this.#words, h("div", { class: "row" }, this.#resume, this.#delete));
  element = h("div", { class: "waiting" }, this.#card, this.#undo.element);

  /** @param {{onResume: () => void, onDelete: () => Promise<boolean>, onUndo: () => Promise<void>}} actions `onDelete` tells whether it went well */
  constructor({ onResume, onDelete, onUndo }) {
    this.#resume.addEventListener("click", onResume);
    this.#delete.addEventListener("click", async () => {
      if (!(await onDelete())) return;
      this.show(null);
      this.#undo.offer("The run", async () => {
        await onUndo();
        this.#resume.focus();
      });
    });
  }

  /** @param {SavedRun | null} run */
  show(run) {
    this.#card.hidden = !run;
    if (run) this.#words.textContent = `A run waits here at step ${run.step}. A new one takes its place.`;
  }

  /** Something else is done: what was deleted stays deleted. */
  leave() {
    this.#card.hidden = true;
    this.#undo.clear();
  }
}
