/** What the words of the train view mean. @typedef {import("./settings.js").Stage} Stage */

const COMMON = [
  ["Learning rate", "How much a step changes the model. Too small, and it learns slowly; too large, and it forgets what it knew."],
  ["Check", "Every 50 steps the model answers 20 puzzles that it never trains on, and draws for itself. Only this tells whether it has understood."],
  ["Token", "A piece of a word, or one little square of a picture."],
];

const LOSS = ["Loss", "How surprised the model is by the right next word or picture square. Lower is better: 0 would mean that it knew everything in advance."];

/** @type {Record<Stage, string[][]>} */
const WORDS = {
  language: [["Step", "The model looks at a few worked examples (puzzle, thoughts, drawings, answer) and is changed a tiny bit."], LOSS],
  perpo: [
    ["Step", "The model tries a few puzzles several times each, and is changed a tiny bit towards the better tries."],
    ["Reward", "What a try earns: most for a right answer, a little for the right form and for sensible drawings."],
    ["Advantage", "What a try earned above or below the average of its row. Above: it becomes likelier. Below: rarer."],
    ["KL", "How far the model has gone from where it began. A small pull back keeps it from forgetting."],
    ["Clip", "A token whose chance has already changed a lot is left alone until the next step."],
    ["Entropy", "How undecided the model is. Near 0 it always does the same and can't find anything new."],
  ],
  zero: [["Step", "First the model draws a picture to each thought. Then a step shows it a few of those, and changes it a tiny bit."], LOSS],
};

/** @param {Stage} stage */
export function wordsFor(stage) {
  return [...WORDS[stage], ...COMMON];
}
