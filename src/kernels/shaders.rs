//! Every WebGPU shader: where its text is, which buffers it takes, which variants exist.
//!
//! Plain data, so that all of them can be checked without a GPU. The files in `shaders/` are WGSL
//! with a few lines of directives:
//! - `#include FILE` stands for the text of another file, `#include FILE name` for its text with
//!   `name` in place of `$name`.
//! - `#entry NAME` begins an entry point's part; what stands before the first one belongs to all.
//! - `const NAME = 8;` is a constant that a variant replaces.
//! - `#repeat i COUNT` .. `#end` writes its lines COUNT times, with `$i` as 0, 1, ..: results that
//!   must stay in registers can't be in arrays that a loop indexes.
//! - `#if NAME` .. `#else` .. `#end` keeps the first part if the constant isn't zero.

/// The value of a template's constant.
pub type Constant = (&'static str, u32);

/// One entry point of one file.
#[derive(Debug)]
pub struct Entry {
    pub name: &'static str,
    file: &'static str,
    /// Names in the order of their bindings: those read, `>`, those written. Sizes come behind.
    pub buffers: &'static str,
    /// Every combination of constants that is launched somewhere, for the tests.
    pub variants: &'static [&'static [Constant]],
}

impl Entry {
    /// How many buffers it takes.
    pub fn buffer_count(&self) -> usize {
        self.buffers.split_whitespace().filter(|name| *name != ">").count()
    }

    /// The WGSL of one variant. `read` is the access of the buffers that are only read.
    ///
    /// In the browser each tensor has a buffer of its own and `read` it is. Natively tensors share
    /// buffers, and a buffer can't be read-only and writable in one launch: all are `read_write`.
    pub fn wgsl(&self, constants: &[Constant], read: &str) -> String {
        let mut parts = self.file.split("\n#entry ");
        let shared = parts.next().expect("split gives at least one part");
        let (_, own) = parts
            .filter_map(|part| part.split_once('\n'))
            .find(|(name, _)| *name == self.name)
            .expect("an entry of the file");
        let mut text = Template::new(constants).expand(&with_included(shared), &with_included(own));
        if read != "read" {
            text = text.replace("var<storage, read>", &format!("var<storage, {read}>"));
        }
        text
    }
}

/// Files that others include.
const INCLUDED: [(&str, &str); 5] = [
    ("attention_queries", include_str!("../../shaders/attention_queries.wgsl")),
    ("element", include_str!("../../shaders/element.wgsl")),
    ("lanes", include_str!("../../shaders/lanes.wgsl")),
    ("load_fours", include_str!("../../shaders/load_fours.wgsl")),
    ("store_fours", include_str!("../../shaders/store_fours.wgsl")),
];

fn with_included(text: &str) -> String {
    let include = |line: &str| {
        let mut words = line.strip_prefix("#include ")?.split_whitespace();
        let (file, name) = (words.next()?, words.next().unwrap_or_default());
        let (_, text) = INCLUDED.iter().find(|(known, _)| *known == file)?;
        Some(text.replace("$name", name))
    };
    text.lines().map(|line| include(line).unwrap_or_else(|| format!("{line}\n"))).collect()
}

/// A number that changes with the text of any shader (FNV-1a).
pub fn fingerprint() -> u64 {
    let bytes =
        ALL.iter().flat_map(|entry| entry.file.bytes()).chain(INCLUDED.iter().flat_map(|(_, text)| text.bytes()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Directives and constants of a file on their way to WGSL.
struct Template<'a> {
    constants: Vec<(&'a str, u32)>,
}

impl<'a> Template<'a> {
    fn new(constants: &[Constant]) -> Self {
        Self { constants: constants.to_vec() }
    }

    fn expand(mut self, shared: &'a str, own: &'a str) -> String {
        let lines: Vec<&str> = shared.lines().chain(own.lines()).collect();
        for line in &lines {
            if let Some((name, value)) = constant(line)
                && self.constants.iter().all(|(known, _)| *known != name)
            {
                self.constants.push((name, value));
            }
        }
        let lines: Vec<String> = lines.into_iter().map(|line| self.with_constant(line)).collect();
        let mut out = String::new();
        self.write(&lines, &mut out);
        out
    }

    fn with_constant(&self, line: &str) -> String {
        match constant(line) {
            Some((name, _)) => format!("const {name} = {};", self.value(name)),
            None => line.to_string(),
        }
    }

    fn value(&self, word: &str) -> u32 {
        let known = self.constants.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
        known.or_else(|| word.parse().ok()).unwrap_or_else(|| panic!("the template knows no {word}"))
    }

    fn write(&self, lines: &[String], out: &mut String) {
        let mut at = 0;
        while at < lines.len() {
            let mut words = lines[at].split_whitespace();
            match words.next() {
                Some("#repeat") => {
                    let (variable, count) =
                        (words.next().expect("a variable"), self.value(words.next().expect("a count")));
                    let block = block(lines, at);
                    for i in 0..count {
                        let body: Vec<String> = block
                            .body
                            .iter()
                            .map(|line| line.replace(&format!("${variable}"), &i.to_string()))
                            .collect();
                        self.write(&body, out);
                    }
                    at = block.next;
                }
                Some("#if") => {
                    let block = block(lines, at);
                    self.write(
                        if self.value(words.next().expect("a name")) != 0 { &block.body } else { &block.otherwise },
                        out,
                    );
                    at = block.next;
                }
                _ => {
                    out.push_str(&lines[at]);
                    out.push('\n');
                    at += 1;
                }
            }
        }
    }
}

/// `const NAME = 8;` with an optional comment behind it.
fn constant(line: &str) -> Option<(&str, u32)> {
    let (name, rest) = line.strip_prefix("const ")?.split_once(" = ")?;
    Some((name, rest.split(';').next()?.parse().ok()?))
}

/// What stands between a directive and its `#end`.
struct Block {
    body: Vec<String>,
    otherwise: Vec<String>,
    next: usize,
}

fn block(lines: &[String], start: usize) -> Block {
    let mut block = Block { body: Vec::new(), otherwise: Vec::new(), next: start + 1 };
    let (mut depth, mut second) = (1, false);
    for line in &lines[start + 1..] {
        block.next += 1;
        let word = line.split_whitespace().next();
        depth += matches!(word, Some("#repeat" | "#if")) as usize;
        depth -= (word == Some("#end")) as usize;
        match (depth, word) {
            (0, _) => return block,
            (1, Some("#else")) => second = true,
            _ if second => block.otherwise.push(line.clone()),
            _ => block.body.push(line.clone()),
        }
    }
    panic!("a directive without its #end");
}

macro_rules! entries {
    ($($constant:ident = $file:literal $name:literal: $buffers:literal, $variants:expr;)*) => {
        $(pub static $constant: Entry = Entry {
            name: $name,
            file: include_str!(concat!("../../shaders/", $file, ".wgsl")),
            buffers: $buffers,
            variants: $variants,
        };)*
        /// All entry points of all files.
        pub static ALL: &[&Entry] = &[$(&$constant),*];
    };
}

const ONE: &[&[Constant]] = &[&[]];
/// Rows of a workgroup whose invocations have one each.
pub const ROWS_ALONE: u32 = 16;
/// What makes shaders with sums over rows such.
pub const ALONE: &[Constant] = &[("ALONE", 1), ("LANES", 1), ("WORKGROUP", ROWS_ALONE)];
/// What makes their lanes add up by subgroup operations.
pub const SUBGROUPS: &[Constant] = &[("SUBGROUPS", 1)];
const SUMS: &[&[Constant]] = &[&[], SUBGROUPS, ALONE];
const ALIGNMENTS: &[&[Constant]] = &[&[("ALIGNED", 0)], &[("ALIGNED", 1)]];
/// Products of a few rows, several of which share each read of the weight.
const FEW: &[&[Constant]] = &[
    &[("ROWS", 1), ("ALIGNED", 0)],
    &[("ROWS", 1), ("ALIGNED", 1)],
    &[("ROWS", 2), ("ALIGNED", 1)],
    &[("ROWS", 4), ("ALIGNED", 0)],
    &[("ROWS", 4), ("ALIGNED", 1)],
];
const FORMS: &[&[Constant]] = &[
    &[("OTHER", 1), ("NORM", 1), ("ROWS", 1), ("ALIGNED", 0)],
    &[("OTHER", 1), ("NORM", 1), ("ROWS", 1), ("ALIGNED", 1)],
    &[("OTHER", 1), ("NORM", 1), ("GATED", 1), ("ROWS", 1), ("ALIGNED", 0)],
    &[("OTHER", 1), ("NORM", 1), ("GATED", 1), ("ROWS", 1), ("ALIGNED", 1)],
    &[("OTHER", 1), ("ADDED", 1), ("ROWS", 1), ("ALIGNED", 0)],
    &[("OTHER", 1), ("ADDED", 1), ("ROWS", 1), ("ALIGNED", 1)],
];
const FEW_FORMS: &[&[Constant]] = &[
    &[("OTHER", 1), ("NORM", 1), ("ROWS", 1), ("ALIGNED", 0)],
    &[("OTHER", 1), ("NORM", 1), ("ROWS", 2), ("ALIGNED", 1)],
    &[("OTHER", 1), ("NORM", 1), ("GATED", 1), ("ROWS", 1), ("ALIGNED", 1)],
    &[("OTHER", 1), ("NORM", 1), ("GATED", 1), ("ROWS", 4), ("ALIGNED", 1)],
    &[("OTHER", 1), ("ADDED", 1), ("ROWS", 1), ("ALIGNED", 1)],
    &[("OTHER", 1), ("ADDED", 1), ("ROWS", 4), ("ALIGNED", 0)],
];
const WIDE_ROWS: &[&[Constant]] =
    &[&[("ROWS", 1), ("WIDE", 1)], &[("ROWS", 2), ("WIDE", 1)], &[("ROWS", 4), ("WIDE", 1)]];
const WIDE_FORMS: &[&[Constant]] = &[
    &[("OTHER", 1), ("NORM", 1), ("ROWS", 1), ("WIDE", 1)],
    &[("OTHER", 1), ("NORM", 1), ("ROWS", 4), ("WIDE", 1)],
    &[("OTHER", 1), ("NORM", 1), ("GATED", 1), ("ROWS", 1), ("WIDE", 1)],
    &[("OTHER", 1), ("NORM", 1), ("GATED", 1), ("ROWS", 4), ("WIDE", 1)],
    &[("OTHER", 1), ("ADDED", 1), ("ROWS", 2), ("WIDE", 1)],
];
/// Fours in the head of one invocation.
const FOURS: &[&[Constant]] = &[
    &[("FOURS", 1), ("TOKENS", 1), ("LANES", 64)],
    &[("FOURS", 8), ("TOKENS", 1), ("LANES", 64)],
    &[("FOURS", 16), ("TOKENS", 1), ("LANES", 64)],
    &[("FOURS", 8), ("TOKENS", 4), ("LANES", 16)],
    &[("FOURS", 16), ("TOKENS", 4), ("LANES", 16)],
];
const CONV2D_TILES: &[&[Constant]] = &[
    &[("ALIGNED", 0), ("PIXELS", 4), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)],
    &[("ALIGNED", 1), ("PIXELS", 4), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)],
    &[("ALIGNED", 0), ("PIXELS", 16), ("COLUMNS", 2), ("DOWN", 2), ("ACROSS", 4)],
    &[("ALIGNED", 1), ("PIXELS", 16), ("COLUMNS", 2), ("DOWN", 2), ("ACROSS", 4)],
];
const WIDE: &[&[Constant]] =
    &[&[("HEAD", 1), ("SLOTS", 1)], &[("HEAD", 65), ("SLOTS", 2)], &[("HEAD", 512), ("SLOTS", 8)]];
const CACHED: &[&[Constant]] = &[
    &[("LANES", 4), ("FOURS", 8), ("QUERIES", 1)],
    &[("LANES", 4), ("FOURS", 8), ("QUERIES", 4)],
    &[("LANES", 64), ("FOURS", 1), ("QUERIES", 1)],
    &[("LANES", 64), ("FOURS", 8), ("QUERIES", 1)],
    &[("LANES", 32), ("FOURS", 16), ("QUERIES", 1)],
];
const CACHED_WIDE: &[&[Constant]] = &[
    &[("LANES", 64), ("HEAD", 6), ("PARTS", 10), ("SLOTS", 1)],
    &[("LANES", 64), ("HEAD", 34), ("PARTS", 1), ("SLOTS", 1)],
    &[("LANES", 128), ("HEAD", 130), ("PARTS", 1), ("SLOTS", 2)],
];
const HEADS: &[&[Constant]] =
    &[&[("HEAD", 2), ("FREQUENCIES", 1)], &[("HEAD", 34), ("FREQUENCIES", 5)], &[("HEAD", 128), ("FREQUENCIES", 16)]];
const MATMUL: &[&[Constant]] = &[
    &[("LEFT", 0), ("RIGHT", 0), ("ALIGNED", 0), ("ROWS", 1), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)],
    &[("LEFT", 0), ("RIGHT", 1), ("ALIGNED", 0), ("ROWS", 4), ("COLUMNS", 4), ("DOWN", 2), ("ACROSS", 4)],
    &[("LEFT", 1), ("RIGHT", 0), ("ALIGNED", 0), ("ROWS", 4), ("COLUMNS", 4), ("DOWN", 2), ("ACROSS", 4)],
    &[("LEFT", 0), ("RIGHT", 0), ("ALIGNED", 1), ("ROWS", 4), ("COLUMNS", 4), ("DOWN", 2), ("ACROSS", 4)],
    &[("LEFT", 0), ("RIGHT", 1), ("ALIGNED", 1), ("ROWS", 1), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)],
    &[("LEFT", 1), ("RIGHT", 0), ("ALIGNED", 1), ("ROWS", 1), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)],
];
const MATMUL_ADDED: &[&[Constant]] = &[
    &[("RIGHT", 1), ("ADDED", 1), ("ALIGNED", 0), ("ROWS", 4), ("COLUMNS", 4), ("DOWN", 2), ("ACROSS", 4)],
    &[("RIGHT", 1), ("ADDED", 1), ("ALIGNED", 1), ("ROWS", 1), ("COLUMNS", 1), ("DOWN", 8), ("ACROSS", 8)],
];
const PRODUCTS: &[&[Constant]] = &[
    &[("LEFT", 0), ("RIGHT", 0), ("ALIGNED", 0)],
    &[("LEFT", 0), ("RIGHT", 1), ("ALIGNED", 1)],
    &[("LEFT", 1), ("RIGHT", 0), ("ALIGNED", 1)],
];
const PRODUCTS_ADDED: &[&[Constant]] =
    &[&[("RIGHT", 1), ("ADDED", 1), ("ALIGNED", 0)], &[("RIGHT", 1), ("ADDED", 1), ("ALIGNED", 1)]];
entries! {
    ADAMW = "adamw" "adamw": "g numbers > w m v", ONE;
    ATTENTION_FORWARD = "attention" "attention_forward": "qkv starts > o lse", FOURS;
    ATTENTION_QUERY_GRADIENT = "attention" "attention_query_gradient": "qkv starts o lse d_o > dqkv delta", FOURS;
    ATTENTION_KEY_VALUE_GRADIENT = "attention" "attention_key_value_gradient": "qkv starts lse delta d_o > dqkv", FOURS;
    ATTENTION_WIDE_FORWARD = "attention_wide" "attention_wide_forward": "qkv starts > o lse", WIDE;
    ATTENTION_WIDE_QUERY_GRADIENT = "attention_wide" "attention_wide_query_gradient": "qkv starts o lse d_o > dqkv delta", WIDE;
    ATTENTION_WIDE_KEY_VALUE_GRADIENT = "attention_wide" "attention_wide_key_value_gradient": "qkv starts lse delta d_o > dqkv", WIDE;
    ATTENTION_CACHED = "attention_cached" "attention_cached": "qkv sequence position start > cache o", CACHED;
    ATTENTION_CACHED_WIDE = "attention_cached" "attention_cached_wide": "qkv sequence position start > cache o", CACHED_WIDE;
    MASKED_NLL_FORWARD = "masked_nll" "masked_nll_forward": "logits chosen scales ranges > found lse", SUMS;
    MASKED_NLL_BACKWARD = "masked_nll" "masked_nll_backward": "logits chosen scales ranges found lse upstream > dlogits", ONE;
    CODE_DISTANCE_FORWARD = "code_distance" "code_distance_forward": "y codebook codes > distances", ONE;
    CODE_DISTANCE_BACKWARD = "code_distance" "code_distance_backward": "y codebook codes upstream > dy", ONE;
    CONV2D_FORWARD = "conv2d" "conv2d_forward": "x weight bias > y", CONV2D_TILES;
    CONV2D_INPUT_GRADIENT = "conv2d" "conv2d_input_gradient": "weight dy > dx", ALIGNMENTS;
    CONV2D_WEIGHT_GRADIENT = "conv2d" "conv2d_weight_gradient": "x dy > dweight", ALIGNMENTS;
    CROSS_ENTROPY_FORWARD = "cross_entropy" "cross_entropy_forward": "logits targets > nll lse", SUMS;
    CROSS_ENTROPY_BACKWARD = "cross_entropy" "cross_entropy_backward": "logits targets lse dnll > dlogits", ONE;
    EMBEDDING_FORWARD = "embedding" "embedding_forward": "weight ids > y", ONE;
    EMBEDDING_BACKWARD = "embedding" "embedding_backward": "ids dy > dweight", ONE;
    GROUP_NORM_STATISTICS = "group_norm" "group_norm_statistics": "x > statistics", SUMS;
    GROUP_NORM_FORWARD = "group_norm" "group_norm_forward": "x statistics weight bias > out", ONE;
    GROUP_NORM_SUMS = "group_norm" "group_norm_sums": "x statistics weight bias dy > sums_g sums_gn", ONE;
    GROUP_NORM_INPUT_GRADIENT = "group_norm" "group_norm_input_gradient": "x statistics weight bias dy sums_g sums_gn > dx", ONE;
    MATMUL_TILE = "matmul" "matmul_tile": "a b > c", MATMUL;
    MATMUL_TILE_ADDED = "matmul" "matmul_tile": "a b other > c", MATMUL_ADDED;
    MATMUL_STAGED = "matmul" "matmul_staged": "a b > c", PRODUCTS;
    MATMUL_STAGED_ADDED = "matmul" "matmul_staged": "a b other > c", PRODUCTS_ADDED;
    NEAREST_CODE = "nearest_code" "nearest_code": "z codebook > nearest", ONE;
    QK_NORM_ROPE_FORWARD = "qk_norm_rope" "qk_norm_rope_forward": "qkv weight bias positions > out", HEADS;
    QK_NORM_ROPE_INPUT_GRADIENT = "qk_norm_rope" "qk_norm_rope_input_gradient": "qkv weight positions dy > dqkv statistics", HEADS;
    QK_NORM_ROPE_WEIGHT_GRADIENT = "qk_norm_rope" "qk_norm_rope_weight_gradient": "qkv positions dy statistics > dweight dbias", HEADS;
    RMS_NORM_FORWARD = "rms_norm" "rms_norm_forward": "x weight > y r", SUMS;
    RMS_NORM_BACKWARD = "rms_norm" "rms_norm_backward": "x weight r dy > dx", SUMS;
    RMS_NORM_WEIGHT_GRADIENT = "rms_norm" "rms_norm_weight_gradient": "x r dy > dweight", ONE;
    ROW_PRODUCT = "row_product" "row_product": "x weight > y", FEW;
    ROW_PRODUCT_FUSED = "row_product" "row_product": "x weight other > y", FEW_FORMS;
    ROW_PRODUCT_ALONE = "row_product" "row_product_alone": "x weight > y", ALIGNMENTS;
    ROW_PRODUCT_ALONE_FUSED = "row_product" "row_product_alone": "x weight other > y", FORMS;
    ROW_PRODUCT_WIDE = "row_product" "row_product_wide": "x weight > y", WIDE_ROWS;
    ROW_PRODUCT_WIDE_FUSED = "row_product" "row_product_wide": "x weight other > y", WIDE_FORMS;
    SAMPLE = "sample" "sample": "logits position seed > tokens next", &[&[("NUCLEUS", 0)], &[("NUCLEUS", 1)]];
    SUM_ROWS = "sum_rows" "sum_rows": "x > out", ONE;
    SUM_SQUARES = "sum_squares" "sum_squares": "x > sums", SUMS;
    SWIGLU_FORWARD = "swiglu" "swiglu_forward": "gate_up > y", ONE;
    SWIGLU_BACKWARD = "swiglu" "swiglu_backward": "gate_up dy > dx", ONE;
    UPSAMPLE_FORWARD = "upsample" "upsample_forward": "x > y", ONE;
    UPSAMPLE_BACKWARD = "upsample" "upsample_backward": "dy > dx", ONE;
}
