/** Bars with their words and numbers, which are read out as they stand. */

import { h } from "./dom.js";

/** @param {string} name @param {number} share from 0 to 1 @param {string} amount in words */
export function bar(name, share, amount) {
  const fill = h("span", { class: "bar-fill" });
  fill.style.width = `${Math.round(share * 1000) / 10}%`;
  return [
    h("span", { class: "bar-name" }, name),
    h("span", { class: "bar-line", "aria-hidden": "true" }, fill),
    h("span", { class: "bar-amount" }, amount),
  ];
}
