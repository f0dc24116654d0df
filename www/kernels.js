/**
 * The page of the kernels: runs the table of cases that the native tests run, then the timings, and
 * writes a report that can be pasted into an issue. `?cases=2` takes the first cases of each op
 * alone, `?timings=0` leaves the timings out, `?variants=1` times the variants on software too.
 * `?pick=race` chooses the variants by a race, `?pick=large,several` takes these.
 */

import { check, openKernels, title, turn, words } from "./kernel-check.js";

const ROUNDS = 7;

const wishes = new URLSearchParams(location.search);
const most = Number(wishes.get("cases") ?? Infinity);
const timed = wishes.get("timings") !== "0";
const raced = wishes.get("variants") === "1";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const [run, copy, now, report, alert] = ["run", "copy", "now", "report", "alert"].map(part);

/** @type {string[]} */
let lines = [];

/** @param {string} line */
function say(line) {
  lines.push(line);
  report.textContent = lines.join("\n");
}

/** @param {any} kernels @param {any} contents */
async function time(kernels, contents) {
  say(`\nMedians of ${ROUNDS}: ms forward, GFLOP/s, ms forward and backward`);
  for (let index = 0; index < contents.timings; index++) {
    now.textContent = `timing ${index + 1} of ${contents.timings}`;
    await turn();
    const { name, forward, gflops, both } = await kernels.time(index, ROUNDS);
    say(`${name.padEnd(44)} ${forward.toFixed(3).padStart(9)} ${gflops.toFixed(1).padStart(8)} ${both?.toFixed(3).padStart(9) ?? ""}`);
  }
}

/** @param {any} kernels @param {any} contents */
async function race(kernels, contents) {
  say(`\nVariants, medians of ${ROUNDS}: ms forward, ms forward and backward`);
  for (let index = 0; index < contents.comparisons; index++) {
    now.textContent = `variants ${index + 1} of ${contents.comparisons}`;
    await turn();
    const { name, variants } = await kernels.compare(index, ROUNDS);
    for (const { variant, forward, both } of variants) {
      const times = `${forward.toFixed(3).padStart(9)} ${both?.toFixed(3).padStart(9) ?? ""}`;
      say(`${name.padEnd(44)} ${variant.padEnd(10)} ${times}`);
    }
  }
}

async function all() {
  lines = [];
  alert.textContent = "";
  run.setAttribute("disabled", "");
  report.setAttribute("aria-busy", "true");
  try {
    const opened = await openKernels(wishes.get("pick") ?? undefined);
    const { kernels, contents } = opened;
    say(title(opened));
    say(`${navigator.userAgent}\n`);
    const wrong = await check(kernels, contents, most, say, (what) => (now.textContent = what));
    if (timed) {
      await time(kernels, contents);
      // A software adapter takes minutes for it.
      if (raced || !contents.software) await race(kernels, contents);
    }
    say(wrong ? `\n${wrong} cases are wrong.` : "\nEvery case is right.");
    now.textContent = "Done.";
  } catch (thrown) {
    now.textContent = "";
    alert.textContent = words(thrown);
  }
  report.setAttribute("aria-busy", "false");
  run.removeAttribute("disabled");
  copy.removeAttribute("disabled");
}

run.addEventListener("click", () => void all());
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(`\`\`\`\n${lines.join("\n")}\n\`\`\`\n`);
  now.textContent = "Copied.";
});
