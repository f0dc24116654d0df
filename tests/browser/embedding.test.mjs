/** The package in other people's pages: the examples as their README shows them, and its policies word for word. */

import assert from "node:assert/strict";
import { cpSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { build } from "vite";
import { ROOT, visit } from "./harness.mjs";
import { host } from "./host.mjs";
import { packed } from "./packed.mjs";

const README = readFileSync(`${ROOT}pkg/README.md`, "utf8");
const CORS = { "access-control-allow-origin": "*" };

/** The element asks what its page has set up, and answers. @param {any} root a page or frame */
async function answers(root) {
  await root.getByRole("button", { name: "Ask", exact: true }).click();
  const answer = root.getByRole("status", { name: "Answer" });
  await answer.filter({ hasText: /\S/ }).waitFor();
  return answer.innerText();
}

test("the README shows every example as it is", () => {
  const shown = readFileSync(`${ROOT}examples/README.md`, "utf8");
  const files = readdirSync(`${ROOT}examples`, { recursive: true }).map(String);
  const texts = files.filter((name) => /\.(html|js|jsx|ts|vue)$/.test(name) && !/^(react|vue|vite)\/(index\.html|main\.js)$/.test(name));
  for (const name of texts) assert.ok(shown.includes(readFileSync(`${ROOT}examples/${name}`, "utf8")), name);
  assert.equal(texts.length, 9);
});

test("a plain page", async () => {
  const site = await host(packed().folder, { path: "/course/" });
  const visitor = await visit({ path: `${site.address}plain.html`, home: site.address });
  assert.match(await answers(visitor.page), /\S/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

for (const name of ["react", "vue", "vite"]) {
  test(`an app built by Vite: ${name}`, async () => {
    const { folder } = packed();
    const out = `${folder}/built/${name}`;
    await build({ root: `${folder}/${name}`, logLevel: "error", build: { outDir: out } });
    cpSync(`${folder}/maze.png`, `${out}/maze.png`);
    const site = await host(out, { path: "/app/" });
    const visitor = await visit({ path: site.address, home: site.address });
    if (name === "vite") await visitor.page.getByRole("button", { name: "How do I get out?" }).click();
    else await answers(visitor.page);
    await visitor.page.locator("output").last().filter({ hasText: /\S/ }).waitFor();
    assert.deepEqual([site.faults, visitor.faults], [[], []]);
    await visitor.close();
  });
}

test("a course's frame without an origin", async () => {
  const site = await host(packed().folder, { headers: CORS });
  const visitor = await visit({ path: `${site.address}lms.html`, home: site.address });
  assert.match(await answers(visitor.page.frameLocator("iframe")), /\S/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a slide: it answers, and typing a question turns no slide", async () => {
  const site = await host(packed().folder);
  const visitor = await visit({ path: `${site.address}slides.html#/1`, home: site.address });
  await visitor.question.fill("");
  await visitor.question.pressSequentially("how do i get from orange to purple?");
  assert.equal(new URL(visitor.page.url()).hash, "#/1");
  assert.equal(await visitor.question.inputValue(), "how do i get from orange to purple?");
  assert.match(await answers(visitor.page), /\S/);
  await visitor.page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await visitor.page.keyboard.press("ArrowLeft");
  await visitor.page.waitForFunction(() => !location.hash.endsWith("/1"));
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

for (const [where, elsewhere] of [["the page's own host", false], ["another host", true]]) {
  test(`the README's content security policy for files from ${where} is all it needs`, async () => {
    const policies = [...README.matchAll(/```\n(default-src .*)\n```/g)].map(([, policy]) => policy);
    assert.equal(policies.length, 3); // the third, for frames without an origin: beside.test.mjs
    const cdn = await host(`${packed().folder}/node_modules`, { headers: CORS });
    const origin = new URL(cdn.address).origin;
    const policy = policies[elsewhere ? 1 : 0].replaceAll("https://cdn.example", origin);
    const site = await host(packed().folder, { headers: { "content-security-policy": policy } });
    if (elsewhere) {
      site.intercept = (_request, response, file) => {
        if (!file.endsWith("plain.html")) return false;
        const page = readFileSync(file, "utf8").replace("node_modules/", cdn.address);
        response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(page);
        return true;
      };
    }
    const visitor = await visit({ path: `${site.address}plain.html`, home: site.address });
    assert.match(await answers(visitor.page), /\S/);
    // Browsers tell on the console what a policy refuses.
    assert.deepEqual(visitor.faults.filter((fault) => !fault.startsWith(`request: ${cdn.address}`)), []);
    await visitor.close();
  });
}

test("a model of another host, by its address", async () => {
  const models = await host(`${ROOT}www/models`, { headers: CORS });
  const site = await host(packed().folder);
  site.intercept = (_request, response, file) => {
    if (!file.endsWith("plain.html")) return false;
    const page = readFileSync(file, "utf8").replace("<omni-r1 ", `<omni-r1 model="${models.address}index.json#nano" `);
    response.writeHead(200, { "content-type": "text/html" }).end(page);
    return true;
  };
  const visitor = await visit({ path: `${site.address}plain.html`, home: site.address });
  await visitor.page.locator(".device").filter({ hasText: /Nano: .*, on the/ }).waitFor();
  assert.match(await answers(visitor.page), /\S/);
  await visitor.page.getByText("Options", { exact: true }).click();
  await visitor.page.getByLabel("Model").selectOption("Base: words, before any drawing");
  await visitor.page.locator(".device").filter({ hasText: /Base: .*, on the/ }).waitFor();
  assert.equal(await visitor.page.locator("omni-r1").getAttribute("model"), `${models.address}index.json#mini-base`);
  await visitor.close();
});
