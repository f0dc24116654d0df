/**
 * Pixels to codes: a picture is drawn again from its codes alone, and painted with patterns of the
 * codebook.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["codes"]} Words
 * @typedef {import("../protocol.js").Coded} Coded
 */

import { blobOf } from "../addresses.js";
import { h } from "../views/dom.js";
import { pictureOf } from "../views/cells.js";
import { Paint } from "./paint.js";
import { sizesOf } from "./sizes.js";
import { surprise } from "./surprise.js";

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  desk.say(words.intro);
  const client = await desk.model();
  const { png, address } = await surprise(client, "N2", desk.settings.seed);
  /** @type {Coded} */
  const coded = await client.look({ do: "codes", picture: blobOf(png) });
  const again = await pictureOf(client, coded.codes);
  const sizes = await sizesOf(client, coded);
  if (desk.closed) return;
  const shown = (/** @type {string} */ src, /** @type {string} */ name) => h("figure", { class: "picture-of" }, h("img", { src, alt: name, width: 256, height: 256 }), h("figcaption", {}, name));
  desk.say(words.sizes(sizes), h("div", { class: "beside" }, shown(address, words.original)));

  desk.predict(words.predict(sizes), async (place) => {
    place.append(
      h("div", { class: "beside" }, shown(address, words.original), numbers(coded, words), shown(again, words.again)),
      h("p", {}, words.lookAt),
    );
  });
  const paint = new Paint(client, coded, again, words, (changed) => changed >= 3 && desk.tried(), (work) => desk.attempt(work));
  desk.try(words.try, paint.element);
  desk.check(words.check(sizes));
}

/** The numbers, as they stand in the picture. @param {Coded} coded @param {Words} words */
function numbers({ grid, codes }, words) {
  const rows = Array.from({ length: grid }, (_, row) => codes.slice(row * grid, (row + 1) * grid));
  const name = words.numbers(codes.length);
  return h(
    "figure",
    { class: "picture-of" },
    h("table", { class: "numbers", "aria-label": name }, h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((code) => h("td", {}, String(code))))))),
    h("figcaption", {}, name),
  );
}
