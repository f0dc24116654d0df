/**
 * Every message between the page and its worker, and every event of a request, in one place.
 *
 * The page sends `open` once, then anything else in any order. Each message with an `id` gets
 * exactly one `result` or `failure` with that id. Before its result, `ask` gets any number of
 * `event`s, the last of which (and no other) is an `end` or an `error`. `stop` makes the request
 * that it names end early, with an `error` of the code "stopped". `state` comes whenever something
 * changed that the page shows.
 *
 * @typedef {"auto" | "cpu" | "webgpu"} DeviceWish
 *
 * @typedef {"imagined" | "executed" | "none" | "blank" | "shuffled"} PictureSource
 *   Where the drawings come from: the model draws them; they are drawn exactly from the question's
 *   picture; there are none; and two controls for experiments.
 *
 * @typedef {object} Request what the model is asked
 * @property {Blob} picture the bytes of a picture file
 * @property {string} question
 * @property {PictureSource} [pictures]
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
 * @typedef {{type: "text", text: string}} TextEvent
 * @typedef {{type: "picture-row", index: number, row: number, rows: number, rgba: Uint8Array}} PictureRowEvent
 *   one of `rows` bands of a square picture, as wide as the picture
 * @typedef {{type: "picture", index: number, png: Uint8Array}} PictureEvent
 * @typedef {{type: "answer", text: string}} AnswerEvent
 * @typedef {{type: "end", tokens: number, ms: number, device: string}} EndEvent
 * @typedef {{type: "error"} & Failure} ErrorEvent
 * @typedef {TextEvent | PictureRowEvent | PictureEvent | AnswerEvent | EndEvent | ErrorEvent} OmniEvent
 *
 * @typedef {{type: "open", device: DeviceWish, why: string, model: string}} Open
 *   `why` is shown with the device when the page itself forces one; an empty `model` is the default one
 * @typedef {{type: "load", id: number}} Load fetch the model, or try again; result: nothing
 * @typedef {{type: "about", id: number}} AboutMessage result: About
 * @typedef {{type: "check", id: number, picture: Blob}} Check result: Checked
 * @typedef {{type: "surprise", id: number, kind: string, seed: number}} SurpriseMessage
 *   an empty `kind` is any that the model was trained on; result: Surprise
 * @typedef {{type: "judge", id: number, answer: string}} Judge
 *   is this a right answer to the last surprise? result: boolean, or undefined without one
 * @typedef {{type: "ask", id: number, request: Request}} Ask
 *   result: Transcript, or null after an error
 * @typedef {{type: "stop", id: number}} Stop
 * @typedef {Open | Load | AboutMessage | Check | SurpriseMessage | Judge | Ask | Stop} ToWorker
 *
 * @typedef {{type: "result", id: number, value: any}} Result
 * @typedef {{type: "failure", id: number, error: Failure}} FailureMessage
 * @typedef {{type: "event", id: number, event: OmniEvent}} EventMessage
 * @typedef {{type: "state", state: Partial<State>}} StateMessage
 * @typedef {{type: "lost"}} Lost the graphics processor is gone, and with it everything in this worker
 * @typedef {Result | FailureMessage | EventMessage | StateMessage | Lost} FromWorker
 *
 * @typedef {object} About what the program offers
 * @property {string[]} kinds of tasks that it can draw by itself and the model was trained on
 * @property {string[]} suggestions questions for a picture it knows nothing of
 *
 * @typedef {object} Checked a picture file that can be used
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Surprise a task drawn by chance
 * @property {Uint8Array} png
 * @property {string} kind
 * @property {string} question
 * @property {string} answer the right one
 * @property {string[]} suggestions more questions for a picture of this kind
 *
 * @typedef {{json: string, html: string}} Transcript an answer as files
 *
 * @typedef {object} Device what the model runs on
 * @property {"cpu" | "webgpu"} kind
 * @property {string} name for readers
 * @property {string} why for readers, a part of a sentence
 *
 * @typedef {object} State
 * @property {Device} device
 * @property {string} title the model's
 * @property {{loaded: number, total: number} | null} progress of the download, in bytes; null when none runs
 * @property {boolean} ready the model can answer at once
 * @property {string} notice one sentence that is worth knowing but stops nothing
 * @property {Failure | null} failure why the model could not be had
 */

/** The largest picture file that is read at all; photos of current cameras are well below it. */
export const LARGEST_FILE = 64 * 1024 * 1024;
