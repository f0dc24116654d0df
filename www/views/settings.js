/**
 * The settings of a recipe that a reader may turn, each with its place in the recipe: one line a
 * setting, from which the form makes a control, fills it and reads it.
 *
 * @typedef {"language" | "perpo" | "zero" | "tokenizer"} Stage
 * @typedef {object} Setting
 * @property {string} label
 * @property {string[]} path in the recipe
 * @property {Stage[]} stages that have it
 * @property {any} [absent] what the program takes where a recipe says nothing; without it the recipe stays silent
 *   where the control is empty
 * @property {any} [preset] what the page begins with, where that is something else
 * @property {[number, number, number]} [range] of a number: least, most, step
 * @property {[string, string][]} [choices] value and words
 * @property {string} [rest] the share beside it, which gets what is left to one
 * @property {string} [hint]
 */

/** `few` steps are enough to begin with on a slow device, and `taskType` is what to begin with. @type {Record<Stage, {name: string, words: string, steps: number, few: number, taskType: string}>} */
export const STAGES = {
  language: {
    name: "worked examples (PeSFT)",
    words: "The model is shown questions with the right thoughts, drawings and answers, and learns to do the same.",
    steps: 1000,
    few: 300,
    taskType: "V2",
  },
  perpo: {
    name: "tries and rewards (PeRPO)",
    words: "The model answers each question several times. Tries that earn more than the others become likelier.",
    steps: 60,
    few: 20,
    // It solves some and not others: only then some tries are better than others.
    taskType: "D1",
  },
  zero: {
    name: "its own drawings (Zero)",
    words: "The model is given thoughts in words alone, makes the drawings itself, and then learns from those.",
    steps: 200,
    few: 60,
    taskType: "V2",
  },
  tokenizer: {
    name: "pictures alone (the picture tokenizer)",
    words: "What turns a picture into codes and back learns to lose less. A model then reads and draws with those codes.",
    steps: 600,
    few: 200,
    taskType: "S1",
  },
};

/** The stage that a recipe is of. @param {any} recipe */
export function stageOf(recipe) {
  const stage = [...ALL, ...TOKENIZER].find((stage) => stage in recipe) ?? "language";
  return { stage, name: STAGES[stage].name };
}

const DOCUMENTS = /** @type {Stage[]} */ (["language", "zero"]);
const ALL = /** @type {Stage[]} */ (["language", "perpo", "zero"]);
const TOKENIZER = /** @type {Stage[]} */ (["tokenizer"]);
const PERPO = /** @type {Stage[]} */ (["perpo"]);
const ZERO = /** @type {Stage[]} */ (["zero"]);

/** What is always in sight. @type {Setting[]} */
export const MAIN = [
  {
    label: "What is rewarded",
    path: ["perpo", "reward", "form"],
    stages: PERPO,
    absent: "repaired",
    choices: [
      ["repaired", "right answers with sensible drawings"],
      ["paper", "the paper's reward (it can be fooled)"],
    ],
    hint: "The paper pays most for smooth drawings. Watch what the model makes of that.",
  },
  { label: "Examples to draw first", path: ["zero", "examples"], stages: ZERO, absent: 16, range: [1, 1000, 1] },
];

/** What stands behind "More settings". @type {Setting[]} */
export const MORE = [
  {
    label: "What may change",
    path: ["optimizer", "trained"],
    stages: ALL,
    absent: "all",
    choices: [["all", "everything"], ["blocks", "the layers, not the words"], ["tables", "the words, not the layers"], ["norms", "the norms alone: a few thousand numbers"]],
  },
  {
    label: "Weight of the perception loss (λ)",
    path: ["PLACE", "perception", "weight"],
    stages: DOCUMENTS,
    absent: 0,
    preset: 0.03,
    range: [0, 10, 0.01],
    hint: "Rewards drawings that are nearly right: a square of almost the right colour counts for something. The paper's code weighs it like 0.03 here.",
  },
  {
    label: "How many worked examples",
    path: ["language", "annotated"],
    stages: ["language"],
    range: [0, 100000, 1],
    hint: "Empty: every example is a new one. With a number it sees those few again and again; with 0 none has drawings.",
  },
  { label: "Share of examples without drawings", path: ["PLACE", "modes", "text"], stages: DOCUMENTS, absent: 0.2, preset: 0, range: [0, 1, 0.05], rest: "draw" },
  { label: "Images a step", path: ["tokenizer", "batch"], stages: TOKENIZER, absent: 8, range: [2, 64, 2] },
  { label: "Steps before there are codes", path: ["tokenizer", "free_steps"], stages: TOKENIZER, absent: 30, range: [0, 1000, 10], hint: "A new one first learns to copy pictures without codes. One that has codes ignores this." },
  { label: "Only the part that draws", path: ["tokenizer", "decoder_only"], stages: TOKENIZER, absent: false, hint: "The codes stay what they are, so that models on them still understand them." },
  { label: "Weight of what matters in an image", path: ["tokenizer", "foreground"], stages: TOKENIZER, absent: 3, range: [1, 10, 0.5] },
  { label: "Questions a step", path: ["perpo", "prompts"], stages: PERPO, absent: 2, range: [1, 16, 1] },
  { label: "Answers to each question", path: ["perpo", "group"], stages: PERPO, absent: 4, range: [2, 16, 1], hint: "They are compared with each other: more of them, and the comparison is fairer." },
  { label: "Changes a step", path: ["perpo", "updates"], stages: PERPO, absent: 1, preset: 2, range: [1, 8, 1] },
  { label: "Chance in words (temperature)", path: ["perpo", "temperatures", "text"], stages: PERPO, absent: 1, range: [0.1, 2, 0.1] },
  { label: "Chance in drawings", path: ["perpo", "temperatures", "picture"], stages: PERPO, absent: 1, range: [0.1, 2, 0.1] },
  { label: "Reward for a right answer", path: ["perpo", "reward", "accuracy"], stages: PERPO, absent: 0.855, range: [0, 1, 0.005] },
  { label: "Reward for the right form", path: ["perpo", "reward", "format"], stages: PERPO, absent: 0.095, range: [0, 1, 0.005] },
  { label: "Reward for the drawings", path: ["perpo", "reward", "perception"], stages: PERPO, absent: 0.05, range: [0, 0.99, 0.005] },
  {
    label: "What a drawing is paid for",
    path: ["perpo", "reward", "drawings"],
    stages: PERPO,
    choices: [
      ["", "as suits the model"],
      ["agreement", "showing what its action says"],
      ["gain", "making the right answer likelier"],
      ["roughness", "being as rough as the picture of the question"],
    ],
  },
  { label: "Right actions count", path: ["perpo", "reward", "actions"], stages: PERPO, absent: true, hint: "A right answer after a wrong action earns less." },
  {
    label: "How long and short tries are weighed",
    path: ["perpo", "objective", "normalise"],
    stages: PERPO,
    absent: "batch",
    choices: [["batch", "every token alike"], ["answer", "every try alike (the paper's)"], ["constant", "by a fixed length"]],
    hint: "Where every try weighs the same, a word of a short one counts for many of a long one.",
  },
  { label: "Compare tries by their spread (the paper's)", path: ["perpo", "scaled"], stages: PERPO, absent: false },
  { label: "Clip below", path: ["perpo", "objective", "clip_low"], stages: PERPO, absent: 0.2, range: [0, 1, 0.01], hint: "A token that has become rarer by more than this is left alone." },
  { label: "Clip above", path: ["perpo", "objective", "clip_high"], stages: PERPO, absent: 0.28, range: [0, 1, 0.01] },
  { label: "Pull towards the old model (KL)", path: ["perpo", "objective", "kl_weight"], stages: PERPO, absent: 0.003, range: [0, 1, 0.001] },
  { label: "Push towards variety (entropy)", path: ["perpo", "objective", "entropy_weight"], stages: PERPO, absent: 0.001, range: [0, 0.1, 0.001] },
  { label: "Weight of drawings beside words", path: ["perpo", "objective", "picture_weight"], stages: PERPO, absent: 1, range: [0, 1, 0.05] },
  {
    label: "It draws from",
    path: ["zero", "draws"],
    stages: ZERO,
    absent: "thought",
    choices: [["thought", "the question and the thought so far"], ["paint", "the words of the step alone"]],
  },
  { label: "Chance in its drawings", path: ["zero", "temperature"], stages: ZERO, absent: 0.5, range: [0.1, 2, 0.1] },
  { label: "Only drawings it finishes itself", path: ["zero", "whole"], stages: ZERO, absent: true },
  { label: "Only chains it answers rightly", path: ["zero", "same_answer"], stages: ZERO, absent: true },
];

/** Where the recipe of a stage has its training on documents. @param {Stage} stage */
const documents = (stage) => (stage === "zero" ? ["zero", "training"] : ["language"]);

/** @param {Setting} setting @param {Stage} stage */
function places({ path }, stage) {
  return path[0] === "PLACE" ? [...documents(stage), ...path.slice(1)] : path;
}

/** @param {Setting} setting @param {Stage} stage @param {any} recipe */
export function read(setting, stage, recipe) {
  return places(setting, stage).reduce((part, name) => part?.[name], recipe) ?? setting.absent;
}

/** What the program takes anyway isn't written. @param {Setting} setting @param {Stage} stage @param {any} recipe @param {any} value */
export function write(setting, stage, recipe, value) {
  if (read(setting, stage, recipe) === value) return;
  const names = places(setting, stage);
  const part = names.slice(0, -1).reduce((part, name) => (part[name] ??= {}), recipe);
  if (value === undefined) delete part[names[names.length - 1]];
  else part[names[names.length - 1]] = value;
  if (setting.rest) part[setting.rest] = 1 - value;
}
