//! Runs the program, keeps its files apart, and makes a model for it.

use burn::tensor::Device;
use omni_r1_web::config::ModelConfig;
use omni_r1_web::model::checkpoint::{Checkpoint, Precision};
use omni_r1_web::model::{Transformer, WeightSource};
use omni_r1_web::vq::VqGan;
use safetensors::SafeTensors;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program from the repository's root.
pub fn omni_r1(arguments: &[&str]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_omni-r1")).args(arguments).current_dir(ROOT).output();
    let output = output.expect("the program was built with the tests");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
    let code = output.status.code().expect("the program wasn't killed");
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

pub fn succeed(arguments: &[&str]) -> String {
    let outcome = omni_r1(arguments);
    assert_eq!(outcome.code, 0, "{arguments:?}: {}", outcome.stderr);
    outcome.stdout
}

/// A folder of its own for one test, gone when the test is over.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("omni-r1-cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    /// A path inside, as an argument.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("temporary folders have plain names").into()
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        std::fs::write(self.0.join(name), contents).expect("room for a small file");
        self.path(name)
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn lines(&self, name: &str) -> Vec<Value> {
        let text = String::from_utf8(self.read(name)).expect("JSON lines are UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn picture(&self, name: &str) -> image::RgbImage {
        image::load_from_memory(&self.read(name)).unwrap_or_else(|e| panic!("{name}: {e}")).into_rgb8()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn parity(case: &str) -> String {
    format!("{ROOT}/tests/parity/{case}")
}

/// A complete checkpoint with weights by chance: what it says is noise, but well-formed noise.
pub fn untrained() -> &'static str {
    static MODEL: OnceLock<Folder> = OnceLock::new();
    let folder = MODEL.get_or_init(|| {
        let folder = Folder::new();
        let tokenizer = std::fs::read(format!("{ROOT}/data/tokenizer.json")).expect("the shipped tokenizer");
        let vocabulary = omni_r1_web::tokens::Vocab::from_json(&tokenizer).expect("the shipped tokenizer").size;
        let mut config = ModelConfig::preset("nano", vocabulary).expect("a preset");
        config.num_hidden_layers = 1;
        config.max_position_embeddings = 320;
        let (device, mut source) = (Device::flex(), WeightSource::random(1));
        let transformer = Transformer::build(&config, &mut source, &device).expect("new weights");
        let vq = VqGan::build(&config.vq_config, &mut source, &device).expect("new weights");
        let checkpoint = Checkpoint { config, transformer: Some(transformer), vq: Some(vq), projection: None };
        pollster::block_on(checkpoint.save(&folder.0, Precision::F16)).expect("room for a small model");
        folder.file("tokenizer.json", tokenizer);
        folder
    });
    folder.0.to_str().expect("temporary folders have plain names")
}

/// Shape and values of an f32 tensor in a safetensors file.
pub fn tensor(bytes: &[u8], name: &str) -> (Vec<usize>, Vec<f32>) {
    let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
    let view = file.tensor(name).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(view.dtype(), safetensors::Dtype::F32, "{name}");
    let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    (view.shape().to_vec(), values.collect())
}
