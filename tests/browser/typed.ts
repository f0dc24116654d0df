/** A program against the package's types (package.test.mjs); what is wrong in it must be an error. */

import { OmniR1, type OmniEvent, type Request } from "omni-r1-web";

const element = document.querySelector("omni-r1");
if (element) {
  const same: OmniR1 = element;
  const events: AsyncIterableIterator<OmniEvent> = same.ask({ picture: new Blob([]), question: "how many?", pictures: "executed", seed: 3 });
  for await (const event of events) {
    if (event.type === "picture-row") console.log(event.rgba.byteLength / event.rows);
    else if (event.type === "end") console.log(event.tokens, event.ms, event.device);
    else if (event.type === "error") console.log(event.code, event.message, event.hint);
  }
  element.ask({ picture: "maze.png" });
  element.stop();
  element.addEventListener("omni-answer", ({ detail }) => console.log(detail.text.length));
  element.addEventListener("omni-ready", ({ detail }) => console.log(detail.device === "webgpu", detail.title));
  document.addEventListener("omni-progress", ({ detail }) => console.log(detail.loaded / detail.total));

  // @ts-expect-error no such source of pictures
  element.ask({ pictures: "painted" });
  // @ts-expect-error a seed is a number
  element.ask({ seed: "7" });
  // @ts-expect-error no such event
  element.addEventListener("omni-answer", ({ detail }) => detail.rows);
  // @ts-expect-error a question is needed
  const request: Request = { picture: new Blob([]) };
  console.log(request);
}
