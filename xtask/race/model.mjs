/**
 * The whole model in the page, by our kernels and by Burn's own operations. `window.openModel(module,
 * device, rows, length)` gives one with the methods `step` and `decode` of src/web_bench.rs.
 */

/** @param {string} module its folder @param {string} device @param {number} rows @param {number} length */
async function openModel(module, device, rows, length) {
  const { default: init, Bench } = await import(`./${module}/omni_r1.js`);
  await init();
  const names = ["config.json", "tokenizer.json", "model.safetensors"];
  const files = await Promise.all(names.map(async (name) => (await fetch(`model/${name}`)).arrayBuffer()));
  const [config, tokenizer, weights] = files.map((file) => new Uint8Array(file));
  const bench = await Bench.open(device);
  return bench.model(config, tokenizer, weights, rows, length);
}

Object.assign(window, { openModel });
