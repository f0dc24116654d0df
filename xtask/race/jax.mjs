/** What esbuild bundles of jax-js. */

export * from "@jax-js/jax";
