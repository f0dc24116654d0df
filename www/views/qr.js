/** A link as a QR code over the whole screen, for a projector. */

import { h, icon } from "./dom.js";
import { svg } from "./svg.js";

/** Modules of white around it, without which cameras don't find it. */
const QUIET = 4;

/** Black on white in every theme, with its quiet zone. @param {string} text @param {string} name for those who can't see it */
export async function qrCode(text, name) {
  const { qrcode } = await import("../vendor/qrcode-generator.js");
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const all = Array.from({ length: count * count }, (_, at) => [Math.floor(at / count), at % count]);
  const dark = all.filter(([row, column]) => code.isDark(row, column)).map(([row, column]) => `M${column} ${row}h1v1h-1z`);
  const side = count + 2 * QUIET;
  return svg("svg", { class: "qr-code", viewBox: `${-QUIET} ${-QUIET} ${side} ${side}`, role: "img", "aria-label": name, "shape-rendering": "crispEdges" }, [
    svg("rect", { x: -QUIET, y: -QUIET, width: side, height: side, fill: "#fff" }),
    svg("path", { d: dark.join(""), fill: "#000" }),
  ]);
}

/**
 * Shows it until it is closed, by its button or with Escape.
 * @param {HTMLElement} place that it is opened from @param {string} link
 * @param {{title: string, scan: string, name: string, close: string}} words
 */
export async function showQrCode(place, link, words) {
  const code = await qrCode(link, words.name);
  const dialog = h(
    "dialog",
    { class: "qr", "aria-label": words.title, onclose: () => dialog.remove() },
    code,
    h(
      "div",
      { class: "qr-words" },
      h("p", { class: "qr-title" }, words.title),
      h("p", {}, words.scan),
      h("p", { class: "qr-link" }, link),
      h("button", { type: "button", onclick: () => dialog.close() }, icon("close"), words.close),
    ),
  );
  place.append(dialog);
  dialog.showModal();
}
