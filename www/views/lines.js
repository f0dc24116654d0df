/**
 * Examples as JSON lines: files that name their pictures, and what two tabs of the page have written.
 *
 * @typedef {import("../protocol.js").Example} Example
 * @typedef {import("../protocol.js").ShownExample} ShownExample
 */

/** What the page itself has kept. @param {string} lines @returns {Example[]} */
export function parse(lines) {
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** @param {Example[]} examples */
export function written(examples) {
  return examples.map((example) => `${JSON.stringify(example)}\n`).join("");
}

/** Lines with addresses in place of the names of picture files. What can't be read stays: the program says what is wrong with it. @param {string} lines @param {Map<string, string>} addresses by the files' names */
export function withPictures(lines, addresses) {
  const at = (/** @type {unknown} */ name) => (typeof name === "string" && addresses.get(name.split(/[\\/]/).at(-1) ?? "")) || name;
  const filled = (/** @type {any} */ part) => (typeof part?.image === "string" ? { ...part, image: at(part.image) } : part);
  const line = (/** @type {string} */ text) => {
    const example = lineOf(text);
    if (!example) return text;
    const steps = Array.isArray(example.steps) ? { steps: example.steps.map(filled) } : {};
    return JSON.stringify({ ...filled(example), ...steps });
  };
  return lines.replace(/^\uFEFF/, "").split("\n").map(line).join("\n");
}

/**
 * Examples as the page keeps them: pictures small, as the program has read them, and those of steps where
 * the lines gave them; others it draws again.
 * @param {string} lines @param {ShownExample[]} shown what the program has read in them @returns {Example[]}
 */
export function imported(lines, shown) {
  const given = lines.split("\n").filter((line) => line.trim()).map(lineOf);
  return shown.map(({ png, question, steps, answer }, i) => ({
    image: png,
    question,
    steps: steps.map(({ text, png }, step) => (png && given[i]?.steps?.[step]?.image ? { text, image: png } : text)),
    answer,
    ...(given[i]?.truth ? { truth: given[i].truth } : {}),
  }));
}

/**
 * What this tab shows, after another has kept examples too.
 * @param {Example[]} shown here @param {string} known lines that were kept when this tab last looked @param {string} kept now @returns {Example[]}
 */
export function merged(shown, known, kept) {
  if (kept === known) return shown;
  const before = new Set(known.split("\n"));
  const theirs = parse(kept);
  const both = new Set(kept.split("\n"));
  return [...theirs, ...shown.filter((example) => !before.has(JSON.stringify(example)) && !both.has(JSON.stringify(example)))];
}

/** @param {string} line @returns {any} */
function lineOf(line) {
  try {
    const value = JSON.parse(line);
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
