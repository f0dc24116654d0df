/** The element beside what a host page has of its own: its colours, its router, its shadow roots, and policies that say little is allowed. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT, askAbout, file, parts, visit } from "./harness.mjs";
import { host } from "./host.mjs";
import { packed } from "./packed.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";
const README = readFileSync(`${ROOT}pkg/README.md`, "utf8");

/** A host page in place of www/embed.html. @param {string} body @param {object} [context] */
function inside(body, context = {}) {
  const page = `<!doctype html><script type="module" src="element.js"></script>${body}`;
  return visit({ path: "www/embed.html", context, prepare: (to) => to.route("**/www/embed.html", (route) => route.fulfill({ contentType: "text/html", body: page })) });
}

/** Contrast of the Ask button's words, and of the accent and of words on the element's sheet. @param {import("playwright-core").Page} page */
function contrasts(page) {
  return page.evaluate(() => {
    const root = document.querySelector("omni-r1").shadowRoot;
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const luminance = (/** @type {string} */ colour) => {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => ((value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const between = (/** @type {string} */ one, /** @type {string} */ other) => {
      const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    const button = getComputedStyle(root.querySelector("button.primary"));
    const sheet = getComputedStyle(root.querySelector("textarea"));
    return { button: between(button.color, button.backgroundColor), accent: between(button.backgroundColor, sheet.backgroundColor), words: between(sheet.color, sheet.backgroundColor), isDark: luminance(sheet.backgroundColor) < 0.2 };
  });
}

const SCHEMES = /** @type {const} */ ([["", false], ["light", false], ["dark", true]]);
for (const preferred of /** @type {const} */ (["light", "dark"])) {
  test(`it is light or dark as its page is, whose reader prefers ${preferred}, and any accent can be read`, async () => {
    const visitor = await inside("<omni-r1 device='cpu'></omni-r1>", { colorScheme: preferred });
    await visitor.askButton.waitFor();
    for (const [scheme, dark] of [...SCHEMES, /** @type {const} */ (["light dark", preferred === "dark"])]) {
      for (const accent of ["", "#fff200", "#ffffff", "#000000", "#1a2b88", "#00c2a8"]) {
        await visitor.page.evaluate(([scheme, accent]) => {
          document.documentElement.style.colorScheme = scheme;
          document.body.style.setProperty("--omni-accent", accent);
          if (!accent) document.body.style.removeProperty("--omni-accent");
        }, [scheme, accent]);
        const { isDark, ...kept } = await contrasts(visitor.page);
        assert.equal(isDark, dark, `color-scheme: ${scheme}`);
        for (const [what, contrast] of Object.entries(kept)) assert.ok(contrast >= 4.5, `${what} with ${accent || "its own accent"}, ${scheme || "no scheme"}: ${contrast}`);
      }
    }
    await visitor.close();
  });
}

test("links between lessons go there, and leave the host page's address to its own router", async () => {
  const visitor = await inside("<omni-r1 device='cpu' mode='learn'></omni-r1><script>moves = 0; addEventListener('hashchange', () => moves++)</script>");
  const { page } = visitor;
  const address = page.url();
  await page.getByRole("link", { name: /^1/ }).or(page.locator(".cards a").first()).first().click();
  await page.locator(".lesson h2").waitFor();
  await page.locator(".back a").click();
  await page.locator(".cards").waitFor();
  assert.equal(page.url(), address);
  assert.equal(await page.evaluate(() => /** @type {any} */ (window).moves), 0);
  await visitor.close();
});

test("inside a host's shadow root it answers, is heard outside, and takes what is pasted", async () => {
  const visitor = await inside(`<div id="around"></div><script>
    heard = [];
    document.addEventListener("omni-answer", ({ detail }) => heard.push(detail.text));
    around.attachShadow({ mode: "open" }).innerHTML = "<omni-r1 device='cpu'></omni-r1>";
  </script>`);
  await visitor.question.waitFor();
  await visitor.page.evaluate(async () => {
    const data = new DataTransfer();
    data.items.add(new File([await (await fetch("samples/maze.png")).blob()], "maze.png", { type: "image/png" }));
    const target = document.querySelector("#around").shadowRoot.querySelector("omni-r1").shadowRoot.querySelector("textarea");
    target.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, composed: true, cancelable: true, clipboardData: data }));
  });
  await visitor.page.locator(".drop img[src]").waitFor();
  await askAbout(visitor, MAZE, QUESTION);
  assert.deepEqual(await visitor.page.evaluate(() => /** @type {any} */ (window).heard), [await visitor.answer.innerText()]);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

/** The README's policies, the second with the CDN's address. @param {string} cdn */
function policies(cdn) {
  const found = [...README.matchAll(/```\n(default-src .*)\n```/g)].map(([, policy]) => policy.replaceAll("https://cdn.example", new URL(cdn).origin));
  assert.equal(found.length, 3);
  return found;
}

test("in a frame without an origin the README's third policy is all it needs", async () => {
  const cdn = await host(`${packed().folder}/node_modules`, { headers: { "access-control-allow-origin": "*" } });
  const [, , policy] = policies(cdn.address);
  const site = await host(packed().folder);
  site.intercept = (_request, response, path) => {
    if (!path.endsWith("plain.html")) return false;
    const page = readFileSync(path, "utf8").replace("node_modules/", cdn.address).replace(' picture="maze.png"', "");
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(page);
    return true;
  };
  const visitor = await visit({ path: `${site.address}lms.html`, home: site.address });
  const frame = { ...visitor, ...parts(visitor.page.frameLocator("iframe")) };
  await frame.picture.setInputFiles(MAZE);
  await frame.question.fill(QUESTION);
  await frame.askButton.click();
  await frame.answer.filter({ hasText: /\S/ }).waitFor();
  assert.deepEqual(visitor.faults.filter((fault) => !fault.startsWith(`request: ${cdn.address}`)), []);
  await visitor.close();
});

test("a reader's own rule for rewards needs what the README says beside its first policy, and says so without it", async () => {
  const [own] = policies("https://cdn.example");
  const wish = "'unsafe-eval'";
  assert.ok(README.includes(`needs \`${wish}\` in \`script-src\``));
  for (const [policy, expected] of [[own, /reward rule fails/], [own.replace("script-src 'self'", `script-src 'self' ${wish}`), /^2$/]]) {
    const site = await host(packed().folder, { headers: { "content-security-policy": String(policy) } });
    const visitor = await visit({ path: `${site.address}plain.html`, home: site.address });
    const said = await visitor.page.evaluate(async () => {
      const { CustomReward } = await import(new URL("node_modules/omni-r1-web/reward.js", location.href).href);
      const parts = { accuracy: 1, format: 1, drawing: 0, text: "up", tokens: 3, pictures: 0 };
      return new CustomReward("accuracy * 2").of([parts]).then(([reward]) => String(reward), ({ message }) => message);
    });
    assert.match(said, /** @type {RegExp} */ (expected));
    await visitor.close();
  }
});
