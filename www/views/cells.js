/** Squares of pictures: one shown by itself, and a grid of buttons to go through with the arrow keys. */

import { withAddresses } from "../addresses.js";
import { h } from "./dom.js";

/** @typedef {import("../client.js").Client} Client */

/** What was drawn already: the same codes give the same picture. @type {WeakMap<Client, Map<string, Promise<string>>>} */
const drawn = new WeakMap();

/** Codes as a picture, a data: address. @param {Client} client @param {number[]} codes @returns {Promise<string>} */
export function pictureOf(client, codes) {
  const known = drawn.get(client) ?? new Map();
  drawn.set(client, known);
  const key = codes.join();
  const picture = known.get(key) ?? client.look({ do: "picture", codes }).then(withAddresses);
  known.set(key, picture);
  picture.catch(() => known.delete(key)); // it may be asked for again
  return picture;
}

/** Square `at` of a picture of `grid` by `grid`. @param {string} address @param {number} grid @param {number} at */
export function square(address, grid, at) {
  const element = h("span", { class: "square" });
  const place = (/** @type {number} */ i) => `${(i / (grid - 1)) * 100}%`;
  element.style.backgroundImage = `url("${address}")`;
  element.style.backgroundSize = `${grid * 100}% ${grid * 100}%`;
  element.style.backgroundPosition = `${place(at % grid)} ${place(Math.floor(at / grid))}`;
  return element;
}

/**
 * Buttons of which one can be reached with Tab, and the others from there with the arrow keys.
 * @param {HTMLElement} place that holds them, and nothing else @param {() => number} columns
 */
export function withArrows(place, columns) {
  const buttons = () => /** @type {HTMLElement[]} */ ([...place.querySelectorAll("button")]);
  const reach = (/** @type {HTMLElement} */ button) => {
    for (const other of buttons()) other.tabIndex = other === button ? 0 : -1;
  };
  place.addEventListener("focusin", (event) => reach(/** @type {HTMLElement} */ (event.target)));
  place.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    all[at + step]?.focus();
  });
  return { renew: () => reach(buttons()[0]) };
}
