/** What the words of the train view mean. @typedef {import("./settings.js").Stage} Stage */

const COMMON = [["Learning rate", "How much a step changes the model. Too small, and it learns slowly; too large, and it forgets what it knew."]];

const QUESTIONS = [
  ["Check", "Every 50 steps the model answers 20 puzzles that it never trains on, and draws for itself. Only this tells whether it has understood."],
  ["Token", "A piece of a word, or one little square of a picture."],
];

const LOSS = ["Loss", "How surprised the model is by the right next word or picture square. Lower is better: 0 would mean that it knew everything in advance."];

/** @type {Record<Stage, string[][]>} */
const WORDS = {
  language: [["Step", "The model looks at a few worked examples (puzzle, thoughts, drawings, answer) and is changed a tiny bit."], LOSS, ...QUESTIONS],
  perpo: [
    ["Step", "The model tries a few puzzles several times each, and is changed a tiny bit towards the better tries."],
    ["Reward", "What a try earns: most for a right answer, a little for the right form and for sensible drawings."],
    ["Advantage", "What a try earned above or below the average of its row. Above: it becomes likelier. Below: rarer."],
    ["KL", "How far the model has gone from where it began. A small pull back keeps it from forgetting."],
    ["Clip", "A token whose chance has already changed a lot is left alone until the next step."],
    ["Entropy", "How undecided the model is. Near 0 it always does the same and can't find anything new."],
    ...QUESTIONS,
  ],
  zero: [["Step", "First the model draws a picture to each thought. Then a step shows it a few of those, and changes it a tiny bit."], LOSS, ...QUESTIONS],
  tokenizer: [
    ["Code", "The number of one of 1,024 little patterns. A picture becomes 64 of them, one for each square, and is drawn again from them alone."],
    ["Step", "A few pictures are turned into codes and back, and what does this is changed a tiny bit, so that they come back more like they were."],
    ["Sharpness", "How alike a picture and its copy are, in decibels (PSNR). Three more: the error is halved."],
    ["Check", "Every 50 steps pictures are copied that it never trains on."],
  ],
};

/** @param {Stage} stage */
export function wordsFor(stage) {
  return [...WORDS[stage], ...COMMON];
}
