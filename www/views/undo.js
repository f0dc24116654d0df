/** "Deleted. Undo": a line that stays until something else is done. */

import { h } from "./dom.js";

let lines = 0;

export class Undo {
  #words = h("span", { id: `undo-${++lines}` });
  #button = h("button", { type: "button", class: "chip", "aria-describedby": this.#words.id, onclick: () => this.#undo() }, "Undo");
  element = h("p", { class: "undo", role: "status" });
  /** @type {() => void} */
  #back = () => {};

  /** @param {string} what was deleted, as a sentence begins @param {() => void} back brings it back */
  offer(what, back) {
    this.#back = back;
    this.#words.textContent = `${what} is deleted. `;
    this.element.replaceChildren(this.#words, this.#button);
    // The button that was pressed may have gone with what it deleted.
    this.#button.focus();
  }

  clear() {
    this.element.replaceChildren();
  }

  #undo() {
    this.clear();
    this.#back();
  }
}
