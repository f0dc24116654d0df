/** The page around the element: what its address asks for becomes attributes. */

const element = document.querySelector("omni-r1");
const wishes = new URLSearchParams(location.search);
for (const name of ["device", "model", "seed", "pace"]) {
  const value = wishes.get(name);
  if (value !== null) element?.setAttribute(name, value);
}

void import("./element.js");
