/** `<omni-r1>` in TypeScript: the element by its name, and its events. */

import type { OmniR1 } from "./types/element.js";
import type { AnswerEvent, ErrorEvent, PictureEvent, TextEvent } from "./types/protocol.js";

export { OmniR1 } from "./types/element.js";
export type { Asked } from "./types/element.js";
export type { DeviceWish, Failure, OmniEvent, PictureSource, Request } from "./types/protocol.js";
export type { AnswerEvent, EndEvent, ErrorEvent, PictureEvent, PictureRowEvent, TextEvent } from "./types/protocol.js";

declare global {
  interface HTMLElementTagNameMap {
    "omni-r1": OmniR1;
  }
  interface GlobalEventHandlersEventMap {
    "omni-text": CustomEvent<TextEvent>;
    "omni-picture": CustomEvent<PictureEvent>;
    "omni-answer": CustomEvent<AnswerEvent>;
    "omni-error": CustomEvent<ErrorEvent>;
    "omni-progress": CustomEvent<{ loaded: number; total: number }>;
    "omni-ready": CustomEvent<{ device: "cpu" | "webgpu"; title: string }>;
  }
}
