/**
 * The language of the lessons. All that pupils and teachers read is in one file a language; another one is
 * one more file of the same form, named here.
 *
 * @typedef {typeof import("./en.js").words} Words
 */

/** @type {Record<string, () => Promise<{words: Words}>>} */
const LANGUAGES = {
  en: () => import("./en.js"),
};

/** The first of the reader's languages that there is, else English. */
export async function readWords() {
  const known = navigator.languages.map((language) => language.split("-")[0]).find((language) => language in LANGUAGES);
  const { words } = await LANGUAGES[known ?? "en"]();
  return words;
}
