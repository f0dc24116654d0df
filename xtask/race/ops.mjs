/**
 * Single operations: what each program makes of a matrix product, causal attention and a convolution,
 * with the same numbers as inputs. Inputs lie on the device; every turn ends when the result is there.
 *
 * @typedef {{what: string, size: number, channels?: number}} Contest
 * @typedef {{run: () => Promise<unknown>, output: () => Promise<ArrayLike<number>>}} Contestant
 */

import * as jax from "./bundled/jax.mjs";
import * as tf from "./bundled/tfjs.mjs";
import * as ort from "./node_modules/onnxruntime-web/dist/ort.webgpu.min.mjs";
import { model } from "./onnx.mjs";

const HEADS = 4;
const HEAD = 32;

/** Queries, keys and values out of rows that hold all three. @param {Float32Array} packed @param {number} tokens */
function unpacked(packed, tokens) {
  const width = HEADS * HEAD;
  return [0, 1, 2].map((part) => {
    const values = new Float32Array(tokens * width);
    for (let t = 0; t < tokens; t++) {
      const start = (t * 3 + part) * width;
      values.set(packed.subarray(start, start + width), t * width);
    }
    return values;
  });
}

/** `[out, window, in]` to onnx's `[out, in, window]` or tfjs's `[window, in, out]`. */
function weights(/** @type {Float32Array} */ values, /** @type {number} */ channels, /** @type {"onnx" | "tf"} */ order) {
  const result = new Float32Array(values.length);
  for (let o = 0; o < channels; o++)
    for (let w = 0; w < 9; w++)
      for (let i = 0; i < channels; i++) {
        const at = order === "onnx" ? (o * channels + i) * 9 + w : (w * channels + i) * channels + o;
        result[at] = values[(o * 9 + w) * channels + i];
      }
  return result;
}

/** `[pixel, channel]` to `[channel, pixel]`, or back. */
function turned(/** @type {ArrayLike<number>} */ values, /** @type {number} */ rows, /** @type {number} */ columns) {
  return Float32Array.from({ length: rows * columns }, (_, e) => values[(e % rows) * columns + Math.floor(e / rows)]);
}

/** Inputs as the peers need them, and their shapes. @param {Contest} contest @param {any} ours */
export function inputsOf({ what, size, channels = 0 }, ours) {
  const [first, second, third] = [0, 1, 2].map((index) => ours.input(index));
  if (what === "matmul") return [{ a: first, b: second }, { a: [size, size], b: [size, size] }];
  if (what === "attention") {
    const [q, k, v] = unpacked(first, size);
    const shape = [1, size, HEADS * HEAD];
    return [{ q, k, v }, { q: shape, k: shape, v: shape }];
  }
  const picture = [1, size, size, channels];
  return [{ x: first, w: second, b: third }, { x: picture, w: [channels, 9 * channels], b: [channels] }];
}

/** @param {Contest} contest @param {any} values @param {any} shapes @returns {Promise<Contestant>} */
async function onnxruntime({ what, size, channels = 0 }, values, shapes) {
  let bytes;
  let data = values;
  let dims = shapes;
  if (what === "matmul") bytes = model("MatMul", shapes, [size, size]);
  if (what === "attention") {
    bytes = model("MultiHeadAttention", shapes, shapes.q, { num_heads: HEADS, unidirectional: 1 }, "com.microsoft");
  }
  if (what === "conv2d") {
    const picture = [1, channels, size, size];
    dims = { x: picture, w: [channels, channels, 3, 3], b: [channels] };
    data = { x: turned(values.x, size * size, channels), w: weights(values.w, channels, "onnx"), b: values.b };
    bytes = model("Conv", dims, picture, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  }
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["webgpu"], preferredOutputLocation: "gpu-buffer" });
  const device = await ort.env.webgpu.device;
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const feeds = Object.fromEntries(
    Object.keys(data).map((name) => {
      const buffer = device.createBuffer({ size: data[name].byteLength, usage });
      device.queue.writeBuffer(buffer, 0, data[name]);
      return [name, ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: dims[name] })];
    }),
  );
  return {
    run: async () => {
      const { out } = await session.run(feeds);
      await device.queue.onSubmittedWorkDone();
      out.dispose();
    },
    output: async () => {
      const { out } = await session.run(feeds);
      const found = await out.getData(true);
      return what === "conv2d" ? turned(found, channels, size * size) : found;
    },
  };
}

/** @param {Contest} contest @param {any} values @param {any} shapes @returns {Contestant} */
function tensorflow({ what, size, channels = 0 }, values, shapes) {
  /** @type {() => any} */
  let make = () => null;
  if (what === "matmul") {
    const [a, b] = [tf.tensor(values.a, shapes.a), tf.tensor(values.b, shapes.b)];
    make = () => tf.matMul(a, b);
  }
  if (what === "attention") {
    const parts = ["q", "k", "v"].map((name) => tf.tensor(values[name], [1, size, HEADS, HEAD]));
    const later = Float32Array.from({ length: size * size }, (_, e) => (e % size > Math.floor(e / size) ? -1e9 : 0));
    const mask = tf.tensor(later, [1, 1, size, size]);
    make = () => {
      const [q, k, v] = parts.map((part) => part.transpose([0, 2, 1, 3]));
      const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(HEAD)).add(mask);
      return tf.matMul(tf.softmax(scores), v).transpose([0, 2, 1, 3]);
    };
  }
  if (what === "conv2d") {
    const x = tf.tensor(values.x, shapes.x);
    const filter = tf.tensor(weights(values.w, channels, "tf"), [3, 3, channels, channels]);
    const bias = tf.tensor(values.b);
    make = () => tf.conv2d(x, filter, 1, "same").add(bias);
  }
  return {
    run: async () => {
      const first = tf.tidy(() => make().flatten().slice([0], [1]));
      await first.data();
      first.dispose();
    },
    output: async () => {
      const all = tf.tidy(make);
      const found = await all.data();
      all.dispose();
      return found;
    },
  };
}

/** @param {Contest} contest @param {any} values @param {any} shapes @returns {Contestant} */
function jaxJs({ what, size, channels = 0 }, values, shapes) {
  const { numpy, nn, lax, jit } = jax;
  const array = (/** @type {Float32Array} */ numbers, /** @type {number[]} */ shape) => numpy.array(numbers).reshape(shape);
  /** @type {any[]} */
  let inputs = [];
  /** @type {(...inputs: any[]) => any} */
  let op = () => null;
  if (what === "matmul") {
    inputs = [array(values.a, shapes.a), array(values.b, shapes.b)];
    op = (a, b) => numpy.matmul(a, b);
  }
  if (what === "attention") {
    inputs = ["q", "k", "v"].map((name) => array(values[name], [1, size, HEADS, HEAD]));
    op = (q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true });
  }
  if (what === "conv2d") {
    // Channels first, as in its documentation.
    inputs = [
      array(turned(values.x, size * size, channels), [1, channels, size, size]),
      array(weights(values.w, channels, "onnx"), [channels, channels, 3, 3]),
      array(values.b, [1, channels, 1, 1]),
    ];
    op = (x, w, b) => lax.conv(x, w, [1, 1], "SAME").add(b);
  }
  const compiled = jit(op);
  const make = () => compiled(...inputs.map((input) => input.ref));
  return {
    run: async () => {
      const out = make();
      await out.blockUntilReady();
      out.dispose();
    },
    output: async () => {
      const found = await make().data();
      return what === "conv2d" ? turned(found, channels, size * size) : found;
    },
  };
}

/** The peers by name. */
export const PEERS = { "onnxruntime-web": onnxruntime, tfjs: tensorflow, "jax-js": jaxJs };

/** Devices of the peers. */
export async function prepare() {
  await tf.setBackend("webgpu");
  await jax.init("webgpu");
  jax.defaultDevice("webgpu");
}
