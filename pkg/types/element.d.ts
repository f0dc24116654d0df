export class OmniR1 extends HTMLElement {
    static observedAttributes: string[];
    connectedCallback(): void;
    disconnectedCallback(): void;
    /** @param {string} name @param {string | null} before @param {string | null} value */
    attributeChangedCallback(name: string, before: string | null, value: string | null): void;
    /**
     * Asks the model. What is left out is taken from the element, as its reader has set it up.
     * @param {Asked} [asked]
     * @returns {AsyncIterableIterator<OmniEvent>}
     */
    ask(asked?: Asked): AsyncIterableIterator<OmniEvent>;
    /** Ends the request that runs, if there is one; it ends with its `end` event. */
    stop(): void;
    #private;
}
/**
 * `<omni-r1>`: the whole of asking in one element, for this page and for any other.
 *
 * Attributes: `model`, `device` (auto, cpu, webgpu), `picture` (an address), `question`, `pictures`
 * (imagined, executed, zoomed, none, blank, shuffled), `seed`, `pace` (full, follow: so slow that one can follow),
 * `temperature`, `picture-temperature`, `top-p`, `surprise` (a task drawn by chance, such as V2:123, instead of a
 * picture), `share` (the address of a page whose links set these), `past` (there: the last answers are kept in this
 * browser, see views/past.js), `mode` (ask, learn, train, device), `place` (within the learn view). Method:
 * `ask({picture, question, ...})`, an async iterator of events (protocol.js). DOM events, which bubble out of every
 * shadow: `omni-text`, `omni-picture`, `omni-answer`, `omni-error` with the event as `detail`, `omni-progress` with
 * `{loaded, total}` of the download, and `omni-ready` with `{device, title}` when the model is there.
 */
export type Request = import("./protocol.js").Request;
/**
 * `<omni-r1>`: the whole of asking in one element, for this page and for any other.
 *
 * Attributes: `model`, `device` (auto, cpu, webgpu), `picture` (an address), `question`, `pictures`
 * (imagined, executed, zoomed, none, blank, shuffled), `seed`, `pace` (full, follow: so slow that one can follow),
 * `temperature`, `picture-temperature`, `top-p`, `surprise` (a task drawn by chance, such as V2:123, instead of a
 * picture), `share` (the address of a page whose links set these), `past` (there: the last answers are kept in this
 * browser, see views/past.js), `mode` (ask, learn, train, device), `place` (within the learn view). Method:
 * `ask({picture, question, ...})`, an async iterator of events (protocol.js). DOM events, which bubble out of every
 * shadow: `omni-text`, `omni-picture`, `omni-answer`, `omni-error` with the event as `detail`, `omni-progress` with
 * `{loaded, total}` of the download, and `omni-ready` with `{device, title}` when the model is there.
 */
export type OmniEvent = import("./protocol.js").OmniEvent;
/**
 * `<omni-r1>`: the whole of asking in one element, for this page and for any other.
 *
 * Attributes: `model`, `device` (auto, cpu, webgpu), `picture` (an address), `question`, `pictures`
 * (imagined, executed, zoomed, none, blank, shuffled), `seed`, `pace` (full, follow: so slow that one can follow),
 * `temperature`, `picture-temperature`, `top-p`, `surprise` (a task drawn by chance, such as V2:123, instead of a
 * picture), `share` (the address of a page whose links set these), `past` (there: the last answers are kept in this
 * browser, see views/past.js), `mode` (ask, learn, train, device), `place` (within the learn view). Method:
 * `ask({picture, question, ...})`, an async iterator of events (protocol.js). DOM events, which bubble out of every
 * shadow: `omni-text`, `omni-picture`, `omni-answer`, `omni-error` with the event as `detail`, `omni-progress` with
 * `{loaded, total}` of the download, and `omni-ready` with `{device, title}` when the model is there.
 */
export type DeviceWish = import("./protocol.js").DeviceWish;
/**
 * `<omni-r1>`: the whole of asking in one element, for this page and for any other.
 *
 * Attributes: `model`, `device` (auto, cpu, webgpu), `picture` (an address), `question`, `pictures`
 * (imagined, executed, zoomed, none, blank, shuffled), `seed`, `pace` (full, follow: so slow that one can follow),
 * `temperature`, `picture-temperature`, `top-p`, `surprise` (a task drawn by chance, such as V2:123, instead of a
 * picture), `share` (the address of a page whose links set these), `past` (there: the last answers are kept in this
 * browser, see views/past.js), `mode` (ask, learn, train, device), `place` (within the learn view). Method:
 * `ask({picture, question, ...})`, an async iterator of events (protocol.js). DOM events, which bubble out of every
 * shadow: `omni-text`, `omni-picture`, `omni-answer`, `omni-error` with the event as `detail`, `omni-progress` with
 * `{loaded, total}` of the download, and `omni-ready` with `{device, title}` when the model is there.
 */
export type Asked = Partial<Omit<Request, "picture">> & {
    picture?: Blob | string;
};
