/**
 * Files that are kept together in the browser's own file system (OPFS), in one of two folders that take
 * turns: what comes after them is written beside them, and they go when it is whole. A full disk, a closed
 * tab or a second tab never loses both.
 *
 * @typedef {Record<string, Uint8Array>} Files
 * @typedef {{name: string, folder: FileSystemDirectoryHandle, state: any, written: number}} Place a whole one
 */

import { alone } from "./tabs.js";

/** Written last: a place without it isn't whole. */
const STATE = "run.json";
/** A place with this was deleted, and can still be recovered. */
const DELETED = "deleted";

/** The browser's own file system; it throws where the browser gives none: in private windows, in sandboxes, over plain http. */
export async function root() {
  return navigator.storage.getDirectory();
}

export class Slots {
  #names;
  #parent;

  /** @param {[string, string]} names of the two folders @param {string} [parent] the folder that they are in */
  constructor(names, parent) {
    this.#names = names;
    this.#parent = parent;
  }

  /** What was kept last, without its files; null when there is nothing. @returns {Promise<any>} */
  look() {
    return this.#alone("shared", async () => (await this.#find())?.state ?? null);
  }

  /** The same with its files. @returns {Promise<{state: any, files: Files} | null>} */
  read() {
    return this.#alone("shared", async () => {
      const place = await this.#find();
      if (!place) return null;
      /** @type {Files} */
      const files = {};
      for await (const [name, handle] of /** @type {any} */ (place.folder).entries()) {
        if (name !== STATE) files[name] = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      }
      return { state: place.state, files };
    });
  }

  /** Takes the place of what was kept before, which stays where this fails. @param {Files} files @param {any} state */
  keep(files, state) {
    return this.#alone("exclusive", async () => {
      const inside = /** @type {FileSystemDirectoryHandle} */ (await this.#folder(true));
      const before = await this.#find();
      const name = this.#names.find((name) => name !== before?.name) ?? this.#names[0];
      await remove(inside, name);
      try {
        const folder = await inside.getDirectoryHandle(name, { create: true });
        for (const [name, bytes] of Object.entries(files)) await write(folder, name, bytes);
        await write(folder, STATE, new TextEncoder().encode(JSON.stringify(state)));
      } catch (thrown) {
        // Half of it would only take room.
        await remove(inside, name).catch(() => {});
        throw thrown;
      }
      for (const other of this.#names) if (other !== name) await remove(inside, other);
    });
  }

  /** Deletes what is kept; until `purge`, or until something else is kept, it can be recovered. */
  discard() {
    return this.#alone("exclusive", async () => {
      const place = await this.#find();
      if (place) await write(place.folder, DELETED, new Uint8Array());
    });
  }

  /** Brings back what was discarded; false where it is gone. @returns {Promise<boolean>} */
  recover() {
    return this.#alone("exclusive", async () => {
      if (await this.#find()) return false;
      const [place] = await this.#discarded();
      if (place) await remove(place.folder, DELETED);
      return Boolean(place);
    });
  }

  /** What was discarded goes for good. @returns {Promise<boolean>} whether there was something */
  purge() {
    return this.#alone("exclusive", async () => {
      const gone = await this.#discarded();
      for (const { inside, name } of gone) await remove(inside, name);
      return gone.length > 0;
    });
  }

  async #discarded() {
    const inside = await this.#folder(false);
    const places = [];
    for (const name of inside ? this.#names : []) {
      const folder = await unlessMissing(/** @type {FileSystemDirectoryHandle} */ (inside).getDirectoryHandle(name));
      if (folder && (await isDiscarded(folder))) places.push({ inside: /** @type {FileSystemDirectoryHandle} */ (inside), name, folder });
    }
    return places;
  }

  /** What it takes, in bytes. @returns {Promise<number>} */
  async size() {
    const inside = await this.#folder(false);
    let bytes = 0;
    for (const name of inside ? this.#names : []) {
      const folder = await unlessMissing(/** @type {FileSystemDirectoryHandle} */ (inside).getDirectoryHandle(name));
      if (!folder) continue;
      for await (const handle of /** @type {any} */ (folder).values()) bytes += (await handle.getFile()).size;
    }
    return bytes;
  }

  clear() {
    return this.#alone("exclusive", async () => {
      const inside = await this.#folder(false);
      if (inside) for (const name of this.#names) await remove(inside, name);
    });
  }

  /** Null where nothing was ever kept. @param {boolean} create @returns {Promise<FileSystemDirectoryHandle | null>} */
  async #folder(create) {
    const all = await root();
    return this.#parent ? unlessMissing(all.getDirectoryHandle(this.#parent, { create })) : all;
  }

  /** The newest whole place. @returns {Promise<Place | null>} */
  async #find() {
    const inside = await this.#folder(false);
    /** @type {Place | null} */
    let newest = null;
    for (const name of inside ? this.#names : []) {
      const place = await whole(/** @type {FileSystemDirectoryHandle} */ (inside), name);
      if (place && (!newest || place.written >= newest.written)) newest = place;
    }
    return newest;
  }

  /** No other tab writes meanwhile. @template T @param {"shared" | "exclusive"} mode @param {() => Promise<T>} work @returns {Promise<T>} */
  #alone(mode, work) {
    return alone(`omni-r1 ${this.#parent ?? this.#names[0]}`, mode, work);
  }
}

/** @param {FileSystemDirectoryHandle} inside @param {string} name @returns {Promise<Place | null>} */
async function whole(inside, name) {
  const folder = await unlessMissing(inside.getDirectoryHandle(name));
  const handle = folder && (await unlessMissing(folder.getFileHandle(STATE)));
  if (!handle || (await isDiscarded(folder))) return null;
  const file = await handle.getFile();
  try {
    return { name, folder, state: JSON.parse(await file.text()), written: file.lastModified };
  } catch {
    return null; // broken off while it was written
  }
}

/** @param {FileSystemDirectoryHandle} folder */
async function isDiscarded(folder) {
  return Boolean(await unlessMissing(folder.getFileHandle(DELETED)));
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @param {Uint8Array} bytes */
async function write(folder, name, bytes) {
  const handle = await folder.getFileHandle(name, { create: true });
  const file = await /** @type {any} */ (handle).createSyncAccessHandle();
  try {
    file.truncate(0);
    if (file.write(bytes, { at: 0 }) !== bytes.length) throw new DOMException("no room", "QuotaExceededError");
    file.flush();
  } finally {
    file.close();
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
export async function remove(folder, name) {
  await unlessMissing(folder.removeEntry(name, { recursive: true }));
}

/** Null for what isn't there. @template T @param {Promise<T>} work @returns {Promise<T | null>} */
export function unlessMissing(work) {
  return work.catch((thrown) => (thrown?.name === "NotFoundError" ? null : Promise.reject(thrown)));
}
