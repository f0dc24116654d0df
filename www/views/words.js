/** What the words of the train view mean. @typedef {import("./settings.js").Stage} Stage */

/** Words that mean the same in every stage; they are explained wherever they stand in a name. @type {Record<string, string>} */
export const MEANINGS = {
  "learning rate": "How much a step changes the model. Too small, and it learns slowly; too large, and it forgets what it knew.",
  loss: "How surprised the model is by the right next word or picture square. Lower is better: 0 would mean that it knew everything in advance.",
  "perception loss": "How far the squares of a drawing are from the right ones: nearly the right colour counts for something.",
  token: "A piece of a word, or one little square of a picture.",
  tokens: "Pieces of words, and little squares of pictures: all that the model reads and writes.",
  codes: "Numbers of 1,024 little patterns. A picture becomes 64 of them, one for each square, and is drawn again from them alone.",
  gradient: "The direction in which the model's numbers are changed so that it would do better; its size says how much there is to change.",
  temperature: "How much chance plays a part in what the model writes. 0: always the likeliest; 1: as bold as what it learned from.",
  kl: "How far the model has gone from where it began. A small pull back keeps it from forgetting.",
  clip: "A token whose chance has already changed a lot is left alone until the next step.",
  entropy: "How undecided the model is. Near 0 it always does the same and can't find anything new.",
  db: "Decibels: how alike a picture and its copy are (PSNR). Three more: the error is halved.",
};

/** @param {string[]} words as they are listed */
const meanings = (...words) => words.map((word) => [word, MEANINGS[word.toLowerCase()]]);

const QUESTIONS = [
  ["Check", "Every 50 steps the model answers 20 questions, and draws for itself: questions that it never trains on, so that one sees whether it has understood."],
  ...meanings("Token"),
];

/** @type {Record<Stage, string[][]>} */
const WORDS = {
  language: [["Step", "The model looks at a few worked examples (question, thoughts, drawings, answer) and is changed a tiny bit."], ...meanings("Loss"), ...QUESTIONS],
  perpo: [
    ["Step", "The model tries a few questions several times each, and is changed a tiny bit towards the better tries."],
    ["Reward", "What a try earns: most for a right answer, a little for the right form and for sensible drawings."],
    ["Advantage", "What a try earned above or below the average of its row. Above: it becomes likelier. Below: rarer."],
    ...meanings("KL", "Clip", "Entropy"),
    ...QUESTIONS,
  ],
  zero: [["Step", "First the model draws a picture to each thought. Then a step shows it a few of those, and changes it a tiny bit."], ...meanings("Loss"), ...QUESTIONS],
  tokenizer: [
    ...meanings("Codes"),
    ["Step", "A few pictures are turned into codes and back, and what does this is changed a tiny bit, so that they come back more like they were."],
    ["Sharpness", "How alike a picture and its copy are, in decibels (dB). Three more: the error is halved."],
    ["Check", "Every 50 steps pictures are copied that it never trains on."],
  ],
};

/** @param {Stage} stage */
export function wordsFor(stage) {
  return [...WORDS[stage], ...meanings("Learning rate")];
}
