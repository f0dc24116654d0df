/** What the program gives to the page: written from the Rust types by tests/native/types.rs. */

/** @typedef {{ taskTypes: string[]; suggestions: string[]; }} About */
/** @typedef {{ width: number; height: number; }} Checked */
/** @typedef {{ png: Uint8Array; taskType: string; question: string; answer: string; suggestions: string[]; }} Surprise */
/** @typedef {{ kinds: string[]; draws: boolean; hand: string | null; own?: boolean; }} Capabilities */
/** @typedef {{ sure: number; strange: boolean; }} Judged */
/** @typedef {{ type: "text"; text: string; } | { type: "picture-row"; index: number; row: number; rows: number; rgba: Uint8Array; } | { type: "picture"; index: number; imagined: boolean; png: Uint8Array; } | { type: "answer"; text: string; } | { type: "end"; tokens: number; ms: number; device: string; } & Partial<Judged> | { type: "error"; code: string; message: string; hint: string; }} Event */
/** @typedef {{ id: number; kind: string; name: string; code: number | null; }} Piece */
/** @typedef {{ piece: Piece; share: number; }} Guess */
/** @typedef {{ row: Piece[]; allowed: number; size: number; forbidden: number; guesses: Guess[]; }} Ahead */
/** @typedef {{ piece: Piece; share: number; guesses: Guess[]; }} WrittenToken */
/** @typedef {{ prompt: Piece[]; written: WrittenToken[]; }} Inside */
/** @typedef {{ grid: number; codes: number[]; known: number; }} Coded */
/** @typedef {{ accuracy: number; format: number; perception: number | null; total: number; }} Reward */
/** @typedef {{ question: string; text: string; answer: string; right: string; steps: number; pictures: number; words: number; tokens: number; } & Reward} RewardInput */
/** @typedef {{ text: string; png: Uint8Array | null; }} ExampleStep */
/** @typedef {{ png: Uint8Array; question: string; steps: ExampleStep[]; answer: string; }} Example */
/** @typedef {{ png: Uint8Array; question: string; answer: string; }} Shown */
/** @typedef {{ text: string; png: Uint8Array | null; }} AnsweredStep */
/** @typedef {{ answer: string; right: boolean; steps: AnsweredStep[]; }} Answered */
/** @typedef {{ png: Uint8Array; again: Uint8Array; }} Reconstructions */
/** @typedef {{ text: string; png: Uint8Array | null; edges: number[]; }} WatchedStep */
/** @typedef {{ steps: WatchedStep[]; answer: string; problem: string | null; accuracy: number; format: number; perception: number | null; total: number; advantage: number; }} WatchedRollout */
/** @typedef {{ png: Uint8Array; question: string; right: string; kept: boolean; rollouts: WatchedRollout[]; }} WatchedGroup */
/** @typedef {{ groups: WatchedGroup[]; ratios: number[]; bin: number; }} Watched */
/** @typedef {{ png: Uint8Array; question: string; answer: string; steps: WatchedStep[]; }} Chain */
/** @typedef {{ role: string; weight: number; tokens: number; text: string; png: Uint8Array | null; }} Span */

export {};
