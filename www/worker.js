/**
 * The worker: it owns the WebAssembly module and the model, so that the page never waits for them.
 * Messages: protocol.js. Work that needs the model waits for its download; questions queue up.
 *
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").OmniEvent} OmniEvent
 */

import { chooseDevice, cpu, watchDevices } from "./device.js";
import { OmniError, failureOf } from "./errors.js";
import * as examples from "./examples.js";
import { look } from "./look.js";
import { fetchFiles, findModel, idOf, isAddress, readIndex } from "./models.js";
import { loadWasm } from "./modules.js";
import { readable } from "./foreign.js";
import { LARGEST_FILE } from "./protocol.js";
import { Surprises } from "./surprises.js";
import { Training } from "./training.js";
import * as store from "./run-store.js";
import { keepTuned, tunedFor } from "./autotune.js";

/** @type {import("./protocol.js").Open} */
let wish = { type: "open", device: "auto", why: "", model: "", page: "" };
/** @type {Promise<Program> | null} */
let program = null;
/** @type {Promise<void> | null} */
let loaded = null;
/** Questions are answered one after the other. @type {Promise<void>} */
let queue = Promise.resolve();
/** How to stop the requests that have not ended yet. @type {Map<number, () => void>} */
const requests = new Map();
/** What the program has taken of it. @type {WebAssembly.Memory | null} */
let memory = null;
/** By the model that answers, once it is loaded. @type {import("./protocol.js").Capabilities | null} */
let capabilities = null;
const surprises = new Surprises();
/** So many answers can still be saved. */
const ANSWERS = 8;
/** The last ones, in the program, by the ids of what was asked. @type {Map<number, any>} */
const answers = new Map();
/** The photos for surprises, asked for once. @type {Promise<void> | null} */
let bank = null;
const training = new Training({
  open: openRun,
  check: async (files) => {
    const { session } = await start();
    session.check_model(...store.MODEL_FILES.map((name) => files[name]));
    return files;
  },
  takeUp: async (title, take) => {
    const { session } = await start();
    await Promise.all([queue, loaded?.catch(() => {})]); // what still comes would take its place
    capabilities = take(session);
    post({ type: "state", state: { ready: true, title } });
    loaded = Promise.resolve();
  },
  putBack: async () => {
    await queue;
    loaded = null;
    await load();
  },
  measure: async () => (await start()).session.measure(nextMessage),
  memory: () => memory?.buffer.byteLength ?? 0,
  page: () => wish.page,
  // Questions come first: people wait for their answers.
  pause: async () => {
    await nextMessage();
    await queue;
  },
  tell: (news) => post({ type: "training", news }),
});

/**
 * The WebAssembly module with a session on a device.
 * @typedef {{wasm: any, session: any, device: import("./protocol.js").Device}} Program
 */

self.onmessage = ({ data }) => void receive(data);
watchDevices(() => post({ type: "lost" }));

/** @param {ToWorker} message */
async function receive(message) {
  switch (message.type) {
    case "open":
      wish = message;
      return void start().catch(() => {}); // whoever needs the program hears of the failure
    case "stop":
      return requests.get(message.id)?.();
    case "ask": {
      const stopped = stoppable(message.id);
      queue = queue.then(() => ask(message, stopped));
      return;
    }
  }
  try {
    post({ type: "result", id: message.id, value: await answer(message) });
  } catch (thrown) {
    post({ type: "failure", id: message.id, error: failureOf(thrown) });
  }
}

/** @param {Exclude<ToWorker, {type: "open" | "stop" | "ask"}>} message */
async function answer(message) {
  if (message.type === "load") return load();
  if (message.type === "train") return training.obey(message.order);
  const { wasm, session } = await start();
  switch (message.type) {
    case "look":
      await load();
      return inTurn(() => look(message.order, session, bytesOf, answers));
    case "about":
      return { ...wasm.about(await trainedTypes()), ...(await offered()), capabilities: capabilities && { ...capabilities, ...wasm.about(capabilities.kinds) } };
    case "check":
      return wasm.check_picture(await bytesOf(message.picture));
    case "surprise":
      // They are drawn as the model has practised them: what it was taught, and by which hands.
      await load();
      await fetchBank(session);
      return surprises.draw(session, message.taskType ? [message.taskType] : capabilities?.kinds ?? (await trainedTypes()), message.seed);
    case "judge":
      return surprises.recall(session, message.surprise) ? session.judge(message.answer) : undefined;
    case "transcript": {
      const [json, html] = answers.get(message.ask)?.files() ?? [];
      return json ? { json, html } : null;
    }
    case "examples":
      return examples.obey(message.order, wasm, bytesOf);
  }
}

/** After the questions that wait: the model does one thing at a time. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function inTurn(work) {
  const done = queue.then(work);
  queue = done.then(() => {}, () => {}); // whoever asked for it hears of the failure
  return done;
}

/** The program, started once. @returns {Promise<Program>} */
function start() {
  program ??= startProgram().catch((thrown) => {
    program = null;
    throw thrown;
  });
  return program;
}

async function startProgram() {
  let device = await chooseDevice(wish.device, wish.why);
  let wasm;
  let session;
  try {
    ({ wasm, memory } = await loadWasm(device.kind));
    session = await openSession(wasm, device);
  } catch (thrown) {
    if (device.kind === "cpu") throw thrown;
    device = cpu(`because the graphics processor failed: ${failureOf(thrown).message}`);
    ({ wasm, memory } = await loadWasm("cpu"));
    session = await wasm.Session.create("cpu");
  }
  post({ type: "state", state: { device } });
  return { wasm, session, device };
}

/** @param {any} wasm @param {import("./protocol.js").Device} device */
async function openSession(wasm, { kind, name }) {
  const session = await wasm.Session.create(kind, kind === "webgpu" ? await tunedFor(name) : undefined);
  const tuned = session.tuned();
  if (tuned) void keepTuned(name, tuned);
  return session;
}

/** The model in the program, fetched once. @returns {Promise<void>} */
function load() {
  loaded ??= loadModel().catch((thrown) => {
    loaded = null;
    post({ type: "state", state: { progress: null, failure: failureOf(thrown) } });
    throw thrown;
  });
  return loaded;
}

async function loadModel() {
  post({ type: "state", state: { failure: null } });
  const { title, files } = await fetchModel();
  const { session } = await start();
  capabilities = session.load(title, ...files);
  post({ type: "state", state: { progress: null, ready: true, title } });
}

/**
 * config.json, tokenizer.json and weights of the page's model, or of the kept one.
 * @returns {Promise<{title: string, files: Uint8Array[]}>}
 */
async function fetchModel() {
  if (wish.model === "own") {
    const kept = await store.readModel();
    if (!kept) throw new OmniError("data", "No model of your own is kept in this browser.", "Train one, and press Keep it to begin with.");
    return kept;
  }
  const index = await readIndex(wish.model);
  const model = findModel(index, wish.model);
  const files = await fetchFiles(
    index,
    model.files,
    (loaded, total) => post({ type: "state", state: { progress: { loaded, total } } }),
    (notice) => post({ type: "state", state: { notice } }),
  );
  const parts = ["config.json", "tokenizer.json", "model.safetensors"].map((name) => {
    const bytes = files.get(name);
    if (!bytes) throw new OmniError("corrupt", `The model "${model.id}" has no ${name}.`, "Choose another model.");
    return bytes;
  });
  return { title: model.title, files: parts };
}

/**
 * A run in the program. It begins with the page's model or the kept one, or with parts of it alone: a new
 * transformer takes its vocabulary and picture tokenizer, a new picture tokenizer its shape.
 * @param {import("./protocol.js").Plan} plan
 * @param {string} examples the reader's own, in JSON lines
 * @param {Record<string, Uint8Array> | null} saved the checkpoint to go on from
 */
async function openRun({ preset, model, recipe }, examples, saved) {
  const files = await (model ? keptModel(model) : pagesModel());
  const { session } = await start();
  await fetchBank(session);
  if ("tokenizer" in recipe) return session.train_tokenizer(JSON.stringify(recipe), preset !== "new", ...files, saved);
  const size = preset === "own" || !preset ? undefined : preset;
  return session.train(JSON.stringify(recipe), size, ...files, examples, saved);
}

async function pagesModel() {
  const { files } = await fetchModel().finally(() => post({ type: "state", state: { progress: null } }));
  return files;
}

/** @param {string} id that the run began with */
async function keptModel(id) {
  const kept = await store.readModel();
  if (kept?.id !== id) throw new OmniError("data", "The model that this run began with isn't here any more.", "Open its file again, or begin a new run.");
  return kept.files;
}

/** The task types that the page's model was trained on; empty where that is not known. @returns {Promise<string[]>} */
async function trainedTypes() {
  try {
    return findModel(await readIndex(wish.model), wish.model).kinds ?? [];
  } catch {
    return []; // loading the model says what is wrong
  }
}

/** The models of the page, and which of them answers. @returns {Promise<Pick<import("./protocol.js").About, "models" | "model">>} */
async function offered() {
  const index = await readIndex(wish.model).catch(() => null); // loading the model says what is wrong
  const list = isAddress(wish.model) ? `${wish.model.split("#")[0]}#` : "";
  const models = (index?.models ?? []).map(({ id, title }) => ({ id: list + id, title }));
  if (wish.model === "own") models.push({ id: "own", title: "your own" });
  return { models, model: index ? list + idOf(index, wish.model) : wish.model };
}

/** Without them there still are the surprises that need no photo. @param {any} session @returns {Promise<void>} */
function fetchBank(session) {
  bank ??= readIndex(wish.model)
    .then((index) => fetchFiles(index, index.bank ? [index.bank] : [], () => {}, () => {}))
    .then((files) => files.forEach((bytes) => session.set_bank(bytes)))
    .catch(() => {
      bank = null;
    });
  return bank;
}

/**
 * Exactly one `end` or `error` goes out, whatever happens, and then the result.
 * @param {import("./protocol.js").Ask} message
 * @param {Promise<void>} stopped
 */
async function ask({ id, request }, stopped) {
  let over = false;
  /** @param {OmniEvent} event */
  const send = (event) => {
    over = event.type === "end" || event.type === "error";
    post({ type: "event", id, event });
  };
  try {
    const { wasm, session } = await start();
    wasm.check_question(request.question);
    const picture = await bytesOf(request.picture);
    wasm.check_picture(picture);
    await Promise.race([load(), stopped.then(() => Promise.reject(STOPPED))]);
    void stopped.then(() => requests.has(id) && session.stop());
    if (request.surprise) surprises.recall(session, request.surprise);
    const other = request.other && (await bytesOf(request.other));
    keepAnswer(id, await session.ask(picture, { ...request, picture: undefined, other }, send, nextMessage));
  } catch (thrown) {
    if (!over) send({ type: "error", ...failureOf(thrown) });
  }
  requests.delete(id);
  post({ type: "result", id, value: undefined });
}

/** Null after an error. @param {number} id @param {any} answer */
function keepAnswer(id, answer) {
  if (answer) answers.set(id, answer);
  for (const old of [...answers.keys()].slice(0, -ANSWERS)) {
    answers.get(old).free();
    answers.delete(old);
  }
}

const STOPPED = new OmniError("stopped", "Stopped.", "");

/** Makes a request known, so that a stop finds it, also while it waits. @param {number} id @returns {Promise<void>} */
function stoppable(id) {
  return new Promise((resolve) => requests.set(id, resolve));
}

/** Lets the messages that have come in the meantime be received. @returns {Promise<void>} */
function nextMessage() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** A picture as the program reads it. @param {Blob} file */
async function bytesOf(file) {
  if (file.size > LARGEST_FILE) {
    throw new OmniError("picture", "This file is too large for a picture.", "Choose one below 64 MB.");
  }
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new OmniError("picture", "This file can't be read any more.", "Choose the picture again.");
  }
  return readable(bytes);
}

/** @param {FromWorker} message */
function post(message) {
  self.postMessage(message);
}
