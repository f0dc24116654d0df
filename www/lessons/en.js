/**
 * The lessons in English. A lesson's words: see its file; `note` is the teacher's. How large a model's pictures are is
 * told as it was measured; the notes, which are there before the model is, name no such number as this model's.
 *
 * @typedef {import("./sizes.js").Sizes} Sizes
 */

import { spoken } from "../pace.js";

const whole = (/** @type {number} */ number) => number.toLocaleString("en");

/** What stands in a thought beside its words. */
const ACTIONS = "A word in capitals, such as BBOX, ZOOM or MARK, is an *action*: it says what is drawn next. The numbers in its brackets say where: 0.00 is the left or upper edge of the picture, 1.00 the right or lower one.";

const ui = {
  title: "Learn",
  lead: "Short lessons with a model that runs on your own device. In each you guess something, try something, and answer one question. You need to know nothing before.",
  noLesson: "There is no such lesson. Choose one of these.",
  minutes: (/** @type {number} */ minutes) => `about ${minutes} minutes`,
  finished: "finished",
  done: "done",
  all: "All lessons",
  next: (/** @type {string} */ title) => `Next: ${title}`,
  wellDone: "You have finished this lesson.",
  parts: "Parts of this lesson",
  predict: "Guess first",
  try: "Try it",
  check: "Check yourself",
  guess: "That is my guess",
  checkIt: "Check",
  right: "Right.",
  notQuite: "Not quite. Think again.",
  isRight: (/** @type {string} */ answer) => `Not this time. Right is: ${answer}`,
  again: "Try again",
  loading: (/** @type {string} */ loaded, /** @type {string} */ total) => `Getting the model: ${loaded} of ${total} MB`,
  oddLink: (/** @type {string} */ names) => `The link has a setting that can't be used (${names}), so the lesson begins with its own. Ask for the link again.`,
  teachers: "For teachers: the note, a link for the class, and what it hands in",
  noteTitle: (/** @type {string} */ title) => `Teacher's note: ${title}`,
  lasts: (/** @type {number} */ minutes) => `It takes about ${minutes} minutes.`,
  noteSteps: "How it goes",
  noteAnswers: "Answers",
  noteTalk: "To talk about",
  print: "Print this note",
  linkTitle: "Give this lesson to a class",
  linkWhy: "With the same settings everybody sees the same questions, and on the same kind of device the same answers. Change them as you like, then give the class this link. Whoever opens it is asked for a name, and can hand in a file at the end.",
  link: "Link",
  copy: "Copy the link",
  copied: "Copied.",
  copyByHand: "It is marked: copy it with your keyboard.",
  openLink: "Open it here",
  qr: {
    show: "Show as QR code",
    name: "QR code of the link below",
    scan: "Point the camera of your phone or tablet at the code, or type this address.",
    close: "Close",
    fails: "The QR code can't be drawn. Check the connection, then try again, or give the link itself.",
  },
  handIn: {
    name: "Your name, or the number that you were given",
    nameWhy: "Your class does this lesson together. The name goes into the file that you hand in at the end, and nowhere else.",
    title: "Hand in",
    why: "This saves a small file on your device: what you guessed, your answer to the last question, what the lesson counted, and how long you took. Nothing is sent: you give the file to your teacher yourself. You can hand in again; the later file counts.",
    button: "Hand in",
    nameless: "There is no name yet. Write yours, or your number, then press Hand in again.",
    saved: (/** @type {string} */ file) => `${file} is saved on your device, mostly among the downloads. Give it to your teacher.`,
  },
  class: {
    title: "What pupils handed in",
    how: "Pupils save a file at the end of the lesson. Collect these files as you collect other work, then choose all of them at once. They are read on this device alone, and forgotten when you leave the lesson.",
    read: "Read what pupils handed in",
    drop: "or drop the files here",
    oddFile: (/** @type {string} */ file) => `"${file}" is left out: it isn't a file that a pupil has handed in, or it was changed.`,
    otherLesson: (/** @type {string} */ file, /** @type {string} */ title) => `"${file}" is left out: it belongs to the lesson "${title}". Open that lesson, and read it there.`,
    handedIn: (/** @type {number} */ pupils, /** @type {number} */ earlier) => `${pupils === 1 ? "1 pupil has" : `${pupils} pupils have`} handed in.${earlier ? ` ${earlier === 1 ? "1 file is an earlier one" : `${earlier} files are earlier ones`} of the same pupils: the latest counts.` : ""}`,
    table: "What each pupil handed in",
    name: "Name",
    minutes: "Minutes",
    parts: { guess: "Guess", check: "Check" },
    right: "right",
    wrong: "wrong",
    open: "–",
    chose: (/** @type {string} */ part) => `${part}: what was chosen first`,
    counts: "Right answers of the model, all devices together",
    ofAll: (/** @type {number} */ some, /** @type {number} */ all) => `${some} of ${all}`,
    rightOf: (/** @type {number} */ right, /** @type {number} */ of) => `${right} of ${of} chose the right one first.`,
    print: "Print this table",
    save: "Save as CSV",
    forget: "Begin again",
  },
  between: (/** @type {number} */ least, /** @type {number} */ most) => `A whole number from ${least} to ${most.toLocaleString("en")}.`,
  oddSetting: (/** @type {string} */ name) => `"${name}" can't be that. Write a whole number within its bounds.`,
  settings: { seed: "Seed (which question is drawn)", items: "Questions in the experiment", steps: "Steps of training", examples: "Thoughts to paint to" },
};

const codes = {
  title: "Pixels to codes",
  about: "A picture becomes a few numbers, and comes back.",
  intro: [
    "In these lessons you meet a *model*: a program that has learned from examples how to answer questions about pictures. It does everything with numbers. How can it look at a picture?",
    "A screen shows a picture as *pixels*: tiny dots, each with three numbers, for how much red, green and blue it has. These are too many numbers for so small a model.",
    "So the picture is cut into squares. For each square a program looks through a list of little patterns, the *codebook*, and writes down only the number of the pattern that fits best. That number is the square's *code*.",
  ],
  sizes: (/** @type {Sizes} */ { side, grid, codes, known }) => [
    `This model looks at pictures of ${side} by ${side} pixels. That makes ${whole(side * side * 3)} numbers. They are cut into ${grid} by ${grid} squares, and the codebook has ${whole(known)} patterns. So the whole picture becomes ${codes} codes.`,
    `Here is a picture. In a moment it will be thrown away, and drawn again from its ${codes} codes alone.`,
  ],
  original: "The picture",
  numbers: (/** @type {number} */ codes) => `Its ${codes} codes`,
  again: "Drawn again from the codes",
  predict: (/** @type {Sizes} */ { codes, known }) => ({
    ask: "What will the picture look like when it is drawn again?",
    options: ["Exactly the same.", "Much the same, but small things are blurred or changed.", `Just ${codes} squares of one colour each.`],
    right: 1,
    why: `A code says more than a colour: it stands for a whole pattern. But there are only ${whole(known)} patterns for everything in the world, so fine details get lost. This model never sees anything sharper than that!`,
  }),
  lookAt: "Compare the edges and the small things. What did the codes keep, and what did they lose?",
  try: ["Now paint with codes. Choose a pattern: below are those of this picture, the most frequent first; many of them are nearly white, as the paper is. Then press a square of the picture. Change at least three squares. Look closely: do the squares beside it change as well?"],
  painted: "The picture, drawn from its codes",
  squares: "Squares of the picture",
  square: (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ code) => `Row ${row}, column ${column}: code ${code}`,
  patterns: "Patterns",
  pattern: (/** @type {number} */ code) => `Pattern ${code}`,
  inHand: (/** @type {number} */ code) => ` You paint with pattern ${code}.`,
  ofPicture: "Of this picture",
  wholeBook: (/** @type {number} */ known) => `The whole codebook (${known.toLocaleString("en")})`,
  pageBack: "Page back",
  pageOn: "Page on",
  page: (/** @type {number} */ from, /** @type {number} */ to) => `${from} to ${to}`,
  undo: "Undo",
  reset: "Begin again",
  changed: (/** @type {number} */ count, /** @type {number} */ codes) => `${count} of ${codes} codes are changed.`,
  check: (/** @type {Sizes} */ { side, codes, known }) => {
    const pixels = side * side * 3;
    const bits = Math.ceil(Math.log2(known));
    const bytes = Math.ceil((codes * bits) / 8);
    return {
      ask: `A computer keeps numbers as *bits*, each of which is 0 or 1; eight bits are a *byte*. The ${whole(pixels)} numbers of the pixels need a byte each. A code needs ${bits} bits, so ${codes} codes need ${codes * bits} bits, which are ${bytes} bytes. How many times smaller is that?`,
      options: ["About 10 times.", `About ${Math.round(pixels / bytes / 10) * 10} times.`, "About a million times."],
      right: 1,
      why: [`${whole(pixels)} divided by ${bytes} is more than that.`, `${whole(pixels)} ÷ ${bytes} is about ${Math.round(pixels / bytes)}. A picture has become as short as a text, and a model that reads texts can read it.`, `${whole(pixels)} divided by ${bytes} is less than that.`],
    };
  },
  note: {
    aim: "Pupils see that a picture can be a short list of numbers, that something is lost on the way, and that a code stands for a pattern and not for a colour.",
    before: "Nothing has to be known before.",
    steps: [
      "Let everybody guess before anyone presses the button. Ask for reasons.",
      "When the picture is back, let them name what was kept (places, colours, large shapes) and what was lost (letters, thin lines, faces).",
      "Painting: one square changes its neighbours a little, because the part that draws (the *decoder*) looks at the codes around it as well.",
    ],
    answers: [
      "Guess: much the same, but small things are blurred or changed.",
      "Check: the second answer. With 64 codes it is 12,288 ÷ 80 = 153.6. A byte is 8 bits, and 2 to the power of 10 is 1,024, so 10 bits are enough to name one of 1,024 patterns.",
    ],
    talk: [
      "Where else is a picture made smaller and loses something? (JPEG, video calls, memory.)",
      "If the model sees only the codes: which questions about a picture can it never answer?",
    ],
  },
};

const tokens = {
  row: "The row of tokens",
  id: (/** @type {number} */ id) => `token ${id}`,
  code: (/** @type {number} */ code) => `code ${code}`,
  codes: (/** @type {number} */ count) => `${count} codes of a picture`,
  space: "(space)",
  marks: {
    begin: "begin",
    mode: "answer this",
    picture: "picture:",
    "picture-end": "picture over",
    thought: "think:",
    "thought-end": "thought over",
    answer: "answer:",
    "answer-end": "answer over",
    end: "end",
  },
  legend: { word: "a word, or a piece of one", mark: "a mark", rest: "The little squares are the codes of pictures." },
};

const row = {
  title: "One row of words and pictures",
  about: "How a model that reads words reads pictures as well.",
  intro: [
    "The model can do only one thing: read a row of *tokens* and write more of them. A token is one small piece: a word, a part of a word, or one code of a picture (the number of a square's pattern).",
    "All tokens stand in one list, and each has a number. A few of them are *marks*: they say what comes, as quotation marks and full stops do in a text.",
    "This is what the model gets to read now: a question, and its picture.",
  ],
  picture: "The picture of the question",
  predict: (/** @type {number} */ codes) => ({
    ask: "How many tokens will the question and its picture be together?",
    options: ["About 10: a token for each word, and one for the picture.", `About ${Math.round((codes + 11) / 5) * 5}: a token for each word, and one for each of the picture's ${codes} squares.`, "More than 10,000: a token for each word, and one for each number of a pixel."],
    right: 1,
    why: "Words and squares stand in the same row, one behind the other. The model doesn't care which is which: to it they all are numbers.",
  }),
  counted: (/** @type {number} */ all, /** @type {{words: number, codes: number, marks: number}} */ { words, codes, marks }) => `${all} tokens: ${words} for words, ${codes} codes of the picture, and ${marks} marks.`,
  try: ["Ask something else about the picture, and look at its row. Which words are one token, and which are cut into pieces? (Try your own name.) Then let the model go on: it writes what it thinks, with drawings, and its answer into the same row.", ACTIONS],
  question: "Your question",
  showRow: "Show the row",
  goOn: "Let the model go on",
  working: "It is reading…",
  wrote: (/** @type {number} */ all, /** @type {{words: number, codes: number, marks: number}} */ { words, codes, marks }) => `It wrote ${all} tokens more: ${words} for words, ${codes} codes of drawings, and ${marks} marks.`,
  tokens,
  check: (/** @type {number} */ codes) => ({
    ask: "The model has written a few words. How does the page know that now a drawing comes, and not a word?",
    options: ["The model writes a mark that means: a picture begins.", "Codes are longer than words.", "Somebody looks at the row and decides."],
    right: 0,
    why: [`The mark "picture:" opens a drawing, and after ${codes} codes "picture over" closes it.`, "Every token is just one number; none is longer than another.", "Nobody looks: the model itself writes a mark."],
  }),
  note: {
    aim: "Pupils see that words and pictures are the same kind of thing to the model: tokens in one row.",
    before: "\"Pixels to codes\" should come first: pupils should know that a picture is a few codes.",
    steps: [
      "Read out the row together: begin, the words, \"picture:\", the squares, \"picture over\", \"think:\".",
      "Let pupils type rare words (their own names): they are cut into pieces, since the list of tokens is short.",
      "After \"Let the model go on\", find the drawing in the row: it is as many codes as the picture of the question.",
    ],
    answers: [
      "Guess: the second answer. The picture is its codes and two marks, the question a few words, and there are a few marks around it.",
      "Check: the model writes a mark that means that a picture begins. That is why it can decide by itself when to draw.",
    ],
    talk: ["Could sounds or music stand in the same row? What would one need? (A codebook of sounds.)", "Why is a short row good? (The model has to look at all of it before each new token.)"],
  },
};

const next = {
  title: "Guess the next token",
  about: "How the model writes, and what the grammar lets it write.",
  intro: [
    "The model writes one *token* at a time: a word, a part of a word, a code of a picture, or a mark. Each time it looks at the whole row so far and gives every token it knows a *probability*, a share of 100%: how likely it is to come next.",
    "Before it answers it writes a *thought*: words and drawings that lead to the answer. Here it has read a question and its picture, and its thought is over. Now it begins its answer.",
  ],
  picture: "The picture of the question",
  tokens,
  predict: { ask: "Which word does the model put first in its answer? Look at the picture, and guess like the model.", why: "The bars show the probabilities that the model gave. It doesn't look anything up: it has learned from many examples what usually comes next." },
  shares: (/** @type {number} */ share) => (share > 0.9 ? "It is quite sure here." : share > 0.6 ? "It is fairly sure here." : "It isn't sure here."),
  percent: (/** @type {number} */ share) => (share >= 0.995 ? "> 99%" : share < 0.001 ? "< 0.1%" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`),
  try: [
    "Now back to the beginning: you write the thought, and the model only says what may come next. Press one of the tokens below, again and again, at least five times; take an unlikely one now and then, and look how the model makes sense of it.",
    "A *grammar* stands beside the model: fixed rules about which tokens may come at all. Watch how the number of allowed tokens changes.",
    ACTIONS,
  ],
  empty: "Nothing is written yet.",
  choose: (/** @type {string} */ name, /** @type {number} */ share) => `${name}, ${Math.round(share * 100)}%`,
  draw: "Let it draw the rest of the picture",
  again: "Begin again",
  codesOnly: "only codes of a picture",
  wordsToo: "words, and some marks",
  may: (/** @type {number} */ allowed, /** @type {number} */ size, /** @type {string} */ what, /** @type {number} */ forbidden) => `Allowed now: ${whole(allowed)} of all ${whole(size)} tokens (${what}).${forbidden > 0.0005 ? ` Without the grammar the model would give ${(forbidden * 100).toFixed(1)}% to tokens that aren't allowed.` : ""}`,
  over: "The answer is over: nothing may follow.",
  check: (/** @type {number} */ codes) => ({
    ask: "The model has drawn ten squares of a picture. What does the grammar allow as the next token?",
    options: ["Any word or code.", "Only a code of a picture.", "Only the mark \"picture over\"."],
    right: 1,
    why: ["A word in the middle of a drawing would break it.", `A drawing has exactly ${codes} squares, and the grammar sees to it: every drawing of this model is a whole one.`, `That comes after all ${codes} squares, and then nothing else may come.`],
  }),
  note: {
    aim: "Pupils see that the model gives probabilities and nothing else, that writing means choosing one token after another, and that fixed rules (the grammar) can keep a model from writing nonsense forms, but not from being wrong.",
    before: "\"One row of words and pictures\" should come first.",
    steps: [
      "Guess together: what would you answer? The model sees only the codes, so it may be less sure than you.",
      "Let pupils take unlikely tokens. The model goes on from whatever stands there: it can't take anything back.",
      "Find the moment when exactly one token is allowed: after the bracket of an action such as `BBOX(0.10,0.20,0.40,0.40)` a picture has to begin.",
    ],
    answers: ["Guess: the longest bar; it depends on the question (the seed).", "Check: only a code of a picture. After the last code only the mark \"picture over\" is allowed."],
    talk: ["The grammar makes every drawing whole. Does it make it right?", "A chat program sometimes says wrong things in perfect sentences. How does that fit to what you saw?"],
  },
};

const drawing = {
  title: "Drawing helps thinking",
  about: "Take the drawings away, and count what breaks.",
  intro: [
    "Before it answers, the model writes a *thought*: a few words, then a drawing, and so on. It looks at its own drawing like at any other picture. But does it need the drawings, or are they just pretty?",
    "There is only one way to find out: an *experiment*. The same questions are answered in four ways. One thing is changed, and all the rest stays the same.",
    "First the model draws as always. Then it has to think in words only. Then each of its drawings is taken away, and a blank sheet put in its place. At last a drawing for another question is put there.",
  ],
  predict: {
    ask: (/** @type {number} */ items) => `${items} questions, answered in four ways. Which way gets the fewest right?`,
    options: ["Its own drawings.", "Words only.", "Blank sheets for drawings.", "Drawings of another question."],
    why: "With many questions, blank sheets and swapped drawings come out lowest: a drawing that says nothing, or the wrong thing, is worse than none, since the model trusts what it sees. In words only it knows that it has to do without. With few questions, chance can turn that round.",
  },
  chart: "Right answers, by what was drawn",
  table: "All questions of the experiment",
  question: "Question",
  more: "More",
  short: { imagined: "own", none: "words", blank: "blank", shuffled: "swapped" },
  long: { imagined: "Its own drawings", none: "Words only", blank: "Blank sheets", shuffled: "Another question's drawings" },
  ofAll: (/** @type {number} */ right, /** @type {number} */ all) => `${right} of ${all}`,
  doing: (/** @type {number} */ item, /** @type {number} */ all) => `Question ${item} of ${all}, answered in four ways…`,
  finished: (/** @type {number} */ all) => `All ${all} questions are answered.`,
  right: "right",
  wrong: "wrong",
  nothing: "(no answer)",
  look: "Look",
  lookAt: (/** @type {number} */ number) => `Look at question ${number}`,
  questionNumber: (/** @type {number} */ number) => `Question ${number}`,
  picture: "The picture of the question",
  truth: (/** @type {string} */ answer) => `The right answer: ${answer}`,
  try: ["Look for a question in the table where only the model's own drawings led to the right answer, and press Look beside it. Follow the drawings step by step. Then look at one that went wrong with its own drawings: is the mistake in the drawing, or after it? (On ice, one slides on until something is in the way.)", ACTIONS],
  check: {
    ask: "Over many questions, the model is right more often with its own drawings than with another question's. What does that show?",
    options: ["It reads what it drew, and its answer depends on it.", "Drawing takes longer, and who takes longer is right more often.", "It is pure chance."],
    right: 0,
    why: ["Only the drawings were changed, and the answers changed with them. So they are a part of its thinking.", "The swapped drawings took just as long. Only what they show was different.", "Chance is always a part of it. But over hundreds of questions it can't make such a difference: some gain by it, and about as many lose."],
  },
  note: {
    aim: "Pupils do a controlled experiment: one thing is changed, everything else stays the same, and results are counted and not felt.",
    before: "\"One row of words and pictures\" helps: a drawing is a part of the model's own row.",
    steps: [
      "Collect the guesses of the class on the board before anyone starts.",
      "The experiment takes about a minute or two; the bars grow while it runs.",
      "Give pupils different seeds and add up the counts of the class: 20 questions are few, 500 are not.",
    ],
    answers: [
      "Guess: blank sheets or swapped drawings, by turns: on 800 simpler questions of a test a model with 64 codes was right in 86% with its own drawings, in 74% in words only, in 55% with blank sheets and in 49% with those of another question. With 20 questions any of the last three may come out lowest now and then.",
      "Check: its answer depends on what it drew.",
    ],
    talk: ["Why are words only better than blank sheets? (It has practised both drawing and words only, but never with drawings that lie.)", "Do you draw when you think? In which subjects?"],
  },
};

const examples = {
  title: "Learning from examples",
  about: "An empty model learns to answer a question while you watch.",
  intro: [
    "A model begins empty. It is a pile of numbers, its *weights*, and at first they are as if thrown with dice. *Training* means: show it some examples (questions with their right answers), look how surprised it is by each next *token*, which is a word or a piece of one, and change all weights a tiny bit so that it would be less surprised. That was one *step*. Its surprise, as a number, is called the *loss*. Then come the next examples, again and again.",
    "Here a new, empty model learns a simple question: what colour is the shape? Nobody tells it what a shape is, or what \"red\" means. It only gets 400 examples like these.",
  ],
  aboutTest: "To see whether it really understands, it also takes a *test*: 20 pictures that are not among its examples.",
  picture: "A coloured shape",
  predict: {
    ask: (/** @type {number} */ steps) => `Before training it gets no picture of the test right. How many of 20 will it get right after ${steps} steps of practice, three examples each?`,
    options: ["Fewer than 7: it still guesses.", "7 to 12: about half.", "13 or more: it mostly knows how it works."],
    why: "Nobody told it a rule. It only ever guessed the next token, some hundred times, and its weights were changed a little each time. First it learned which words are answers at all, then what in the picture goes with which word.",
  },
  rightChart: "Pictures of the test answered rightly",
  lossChart: "Surprise at the right answer (loss)",
  right: "right",
  surprise: "loss",
  test: "The test",
  nothing: "(nothing)",
  withMany: (/** @type {number} */ many) => `Trained with ${many} examples`,
  withFew: (/** @type {number} */ few) => `Trained with ${few} examples`,
  progress: "Training",
  opening: "A new model is made, and sees the first pictures of the test before it has learned anything…",
  training: (/** @type {number} */ step, /** @type {number} */ steps, /** @type {number | null} */ seconds) => `Step ${step} of ${steps}${seconds === null ? "" : `, about ${spoken(seconds)} left`}.`,
  finished: (/** @type {number} */ right, /** @type {number} */ items, /** @type {number} */ seconds) => `Finished: ${right} of ${items} pictures of the test are right, after ${seconds} seconds.`,
  try: ["Now a lazy teacher: a new, empty model sees only ten examples, the same ten again and again, for as long as before. Look at both charts: how surprised is it by the right answers of its examples (the *loss*), and how many pictures of the test does it get right?"],
  lazy: "Train with ten examples",
  check: {
    ask: "The model with ten examples is hardly surprised by them any more, but in the test it does worse than the first one. What has happened?",
    options: ["It has learned the ten answers by heart, but not how to find them.", "It needs a larger loss.", "The test is unfair: it should be asked about its ten examples."],
    right: 0,
    why: ["That is called *overfitting*. It is why a model has to be tested with what it has never seen.", "The loss says how surprised it is. Smaller is better, but only if it is small for new pictures as well.", "Then it would get full marks, and we would learn nothing. Somebody who knows ten answers by heart can't do the eleventh."],
  },
  note: {
    aim: "Pupils see that a model learns from examples by small changes to its weights, and why it has to be tested with what it has never seen.",
    before: "\"Guess the next token\" should come first.",
    steps: [
      "Start the training together and talk while it runs: what is the loss? Why does the other chart go up in jumps? (There are only 20 pictures in the test.)",
      "Look at the wrong answers on the way: at first they are no answers at all, then colours, but the wrong ones, and then mostly neighbours of the right one (orange for yellow).",
      "With ten examples: the loss falls quickly, the test stays low. Let pupils explain why.",
      "On slow devices, lower the steps in the link for the class.",
    ],
    answers: ["Guess: it depends on the seed and the steps; with the settings of the lesson it mostly is the third answer.", "Check: it has learned ten answers by heart."],
    talk: ["How is that like learning for a test with last year's solutions?", "What would happen if the pictures of the test got among the examples by accident?"],
  },
};

const tries = {
  picture: "The picture of the question",
  list: "Tries at one question",
  number: (/** @type {number} */ number) => `Try ${number}`,
  nothing: "(no answer)",
  earned: (/** @type {number} */ total) => `earned ${total.toFixed(2)}`,
  advantage: (/** @type {number} */ advantage) => (advantage > 0 ? `+${advantage.toFixed(2)}: likelier` : advantage < 0 ? `−${Math.abs(advantage).toFixed(2)}: rarer` : "0: stays"),
};

const rewards = {
  title: "Learning from rewards",
  about: "Nobody shows how it is done. Tries are only compared.",
  intro: [
    "Often there are no worked examples, but one can tell a good answer from a bad one. Then a model can learn from *rewards*, like a dog from treats: it tries, each try earns points, and what earned more becomes likelier.",
    "This little model already knows a bit about pushed boxes: a robot, the disc with eyes, pushes a box over a board, and the question is where the box is at the end. (Typing errors are on purpose: people make them as well.) The model draws each push. A right answer earns most of the points; a few are for the right form (first thinking, then one answer), and for drawings that show what the words say.",
    "Chance plays a part in what it writes and draws. So it can try the same question eight times: a *group*.",
  ],
  trying: "It tries one question eight times…",
  stepping: "It tries some questions and takes the step…",
  question: (/** @type {string} */ answer) => `The right answer is "${answer}". Here is what it tried:`,
  average: (/** @type {number} */ total) => `On average a try earned ${total.toFixed(2)}.`,
  tries,
  predict: {
    ask: (/** @type {number} */ number, /** @type {number} */ total, /** @type {number} */ average) => `Try ${number} earned ${total.toFixed(2)}; the average is ${average.toFixed(2)}. What does training do to this try?`,
    options: ["It becomes likelier.", "It becomes rarer.", "It stays as likely as it is."],
    why: "What counts is the difference from the average of the group, the *advantage*. Above the average: likelier. Below: rarer, even if it earned something.",
  },
  advantage: "Below each try stands its advantage: what it earned, minus the average of the group. Nobody needs to know how many points are \"many\": the group itself tells.",
  try: [
    "How far should one step go? A try is only one try; who changes everything because of it may break what was good. So there is a *clip*: if a word or square of a try has already become a good deal likelier or rarer than when it was tried, it is left alone.",
    "Take one careful step and one bold one, and compare. The bars show for how many words and squares it became so much likelier (right of 1) or rarer (left of 1). The dashed lines are the clip.",
  ],
  careful: "One careful step",
  bold: "One bold step",
  check: {
    ask: "All eight tries at a question are right and earn the same. What does the model learn from this group?",
    options: ["Very much: all of them become likelier.", "Nothing: each advantage is 0.", "All of them become rarer."],
    right: 1,
    why: ["Likelier than what? There is nothing else in the group to be likelier than.", "Each earned exactly the average. A question that is too easy, or too hard, teaches nothing in this way.", "None of them earned less than the average."],
  },
  note: {
    aim: "Pupils understand learning from rewards as comparing: a group of tries, the advantage of each, and a limit to how far a step may go.",
    before: "\"Learning from examples\" should come first.",
    steps: [
      "Compute one advantage together: what the try earned, minus the average of the eight.",
      "The careful step moves almost no token beyond the lines, the bold one many. The ones outside are left alone until the next step.",
      "Compare with sports: one changes a little after each match, and not everything after one.",
    ],
    answers: [
      "Guess: likelier if the try earned more than the average, rarer if less. Which it is depends on the seed.",
      "Check: nothing. All advantages are 0. That is why questions that are neither too easy nor too hard teach most.",
    ],
    talk: ["Why is a reward easier to have than a worked example? When is it harder?", "What if the one who gives the points makes a mistake? (That is the next lesson.)"],
  },
};

const hacking = {
  title: "Hacking the reward",
  about: "You get what you pay for, not what you want.",
  intro: [
    "A reward is written by people, and it pays for something one can *measure*. Is that what they want? The scientists who invented this kind of model wanted good drawings. But a good drawing is hard to measure. So they paid for *smooth* ones, in which squares that stand side by side look alike: a messy drawing is mostly a bad one.",
    "Their reward has three parts: 0.855 for the right answer, 0.095 for the right form (first thinking, then one answer), and up to 0.05 for smooth drawings. Without any drawing the third part is left out, and the other two are divided by 0.95 so that they fill its place.",
  ],
  predict: {
    ask: "Three tries have the right answer. One drew the question as it should, one drew a blank sheet, and one drew nothing at all. Which earns the most by this reward?",
    options: ["The one with the good drawing.", "The blank sheet and the one without any: both the same.", "All three the same."],
    right: 1,
    why: "A blank sheet is the smoothest drawing there is. Who draws something useful loses points! The model doesn't know what people wanted. It only sees the points.",
  },
  trying: "It tries a question eight times, to see what real drawings earn…",
  measured: (/** @type {number} */ smooth) => `These are real drawings of the model. On a scale from 0 (wild) to 1 (blank) they are smooth to ${smooth.toFixed(2)} on average. So the three tries that you were asked about earn:`,
  tries,
  sums: {
    title: "What three right answers earn",
    head: ["Right answer, and", "added up", "earns"],
    honest: "a real drawing",
    blank: "a blank sheet",
    none: "no drawing",
    sum: (/** @type {number} */ smooth) => `0.855 + 0.095 + 0.05 × ${smooth.toFixed(2)}`,
    without: "(0.855 + 0.095) ÷ 0.95",
  },
  try: ["Now let it happen. Of 100 points the model now gets 99 for smooth drawings, so that one needn't wait for long. Watch the two lines. Then compare its first tries with its last ones: which of the two tricks did it find, the blank sheet or no drawing at all?"],
  start: (/** @type {number} */ steps) => `Train ${steps} steps`,
  progress: "Training",
  opening: "Getting ready…",
  chart: "What a try earned, and right answers",
  paid: "earned",
  right: "right answers",
  training: (/** @type {number} */ step, /** @type {number} */ steps) => `Step ${step} of ${steps}`,
  triesAt: (/** @type {number} */ step) => `Its tries in step ${step}`,
  finished: (/** @type {number[]} */ [paidBefore, paidAfter], /** @type {number[]} */ [rightBefore, rightAfter]) => `Finished. From the first four steps to the last four, what a try earned went from ${paidBefore.toFixed(2)} to ${paidAfter.toFixed(2)}, and right answers from ${Math.round(rightBefore * 100)}% to ${Math.round(rightAfter * 100)}%.`,
  check: {
    ask: "With more steps the line of what a try earned goes up and up. Is the model getting better?",
    options: ["Yes, a higher reward means a better model.", "No: it gets better at earning points, which here isn't the same.", "One can't say anything about that."],
    right: 1,
    why: ["Look at the other line, and at its drawings.", "This is called *reward hacking*. It isn't malice: the model does exactly what it was paid for.", "One can: count right answers, as the second line does. One just must not count the reward itself."],
  },
  note: {
    aim: "Pupils see that a model optimises what is measured, that the measure is not the aim, and that one has to look at something other than the reward to notice.",
    before: "\"Learning from rewards\" should come first.",
    steps: [
      "Add up the three sums on the board before they are shown.",
      "While it trains, let pupils describe what happens to the tries. Depending on the seed and the device the model finds one trick or the other: its drawings get emptier and emptier, or it stops drawing, since a try without any gets full pay. Its words fall apart as well: nothing is paid for them.",
      "Ask for a better reward. (This project pays for drawings that show what their action says, and gives a copy or a blank sheet nothing.)",
    ],
    answers: [
      "Guess: the blank sheet and the try without a drawing, both 1.000; the real drawing a little less.",
      "Check: no. It gets better at earning points. Right answers go down, mostly to nearly none.",
    ],
    talk: [
      "Where are people paid for what can be measured, and do something else than what was wanted? (Marks, clicks, likes, sales.)",
      "Is a model that hacks its reward dishonest?",
    ],
  },
};

const zero = {
  title: "Zero: drawings nobody drew",
  about: "A model learns to draw while it thinks, from its own drawings.",
  intro: [
    "Worked examples with drawings are expensive: somebody, or some program, has to draw every step. Can a model learn to draw in its thoughts without a single such drawing?",
    "The model of this lesson knows words and pictures. It has described pictures, painted pictures to short descriptions, and answered questions in words. But in all its training it has *never* seen a drawing inside a thought. Its name is the *base model*.",
    "The trick is called *Zero*. A *thought*, the words that lead to an answer, is taken step by step (\"the apple is here, in a box\"), and the base model paints a picture to each step. Then it practises on thoughts with its own pictures in them.",
    ACTIONS,
  ],
  predict: {
    ask: "What will it paint to a step of a thought, such as \"the apple BBOX(0.10,0.20,0.30,0.30)\"?",
    options: ["The same as a program would draw: the picture with an exact box.", "Something rough that fits the words: colours and shapes, perhaps a thing or a frame.", "Pure noise: it has never done that."],
    right: 1,
    why: "It has painted to descriptions before, so the words mean something to it. But nobody has shown it what such a step should look like, so it makes something up.",
  },
  opening: "The base model answers a test question before it has learned anything new…",
  making: (/** @type {number} */ made, /** @type {number} */ wanted) => `It paints to its own thoughts: ${made} of ${wanted} are done.`,
  made: (/** @type {number} */ made) => `${made} thoughts have pictures now. The first picture is the question's; the others are the model's own. (Some questions only say something: is it so?)`,
  chainPicture: "The picture of the question",
  picture: "The picture of the test question",
  truth: (/** @type {string} */ answer) => `(right answer: ${answer})`,
  nothing: "(no answer)",
  try: ["Now it practises on these thoughts, with its own pictures. Below is one question that it never practises. Before, a drawing inside a thought is new to the model, and it gets lost. What is better afterwards, and what isn't? So few steps are a beginning, no more."],
  start: (/** @type {number} */ steps) => `Practise ${steps} steps`,
  progress: "Training",
  training: (/** @type {number} */ step, /** @type {number} */ steps) => `Step ${step} of ${steps}`,
  finished: "Finished. Compare both answers.",
  before: "Before",
  after: (/** @type {number} */ steps) => `After ${steps} steps`,
  drawings: (/** @type {number} */ count) => (count === 1 ? "1 drawing" : `${count} drawings`),
  check: {
    ask: "Who drew the pictures that this model learned from?",
    options: ["A program, exactly.", "The model itself.", "People."],
    right: 1,
    why: ["In the other lessons, yes. Here no such picture was ever shown to it.", "It painted to its own words and learned from that. Good for it where nobody can draw the examples; but if its pictures are bad, it learns bad habits from itself.", "Nobody drew a single one."],
  },
  note: {
    aim: "Pupils see that a model can make its own training material, and what that is worth.",
    before: "\"Learning from examples\" should come first.",
    steps: [
      "Look closely at the painted pictures. What fits the words, what doesn't?",
      "After the practice the model draws in its answer. Discuss whether the drawing is of any use to it.",
      "Numbers for you: after much longer practice (17,000 such thoughts) this model is right in 79% of a test, and in 82% if it may only write. Drawings that were shown to it by a program brought another model of the same size to 88%.",
    ],
    answers: ["Guess: something rough that fits the words.", "Check: the model itself."],
    talk: ["If a model learns from what it made itself, can it become better than it was? What could go wrong?", "More and more pictures and texts on the web are made by models. What does that mean for models that learn from the web?"],
  },
};

export const words = { ui, lessons: { codes, row, next, drawing, examples, rewards, hacking, zero } };
