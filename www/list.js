/**
 * What lies beside the page: the list of its models, and its samples. The npm package has no samples, and its
 * list as code (xtask/src/models.rs), with the address of each file written out, so that bundlers take the
 * files along.
 */

/** @type {URL | null} */
export const SAMPLES = new URL("./samples/index.json", import.meta.url);

export const INDEX = new URL("./models/index.json", import.meta.url);

/** The package's list. @type {import("./models.js").Listed | null} */
export const LISTED = null;
