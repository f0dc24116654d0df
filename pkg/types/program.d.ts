export type About = {
    taskTypes: string[];
    suggestions: string[];
};
export type Checked = {
    width: number;
    height: number;
};
export type Surprise = {
    png: Uint8Array;
    taskType: string;
    question: string;
    answer: string;
    suggestions: string[];
};
export type Capabilities = {
    kinds: string[];
    draws: boolean;
    hand: string | null;
    own?: boolean;
};
export type Judged = {
    sure: number;
    strange: boolean;
};
export type Event = {
    type: "text";
    text: string;
} | {
    type: "picture-row";
    index: number;
    row: number;
    rows: number;
    rgba: Uint8Array;
} | {
    type: "picture";
    index: number;
    imagined: boolean;
    png: Uint8Array;
} | {
    type: "answer";
    text: string;
} | ({
    type: "end";
    tokens: number;
    ms: number;
    device: string;
} & Partial<Judged>) | {
    type: "error";
    code: string;
    message: string;
    hint: string;
};
export type Piece = {
    id: number;
    kind: string;
    name: string;
    code: number | null;
};
export type Guess = {
    piece: Piece;
    share: number;
};
export type Ahead = {
    row: Piece[];
    allowed: number;
    size: number;
    forbidden: number;
    guesses: Guess[];
};
export type WrittenToken = {
    piece: Piece;
    share: number;
    guesses: Guess[];
};
export type Inside = {
    prompt: Piece[];
    written: WrittenToken[];
};
export type Coded = {
    grid: number;
    codes: number[];
    known: number;
};
export type Reward = {
    accuracy: number;
    format: number;
    perception: number | null;
    total: number;
};
export type RewardInput = {
    question: string;
    text: string;
    answer: string;
    right: string;
    steps: number;
    pictures: number;
    words: number;
    tokens: number;
} & Reward;
export type ExampleStep = {
    text: string;
    png: Uint8Array | null;
};
export type Example = {
    png: Uint8Array;
    question: string;
    steps: ExampleStep[];
    answer: string;
};
export type Shown = {
    png: Uint8Array;
    question: string;
    answer: string;
};
export type AnsweredStep = {
    text: string;
    png: Uint8Array | null;
};
export type Answered = {
    answer: string;
    right: boolean;
    steps: AnsweredStep[];
};
export type Reconstructions = {
    png: Uint8Array;
    again: Uint8Array;
};
export type WatchedStep = {
    text: string;
    png: Uint8Array | null;
    edges: number[];
};
export type WatchedRollout = {
    steps: WatchedStep[];
    answer: string;
    problem: string | null;
    accuracy: number;
    format: number;
    perception: number | null;
    total: number;
    advantage: number;
};
export type WatchedGroup = {
    png: Uint8Array;
    question: string;
    right: string;
    kept: boolean;
    rollouts: WatchedRollout[];
};
export type Watched = {
    groups: WatchedGroup[];
    ratios: number[];
    bin: number;
};
export type Chain = {
    png: Uint8Array;
    question: string;
    answer: string;
    steps: WatchedStep[];
};
export type Span = {
    role: string;
    weight: number;
    tokens: number;
    text: string;
    png: Uint8Array | null;
};
