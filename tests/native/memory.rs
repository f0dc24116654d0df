//! Memory stays flat over many training steps and many answers, on every device of this build: the
//! bytes that the program holds, and those that the WebGPU device holds.

#[path = "devices.rs"]
mod devices;

use burn::tensor::Device;
use devices::devices;
use image::RgbImage;
use omni_r1_web::bundle::{CachedTransformer, VqCodec};
use omni_r1_web::config::ModelConfig;
use omni_r1_web::generate::{Engine, Request, Sampling, Settings};
use omni_r1_web::model::{Transformer, WeightSource};
use omni_r1_web::tokens::{LossWeights, PictureRule, Sequence, Token, TokenRole, Vocab};
use omni_r1_web::train::batch::Batch;
use omni_r1_web::train::language;
use omni_r1_web::train::learner::Learner;
use omni_r1_web::train::optimizer::OptimizerSettings;
use omni_r1_web::vq::VqGan;
use pollster::block_on;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

/// The system's allocator, counting what is alive.
struct Counting;

static ALIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALIVE.fetch_add(size as isize - layout.size() as isize, Ordering::Relaxed);
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The tests count the whole program's memory: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// What the program holds, and what the device holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    program: isize,
    #[cfg_attr(not(feature = "webgpu"), allow(dead_code))]
    device: Option<(u64, u64)>,
}

impl Held {
    fn now(device: &Device) -> Self {
        #[cfg(feature = "webgpu")]
        let of_device =
            omni_r1_web::kernels::memory::device_memory(device).map(|held| (held.allocations, held.reserved));
        #[cfg(not(feature = "webgpu"))]
        let (_, of_device) = (device, None);
        Self { program: ALIVE.load(Ordering::Relaxed), device: of_device }
    }
}

/// Runs `once` `warm` times, and then `times` more, twice: that may leave nothing behind. A thread of the
/// pool makes its buffers when it first takes part, which may be late; what leaks does so in both rounds.
fn stays_flat(what: &str, device: &Device, warm: usize, times: usize, mut once: impl FnMut(usize)) {
    (0..warm).for_each(&mut once);
    let grown = [0, 1].map(|round| {
        let before = Held::now(device);
        (warm + round * times..warm + (round + 1) * times).for_each(&mut once);
        let after = Held::now(device);
        println!("{what}: {before:?}, after {times} more {after:?}");
        match (before.device, after.device) {
            (Some((allocations, reserved)), Some((allocations_after, reserved_after))) => {
                assert!(
                    allocations_after <= allocations,
                    "{what}: {allocations} allocations became {allocations_after}"
                );
                assert!(reserved_after <= reserved, "{what}: {reserved} reserved bytes became {reserved_after}");
                // Beside a WebGPU device the program holds its caches of pipelines and uniforms too.
                0.0
            }
            _ => (after.program - before.program) as f64 / times as f64,
        }
    });
    let a_time = grown[0].min(grown[1]);
    assert!(a_time < 256.0, "{what}: {a_time:.0} bytes more each time");
}

/// Small, so that many steps and answers take little time.
fn config(vocab: &Vocab) -> ModelConfig {
    let mut config = ModelConfig::preset("nano", vocab.size).expect("a preset");
    (config.hidden_size, config.num_attention_heads, config.num_key_value_heads) = (32, 2, 2);
    (config.intermediate_size, config.num_hidden_layers) = (48, 2);
    config
}

fn vocab() -> Vocab {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tokenizer.json");
    Vocab::from_json(&std::fs::read(path).expect("data/tokenizer.json")).expect("a tokenizer")
}

fn transformer(config: &ModelConfig, device: &Device) -> Transformer {
    Transformer::build(config, &mut WeightSource::random(1), device).expect("weights")
}

#[test]
fn training_steps_leave_nothing_behind() {
    let _alone = ALONE.lock();
    let vocab = vocab();
    const LENGTH: usize = 48;
    let sequence = |row: usize| Sequence {
        tokens: (0..LENGTH).map(|i| Token((row * 7919 + i * 31) as u32 % vocab.size as u32)).collect(),
        roles: vec![TokenRole::Thought; LENGTH],
    };
    for (name, device) in devices() {
        for (optimizer, muon_learning_rate) in [("Muon", Some(0.02)), ("AdamW", None)] {
            let settings = OptimizerSettings { muon_learning_rate, ..Default::default() };
            let mut learner = Learner::new(transformer(&config(&vocab), &device), None, settings, &device);
            let steps = if muon_learning_rate.is_none() { 500 } else { 100 };
            stays_flat(&format!("{optimizer} on {name}"), &device, 20, steps, |step| {
                let rows = [0, 1].map(|row| vec![sequence(row + step)]);
                let batch = Batch::of_rows(&rows, LENGTH, &LossWeights::default());
                block_on(language::step(&mut learner, &batch, None, 1.0)).expect("a step");
            });
        }
    }
}

#[test]
fn answers_leave_nothing_behind() {
    let _alone = ALONE.lock();
    let vocab = vocab();
    let picture = RgbImage::from_fn(64, 64, |x, y| image::Rgb([(x * 3) as u8, (y * 3) as u8, 90]));
    for (name, device) in devices() {
        let config = config(&vocab);
        let mut model = CachedTransformer::new(transformer(&config, &device));
        let vq = VqGan::build(&config.vq_config, &mut WeightSource::random(2), &device).expect("weights");
        let codec = VqCodec::new(vq, device.clone());
        let mut engine = Engine { model: &mut model, codec: &codec, vocab: &vocab, device: name, calibration: None };
        let (mut pictures, stop) = (0, AtomicBool::new(false));
        stays_flat(&format!("answers on {name}"), &device, 10, 50, |seed| {
            let settings = Settings {
                seed: seed as u64,
                text: Sampling { temperature: 1.0, top_p: 1.0 },
                rule: PictureRule::Anywhere,
                max_steps: 2,
                max_step: 6,
                max_answer: 4,
                ..Settings::default()
            };
            let request = Request::new(&picture, "what is it?", settings);
            let outcome = block_on(engine.ask(&request, &stop, async || {}, |_| {})).expect("an answer");
            pictures += outcome.steps.iter().filter(|step| step.picture.is_some()).count();
        });
        assert!(pictures > 0, "no answer had a picture");
    }
}
