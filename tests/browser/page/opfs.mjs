/**
 * The browser's own file system and its locks, in memory, as far as www/ uses them: with a quota, and with
 * writes that break off. Each call of `browserStorage` is a fresh browser.
 */

/** @param {string} name */
const refused = (name) => Promise.reject(new DOMException(name, name));

class Handle {
  /** @param {string} name @param {Disk} disk */
  constructor(name, disk) {
    this.name = name;
    this.disk = disk;
  }
}

class File extends Handle {
  bytes = new Uint8Array();
  changed = 0;

  async getFile() {
    return Object.assign(new Blob([this.bytes]), { lastModified: this.changed });
  }

  async createSyncAccessHandle() {
    this.changed = this.disk.tick();
    return {
      truncate: (/** @type {number} */ size) => void (this.bytes = this.bytes.slice(0, size)),
      write: (/** @type {Uint8Array} */ bytes) => {
        this.disk.onWrite?.(this.name);
        const fits = bytes.slice(0, Math.max(0, this.disk.quota - this.disk.used()));
        this.bytes = fits;
        return fits.length;
      },
      flush() {},
      close() {},
    };
  }
}

class Folder extends Handle {
  /** @type {Map<string, File | Folder>} */
  children = new Map();

  /** @param {string} name @param {{create?: boolean}} [options] */
  async getDirectoryHandle(name, { create = false } = {}) {
    return this.#get(name, create, Folder);
  }

  /** @param {string} name @param {{create?: boolean}} [options] */
  async getFileHandle(name, { create = false } = {}) {
    return this.#get(name, create, File);
  }

  /** @param {string} name @param {boolean} create @param {typeof File | typeof Folder} Kind */
  #get(name, create, Kind) {
    const child = this.children.get(name);
    if (child) return child instanceof Kind ? child : refused("TypeMismatchError");
    if (!create) return refused("NotFoundError");
    const made = new Kind(name, this.disk);
    this.children.set(name, made);
    return made;
  }

  /** @param {string} name */
  async removeEntry(name) {
    if (!this.children.delete(name)) return refused("NotFoundError");
  }

  async *entries() {
    yield* this.children.entries();
  }

  /** @returns {number} */
  size() {
    return [...this.children.values()].reduce((sum, child) => sum + (child instanceof Folder ? child.size() : child.bytes.length), 0);
  }
}

export class Disk {
  quota = Infinity;
  /** May throw, as a tab that is closed would. @type {((name: string) => void) | null} */
  onWrite = null;
  root = new Folder("", this);
  #time = 0;

  tick() {
    return ++this.#time;
  }

  used() {
    return this.root.size();
  }
}

/** Locks as pages of one origin share them. */
export class Locks {
  /** @type {Map<string, Promise<unknown>>} */
  #held = new Map();

  /** @param {string} name @param {any} options @param {(lock: object) => unknown} work */
  async request(name, options, work) {
    const { signal } = options;
    // The signal's own timer keeps no process alive.
    const waiting = setInterval(() => {}, 1000);
    try {
      while (this.#held.has(name)) {
        const aborted = signal ? [new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))] : [];
        await Promise.race([this.#held.get(name), ...aborted]);
      }
    } finally {
      clearInterval(waiting);
    }
    const done = Promise.resolve(work({ name }));
    this.#held.set(name, done.catch(() => {}));
    return done.finally(() => this.#held.delete(name));
  }

  async query() {
    return { held: [...this.#held.keys()].map((name) => ({ name })), pending: [] };
  }
}

/** Gives this process such a browser's storage. @param {{secure?: boolean}} [wishes] */
export function browserStorage({ secure = true } = {}) {
  const disk = new Disk();
  const storage = { getDirectory: async () => disk.root, estimate: async () => ({ usage: disk.used(), quota: disk.quota }) };
  const navigator = secure ? { storage, locks: new Locks() } : {};
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  Object.defineProperty(globalThis, "isSecureContext", { value: secure, configurable: true });
  return disk;
}
