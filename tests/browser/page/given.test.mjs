/** Pastes, drops and the camera: whose they are, and what is said when nothing comes of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { foreignFormat, readable } from "../../../www/foreign.js";
import { whyNot } from "../../../www/views/camera.js";
import { addressIn, dropped, fileIn, isDropOfWords, isPasteFor } from "../../../www/views/given.js";

const WIDGET = /** @type {any} */ ({ localName: "omni-r1" });
const PICTURE = new File(["p"], "cells.png", { type: "image/png" });

/** What is given: files, and texts by their types. @param {File[]} files @param {Record<string, string>} [texts] @returns {any} */
function data(files, texts = {}) {
  return { files, types: [...(files.length ? ["Files"] : []), ...Object.keys(texts)], getData: (/** @type {string} */ type) => texts[type] ?? "" };
}

/** @param {object[]} path @param {any} given @returns {any} */
function event(path, given, defaultPrevented = false) {
  return { composedPath: () => path, clipboardData: given, dataTransfer: given, defaultPrevented };
}

const SHEET = data([PICTURE], { "text/plain": "a\tb" });
const QUESTION = { localName: "textarea" };
const HOSTS = { localName: "input", type: "text" };

test("words with their picture, as spreadsheets give them, go into the field that they are pasted into", () => {
  assert.equal(isPasteFor(event([QUESTION, WIDGET], SHEET), WIDGET, true), false);
  assert.equal(isPasteFor(event([QUESTION, WIDGET], data([PICTURE])), WIDGET, true), true, "a picture alone");
  assert.equal(isPasteFor(event([{ localName: "button" }, WIDGET], SHEET), WIDGET, false), true, "where no words can go");
  assert.equal(isPasteFor(event([{ localName: "input", type: "file" }, WIDGET], SHEET), WIDGET, false), true);
});

test("what is pasted into a field of the host page, or was taken by it, is the host page's", () => {
  assert.equal(isPasteFor(event([HOSTS], data([PICTURE])), WIDGET, true), false);
  assert.equal(isPasteFor(event([{ localName: "p" }, { localName: "div", isContentEditable: true }], data([PICTURE])), WIDGET, true), false);
  assert.equal(isPasteFor(event([WIDGET], data([PICTURE]), true), WIDGET, true), false);
  assert.equal(isPasteFor(event([{ localName: "body" }], data([PICTURE])), WIDGET, true), true, "nobody else's");
  assert.equal(isPasteFor(event([{ localName: "body" }], data([PICTURE])), WIDGET, false), false, "or another widget's");
});

test("words that are dragged into the question stay words", () => {
  assert.equal(isDropOfWords(event([QUESTION], data([], { "text/plain": "why?" }))), true);
  assert.equal(isDropOfWords(event([QUESTION], data([PICTURE]))), false);
  assert.equal(isDropOfWords(event([QUESTION], data([], { "text/uri-list": "https://a.test/cat.png" }))), false);
  assert.equal(isDropOfWords(event([{ localName: "div" }], data([], { "text/plain": "why?" }))), false);
});

test("of several files the picture is taken; of addresses the first", () => {
  const note = new File(["n"], "note.txt", { type: "text/plain" });
  assert.equal(fileIn(data([note, PICTURE])), PICTURE);
  assert.equal(fileIn(data([note])), note, "its reader is told what is wrong with it");
  assert.equal(addressIn(data([], { "text/uri-list": "# a comment\r\nhttps://a.test/cat.png\r\n" })), "https://a.test/cat.png");
});

test("a picture of another page is fetched, or a sentence says what to do instead", async () => {
  const given = (/** @type {string} */ address) => data([], { "text/uri-list": address });
  globalThis.fetch = async () => new Response("cat");
  assert.equal(await (await dropped(given("https://a.test/cat.png"))).text(), "cat");
  assert.equal(await (await dropped(given(`data:image/png;base64,${btoa("dog")}`))).text(), "dog");
  globalThis.fetch = () => Promise.reject(new TypeError("CORS"));
  await assert.rejects(dropped(given("https://a.test/cat.png")), { code: "picture", hint: /Save the picture/ });
  globalThis.fetch = async () => new Response("", { status: 404 });
  await assert.rejects(dropped(given("https://a.test/cat.png")), { code: "picture" });
  await assert.rejects(dropped(data([], { "text/plain": "why?" })), { code: "picture", message: /no picture in what was dropped/ });
});

test("each trouble with the camera has its own sentence", () => {
  const said = (/** @type {string} */ name) => whyNot(new DOMException("", name)).message;
  assert.match(said("NotAllowedError"), /not allowed/);
  assert.match(said("NotFoundError"), /No camera was found/);
  assert.match(said("NotReadableError"), /in use/);
  assert.doesNotMatch(said("UnknownError"), /No camera was found/);
});

const ftyp = (/** @type {string[]} */ ...brands) => new Uint8Array([0, 0, 0, 16 + 4 * (brands.length - 1), ...Buffer.from(`ftyp${brands[0]}\0\0\0\0${brands.slice(1).join("")}`)]);

test("phones' and browsers' own formats are known by their first bytes", () => {
  assert.equal(foreignFormat(ftyp("avif", "mif1")), "AVIF");
  assert.equal(foreignFormat(ftyp("mif1", "avif", "miaf")), "AVIF");
  assert.equal(foreignFormat(ftyp("heic", "mif1")), "HEIC");
  assert.equal(foreignFormat(ftyp("mp42")), null, "a film");
  assert.equal(foreignFormat(new Uint8Array([0xff, 0x0a, 1])), "JPEG XL");
  assert.equal(foreignFormat(Buffer.from("II*\0more")), "TIFF");
  for (const known of ["\x89PNG\r\n\x1a\n", "\xff\xd8\xff\xe0", "GIF89a", "RIFF....WEBP", "BM", "", "<svg>"]) assert.equal(foreignFormat(Buffer.from(known, "latin1")), null, known);
});

test("a picture that neither program nor browser reads is named", async () => {
  globalThis.createImageBitmap = () => Promise.reject(new DOMException("", "InvalidStateError"));
  await assert.rejects(readable(ftyp("heic")), { code: "picture", message: /can't open HEIC/, hint: /JPEG or PNG/ });
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff]);
  assert.equal(await readable(jpeg), jpeg, "the program judges what it knows");
});
