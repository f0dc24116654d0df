/**
 * A plain GPT and one step of gradient descent, as jax-js and tfjs write them; src/bench/gpt.rs is
 * ours. All begin with the same weights, see the same tokens and must have the same losses.
 *
 * @typedef {{layers: number, width: number, heads: number, inner: number, vocab: number, rows: number, length: number}} Size
 * @typedef {{dims: number[], values: Float32Array}} Weight matrices are `[in, out]`
 */

import * as jax from "./bundled/jax.mjs";
import * as tf from "./bundled/tfjs.mjs";

const EPS = 1e-5;
const RATE = 0.1;

/** @param {Weight} weight */
function turned({ dims: [rows, columns], values }) {
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]);
}

/** Weights, tokens and what follows them. @param {Size} shape */
export function makeGpt(shape) {
  const { layers, width, inner, vocab, rows, length } = shape;
  let seed = 7;
  const random = () => {
    seed = (seed * 1664525 + 1013904223) >>> 0;
    return seed / 4294967296 - 0.5;
  };
  const matrix = (/** @type {number} */ rows, /** @type {number} */ columns) => ({
    dims: [rows, columns],
    values: Float32Array.from({ length: rows * columns }, () => random() * Math.sqrt(3 / rows)),
  });
  const norm = () => ({ dims: [width], values: new Float32Array(width).fill(1) });
  /** @type {Record<string, Weight>} */
  const weights = { tokens: matrix(vocab, width), places: matrix(length, width) };
  // As src/bench/gpt.rs has them: all in a row, matrices [out, in].
  const ordered = [weights.tokens.values, weights.places.values];
  for (let layer = 0; layer < layers; layer++) {
    const own = {
      first: norm(),
      q: matrix(width, width),
      k: matrix(width, width),
      v: matrix(width, width),
      o: matrix(width, width),
      second: norm(),
      gate: matrix(width, inner),
      up: matrix(width, inner),
      down: matrix(inner, width),
    };
    for (const [name, weight] of Object.entries(own)) {
      weights[name + layer] = weight;
      ordered.push(weight.dims.length > 1 ? turned(weight) : weight.values);
    }
  }
  Object.assign(weights, { last: norm(), head: matrix(width, vocab) });
  ordered.push(weights.last.values, turned(weights.head));
  const flat = Float32Array.from(ordered.flatMap((values) => [...values]));
  const token = (/** @type {number} */ place) => (place * 7 + 3) % vocab;
  const tokens = Int32Array.from({ length: rows * length }, (_, place) => token(place));
  const targets = Int32Array.from({ length: rows * length }, (_, place) => token(place + 1));
  return { shape, weights, flat, tokens, targets, parameters: flat.length };
}

/** @typedef {ReturnType<typeof makeGpt>} Gpt */

/** Rows of zeros with a one. @param {Int32Array} ids @param {number} vocab */
function oneHot(ids, vocab) {
  const values = new Float32Array(ids.length * vocab);
  ids.forEach((id, row) => (values[row * vocab + id] = 1));
  return values;
}

/** @param {Gpt} gpt */
function jaxJs({ shape, weights, tokens, targets }) {
  const { numpy: np, nn, jit, valueAndGrad, tree } = jax;
  const { layers, width, heads, vocab, rows, length } = shape;
  const array = (/** @type {Float32Array} */ values, /** @type {number[]} */ dims) => np.array(values).reshape(dims);
  const [x, y] = [tokens, targets].map((ids) => array(oneHot(ids, vocab), [rows, length, vocab]));
  const norm = (/** @type {any} */ x, /** @type {any} */ weight) => {
    const square = np.mean(np.square(x.ref), -1, { keepdims: true });
    return x.div(np.sqrt(square.add(EPS))).mul(weight);
  };
  const split = (/** @type {any} */ x) => x.reshape([rows, length, heads, width / heads]);
  const loss = (/** @type {any} */ p, /** @type {any} */ x, /** @type {any} */ y) => {
    let h = np.dot(x, p.tokens).add(p.places);
    for (let l = 0; l < layers; l++) {
      const a = norm(h.ref, p[`first${l}`]);
      const [q, k, v] = [np.dot(a.ref, p[`q${l}`]), np.dot(a.ref, p[`k${l}`]), np.dot(a, p[`v${l}`])].map(split);
      const attended = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([rows, length, width]);
      h = h.add(np.dot(attended, p[`o${l}`]));
      const b = norm(h.ref, p[`second${l}`]);
      const gate = nn.silu(np.dot(b.ref, p[`gate${l}`]));
      h = h.add(np.dot(gate.mul(np.dot(b, p[`up${l}`])), p[`down${l}`]));
    }
    const logits = np.dot(norm(h, p.last), p.head);
    return np.sum(nn.logSoftmax(logits, -1).mul(y)).mul(-1 / (rows * length));
  };
  const step = jit((/** @type {any} */ p, /** @type {any} */ x, /** @type {any} */ y) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), x, y);
    return [value, Object.fromEntries(Object.keys(p).map((name) => [name, p[name].sub(gradients[name].mul(RATE))]))];
  });
  let state = Object.fromEntries(Object.entries(weights).map(([name, { dims, values }]) => [name, array(values, dims)]));
  return {
    step: async () => {
      const [value, next] = step(state, x.ref, y.ref);
      state = next;
      return value.jsAsync();
    },
  };
}

/** @param {Gpt} gpt */
function tensorflow({ shape, weights, tokens, targets }) {
  const { layers, width, heads, vocab, rows, length } = shape;
  const size = width / heads;
  const p = Object.fromEntries(
    Object.entries(weights).map(([name, { dims, values }]) => [name, tf.variable(tf.tensor(values, dims))]),
  );
  const [x, y] = [tokens, targets].map((ids) => tf.tensor(oneHot(ids, vocab), [rows * length, vocab]));
  const later = Float32Array.from({ length: length * length }, (_, at) => (at % length > Math.floor(at / length) ? -1e9 : 0));
  const mask = tf.tensor(later, [1, 1, length, length]);
  const norm = (/** @type {any} */ x, /** @type {any} */ weight) =>
    x.div(tf.sqrt(tf.mean(tf.square(x), -1, true).add(EPS))).mul(weight);
  const split = (/** @type {any} */ x) => x.reshape([rows, length, heads, size]).transpose([0, 2, 1, 3]);
  const loss = () => {
    let h = tf.matMul(x, p.tokens).reshape([rows, length, width]).add(p.places).reshape([rows * length, width]);
    for (let l = 0; l < layers; l++) {
      const a = norm(h, p[`first${l}`]);
      const [q, k, v] = ["q", "k", "v"].map((name) => split(tf.matMul(a, p[name + l])));
      const scores = tf.matMul(q, k, false, true).mul(1 / Math.sqrt(size)).add(mask);
      const attended = tf.matMul(tf.softmax(scores), v).transpose([0, 2, 1, 3]).reshape([rows * length, width]);
      h = h.add(tf.matMul(attended, p[`o${l}`]));
      const b = norm(h, p[`second${l}`]);
      const gate = tf.matMul(b, p[`gate${l}`]);
      h = h.add(tf.matMul(gate.mul(tf.sigmoid(gate)).mul(tf.matMul(b, p[`up${l}`])), p[`down${l}`]));
    }
    return tf.logSoftmax(tf.matMul(norm(h, p.last), p.head)).mul(y).sum().mul(-1 / (rows * length));
  };
  const optimizer = tf.train.sgd(RATE);
  return {
    step: async () => {
      const cost = optimizer.minimize(loss, true);
      const [value] = await cost.data();
      cost.dispose();
      return value;
    },
  };
}

/** The peers that can train. @param {Gpt} gpt */
export const contestants = (gpt) => ({ tfjs: () => tensorflow(gpt), "jax-js": () => jaxJs(gpt) });
