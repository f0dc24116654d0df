/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 *
 * @typedef {"auto" | "cpu" | "webgpu"} DeviceWish
 *
 * @typedef {"imagined" | "executed" | "zoomed" | "none" | "blank" | "shuffled"} PictureSource
 *   Where the drawings come from: the model draws them; they are drawn exactly from the question's
 *   picture; zooms are, and the model draws all else; there are none; and two controls for experiments.
 *
 * @typedef {object} Request what the model is asked
 * @property {Blob} picture the bytes of a picture file
 * @property {string} question
 * @property {number} [surprise] the id of the surprise that the picture is from
 * @property {PictureSource} [pictures]
 * @property {Blob} [other] another's picture, which shuffled drawings are made from; without it from the own one
 * @property {number} [seed] the same seed gives the same answer
 * @property {number} [temperature] of words; 0 takes the likeliest; what is left out is as it measured best
 * @property {number} [pictureTemperature] the same for drawings
 * @property {number} [topP] between 0 and 1
 *
 * @typedef {object} Failure what went wrong, for programs (code) and for readers (message, hint)
 * @property {string} code
 * @property {string} message one sentence: what happened
 * @property {string} hint one sentence: what to do
 *
 * @typedef {import("./program.js").Event} OmniEvent
 *   "picture-row" has one of `rows` bands of a square picture, as wide as the picture; a "picture" is `imagined` if the
 *   model drew it itself, otherwise it was drawn exactly; in "end" `sure`, from 0 to 1, is the share of answers like
 *   this one that are right, and `strange` says that picture or question are unlike what the model has practised:
 *   both are there where the model was calibrated
 * @typedef {Extract<OmniEvent, {type: "text"}>} TextEvent
 * @typedef {Extract<OmniEvent, {type: "picture-row"}>} PictureRowEvent
 * @typedef {Extract<OmniEvent, {type: "picture"}>} PictureEvent
 * @typedef {Extract<OmniEvent, {type: "answer"}>} AnswerEvent
 * @typedef {Extract<OmniEvent, {type: "end"}>} EndEvent
 * @typedef {Extract<OmniEvent, {type: "error"}>} ErrorEvent
 *
 * @typedef {{type: "open", device: DeviceWish, why: string, model: string, page: string}} Open
 *   `why` is shown with the device when the page itself forces one; an empty `model` is the default one; `page`
 *   is its title, which other tabs are told
 * @typedef {{type: "load", id: number}} Load fetch the model, or try again; result: nothing
 * @typedef {{type: "about", id: number}} AboutMessage result: About
 * @typedef {{type: "check", id: number, picture: Blob}} Check result: Checked
 * @typedef {{type: "surprise", id: number, taskType: string, seed: number}} SurpriseMessage
 *   an empty `taskType` is any that the model was trained on; result: Surprise
 * @typedef {{type: "judge", id: number, surprise: number, answer: string}} Judge
 *   is this a right answer to that surprise? result: boolean, or undefined where it isn't known any more
 * @typedef {{type: "ask", id: number, request: Request}} Ask result: nothing
 * @typedef {{type: "transcript", id: number, ask: number}} TranscriptMessage
 *   of one of the last answers, by the id of its `ask`; result: Transcript, or null where there is none (any more)
 * @typedef {{type: "stop", id: number}} Stop
 * @typedef {{type: "look", id: number, order: LookOrder}} Look result: see LookOrder
 * @typedef {{type: "train", id: number, order: TrainOrder}} Train result: see TrainOrder
 * @typedef {{type: "examples", id: number, order: ExampleOrder}} Examples result: see ExampleOrder
 * @typedef {Open | Load | AboutMessage | Check | SurpriseMessage | Judge | Ask | TranscriptMessage | Stop | Look | Train | Examples} ToWorker
 *
 * @typedef {{type: "result", id: number, value: any}} Result
 * @typedef {{type: "failure", id: number, error: Failure}} FailureMessage
 * @typedef {{type: "event", id: number, event: OmniEvent}} EventMessage
 * @typedef {{type: "state", state: Partial<State>}} StateMessage
 * @typedef {{type: "lost"}} Lost the graphics processor is gone, and with it everything in this worker
 * @typedef {{type: "training", news: TrainNews}} TrainingMessage
 * @typedef {Result | FailureMessage | EventMessage | StateMessage | Lost | TrainingMessage} FromWorker
 *
 * @typedef {import("./program.js").About & {models: {id: string, title: string}[], model: string, capabilities: (Capabilities & import("./program.js").About) | null}} About
 *   what the program offers: task types that it can draw by itself and the model was trained on; questions for a picture
 *   it knows nothing of; the models that the page has, and the id of the one that answers; what that one has
 *   practised, once it is loaded and says so
 * @typedef {import("./program.js").Capabilities} Capabilities what a model can be asked, and whether it has practised to draw in its answers
 * @typedef {import("./program.js").Checked} Checked a picture file that can be used
 * @typedef {import("./program.js").Surprise & {id: number}} Surprise a task drawn by chance, its right answer, and more questions for a
 *   picture of this task type
 *
 * @typedef {{json: string, html: string}} Transcript an answer as files
 *
 * A look inside the model.
 *
 * @typedef {{do: "codes", picture: Blob} | {do: "picture", codes: number[]} | ({do: "ahead"} & Prefix)
 *   | {do: "inside", ask: number} | {do: "attended", ask: number, at: number}} LookOrder "codes" gives a picture's
 *   Coded, "picture" the PNG of a grid of codes, "ahead" what may come next, Ahead; of one of the last answers, by the
 *   id of its question, "inside" gives Inside, and "attended" what the model looked at before it wrote token `at`: a
 *   share of 1 for each token of the prompt and of the answer before it
 * @typedef {import("./program.js").Coded} Coded row by row, out of `known` ones
 * @typedef {object} Prefix a row of tokens
 * @property {Blob} picture
 * @property {string} question
 * @property {boolean} draw whether it reasons in words and drawings, or in words alone
 * @property {number[]} written ids of the tokens after the question
 * @property {number} [more] so many tokens the model itself writes on before the look, up to the end
 * @property {number} [seed]
 * @typedef {import("./program.js").Piece} Piece a token; `kind` is "text",
 *   "code" or the name of a mark
 * @typedef {import("./program.js").Guess} Guess
 * @typedef {import("./program.js").WrittenToken} WrittenToken
 * @typedef {import("./program.js").Inside} Inside
 * @typedef {import("./program.js").Ahead} Ahead the row
 *   with its question; tokens that may come, and all that are known; what the model alone would give to those
 *   that may not; the likeliest first, none after the end
 *
 * @typedef {object} Device what the model runs on
 * @property {"cpu" | "webgpu"} kind
 * @property {string} name for readers
 * @property {string} why for readers, a part of a sentence
 *
 * Training. There is at most one run at a time; its rows come as news.
 *
 * @typedef {object} Plan what is trained: the program's recipe, and what the page adds to it
 * @property {"" | "nano" | "mini" | "new" | "own"} preset the size of a new model, or "new" for a new picture
 *   tokenizer; empty for the page's model, "own" for the kept one
 * @property {string} [model] the id of the kept model, if the run began with that or with its picture tokenizer
 * @property {object} recipe see src/train/recipe.rs
 * @property {string} [reward] the reader's own rule, an expression over a RewardInput
 * @property {boolean} [passing] nothing of the run is kept: a lesson's
 * @property {string} [examples] JSON lines to practise in the place of the reader's own
 *
 * @typedef {import("./program.js").RewardInput} RewardInput an answer, as a rule for rewards may look at it: its question, the words of its
 *   thought's steps, its answer and the right one; `accuracy` 0 or 1, with the paper's reward also in between; `format` 0
 *   for a thought that isn't as it should be, else the share of its true actions; `perception` -1 to 1, a copied
 *   drawing 0, null where no picture was scored; `total` what the chosen reward pays; counts of steps, of whole
 *   pictures, of words (tokens that aren't squares of pictures) and of tokens
 *
 * @typedef {{step: number, seen: number, rate: number, seconds: number, memory: number, types?: Record<string, Record<string, number>>} & Record<string, any>} TrainRow
 *   what one step measured: losses by the part a token plays, rewards, distances, the gradient's norm;
 *   tokens a second; bytes of memory; by rewards also `types`, the same by the type of the question
 * @typedef {{step: number} & Record<string, number>} ProbeRow held-out questions, answered freely: `right` of
 *   `items`; losses on worked examples of them, where a stage has those; of a picture tokenizer `psnr`, the
 *   likeness of held-out pictures and their copies in decibels
 * What the program gives with pictures in it goes on as data: addresses.
 *
 * @typedef {Addressed<import("./program.js").Shown>} Pinned a held-out question
 * @typedef {Addressed<import("./program.js").AnsweredStep> & {edges?: number[]}} ShownStep `edges`: how rough each cell of the picture is
 * @typedef {{step: number} & Addressed<import("./program.js").Answered>} Answered
 * @typedef {{step: number, pictures: Addressed<import("./program.js").Reconstructions>[]}} Reconstructions held-out pictures, and what a
 *   picture tokenizer makes of their codes
 * @typedef {Addressed<import("./program.js").Chain>} Chain words, and drawings made for them
 * @typedef {Addressed<import("./program.js").WatchedRollout>} WatchedRollout one of the answers to a question; `problem` is what is wrong
 *   with its form
 * @typedef {Addressed<import("./program.js").WatchedGroup>} WatchedGroup
 * @typedef {Addressed<import("./program.js").Watched>} Watched the last step by rewards; `ratios` counts tokens in bins of the width `bin`,
 *   the middle one around 1
 * @typedef {Addressed<import("./program.js").Span>} Span tokens of an example that play the same part, and the weight of each in the loss
 *
 * @typedef {{plan: Plan, step: number, rows: TrainRow[], probes: ProbeRow[], ended: number}} HistoryEntry a run whose
 *   place another has taken, with some of its rows; `ended` in milliseconds since 1970
 * @typedef {{practised: number, heldOut: number}} OwnExamples how many of the reader's own are practised, and how many
 *   only checks ask; where none is held out, those that are practised are asked
 * @typedef {"run" | "model"} Undoable what can be deleted, and then recovered
 * @typedef {{title: string, files: Record<string, Uint8Array>}} TrainedModel as "export" gives it
 * @typedef {{id: string, title: string}} KeptModel a model that runs can begin with
 *
 * @typedef {object} SavedRun all that a reload needs, besides the weights
 * @property {Plan} plan
 * @property {number} step
 * @property {TrainRow[]} rows
 * @property {ProbeRow[]} probes
 * @property {OwnExamples} [own] where it practises the reader's own alone
 * @property {Answered | Reconstructions | null} before the pinned question's first answer, or the first copies
 *
 * @typedef {"closed" | "opening" | "paused" | "running" | "checking" | "done"} TrainPhase
 *
 * @typedef {{do: "saved"} | {do: "measure"} | {do: "history"} | {do: "forget-history"}
 *   | {do: "open", plan: Plan}
 *   | {do: "resume", plan?: Plan} | {do: "adjust", plan: Plan}
 *   | {do: "run"} | {do: "pause"} | {do: "step"} | {do: "probe", items?: number, batches?: number} | {do: "stop"} | {do: "save"}
 *   | {do: "kept-model"} | {do: "keep-model"} | {do: "forget-model"} | {do: "import", files: File[]}
 *   | {do: "forget"} | {do: "export"} | {do: "spans"} | {do: "take-up", model?: TrainedModel} | {do: "put-back"}
 *   | {do: "discard", what: Undoable} | {do: "recover", what: Undoable} | {do: "purge"}} TrainOrder
 *   "saved" gives the SavedRun or null; "history" gives HistoryEntry[], the latest first; "measure" how many tokens a second are trained here, for a new
 *   nano model; "open" and "resume" give the SavedRun as it begins; "adjust" goes on with other settings; "run"
 *   trains until "pause"; "step" takes one; "probe" asks held-out questions and takes the losses of batches of them; "stop" saves and ends the
 *   run; "save", "export", "spans", "keep-model" and "take-up" don't end it; "forget" deletes what is saved;
 *   "kept-model" gives the KeptModel or null, which "keep-model" puts the trained one in the place of, and
 *   "import" one out of files; "forget-model" deletes it;
 *   "export" gives files by name; "spans" gives an example token by token, Span[]; "take-up" lets
 *   the ask view use the trained model, or the one that comes with it, "put-back" the page's own again; what
 *   "discard" deletes "recover" brings back, until "purge", or until something else is kept in its place
 *
 * @typedef {object} TrainNews what has changed
 * @property {TrainPhase} [phase]
 * @property {SavedRun} [run] the one that is open now
 * @property {TrainRow} [row]
 * @property {ProbeRow} [probe]
 * @property {Pinned} [pinned]
 * @property {Answered} [answered]
 * @property {Reconstructions} [reconstructions]
 * @property {Watched | null} [watched]
 * @property {{made: number, wanted: number}} [synthesis] examples that the model draws before it trains on them
 * @property {Chain} [chain] the last of them
 * @property {number} [savedStep] the step that a reload would go on from
 * @property {{usage: number, quota: number} | null} [room] in the browser, in bytes
 * @property {Failure | null} [failure] why the run was paused, or why it isn't saved
 *
 * The reader's own examples.
 *
 * @typedef {string | {text: string, image: string}} ExampleStep a sentence that may end with an action; `image`
 *   where its drawing is not what that action draws
 * @typedef {{image: string, question: string, steps: ExampleStep[], answer: string, truth?: object}} Example a line of
 *   their file; pictures are data: addresses
 * @typedef {Addressed<import("./program.js").Example>} ShownExample
 *
 * @typedef {{do: "kept"} | {do: "keep", lines: string} | {do: "check", lines: string}
 *   | {do: "picture", file: Blob} | {do: "perform", picture: string, step: string}} ExampleOrder
 *   "kept" gives the JSON lines in the browser, "keep" puts others in their place; "check" gives what
 *   the lines say, ShownExample[]; "picture" makes an example's picture out of a file, "perform" the
 *   picture after the action that ends a step, both as data: addresses
 *
 * @typedef {object} State
 * @property {Device} device
 * @property {string} title the model's
 * @property {{loaded: number, total: number} | null} progress of the download, in bytes; null when none runs
 * @property {boolean} ready the model can answer at once
 * @property {string} notice one sentence that is worth knowing but stops nothing
 * @property {Failure | null} failure why the model could not be had
 */
/**
 * Pictures as addresses instead of bytes: see addresses.js.
 * @template T
 * @typedef {T extends Uint8Array ? string : T extends (infer U)[] ? Addressed<U>[] : T extends object ? {[K in keyof T]: Addressed<T[K]>} : T} Addressed
 */
/** The largest picture file that is read at all; photos of current cameras are well below it. */
export const LARGEST_FILE: number;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type DeviceWish = "auto" | "cpu" | "webgpu";
/**
 * Where the drawings come from: the model draws them; they are drawn exactly from the question's
 * picture; zooms are, and the model draws all else; there are none; and two controls for experiments.
 */
export type PictureSource = "imagined" | "executed" | "zoomed" | "none" | "blank" | "shuffled";
/**
 * what the model is asked
 */
export type Request = {
    /**
     * the bytes of a picture file
     */
    picture: Blob;
    question: string;
    /**
     * the id of the surprise that the picture is from
     */
    surprise?: number | undefined;
    pictures?: PictureSource | undefined;
    /**
     * another's picture, which shuffled drawings are made from; without it from the own one
     */
    other?: Blob | undefined;
    /**
     * the same seed gives the same answer
     */
    seed?: number | undefined;
    /**
     * of words; 0 takes the likeliest; what is left out is as it measured best
     */
    temperature?: number | undefined;
    /**
     * the same for drawings
     */
    pictureTemperature?: number | undefined;
    /**
     * between 0 and 1
     */
    topP?: number | undefined;
};
/**
 * what went wrong, for programs (code) and for readers (message, hint)
 */
export type Failure = {
    code: string;
    /**
     * one sentence: what happened
     */
    message: string;
    /**
     * one sentence: what to do
     */
    hint: string;
};
/**
 * "picture-row" has one of `rows` bands of a square picture, as wide as the picture; a "picture" is `imagined` if the
 * model drew it itself, otherwise it was drawn exactly; in "end" `sure`, from 0 to 1, is the share of answers like
 * this one that are right, and `strange` says that picture or question are unlike what the model has practised:
 * both are there where the model was calibrated
 */
export type OmniEvent = import("./program.js").Event;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type TextEvent = Extract<OmniEvent, {
    type: "text";
}>;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type PictureRowEvent = Extract<OmniEvent, {
    type: "picture-row";
}>;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type PictureEvent = Extract<OmniEvent, {
    type: "picture";
}>;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type AnswerEvent = Extract<OmniEvent, {
    type: "answer";
}>;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type EndEvent = Extract<OmniEvent, {
    type: "end";
}>;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type ErrorEvent = Extract<OmniEvent, {
    type: "error";
}>;
/**
 * `why` is shown with the device when the page itself forces one; an empty `model` is the default one; `page`
 * is its title, which other tabs are told
 */
export type Open = {
    type: "open";
    device: DeviceWish;
    why: string;
    model: string;
    page: string;
};
/**
 * fetch the model, or try again; result: nothing
 */
export type Load = {
    type: "load";
    id: number;
};
/**
 * result: About
 */
export type AboutMessage = {
    type: "about";
    id: number;
};
/**
 * result: Checked
 */
export type Check = {
    type: "check";
    id: number;
    picture: Blob;
};
/**
 * an empty `taskType` is any that the model was trained on; result: Surprise
 */
export type SurpriseMessage = {
    type: "surprise";
    id: number;
    taskType: string;
    seed: number;
};
/**
 * is this a right answer to that surprise? result: boolean, or undefined where it isn't known any more
 */
export type Judge = {
    type: "judge";
    id: number;
    surprise: number;
    answer: string;
};
/**
 * result: nothing
 */
export type Ask = {
    type: "ask";
    id: number;
    request: Request;
};
/**
 * of one of the last answers, by the id of its `ask`; result: Transcript, or null where there is none (any more)
 */
export type TranscriptMessage = {
    type: "transcript";
    id: number;
    ask: number;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type Stop = {
    type: "stop";
    id: number;
};
/**
 * result: see LookOrder
 */
export type Look = {
    type: "look";
    id: number;
    order: LookOrder;
};
/**
 * result: see TrainOrder
 */
export type Train = {
    type: "train";
    id: number;
    order: TrainOrder;
};
/**
 * result: see ExampleOrder
 */
export type Examples = {
    type: "examples";
    id: number;
    order: ExampleOrder;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type ToWorker = Open | Load | AboutMessage | Check | SurpriseMessage | Judge | Ask | TranscriptMessage | Stop | Look | Train | Examples;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type Result = {
    type: "result";
    id: number;
    value: any;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type FailureMessage = {
    type: "failure";
    id: number;
    error: Failure;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type EventMessage = {
    type: "event";
    id: number;
    event: OmniEvent;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type StateMessage = {
    type: "state";
    state: Partial<State>;
};
/**
 * the graphics processor is gone, and with it everything in this worker
 */
export type Lost = {
    type: "lost";
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type TrainingMessage = {
    type: "training";
    news: TrainNews;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type FromWorker = Result | FailureMessage | EventMessage | StateMessage | Lost | TrainingMessage;
/**
 * what the program offers: task types that it can draw by itself and the model was trained on; questions for a picture
 * it knows nothing of; the models that the page has, and the id of the one that answers; what that one has
 * practised, once it is loaded and says so
 */
export type About = import("./program.js").About & {
    models: {
        id: string;
        title: string;
    }[];
    model: string;
    capabilities: (Capabilities & import("./program.js").About) | null;
};
/**
 * what a model can be asked, and whether it has practised to draw in its answers
 */
export type Capabilities = import("./program.js").Capabilities;
/**
 * a picture file that can be used
 */
export type Checked = import("./program.js").Checked;
/**
 * a task drawn by chance, its right answer, and more questions for a
 * picture of this task type
 */
export type Surprise = import("./program.js").Surprise & {
    id: number;
};
/**
 * an answer as files
 *
 * A look inside the model.
 */
export type Transcript = {
    json: string;
    html: string;
};
/**
 * "codes" gives a picture's
 * Coded, "picture" the PNG of a grid of codes, "ahead" what may come next, Ahead; of one of the last answers, by the
 * id of its question, "inside" gives Inside, and "attended" what the model looked at before it wrote token `at`: a
 * share of 1 for each token of the prompt and of the answer before it
 */
export type LookOrder = {
    do: "codes";
    picture: Blob;
} | {
    do: "picture";
    codes: number[];
} | ({
    do: "ahead";
} & Prefix) | {
    do: "inside";
    ask: number;
} | {
    do: "attended";
    ask: number;
    at: number;
};
/**
 * row by row, out of `known` ones
 */
export type Coded = import("./program.js").Coded;
/**
 * a row of tokens
 */
export type Prefix = {
    picture: Blob;
    question: string;
    /**
     * whether it reasons in words and drawings, or in words alone
     */
    draw: boolean;
    /**
     * ids of the tokens after the question
     */
    written: number[];
    /**
     * so many tokens the model itself writes on before the look, up to the end
     */
    more?: number | undefined;
    seed?: number | undefined;
};
/**
 * a token; `kind` is "text",
 * "code" or the name of a mark
 */
export type Piece = import("./program.js").Piece;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type Guess = import("./program.js").Guess;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type WrittenToken = import("./program.js").WrittenToken;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type Inside = import("./program.js").Inside;
/**
 * the row
 * with its question; tokens that may come, and all that are known; what the model alone would give to those
 * that may not; the likeliest first, none after the end
 */
export type Ahead = import("./program.js").Ahead;
/**
 * what the model runs on
 */
export type Device = {
    kind: "cpu" | "webgpu";
    /**
     * for readers
     */
    name: string;
    /**
     * for readers, a part of a sentence
     *
     * Training. There is at most one run at a time; its rows come as news.
     */
    why: string;
};
/**
 * what is trained: the program's recipe, and what the page adds to it
 */
export type Plan = {
    /**
     * the size of a new model, or "new" for a new picture
     * tokenizer; empty for the page's model, "own" for the kept one
     */
    preset: "" | "nano" | "mini" | "new" | "own";
    /**
     * the id of the kept model, if the run began with that or with its picture tokenizer
     */
    model?: string | undefined;
    /**
     * see src/train/recipe.rs
     */
    recipe: object;
    /**
     * the reader's own rule, an expression over a RewardInput
     */
    reward?: string | undefined;
    /**
     * nothing of the run is kept: a lesson's
     */
    passing?: boolean | undefined;
    /**
     * JSON lines to practise in the place of the reader's own
     */
    examples?: string | undefined;
};
/**
 * an answer, as a rule for rewards may look at it: its question, the words of its
 * thought's steps, its answer and the right one; `accuracy` 0 or 1, with the paper's reward also in between; `format` 0
 * for a thought that isn't as it should be, else the share of its true actions; `perception` -1 to 1, a copied
 * drawing 0, null where no picture was scored; `total` what the chosen reward pays; counts of steps, of whole
 * pictures, of words (tokens that aren't squares of pictures) and of tokens
 */
export type RewardInput = import("./program.js").RewardInput;
/**
 * what one step measured: losses by the part a token plays, rewards, distances, the gradient's norm;
 * tokens a second; bytes of memory; by rewards also `types`, the same by the type of the question
 */
export type TrainRow = {
    step: number;
    seen: number;
    rate: number;
    seconds: number;
    memory: number;
    types?: Record<string, Record<string, number>>;
} & Record<string, any>;
/**
 * held-out questions, answered freely: `right` of
 * `items`; losses on worked examples of them, where a stage has those; of a picture tokenizer `psnr`, the
 * likeness of held-out pictures and their copies in decibels
 * What the program gives with pictures in it goes on as data: addresses.
 */
export type ProbeRow = {
    step: number;
} & Record<string, number>;
/**
 * a held-out question
 */
export type Pinned = Addressed<import("./program.js").Shown>;
/**
 * `edges`: how rough each cell of the picture is
 */
export type ShownStep = Addressed<import("./program.js").AnsweredStep> & {
    edges?: number[];
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type Answered = {
    step: number;
} & Addressed<import("./program.js").Answered>;
/**
 * held-out pictures, and what a
 * picture tokenizer makes of their codes
 */
export type Reconstructions = {
    step: number;
    pictures: Addressed<import("./program.js").Reconstructions>[];
};
/**
 * words, and drawings made for them
 */
export type Chain = Addressed<import("./program.js").Chain>;
/**
 * one of the answers to a question; `problem` is what is wrong
 * with its form
 */
export type WatchedRollout = Addressed<import("./program.js").WatchedRollout>;
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type WatchedGroup = Addressed<import("./program.js").WatchedGroup>;
/**
 * the last step by rewards; `ratios` counts tokens in bins of the width `bin`,
 * the middle one around 1
 */
export type Watched = Addressed<import("./program.js").Watched>;
/**
 * tokens of an example that play the same part, and the weight of each in the loss
 */
export type Span = Addressed<import("./program.js").Span>;
/**
 * a run whose
 * place another has taken, with some of its rows; `ended` in milliseconds since 1970
 */
export type HistoryEntry = {
    plan: Plan;
    step: number;
    rows: TrainRow[];
    probes: ProbeRow[];
    ended: number;
};
/**
 * how many of the reader's own are practised, and how many
 * only checks ask; where none is held out, those that are practised are asked
 */
export type OwnExamples = {
    practised: number;
    heldOut: number;
};
/**
 * what can be deleted, and then recovered
 */
export type Undoable = "run" | "model";
/**
 * as "export" gives it
 */
export type TrainedModel = {
    title: string;
    files: Record<string, Uint8Array>;
};
/**
 * a model that runs can begin with
 */
export type KeptModel = {
    id: string;
    title: string;
};
/**
 * all that a reload needs, besides the weights
 */
export type SavedRun = {
    plan: Plan;
    step: number;
    rows: TrainRow[];
    probes: ProbeRow[];
    /**
     * where it practises the reader's own alone
     */
    own?: OwnExamples | undefined;
    /**
     * the pinned question's first answer, or the first copies
     */
    before: Answered | Reconstructions | null;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type TrainPhase = "closed" | "opening" | "paused" | "running" | "checking" | "done";
/**
 * "saved" gives the SavedRun or null; "history" gives HistoryEntry[], the latest first; "measure" how many tokens a second are trained here, for a new
 * nano model; "open" and "resume" give the SavedRun as it begins; "adjust" goes on with other settings; "run"
 * trains until "pause"; "step" takes one; "probe" asks held-out questions and takes the losses of batches of them; "stop" saves and ends the
 * run; "save", "export", "spans", "keep-model" and "take-up" don't end it; "forget" deletes what is saved;
 * "kept-model" gives the KeptModel or null, which "keep-model" puts the trained one in the place of, and
 * "import" one out of files; "forget-model" deletes it;
 * "export" gives files by name; "spans" gives an example token by token, Span[]; "take-up" lets
 * the ask view use the trained model, or the one that comes with it, "put-back" the page's own again; what
 * "discard" deletes "recover" brings back, until "purge", or until something else is kept in its place
 */
export type TrainOrder = {
    do: "saved";
} | {
    do: "measure";
} | {
    do: "history";
} | {
    do: "forget-history";
} | {
    do: "open";
    plan: Plan;
} | {
    do: "resume";
    plan?: Plan;
} | {
    do: "adjust";
    plan: Plan;
} | {
    do: "run";
} | {
    do: "pause";
} | {
    do: "step";
} | {
    do: "probe";
    items?: number;
    batches?: number;
} | {
    do: "stop";
} | {
    do: "save";
} | {
    do: "kept-model";
} | {
    do: "keep-model";
} | {
    do: "forget-model";
} | {
    do: "import";
    files: File[];
} | {
    do: "forget";
} | {
    do: "export";
} | {
    do: "spans";
} | {
    do: "take-up";
    model?: TrainedModel;
} | {
    do: "put-back";
} | {
    do: "discard";
    what: Undoable;
} | {
    do: "recover";
    what: Undoable;
} | {
    do: "purge";
};
/**
 * what has changed
 */
export type TrainNews = {
    phase?: TrainPhase | undefined;
    /**
     * the one that is open now
     */
    run?: SavedRun | undefined;
    row?: TrainRow | undefined;
    probe?: ProbeRow | undefined;
    pinned?: {
        png: string;
        question: string;
        answer: string;
    } | undefined;
    answered?: Answered | undefined;
    reconstructions?: Reconstructions | undefined;
    watched?: {
        groups: {
            png: string;
            question: string;
            right: string;
            kept: boolean;
            rollouts: {
                steps: {
                    text: string;
                    png: string | null;
                    edges: number[];
                }[];
                answer: string;
                problem: string | null;
                accuracy: number;
                format: number;
                perception: number | null;
                total: number;
                advantage: number;
            }[];
        }[];
        ratios: number[];
        bin: number;
    } | null | undefined;
    /**
     * examples that the model draws before it trains on them
     */
    synthesis?: {
        made: number;
        wanted: number;
    } | undefined;
    /**
     * the last of them
     */
    chain?: {
        png: string;
        question: string;
        answer: string;
        steps: {
            text: string;
            png: string | null;
            edges: number[];
        }[];
    } | undefined;
    /**
     * the step that a reload would go on from
     */
    savedStep?: number | undefined;
    /**
     * in the browser, in bytes
     */
    room?: {
        usage: number;
        quota: number;
    } | null | undefined;
    /**
     * why the run was paused, or why it isn't saved
     *
     * The reader's own examples.
     */
    failure?: Failure | null | undefined;
};
/**
 * a sentence that may end with an action; `image`
 * where its drawing is not what that action draws
 */
export type ExampleStep = string | {
    text: string;
    image: string;
};
/**
 * a line of
 * their file; pictures are data: addresses
 */
export type Example = {
    image: string;
    question: string;
    steps: ExampleStep[];
    answer: string;
    truth?: object;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type ShownExample = Addressed<import("./program.js").Example>;
/**
 * "kept" gives the JSON lines in the browser, "keep" puts others in their place; "check" gives what
 * the lines say, ShownExample[]; "picture" makes an example's picture out of a file, "perform" the
 * picture after the action that ends a step, both as data: addresses
 */
export type ExampleOrder = {
    do: "kept";
} | {
    do: "keep";
    lines: string;
} | {
    do: "check";
    lines: string;
} | {
    do: "picture";
    file: Blob;
} | {
    do: "perform";
    picture: string;
    step: string;
};
/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * What the program gives is in program.js, in its own words; here is what the page and its worker make of it.
 */
export type State = {
    device: Device;
    /**
     * the model's
     */
    title: string;
    /**
     * of the download, in bytes; null when none runs
     */
    progress: {
        loaded: number;
        total: number;
    } | null;
    /**
     * the model can answer at once
     */
    ready: boolean;
    /**
     * one sentence that is worth knowing but stops nothing
     */
    notice: string;
    /**
     * why the model could not be had
     */
    failure: Failure | null;
};
/**
 * Pictures as addresses instead of bytes: see addresses.js.
 */
export type Addressed<T> = T extends Uint8Array ? string : T extends (infer U)[] ? Addressed<U>[] : T extends object ? { [K in keyof T]: Addressed<T[K]>; } : T;
