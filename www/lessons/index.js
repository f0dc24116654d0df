/**
 * The lessons, in the order in which they build on each other.
 *
 * @typedef {{value: number, least: number, most: number}} Setting a whole number that a link may carry
 * @typedef {object} Lesson
 * @property {keyof import("./language.js").Words["lessons"]} id in addresses
 * @property {number} minutes that it takes
 * @property {Record<string, Setting>} settings
 * @property {() => Promise<{begin: (desk: import("./desk.js").Desk, words: any) => Promise<void> | void}>} load
 */

/** @param {number} value @returns {Setting} */
const seed = (value) => ({ value, least: 0, most: 99_999 });

/** @type {Lesson[]} */
export const LESSONS = [
  { id: "codes", minutes: 7, settings: { seed: seed(3) }, load: () => import("./codes.js") },
  { id: "row", minutes: 6, settings: { seed: seed(5) }, load: () => import("./row.js") },
  { id: "next", minutes: 8, settings: { seed: seed(5) }, load: () => import("./next.js") },
  { id: "drawing", minutes: 9, settings: { seed: seed(1), items: { value: 20, least: 4, most: 100 } }, load: () => import("./drawing.js") },
  { id: "examples", minutes: 8, settings: { seed: seed(1), steps: { value: 100, least: 20, most: 5000 } }, load: () => import("./examples.js") },
  { id: "rewards", minutes: 8, settings: { seed: seed(1) }, load: () => import("./rewards.js") },
  { id: "hacking", minutes: 8, settings: { seed: seed(31), steps: { value: 24, least: 4, most: 200 } }, load: () => import("./hacking.js") },
  { id: "zero", minutes: 9, settings: { seed: seed(1), examples: { value: 6, least: 2, most: 64 }, steps: { value: 20, least: 4, most: 400 } }, load: () => import("./zero.js") },
];

/** In an address: a class does the lesson together, and hands in. */
const CLASS = "class";

/**
 * The address of a lesson with settings, as far as they aren't its own.
 * @param {Lesson} lesson @param {Record<string, number>} [chosen] @param {boolean} [inClass]
 */
export function placeOf({ id, settings }, chosen = {}, inClass = false) {
  const query = new URLSearchParams();
  for (const [name, { value }] of Object.entries(settings)) {
    if (name in chosen && chosen[name] !== value) query.set(name, String(chosen[name]));
  }
  if (inClass) query.set(CLASS, "1");
  return query.size ? `#learn/${id}?${query}` : `#learn/${id}`;
}

/** @param {Setting} setting @param {string} text @returns {number | null} null for what can't be */
export function readSetting({ least, most }, text) {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= least && value <= most ? value : null;
}

/**
 * The lesson that an address names, its settings, the names of those that can't be used, and whether it is a class's.
 * @param {string} place
 */
export function readPlace(place) {
  const [id, query = ""] = place.split("?");
  const lesson = LESSONS.find((lesson) => lesson.id === id);
  if (!lesson) return null;
  /** @type {Record<string, number>} */
  const settings = {};
  /** @type {string[]} */
  const odd = [];
  const given = new URLSearchParams(query);
  for (const [name, setting] of Object.entries(lesson.settings)) {
    const text = given.get(name);
    const value = text === null ? setting.value : readSetting(setting, text);
    if (value === null) odd.push(name);
    settings[name] = value ?? setting.value;
  }
  return { lesson, settings, odd, inClass: given.has(CLASS) };
}
