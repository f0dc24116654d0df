/**
 * The teacher's part of a lesson: a note with the answers, to be printed, a link that opens the lesson with the same
 * settings for a whole class, and what the class handed in.
 *
 * @typedef {import("./language.js").Words} Words
 * @typedef {import("./index.js").Lesson} Lesson
 */

import { field, h, icon } from "../views/dom.js";
import { ClassView } from "../views/class.js";
import { showQrCode } from "../views/qr.js";
import { placeOf, readSetting } from "./index.js";
import { rich } from "./text.js";

/**
 * @param {Lesson} lesson @param {Record<string, number>} settings
 * @param {Words} words @param {(part: "note" | "class") => void} print
 */
export function note(lesson, settings, words, print) {
  const { ui } = words;
  const { title, note } = words.lessons[lesson.id];
  const list = (/** @type {string} */ heading, /** @type {string[]} */ items) => [
    h("h4", {}, heading),
    h("ul", {}, ...items.map((item) => h("li", {}, ...rich(item)))),
  ];
  return h(
    "details",
    { class: "options note" },
    h("summary", {}, ui.teachers),
    h(
      "div",
      { class: "note-sheet" },
      h("h3", { class: "heading" }, ui.noteTitle(title)),
      h("p", {}, ...rich(note.aim)),
      h("p", {}, ui.lasts(lesson.minutes), " ", ...rich(note.before)),
      ...list(ui.noteSteps, note.steps),
      ...list(ui.noteAnswers, note.answers),
      ...list(ui.noteTalk, note.talk),
    ),
    h("div", { class: "row" }, h("button", { type: "button", class: "quiet", onclick: () => print("note") }, icon("save"), ui.print)),
    link(lesson, settings, title, ui),
    new ClassView(lesson, words, () => print("class")).element,
  );
}

/** @param {Lesson} lesson @param {Record<string, number>} settings @param {string} title @param {Words["ui"]} ui */
function link(lesson, settings, title, ui) {
  const address = h("input", { type: "text", readOnly: true, onfocus: () => address.select() });
  const odd = h("p", { class: "alert", role: "alert", hidden: true });
  const copied = h("span", { class: "facts", role: "status" });
  const open = h("a", { class: "button" }, ui.openLink);
  const boxes = Object.entries(lesson.settings).map(([name, { least, most }]) => {
    const box = h("input", { type: "number", min: String(least), max: String(most), step: "1", value: String(settings[name]), oninput: () => write() });
    return { name, box, field: field(ui.settings[/** @type {keyof Words["ui"]["settings"]} */ (name)], box, ui.between(least, most)) };
  });
  const write = () => {
    /** @type {Record<string, number>} */
    const chosen = {};
    const wrong = boxes.find(({ name, box }) => {
      const value = readSetting(lesson.settings[name], box.value);
      chosen[name] = value ?? 0;
      return value === null;
    });
    odd.hidden = !wrong;
    if (wrong) odd.textContent = ui.oddSetting(wrong.field.querySelector("label")?.textContent ?? "");
    copied.textContent = "";
    const place = placeOf(lesson, wrong ? {} : chosen, true);
    address.value = new URL(place, location.href).href;
    open.href = place;
  };
  const copy = async () => {
    const done = await navigator.clipboard?.writeText(address.value).then(() => true, () => false);
    // Plain http pages may not write to the clipboard: the address is there to be copied by hand.
    if (!done) address.select();
    copied.textContent = done ? ui.copied : ui.copyByHand;
  };
  const show = (/** @type {Event} */ { currentTarget }) => {
    const place = /** @type {HTMLElement} */ (currentTarget).parentElement ?? address;
    showQrCode(place, address.value, { title, ...ui.qr }).catch(() => (copied.textContent = ui.qr.fails));
  };
  write();
  return h(
    "div",
    { class: "fields class-link" },
    h("h4", {}, ui.linkTitle),
    h("p", {}, ui.linkWhy),
    ...boxes.map(({ field }) => field),
    odd,
    field(ui.link, address),
    h("div", { class: "row" }, h("button", { type: "button", class: "quiet", onclick: () => void copy() }, ui.copy), h("button", { type: "button", class: "quiet", onclick: show }, ui.qr.show), open, copied),
  );
}
