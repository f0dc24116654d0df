/**
 * What a model has practised, in its config.json: `"omni_r1": {"kinds": ["V4"], "draws": false}`.
 * @typedef {import("./protocol.js").Practised} Practised
 */

/** Null where the file doesn't say. @param {Uint8Array} config @returns {Practised | null} */
export function practisedOf(config) {
  const { kinds, draws = true } = JSON.parse(new TextDecoder().decode(config)).omni_r1 ?? {};
  return Array.isArray(kinds) && kinds.length ? { kinds, draws } : null;
}

/**
 * The files of a trained model, with what it learned by a recipe beside what it knew before.
 * @template {Record<string, Uint8Array>} T
 * @param {T} files
 * @param {object} recipe see src/train/recipe.rs
 * @returns {T}
 */
export function notePractised(files, recipe) {
  const { mix = {}, language } = /** @type {any} */ (recipe);
  const earlier = practisedOf(files["config.json"]);
  const kinds = Object.keys(mix).filter((kind) => kind !== "own" && mix[kind] > 0);
  const draws = (earlier?.draws ?? false) || language?.modes?.draw !== 0;
  const config = JSON.parse(new TextDecoder().decode(files["config.json"]));
  config.omni_r1 = { kinds: [...new Set([...(earlier?.kinds ?? []), ...kinds])], draws };
  return { ...files, "config.json": new TextEncoder().encode(JSON.stringify(config, null, 2)) };
}
