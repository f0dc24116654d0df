/** Building elements without markup in strings: nothing here needs more than the strictest CSP. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] `onclick` and the like are listeners, `class` and names with a
 *   dash are attributes, the rest are properties
 * @param {(Node | string | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "role" || name === "for" || name.includes("-")) element.setAttribute(name, value);
    else Object.assign(element, { [name]: value });
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Line drawings of 24 by 24. */
const PATHS = {
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  dice: "M5 5h14v14H5zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01",
  again: "M5 12a7 7 0 1 1 2 5M5 18v-4h4",
  save: "M12 4v11m0 0-4-4m4 4 4-4M5 19h14",
  right: "M5 13l4 4L19 7",
  wrong: "M6 6l12 12M18 6L6 18",
  close: "M6 6l12 12M18 6L6 18",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  look: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20",
  compare: "M4 5h6v14H4zM14 5h6v14h-6z",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Some browsers ask before they save, and read the file only then. */
const SAVED_MS = 30 * 60_000;

/** Gives the reader a file. @param {string} name @param {string} type @param {string | Blob} content */
export function download(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), SAVED_MS);
}

/**
 * Shows a picture's bytes. Where a page's policy knows no blob: addresses it may know data: ones.
 * @param {HTMLImageElement} image @param {Blob} picture
 * @returns {string} the address, to be revoked
 */
export function show(image, picture) {
  const address = URL.createObjectURL(picture);
  image.onerror = () => {
    image.onerror = null;
    const reader = new FileReader();
    // By then another picture may be shown.
    reader.onload = () => image.src === address && (image.src = String(reader.result));
    reader.readAsDataURL(picture);
  };
  image.src = address;
  return address;
}

/** @param {[string, string][]} entries value and words */
export function select(entries) {
  return h("select", {}, ...entries.map(([value, words]) => h("option", { value }, words)));
}

let fields = 0;

/** The hint stands outside the label: a control's name is its label alone. @param {string} name @param {HTMLElement} control @param {string} [hint] */
export function field(name, control, hint) {
  fields += 1;
  control.id = `field-${fields}`;
  if (hint) control.setAttribute("aria-describedby", `hint-${fields}`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: control.id }, name),
    control,
    hint ? h("small", { id: `hint-${fields}` }, hint) : null,
  );
}
