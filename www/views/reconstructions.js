/** Pictures that a picture tokenizer never trained on: as they are, as it drew them again at first, and now. @typedef {import("../protocol.js").Reconstructions} Reconstructions */

import { h } from "./dom.js";

export class ReconstructionsView {
  #rows = h("div", {});
  element = h("section", { class: "pinned", hidden: true }, h("h3", { class: "heading" }, "Drawn again from 64 codes each"), this.#rows);
  /** @type {Reconstructions | null} */
  #first = null;

  clear() {
    this.#first = null;
    this.element.hidden = true;
  }

  /** The first copies stay; later ones take the place of those before. @param {Reconstructions} reconstructions */
  show(reconstructions) {
    this.#first ??= reconstructions;
    this.element.hidden = false;
    const { step, pictures } = reconstructions;
    this.#rows.replaceChildren(
      ...row("As they are", pictures.map(({ png }) => png)),
      ...row("Before training", this.#first.pictures.map(({ again }) => again)),
      ...(step > this.#first.step ? row(`After ${step} steps`, pictures.map(({ again }) => again)) : []),
    );
  }
}

/** @param {string} name @param {string[]} pictures */
function row(name, pictures) {
  return [
    h("p", { class: "eyebrow" }, name),
    h("div", { class: "drawings" }, ...pictures.map((png, i) => h("img", { src: png, alt: `Picture ${i + 1}: ${name.toLowerCase()}`, width: 72, height: 72 }))),
  ];
}
