/**
 * From a page that has just been opened to the first numbers of one program: a product of two matrices,
 * 64 x 64. The query names the program. Ours is the page's own module, whose door for this compares
 * every number with an exact calculation, gradients included.
 */

import { model } from "./onnx.mjs";

const SIZE = 64;
const values = Float32Array.from({ length: SIZE * SIZE }, (_, at) => Math.sin(at));
const shape = [SIZE, SIZE];

const STARTS = {
  ours: async () => {
    const { default: init, Kernels } = await import("./shipped/omni_r1.js");
    await init();
    const kernels = await Kernels.open();
    const { ops } = kernels.contents();
    const op = ops.findIndex((/** @type {any} */ op) => op.name === "matmul");
    return kernels.check(op, ops[op].cases.indexOf("None 64x64x64"));
  },
  "onnxruntime-web": async () => {
    const ort = await import("./node_modules/onnxruntime-web/dist/ort.webgpu.min.mjs");
    const bytes = model("MatMul", { a: shape, b: shape }, shape);
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["webgpu"] });
    const { out } = await session.run({ a: new ort.Tensor("float32", values, shape), b: new ort.Tensor("float32", values, shape) });
    return out.data;
  },
  tfjs: async () => {
    const tf = await import("./bundled/tfjs.mjs");
    await tf.setBackend("webgpu");
    return tf.matMul(tf.tensor(values, shape), tf.tensor(values, shape)).data();
  },
  "jax-js": async () => {
    const { init, defaultDevice, numpy } = await import("./bundled/jax.mjs");
    await init("webgpu");
    defaultDevice("webgpu");
    const [a, b] = [values, values].map((values) => numpy.array(values).reshape(shape));
    return numpy.matmul(a, b).data();
  },
};

await STARTS[/** @type {keyof typeof STARTS} */ (decodeURIComponent(location.search.slice(1)))]();
const ms = performance.now();
const files = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
Object.assign(window, { cold: { ms, bytes: files.reduce((sum, file) => sum + file.decodedBodySize, 0) } });
