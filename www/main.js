/** The page around the element: what its address asks for becomes attributes. */

import { parsed } from "./url.js";
import { SHARED } from "./views/share.js";

const element = document.querySelector("omni-r1");
const wishes = new URLSearchParams(location.search);
for (const name of ["device", "pace", ...SHARED]) {
  const value = wishes.get(name);
  if (value !== null && (name !== "picture" || isOurs(value))) element?.setAttribute(name, value);
}
element?.setAttribute("share", location.pathname);
element?.setAttribute("past", "");

/** A link shows no picture of elsewhere. @param {string} address */
function isOurs(address) {
  return parsed(address, location.href)?.origin === location.origin;
}

const MODES = ["ask", "learn", "train", "device"];

/** The view that the address names, and its link. */
function show() {
  const [mode, place = ""] = location.hash.slice(1).split(/\/(.*)/);
  element?.setAttribute("place", place);
  element?.setAttribute("mode", MODES.includes(mode) ? mode : "ask");
}

/** The element may change its view by itself. */
function mark() {
  const mode = element?.getAttribute("mode") ?? "ask";
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${mode}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (location.hash.slice(1).split("/")[0] !== mode && (location.hash || mode !== "ask")) history.replaceState(null, "", `#${mode}`);
}

if (element) new MutationObserver(mark).observe(element, { attributeFilter: ["mode"] });
addEventListener("hashchange", show);
show();

void import("./element.js");

// The folder that `cargo xtask dist` writes names a service worker here.
const worker = document.querySelector('meta[name="omni-offline"]')?.getAttribute("content");
if (worker && element) void import("./offline.js").then(({ workOffline }) => workOffline(worker, /** @type {HTMLElement} */ (element)));
