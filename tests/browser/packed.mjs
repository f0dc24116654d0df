/** The npm package out of `npm pack`, in a folder with the examples, as somebody has it who installed it. */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { ARTIFACTS, ROOT } from "./harness.mjs";

/** @type {{folder: string, size: number, files: string[]} | null} */
let made = null;

/** Packed once in a process. */
export function packed() {
  if (made) return made;
  const folder = `${ARTIFACTS}embedding-${process.pid}`;
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const modules = `${folder}/node_modules`;
  mkdirSync(`${modules}/omni-r1-web`, { recursive: true });
  const out = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: `${ROOT}pkg`, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const told = JSON.parse(out);
  const [{ filename, size, files }] = Array.isArray(told) ? told : Object.values(told);
  execFileSync("tar", ["-xzf", `${folder}/${filename}`, "-C", `${modules}/omni-r1-web`, "--strip-components=1"]);
  cpSync(`${ROOT}examples`, folder, { recursive: true });
  // Bundlers find the other packages further up; a plain page has them beside it.
  symlinkSync(new URL("./node_modules/reveal.js", import.meta.url).pathname, `${modules}/reveal.js`);
  made = { folder, size, files: files.map((/** @type {{path: string}} */ { path }) => path) };
  return made;
}
