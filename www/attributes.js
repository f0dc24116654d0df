/** The element's attributes and what each may be. A wrong value is told in the console and changes nothing. */

import { parsed } from "./url.js";
import { readDrawn } from "./views/share.js";

/** @param {...string} words */
const oneOf = (...words) => ({ is: (/** @type {string} */ value) => words.includes(value), what: words.join(", ") });

/** @param {number} least @param {number} most */
const between = (least, most) => ({
  is: (/** @type {string} */ value) => value.trim() !== "" && Number(value) >= least && Number(value) <= most,
  what: `a number from ${least} to ${most}`,
});

const any = { is: () => true, what: "" };

/** @type {Record<string, {is: (value: string) => boolean, what: string}>} */
const KNOWN = {
  model: any,
  device: oneOf("auto", "cpu", "webgpu"),
  picture: any,
  surprise: { is: (value) => readDrawn(value) !== null, what: "a type of task and a number, such as V2:123" },
  question: any,
  pictures: oneOf("imagined", "executed", "zoomed", "none", "blank", "shuffled"),
  seed: { is: (value) => /^\d+$/.test(value) && Number.isSafeInteger(Number(value)), what: "a whole number" },
  pace: oneOf("full", "follow"),
  temperature: between(0, 2),
  "picture-temperature": between(0, 2),
  "top-p": between(0, 1),
  share: { is: (value) => parsed(value, document.baseURI) !== null, what: "the address of a page" },
  past: any,
  mode: oneOf("ask", "learn", "train", "device"),
  place: any,
};

export const ATTRIBUTES = Object.keys(KNOWN);

/** An attribute's value; null where it isn't set, empty or wrong. @param {Element} element @param {string} name */
export function attribute(element, name) {
  const value = element.getAttribute(name);
  return value && KNOWN[name].is(value) ? value : null;
}

/** Whether the element may follow a change of an attribute. @param {Element} element @param {string} name @param {string | null} value */
export function isUsable({ localName }, name, value) {
  if (!value || KNOWN[name].is(value)) return true;
  console.warn(`<${localName}>: ${name}="${value}" changes nothing; it may be ${KNOWN[name].what}.`);
  return false;
}
