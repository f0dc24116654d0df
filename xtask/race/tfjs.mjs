/** What esbuild bundles of tfjs: the WebGPU backend, gradients, and operations as methods. */

import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-webgpu";

export * from "@tensorflow/tfjs-core";
