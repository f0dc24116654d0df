/**
 * The teacher's view of a class: reads the files that pupils handed in, and sums them up. They are read here alone,
 * and forgotten when the lesson is left.
 *
 * @typedef {import("../lessons/index.js").Lesson} Lesson
 * @typedef {import("../lessons/language.js").Words} Words
 * @typedef {import("../lessons/class.js").Work} Work
 * @typedef {import("../lessons/class.js").Answered} Answered
 * @typedef {{head: string, cell: (work: Work) => string}} Column
 */

import { MOST_BYTES, countSums, csv, isRight, questionSums, read, together } from "../lessons/class.js";
import { rich } from "../lessons/text.js";
import { bar } from "./bars.js";
import { download, h, icon } from "./dom.js";

export class ClassView {
  #lesson;
  #words;
  #title;
  /** @type {Work[]} */
  #works = [];
  #files = h("input", { type: "file", multiple: true, accept: ".json,application/json", hidden: true, onchange: () => void this.#chosen() });
  #said = h("p", { class: "facts", role: "status" });
  #alert = h("div", { class: "alert", role: "alert", hidden: true });
  #sums = h("div", {});
  #buttons = h("div", { class: "row" });
  element;

  /** @param {Lesson} lesson @param {Words} words @param {() => void} print */
  constructor(lesson, { ui, lessons }, print) {
    this.#lesson = lesson;
    this.#words = ui.class;
    this.#title = (/** @type {Lesson} */ { id }) => lessons[id].title;
    this.element = h(
      "div",
      { class: "class-sheet" },
      h("h4", {}, ui.class.title),
      h("p", { class: "how" }, ui.class.how),
      h(
        "div",
        { class: "drop-files", ondragover: (/** @type {DragEvent} */ event) => event.preventDefault(), ondrop: (/** @type {DragEvent} */ event) => this.#drop(event) },
        h("button", { type: "button", onclick: () => this.#files.click() }, icon("picture"), ui.class.read),
        h("span", { class: "facts" }, ui.class.drop),
        this.#files,
      ),
      this.#alert,
      this.#said,
      this.#sums,
      this.#buttons,
    );
    this.#buttons.append(
      h("button", { type: "button", class: "quiet", onclick: print }, ui.class.print),
      h("button", { type: "button", class: "quiet", onclick: () => this.#save() }, icon("save"), ui.class.save),
      h("button", { type: "button", class: "quiet", onclick: () => this.#forget() }, ui.class.forget),
    );
    this.#show();
  }

  async #chosen() {
    const files = [...(this.#files.files ?? [])];
    this.#files.value = "";
    await this.#read(files);
  }

  /** @param {DragEvent} event */
  #drop(event) {
    event.preventDefault();
    void this.#read([...(event.dataTransfer?.files ?? [])]);
  }

  /** Those that can't be used are told, and change nothing. @param {File[]} files */
  async #read(files) {
    /** @type {string[]} */
    const odd = [];
    for (const file of files) {
      const text = file.size > MOST_BYTES ? "" : await file.text().catch(() => "");
      const found = read(text, this.#lesson);
      if ("work" in found) this.#works.push(found.work);
      else odd.push(found.odd === "lesson" ? this.#words.otherLesson(file.name, this.#title(found.lesson)) : this.#words.oddFile(file.name));
    }
    this.#alert.replaceChildren(...odd.map((sentence) => h("p", {}, sentence)));
    this.#alert.hidden = !odd.length;
    this.#show();
  }

  #show() {
    const works = together(this.#works);
    const words = this.#words;
    this.#said.textContent = works.length ? words.handedIn(works.length, this.#works.length - works.length) : "";
    this.#sums.hidden = this.#buttons.hidden = !works.length;
    const columns = this.#columns(works);
    const counts = countSums(works);
    this.#sums.replaceChildren(
      h(
        "div",
        { class: "scrolls", tabIndex: 0, role: "region", "aria-label": words.table },
        h(
          "table",
          { class: "results pupils" },
          h("thead", {}, h("tr", {}, ...columns.map(({ head }) => h("th", { scope: "col" }, head)))),
          h("tbody", {}, ...works.map((work) => h("tr", {}, ...columns.map(({ cell }, i) => (i ? h("td", {}, cell(work)) : h("th", { scope: "row" }, cell(work))))))),
        ),
      ),
      ...questionSums(works).flatMap(({ part, ask, options, right, of }) => [
        h("h4", {}, words.parts[part], ": ", ...rich(ask)),
        h("ul", { class: "bars chosen" }, ...options.map(({ text, chosen }) => h("li", {}, ...bar(plain(text), chosen / of, words.ofAll(chosen, of))))),
        h("p", { class: "facts" }, words.rightOf(right, of)),
      ]),
      ...(counts.length ? [h("h4", {}, words.counts), h("ul", { class: "bars", "aria-label": words.counts }, ...counts.map(({ name, right, of }) => h("li", {}, ...bar(name, right / of, words.ofAll(right, of)))))] : []),
    );
  }

  /** What is said of each pupil. @param {Work[]} works @returns {Column[]} */
  #columns(works) {
    const words = this.#words;
    const verdict = (/** @type {Answered | null} */ answered) => {
      const right = isRight(answered);
      if (right === null) return words.open;
      return right ? words.right : words.wrong;
    };
    const counted = countSums(works).map(({ name }) => name);
    return [
      { head: words.name, cell: ({ name }) => name },
      { head: words.parts.guess, cell: ({ guess }) => verdict(guess) },
      { head: words.parts.check, cell: ({ check }) => verdict(check) },
      { head: words.minutes, cell: ({ seconds }) => String(Math.max(1, Math.round(seconds / 60))) },
      ...counted.map((head) => ({
        head,
        cell: (/** @type {Work} */ { counts }) => {
          const count = counts.find(({ name }) => name === head);
          return count ? words.ofAll(count.right, count.of) : words.open;
        },
      })),
    ];
  }

  /** The same as a table for spreadsheets, with the words that each pupil chose, and the settings. */
  #save() {
    const works = together(this.#works);
    const words = this.#words;
    const first = (/** @type {Answered | null} */ answered) => (answered ? plain(answered.options[answered.chosen[0]]) : "");
    const columns = [
      ...this.#columns(works),
      { head: words.chose(words.parts.guess), cell: (/** @type {Work} */ { guess }) => first(guess) },
      { head: words.chose(words.parts.check), cell: (/** @type {Work} */ { check }) => first(check) },
      ...Object.keys(this.#lesson.settings).map((name) => ({ head: name, cell: (/** @type {Work} */ { settings }) => String(settings[name]) })),
    ];
    const rows = [columns.map(({ head }) => head), ...works.map((work) => columns.map(({ cell }) => cell(work)))];
    download(`${this.#lesson.id}.csv`, "text/csv", csv(rows));
  }

  #forget() {
    this.#works = [];
    this.#alert.hidden = true;
    this.#show();
  }
}

/** Without the signs for the eye. @param {string} text */
const plain = (text) => text.replaceAll("*", "").replaceAll("`", "");
