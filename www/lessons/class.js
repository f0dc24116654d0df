/**
 * What pupils hand in: a small file each, which their teacher's page reads and sums up. Plain data: nothing is sent.
 *
 * @typedef {import("./index.js").Lesson} Lesson
 * @typedef {{ask: string, options: string[], right: number, chosen: number[]}} Answered a question, and what was
 *   chosen, one after the other
 * @typedef {{name: string, right: number, of: number}} Count right answers that were counted
 * @typedef {{guess: Answered | null, check: Answered | null, counts: Count[]}} Done what a pupil has done in a lesson
 * @typedef {Done & {lesson: string, settings: Record<string, number>, name: string, seconds: number, at: string}} Work
 *   a pupil's whole work; `at`: when it was handed in
 * @typedef {{work: Work} | {odd: "form"} | {odd: "lesson", lesson: Lesson}} Read
 * @typedef {{part: "guess" | "check", ask: string, options: {text: string, chosen: number}[], right: number, of: number}} QuestionSum
 *   how many chose each option first, and for how many that was right
 */

import { LESSONS, readSetting } from "./index.js";

/** Says whose file it is. */
const FORM = "omni-r1-lesson";
/** No text and no list of a lesson is longer. */
const [LETTERS, ENTRIES] = [1000, 50];
/** No file of a lesson is larger. */
export const MOST_BYTES = 100_000;
export const NAME_LETTERS = 60;

/** @param {Work} work */
export function fileOf(work) {
  return JSON.stringify({ form: FORM, ...work }, null, 2);
}

/** A name for that file that every system takes. @param {Work} work */
export function fileNameOf({ lesson, name }) {
  return `${lesson}-${name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")}.json`;
}

/** A file that is handed in for `lesson`, or what is odd about it. @param {string} text @param {Lesson} lesson @returns {Read} */
export function read(text, lesson) {
  /** @type {any} */
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return { odd: "form" };
  }
  const its = given?.form === FORM ? LESSONS.find(({ id }) => id === given.lesson) : null;
  if (!its || !isWork(given, its)) return { odd: "form" };
  if (its !== lesson) return { odd: "lesson", lesson: its };
  const { form: _, ...work } = given;
  return { work: { ...work, name: work.name.trim() } };
}

/** @param {any} given @param {Lesson} lesson */
function isWork({ settings, name, guess, check, counts, seconds, at }, lesson) {
  return (
    Object.entries(lesson.settings).every(([name, setting]) => readSetting(setting, String(settings?.[name])) !== null) &&
    isText(name) && name.trim() && name.length <= NAME_LETTERS &&
    [guess, check].every((answered) => answered === null || isAnswered(answered)) &&
    isList(counts) && counts.every(isCount) &&
    Number.isInteger(seconds) && seconds >= 0 &&
    isText(at) && !Number.isNaN(Date.parse(at))
  );
}

/** @param {any} given */
function isAnswered(given) {
  const isOption = (/** @type {any} */ at) => Number.isInteger(at) && at >= 0 && at < given.options.length;
  return given && isText(given.ask) && isList(given.options) && given.options.every(isText) && isOption(given.right) && isList(given.chosen) && given.chosen.length > 0 && given.chosen.every(isOption);
}

/** @param {any} given */
function isCount(given) {
  return given && isText(given.name) && [given.right, given.of].every(Number.isInteger) && given.right >= 0 && given.of >= given.right && given.of > 0;
}

/** @param {any} given */
const isText = (given) => typeof given === "string" && given.length <= LETTERS;
/** @param {any} given */
const isList = (given) => Array.isArray(given) && given.length <= ENTRIES;

/** Whose work it is: capitals and spaces make no other pupil. @param {Work} work */
const whose = ({ name }) => name.toLowerCase().replace(/\s+/g, " ");

/** One work a pupil, the latest, in the order of their names. @param {Work[]} works */
export function together(works) {
  const byTime = [...works].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const latest = new Map(byTime.map((work) => [whose(work), work]));
  return [...latest.values()].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

/** Whether the first that was chosen is right; null where nothing was. @param {Answered | null} answered */
export function isRight(answered) {
  return answered && answered.chosen[0] === answered.right;
}

/** What a class chose, question by question: with other settings a lesson may ask another one. @param {Work[]} works @returns {QuestionSum[]} */
export function questionSums(works) {
  /** @type {Map<string, QuestionSum>} */
  const sums = new Map();
  for (const part of /** @type {const} */ (["guess", "check"])) {
    for (const { [part]: answered } of works) {
      if (!answered) continue;
      const { ask, options, chosen } = answered;
      const key = JSON.stringify([part, ask, options]);
      const sum = sums.get(key) ?? { part, ask, options: options.map((text) => ({ text, chosen: 0 })), right: 0, of: 0 };
      sums.set(key, sum);
      sum.options[chosen[0]].chosen += 1;
      sum.right += Number(isRight(answered));
      sum.of += 1;
    }
  }
  return [...sums.values()];
}

/** The counts of a class, added up. @param {Work[]} works @returns {Count[]} */
export function countSums(works) {
  /** @type {Map<string, Count>} */
  const sums = new Map();
  for (const { name, right, of } of works.flatMap(({ counts }) => counts)) {
    const sum = sums.get(name) ?? { name, right: 0, of: 0 };
    sums.set(name, { name, right: sum.right + right, of: sum.of + of });
  }
  return [...sums.values()];
}

/** Rows of cells for a spreadsheet. @param {string[][]} rows */
export function csv(rows) {
  // What begins like a formula would be worked out there.
  const cell = (/** @type {string} */ text) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
  // The mark at the beginning tells spreadsheets that this is UTF-8.
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
