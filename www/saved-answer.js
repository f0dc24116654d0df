/**
 * An answer with its pictures as one file, and back: a ZIP of transcript.json and PNGs. What `omni-r1 reason --out`
 * writes can be opened too, once it is in such a ZIP.
 *
 * @typedef {import("./past.js").PastAnswer} PastAnswer
 * @typedef {import("./past.js").PastStep} PastStep
 */

import { OmniError } from "./errors.js";
import { LARGEST_FILE } from "./protocol.js";
import { unzip, zip } from "./zip.js";

const TRANSCRIPT = "transcript.json";
/** What a reader can set, beside the seed. */
const SETTINGS = /** @type {const} */ (["temperature", "pictureTemperature", "topP"]);
const SOURCES = ["imagined", "executed", "zoomed", "none", "blank", "shuffled"];

/** Whether a file is a ZIP by what its system says of it. @param {Blob} file */
export function isZip(file) {
  return /zip/.test(file.type) || (file instanceof File && /\.zip$/i.test(file.name));
}

/** @param {PastAnswer} past @returns {Promise<Blob>} */
export async function pack({ time, request, model, device, steps, answer, end }) {
  const { picture, question, seed, pictures } = request;
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  const add = (/** @type {string} */ name, /** @type {Uint8Array} */ bytes) => {
    files[name] = bytes;
    return name;
  };
  const transcript = {
    model,
    device,
    time,
    seed,
    settings: { pictures, ...Object.fromEntries(SETTINGS.map((name) => [name, request[name]])) },
    question,
    // As it was given: another picture would get another answer.
    picture: add(`question.${picture.type.split("/")[1] || "png"}`, new Uint8Array(await picture.arrayBuffer())),
    steps: steps.map(({ text, png, imagined }, i) => ({ text, picture: png ? add(`step-${i + 1}.png`, png) : null, imagined })),
    answer,
    tokens: end.tokens,
    ms: end.ms,
    sure: end.sure,
    strange: end.strange,
  };
  add(TRANSCRIPT, new TextEncoder().encode(`${JSON.stringify(transcript, null, 2)}\n`));
  return zip(files);
}

/** @param {Blob} file @returns {Promise<PastAnswer>} */
export async function open(file) {
  if (file.size > LARGEST_FILE) throw new OmniError("data", "This file is too large for a saved answer.", "Choose one below 64 MB.");
  const past = unpacked(new Uint8Array(await file.arrayBuffer()));
  if (!past) throw new OmniError("data", "There is no saved answer in this ZIP.", "Choose one that was made by Save with its pictures.");
  return past;
}

/** Null for what isn't one. @param {Uint8Array} bytes @returns {PastAnswer | null} */
export function unpacked(bytes) {
  try {
    const files = unzip(bytes);
    return read(JSON.parse(new TextDecoder().decode(files[TRANSCRIPT])), files);
  } catch {
    return null;
  }
}

/** It throws where something isn't as it should be. @param {any} transcript @param {Record<string, Uint8Array>} files @returns {PastAnswer} */
function read({ model, device, time, seed, settings, question, picture, steps, answer, tokens, ms, sure, strange }, files) {
  const words = (/** @type {unknown} */ value) => (typeof value === "string" ? value : fail());
  const number = (/** @type {unknown} */ value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
  const bytesOf = (/** @type {unknown} */ name) => (Object.hasOwn(files, words(name)) ? files[words(name)] : fail());
  const chosen = Object.fromEntries(SETTINGS.map((name) => [name, number(settings?.[name])]));
  return {
    time: number(time) ?? Date.now(),
    request: {
      ...chosen,
      picture: new Blob([/** @type {BlobPart} */ (bytesOf(picture))], { type: `image/${words(picture).split(".").at(-1)}` }),
      question: words(question),
      seed: Number.isSafeInteger(seed) && seed >= 0 ? seed : undefined,
      pictures: SOURCES.includes(settings?.pictures) ? settings.pictures : undefined,
    },
    model: words(model),
    device: words(device),
    steps: steps.map((/** @type {any} */ step) => ({
      text: words(step.text),
      ...(step.picture && { png: bytesOf(step.picture), imagined: step.imagined !== false }),
    })),
    answer: words(answer),
    end: { type: "end", tokens: number(tokens) ?? 0, ms: number(ms) ?? 0, device: words(device), sure: number(sure), strange: strange === true },
    shared: {},
  };
}

/** @returns {never} */
function fail() {
  throw new TypeError("not as it should be");
}
