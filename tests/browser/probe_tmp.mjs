import { OTHERS } from "./others.mjs";
import { visit } from "./harness.mjs";
const results = {};
for (const which of ["chromium", 1, "chromium-plain"]) {
  const v = String(which).startsWith("chromium") ? await visit({ path: "www/embed.html", prepare: async (page) => { if (which === "chromium-plain") await page.route("**/device.js", async (route) => { const r = await route.fetch(); await route.fulfill({ response: r, body: (await r.text()).replace('"relaxed" : kind', '"cpu" : kind') }); }); } }) : await OTHERS[which].open();
  const o = String(which).startsWith("chromium") ? { goto: (u) => v.page.goto(new URL(u, process.env.PAGE).href), evaluate: (f, a) => v.page.evaluate(f, a), close: () => v.close() } : v;
  await o.goto("www/embed.html");
  results[which] = await o.evaluate(async () => {
    const element = document.querySelector("omni-r1"); element.setAttribute("device", "cpu");
    const out = [];
    const list = await (await fetch("samples/index.json")).json();
    for (const s of list) for (const seed of [1, 2]) {
      const got = { words: "", tokens: 0, pictures: [] };
      for await (const e of element.ask({ picture: "samples/" + s.file, question: s.question, seed })) {
        if (e.type === "text" || e.type === "answer" || e.type === "error") got.words += " " + (e.text ?? e.message);
        if (e.type === "picture") { const b = await createImageBitmap(new Blob([e.png])); const c = new OffscreenCanvas(b.width, b.height); const x = c.getContext("2d"); x.drawImage(b, 0, 0); got.pictures.push([...x.getImageData(0, 0, b.width, b.height).data]); }
        if (e.type === "end") got.tokens = e.tokens;
      }
      out.push(got);
    }
    return out;
  });
  await o.close();
}
for (const k of ["1", "chromium-plain"]) { console.log("==", k); results[k].forEach((r, i) => { const c = results.chromium[i];
  const diffs = r.pictures.map((p, j) => { const q = c.pictures[j] ?? []; let n = 0, max = 0; p.forEach((v, t) => { const d = Math.abs(v - (q[t] ?? 999)); if (d) n++; max = Math.max(max, d); }); return `${n}/${max}`; });
  console.log(i, r.words === c.words, r.tokens, c.tokens, diffs.join(" ")); if (r.words !== c.words) console.log(r.words, "\n", c.words); }); }
process.exit();
