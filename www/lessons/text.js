/** Texts of lessons: `*word*` is a word that is explained right there, and `` `code` `` stands as the model writes it. */

import { h } from "../views/dom.js";

/** @param {string} text @returns {(Node | string)[]} */
export function rich(text) {
  return text.split(/(\*[^*]+\*|`[^`]+`)/).filter(Boolean).map((part) => {
    if (part.startsWith("*")) return h("dfn", {}, part.slice(1, -1));
    if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
    return part;
  });
}

/** Paragraphs. @param {string[]} texts */
export function paragraphs(texts) {
  return texts.map((text) => h("p", {}, ...rich(text)));
}
