/** What esbuild bundles of the peers, once. */

import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-backend-webgpu";

export * as jax from "@jax-js/jax";
export * as tf from "@tensorflow/tfjs-core";
