/**
 * A row of tokens for the eye: words, marks, and the codes of pictures as the squares that they draw.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Piece} Piece
 * @typedef {import("./language.js").Words["lessons"]["row"]["tokens"]} Words
 */

import { h } from "../views/dom.js";
import { pictureOf, square } from "../views/cells.js";

/** Side of a picture's grid of codes, by how many a whole picture has. @param {number} codes */
const sideOf = (codes) => Math.round(Math.sqrt(codes));

/** The row as a list, with the pictures in it drawn. @param {Client} client @param {Piece[]} row @param {Words} words @param {number} cells codes of a whole picture */
export async function rowOf(client, row, words, cells) {
  const list = h("ol", { class: "tokens-row", "aria-label": words.row });
  for (let at = 0; at < row.length; ) {
    const length = row.slice(at).findIndex(({ kind }) => kind !== "code");
    const run = length < 0 ? row.length - at : length;
    list.append(run ? await pictureItem(client, row.slice(at, at + run), words, cells) : item(row[at], words));
    at += Math.max(1, run);
  }
  return list;
}

/** A word or a mark. @param {Piece} piece @param {Words} words */
function item(piece, words) {
  const word = piece.kind === "text";
  return h("li", { class: word ? "token-word" : "token-mark", title: words.id(piece.id) }, nameOf(piece, words));
}

/** Codes that stand side by side; of a picture that isn't whole yet, those that are there. @param {Client} client @param {Piece[]} pieces @param {Words} words @param {number} cells */
async function pictureItem(client, pieces, words, cells) {
  const codes = pieces.map(({ code }) => code ?? 0);
  const whole = Array.from({ length: cells }, (_, at) => codes[Math.min(at, codes.length - 1)]);
  const address = await pictureOf(client, whole);
  const squares = pieces.map(({ id, code }, at) => {
    const element = square(address, sideOf(cells), at);
    element.title = `${words.code(code ?? 0)}, ${words.id(id)}`;
    return element;
  });
  return h("li", {}, h("span", { class: "token-codes", role: "img", "aria-label": words.codes(codes.length) }, ...squares));
}

/** A token's word, or what its mark says. @param {Piece} piece @param {Words} words */
export function nameOf({ kind, name, code }, words) {
  if (kind === "text") return name.trim() || words.space;
  if (kind === "code") return words.code(code ?? 0);
  return kind in words.marks ? words.marks[/** @type {keyof Words["marks"]} */ (kind)] : name;
}

/** How many words, codes and marks. @param {Piece[]} row */
export function count(row) {
  const of = (/** @type {string} */ kind) => row.filter((piece) => piece.kind === kind).length;
  const [words, codes] = [of("text"), of("code")];
  return { words, codes, marks: row.length - words - codes };
}
