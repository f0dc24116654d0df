/** Style sheets of a shadow root, each fetched once. */

import { h } from "./dom.js";

/** Adds those that aren't there yet; over once they are in effect, or can't be had. @param {ShadowRoot} root @param {URL[]} addresses */
export async function addStyles(root, addresses) {
  const there = [...root.querySelectorAll("link")].map(({ href }) => href);
  const styles = addresses.filter(({ href }) => !there.includes(href)).map(({ href }) => h("link", { rel: "stylesheet", href }));
  const settled = styles.map((link) => new Promise((resolve) => (link.onload = link.onerror = resolve)));
  root.append(...styles);
  await Promise.all(settled);
}
