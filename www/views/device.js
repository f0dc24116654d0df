/**
 * The device view: what was found, what runs the model and why, how fast it is, whether the kernels are right, what is
 * kept in this browser, and all of that as a report for an issue.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").State} State
 * @typedef {import("../protocol.js").DeviceWish} DeviceWish
 */

import { failureOf, sentence } from "../errors.js";
import { adapter, advice, facts } from "../facts.js";
import { check, openKernels, title, words } from "../kernel-check.js";
import { forgetAll, size } from "../past.js";
import { room, sizes } from "../run-store.js";
import { h, icon } from "./dom.js";

/** Cases of each op: enough to find a broken driver, few enough to wait for. */
const CASES = 2;

/** @type {[DeviceWish, string][]} */
const DEVICES = [["auto", "the fastest"], ["webgpu", "the graphics processor"], ["cpu", "the processor"]];

/** What can be kept, and how it is deleted. @type {["run" | "model" | "history" | "examples" | "past", string, (client: Client) => Promise<unknown>][]} */
const KEPT = [
  ["run", "The run that is training", (client) => client.train({ do: "forget" })],
  ["model", "The model of your own", (client) => client.train({ do: "forget-model" })],
  ["history", "The curves of earlier runs", (client) => client.train({ do: "forget-history" })],
  ["examples", "Your examples", (client) => client.examples({ do: "keep", lines: "" })],
  ["past", "Your past answers", forgetAll],
];

export class DeviceView {
  #client;
  #found = h("dl", { class: "facts" });
  #advice = h("p", { class: "notice", hidden: true });
  #runs = h("p", { role: "status" });
  #speed = h("p", { role: "status" }, "Not measured yet.");
  #measure = h("button", { type: "button", onclick: () => void this.#measured() }, "Measure");
  #kernels = h("pre", { class: "report", tabIndex: 0, "aria-label": "Check of the kernels", hidden: true });
  #now = h("p", { role: "status" }, "Not checked yet.");
  #check = h("button", { type: "button", onclick: () => void this.#checked() }, "Check the kernels");
  #kept = h("table", { class: "kept" });
  #room = h("p", {});
  #said = h("span", { role: "status" });
  #report = h("pre", { class: "report", tabIndex: 0, "aria-label": "The report", hidden: true });
  #isMeasured = false;
  #isChecked = false;
  #choice;

  /** @param {() => Client} client @param {(device: DeviceWish) => void} setDevice */
  constructor(client, setDevice) {
    this.#client = client;
    this.#choice = h("select", { "aria-label": "What runs the model", onchange: () => setDevice(/** @type {DeviceWish} */ (this.#choice.value)) },
      ...DEVICES.map(([value, name]) => h("option", { value }, name)));
    const section = (/** @type {string} */ name, /** @type {Node[]} */ ...parts) => h("section", { "aria-label": name }, h("h3", {}, name), ...parts);
    this.element = h("div", { class: "device-view", hidden: true },
      h("h2", { tabIndex: -1 }, "This device"),
      section("What was found", this.#found, this.#advice),
      section("What runs the model", this.#runs, h("label", {}, "Take ", this.#choice)),
      section("How fast it is", h("p", {}, "Two seconds of training a tiny new model; nothing is downloaded for it."), h("div", { class: "row" }, this.#measure, this.#speed)),
      section("Whether it is right", h("p", {}, "Every operation of the model on the graphics processor, compared with an exact calculation."), h("div", { class: "row" }, this.#check, this.#now), this.#kernels),
      section("What is kept in this browser", this.#kept, this.#room),
      section("Report", h("p", {}, "All of this as text, for a question or an issue; what wasn’t measured or checked yet is. It holds nothing of what you asked."),
        h("div", { class: "row" }, h("button", { type: "button", onclick: () => void this.#copy() }, icon("save"), "Copy the report"), this.#said), this.#report));
  }

  /** It is looked at. @param {DeviceWish} device */
  async show(device) {
    this.#choice.value = device;
    const found = await facts();
    this.#found.replaceChildren(...found.flatMap(([what, found]) => [h("dt", {}, what), h("dd", {}, found)]));
    this.#advice.textContent = advice(navigator.userAgent, (await adapter()) !== null, isSecureContext);
    this.#advice.hidden = !this.#advice.textContent;
    const cannot = (await adapter()) === null;
    this.#check.disabled = cannot;
    if (cannot) this.#now.textContent = "There is no graphics processor to check.";
    this.update(this.#client().state);
    await this.#look();
  }

  /** @param {State} state */
  update({ device, title }) {
    this.#runs.textContent = device.name ? `${title || "The model"} runs on the ${device.name}, ${device.why}.` : "The program is being started.";
  }

  async #measured() {
    this.#measure.disabled = true;
    this.#speed.textContent = "Measuring…";
    try {
      const rate = await this.#client().train({ do: "measure" });
      this.#speed.textContent = `${Math.round(rate)} tokens a second on the ${this.#client().state.device.name}.`;
      this.#isMeasured = true;
    } catch (thrown) {
      this.#speed.textContent = sentence(failureOf(thrown));
    }
    this.#measure.disabled = false;
  }

  async #checked() {
    this.#check.disabled = true;
    /** @type {string[]} */
    const lines = [];
    const began = performance.now();
    const say = (/** @type {string} */ line) => {
      lines.push(line);
      this.#kernels.textContent = lines.join("\n");
      this.#kernels.hidden = false;
    };
    this.#now.textContent = "Compiling…";
    try {
      const opened = await openKernels();
      say(title(opened));
      const wrong = await check(opened.kernels, opened.contents, CASES, say, (what) => (this.#now.textContent = what));
      say(`compiled and checked in ${((performance.now() - began) / 1000).toFixed(1)} s`);
      this.#now.textContent = wrong ? `${wrong} cases are wrong: please copy the report into an issue.` : "Every case is right.";
      this.#isChecked = true;
    } catch (thrown) {
      this.#now.textContent = words(thrown);
    }
    this.#check.disabled = false;
  }

  /** What is kept, each with its size. */
  async #look() {
    const files = await sizes().catch(() => /** @type {Awaited<ReturnType<typeof sizes>>} */ ({}));
    const kept = { ...files, past: await size() };
    const rows = KEPT.filter(([what]) => kept[what]).map(([what, name, forget]) => h("tr", {},
      h("th", { scope: "row" }, name),
      h("td", {}, bytes(kept[what] ?? 0)),
      h("td", {}, h("button", { type: "button", class: "quiet", "aria-label": `Delete: ${name}`, onclick: () => void this.#delete(name, forget) }, "Delete"))));
    this.#kept.replaceChildren(...(rows.length ? rows : [h("tr", {}, h("td", {}, "Nothing of yours yet."))]));
    const all = await room().catch(() => null);
    const stays = await navigator.storage?.persisted?.().catch(() => false);
    this.#room.textContent = all
      ? `With the models that were downloaded ${bytes(all.usage)} of ${bytes(all.quota)} are taken. ${stays ? "The browser keeps it until you delete it." : "The browser may delete it when it needs room."}`
      : "This browser doesn’t say how much is taken.";
  }

  /** @param {string} name @param {(client: Client) => Promise<unknown>} forget */
  async #delete(name, forget) {
    if (!confirm(`${name}: delete it from this browser? It can’t be brought back.`)) return;
    try {
      await forget(this.#client());
    } catch (thrown) {
      this.#said.textContent = sentence(failureOf(thrown));
    }
    await this.#look();
  }

  /** As text, all that a maintainer would ask for. */
  async report() {
    if (!this.#isMeasured) await this.#measured();
    if (!this.#isChecked && !this.#check.disabled) await this.#checked();
    await this.#look(); // models may have come since
    const lines = [`Taken: ${new Date().toISOString()}`, ...(await facts()).map(([what, found]) => `${what}: ${found}`), `Asked for: ${this.#choice.value}`];
    const rest = [this.#runs, this.#speed, this.#now, this.#room].map((part) => part.textContent);
    const kernels = this.#kernels.hidden ? [] : ["", this.#kernels.textContent];
    return [...lines, "", ...rest, ...kernels].join("\n");
  }

  async #copy() {
    this.#said.textContent = "Measuring and checking…";
    const text = `\`\`\`\n${await this.report()}\n\`\`\`\n`;
    this.#report.textContent = text;
    this.#report.hidden = false;
    // Over plain http there is no clipboard, and some browsers close it to whoever has waited too long.
    const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    this.#said.textContent = copied ? "Copied." : "This browser doesn’t let the page copy: select the text below.";
  }
}

/** @param {number} count */
function bytes(count) {
  const units = /** @type {const} */ ([[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]);
  const [size, unit] = units.find(([size]) => count >= size) ?? [1, "bytes"];
  return `${(count / size).toFixed(size > 1e3 && count < 100 * size ? 1 : 0)} ${unit}`;
}
