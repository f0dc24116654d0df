/**
 * The worker: it owns the WebAssembly module and the model, so that the page never waits for them.
 * Messages: protocol.js. Work that needs the model waits for its download; questions queue up.
 *
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").OmniEvent} OmniEvent
 */

import { chooseDevice, cpu } from "./device.js";
import { OmniError, failureOf } from "./errors.js";
import { fetchModel, findModel, readIndex } from "./models.js";
import { LARGEST_FILE } from "./protocol.js";

/** How long the model may run before this worker looks whether a message (a stop) has come. */
const LISTEN_EVERY_MS = 16;

/** @type {import("./protocol.js").Open} */
let wish = { type: "open", device: "auto", why: "", model: "" };
/** @type {Promise<Program> | null} */
let program = null;
/** @type {Promise<void> | null} */
let loaded = null;
/** Questions are answered one after the other. @type {Promise<void>} */
let queue = Promise.resolve();
/** Requests that have not ended yet. @type {Map<number, {stopped: boolean, stop: () => void}>} */
const requests = new Map();

/**
 * The WebAssembly module with a session on a device.
 * @typedef {{wasm: any, session: any, device: import("./protocol.js").Device}} Program
 */

self.onmessage = ({ data }) => void receive(data);

/** @param {ToWorker} message */
async function receive(message) {
  switch (message.type) {
    case "open":
      wish = message;
      return void start().catch(() => {}); // whoever needs the program hears of the failure
    case "stop":
      return requests.get(message.id)?.stop();
    case "ask":
      return enqueue(message);
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
  const { wasm, session } = await start();
  switch (message.type) {
    case "about":
      return wasm.about();
    case "check":
      return wasm.check_picture(await bytesOf(message.picture));
    case "surprise":
      return session.surprise(message.kind, message.seed);
    case "judge":
      return session.judge(message.answer);
    case "transcript":
      return wasm.transcript({ ...message.request, picture: await bytesOf(message.request.picture) }, message.events);
  }
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
    wasm = await loadWasm(device.kind);
    session = await wasm.Session.create(device.kind);
  } catch (thrown) {
    if (device.kind === "cpu") throw thrown;
    device = cpu(`because the graphics processor failed: ${failureOf(thrown).message}`);
    wasm = await loadWasm("cpu");
    session = await wasm.Session.create("cpu");
  }
  post({ type: "state", state: { device } });
  return { wasm, session, device };
}

/** @param {"cpu" | "webgpu"} kind */
async function loadWasm(kind) {
  try {
    const wasm = await import(`./wasm/${kind}/omni_r1.js`);
    await wasm.default();
    return wasm;
  } catch (thrown) {
    if (thrown instanceof WebAssembly.CompileError) {
      throw new OmniError("browser", "This browser is too old for the model.", "Update it, or try another one.");
    }
    throw new OmniError("download", "The program can't be reached.", "Check the connection, then press Try again.");
  }
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
  const index = await readIndex();
  const model = findModel(index, wish.model);
  const files = await fetchModel(
    index,
    model,
    (loaded, total) => post({ type: "state", state: { progress: { loaded, total } } }),
    (notice) => post({ type: "state", state: { notice } }),
  );
  const { session } = await start();
  const [config, tokenizer, weights] = ["config.json", "tokenizer.json", "model.safetensors"].map((name) => {
    const bytes = files.get(name);
    if (!bytes) throw new OmniError("corrupt", `The model "${model.id}" has no ${name}.`, "Choose another model.");
    return bytes;
  });
  await session.load(config, tokenizer, weights);
  post({ type: "state", state: { progress: null, ready: true, title: model.title } });
}

/** @param {import("./protocol.js").Ask} message */
function enqueue(message) {
  const state = stoppable(message.id);
  queue = queue.then(() => ask(message, state));
}

/**
 * Exactly one `end` or `error` goes out, whatever happens.
 * @param {import("./protocol.js").Ask} message
 * @param {ReturnType<typeof stoppable>} state
 */
async function ask({ id, request }, state) {
  let device = "none";
  let over = false;
  /** @param {OmniEvent} event */
  const send = (event) => {
    over = event.type === "end" || event.type === "error";
    post({ type: "event", id, event });
  };
  let listened = performance.now();
  /** @param {OmniEvent} event @returns {Promise<boolean>} whether to go on */
  const onEvent = async (event) => {
    send(event);
    if (performance.now() - listened > LISTEN_EVERY_MS) {
      await nextMessage();
      listened = performance.now();
    }
    return !state.stopped;
  };
  try {
    const { wasm, session, ...program } = await start();
    device = program.device.kind;
    wasm.check_question(request.question);
    const picture = await bytesOf(request.picture);
    wasm.check_picture(picture);
    await Promise.race([load(), state.whenStopped]);
    if (!state.stopped) await session.ask({ ...request, picture }, onEvent);
    if (!over) send({ type: "end", tokens: 0, ms: 0, device });
  } catch (thrown) {
    if (!over) send({ type: "error", ...failureOf(thrown) });
  } finally {
    requests.delete(id);
  }
}

/** Makes a request known, so that a stop finds it, also while it waits. @param {number} id */
function stoppable(id) {
  const state = { stopped: false, stop: () => {}, whenStopped: Promise.resolve() };
  state.whenStopped = new Promise((resolve) => {
    state.stop = () => {
      state.stopped = true;
      resolve();
    };
  });
  requests.set(id, state);
  return state;
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

/** @param {Blob} file */
async function bytesOf(file) {
  if (file.size > LARGEST_FILE) {
    throw new OmniError("picture", "This file is too large for a picture.", "Choose one below 64 MB.");
  }
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new OmniError("picture", "This file can't be read any more.", "Choose the picture again.");
  }
}

/** @param {FromWorker} message */
function post(message) {
  self.postMessage(message);
}
