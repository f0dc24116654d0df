/**
 * The learn view: the list of lessons, or one of them. Lessons are fetched when they are opened; what a
 * lesson does stands in ../lessons, and what it says in the file of its language there.
 *
 * @typedef {import("../lessons/language.js").Words} Words
 * @typedef {import("../lessons/index.js").Lesson} Lesson
 * @typedef {import("../lessons/desk.js").Exercise} Exercise
 */

import { h, icon } from "./dom.js";
import { HandIn } from "./hand-in.js";
import { Desk } from "../lessons/desk.js";
import { LESSONS, placeOf, readPlace } from "../lessons/index.js";
import { readWords } from "../lessons/language.js";
import { note } from "../lessons/note.js";
import { rich } from "../lessons/text.js";

/** Where the lessons that were finished are kept. */
const FINISHED = "omni-r1-lessons";
/** @type {Exercise[]} */
const PARTS = ["predict", "try", "check"];

export class LearnView {
  element = h("div", { class: "learn" });
  #device;
  /** @type {string | null} */
  #place = null;
  /** @type {Desk | null} */
  #desk = null;

  /** @param {() => import("../protocol.js").DeviceWish} device */
  constructor(device) {
    this.#device = device;
  }

  /** What an address names: a lesson with its settings, or the list. @param {string} place */
  async show(place) {
    if (place === this.#place) return;
    this.leave();
    this.#place = place;
    const words = await readWords().catch(() => null);
    if (!words) return this.#fail();
    const found = readPlace(place);
    if (place !== this.#place) return;
    if (found) await this.#open(found, words);
    else this.#list(words, place);
  }

  /** Without the file of a language there are no words but these. */
  #fail() {
    this.#place = null;
    this.element.replaceChildren(h("p", { class: "alert", role: "alert" }, "The lessons can't be reached. Check the connection, then reload the page."));
  }

  /** Gives back what a lesson has taken. */
  leave() {
    this.#desk?.close();
    this.#desk = null;
    this.#place = null;
    this.element.replaceChildren();
  }

  /** @param {Words} words @param {string} place */
  #list({ ui, lessons }, place) {
    const finished = readFinished();
    const card = (/** @type {Lesson} */ lesson, /** @type {number} */ i) => {
      const { title, about } = lessons[lesson.id];
      const done = finished.includes(lesson.id);
      return h(
        "li",
        {},
        h(
          "a",
          { class: "card", href: placeOf(lesson) },
          h("span", { class: "number", "aria-hidden": "true" }, String(i + 1)),
          h("span", { class: "card-title" }, title),
          h("span", { class: "card-about" }, about),
          h("span", { class: done ? "card-foot verdict right" : "card-foot" }, done ? icon("right") : null, done ? ui.finished : ui.minutes(lesson.minutes)),
        ),
      );
    };
    this.element.replaceChildren(
      h("h2", {}, ui.title),
      place ? h("p", { class: "alert", role: "alert" }, ui.noLesson) : "",
      h("p", { class: "lead" }, ui.lead),
      h("ol", { class: "cards" }, ...LESSONS.map(card)),
    );
  }

  /** @param {NonNullable<ReturnType<typeof readPlace>>} found @param {Words} words */
  async #open({ lesson, settings, odd, inClass }, words) {
    const { ui, lessons } = words;
    const { title, about } = lessons[lesson.id];
    const number = LESSONS.indexOf(lesson);
    const next = LESSONS[number + 1];
    const head = h("h2", { tabIndex: -1 }, `${number + 1}. ${title}`);
    const steps = PARTS.map((part) => h("li", {}, ui[part]));
    const end = h(
      "div",
      { class: "lesson-end", hidden: true },
      h("p", { class: "verdict right", role: "status" }, icon("right"), ui.wellDone),
      h("div", { class: "row" }, next ? h("a", { class: "button primary", href: placeOf(next) }, ui.next(lessons[next.id].title)) : null, h("a", { class: "button", href: "#learn" }, ui.all)),
    );
    /** @type {Set<Exercise>} */
    const done = new Set();
    const desk = new Desk({
      ui,
      settings,
      device: this.#device(),
      onDone: (part) => {
        done.add(part);
        handIn.element.hidden = !inClass;
        const step = steps[PARTS.indexOf(part)];
        step.className = "done";
        step.replaceChildren(icon("right"), ui[part], h("span", { class: "unseen" }, ` (${ui.done})`));
        if (done.size < PARTS.length) return;
        keepFinished(lesson.id);
        end.hidden = false;
      },
    });
    this.#desk = desk;
    const began = performance.now();
    const seconds = () => Math.round((performance.now() - began) / 1000);
    const handIn = new HandIn(ui.handIn, (name) => ({ lesson: lesson.id, settings, name, ...desk.work, seconds: seconds(), at: new Date().toISOString() }));
    const place = this.#place ?? "";
    const again = h("button", { type: "button", hidden: true, onclick: () => (this.leave(), void this.show(place)) }, ui.again);
    this.element.replaceChildren(
      h("p", { class: "back" }, h("a", { href: "#learn" }, ui.all)),
      h(
        "article",
        { class: "lesson" },
        head,
        h("p", { class: "lead" }, ...rich(about)),
        odd.length ? h("p", { class: "alert", role: "alert" }, ui.oddLink(odd.join(", "))) : "",
        inClass ? handIn.who : "",
        h("ol", { class: "steps", "aria-label": ui.parts }, ...steps),
        desk.element,
        again,
        handIn.element,
        end,
        // A class's pupils shouldn't find the answers below their questions.
        inClass ? "" : note(lesson, settings, words, (part) => this.#print(part)),
      ),
    );
    head.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
    const fine = await desk.attempt(async () => (await lesson.load()).begin(desk, lessons[lesson.id]));
    again.hidden = fine || desk.closed;
  }

  /** The teacher's note alone, or what a class handed in. @param {"note" | "class"} part */
  #print(part) {
    this.element.dataset.printed = part;
    addEventListener("afterprint", () => delete this.element.dataset.printed, { once: true });
    print();
  }
}

/** @returns {string[]} */
function readFinished() {
  try {
    const kept = JSON.parse(localStorage.getItem(FINISHED) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // without storage nothing is ticked
  }
}

/** @param {string} id */
function keepFinished(id) {
  try {
    localStorage.setItem(FINISHED, JSON.stringify([...new Set([...readFinished(), id])]));
  } catch {
    // as above
  }
}
