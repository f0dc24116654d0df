//! `bench`: checks, then times. Machines differ and are shared: read the ratios, not the figures.

use super::Model;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Distribution, Tensor};
use omni_r1_web::error::{Error, Result};
use omni_r1_web::generate::LanguageModel;
use omni_r1_web::kernels::proof::timing::{self, Prepared, Timed, median};
use omni_r1_web::kernels::proof::{self};
use omni_r1_web::loaded::Loaded;
use omni_r1_web::model::weight::read_values;
use omni_r1_web::tokens::{LossWeights, Role, Sequence, Token};
use omni_r1_web::train::batch::Batch;
use omni_r1_web::train::language;
use omni_r1_web::train::learner::Learner;
use omni_r1_web::train::optimizer::OptimizerSettings;
use pollster::block_on;
use std::path::Path;
use std::time::Instant;

#[derive(clap::Args)]
pub struct Bench {
    /// What to time; everything if left out.
    #[arg(value_enum)]
    what: Option<What>,
    #[command(flatten)]
    model: Model,
    /// On WebGPU instead of the CPU, where this program was built for it.
    #[arg(long)]
    webgpu: bool,
    /// Round the operands of large products to bfloat16, as the recipes do.
    #[arg(long)]
    bfloat16: bool,
    /// Times each is measured.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum What {
    /// Each op at the shipped model's sizes, beside Burn's own.
    Kernels,
    /// A training step.
    Step,
    /// Answering, token by token.
    Decode,
}

impl Bench {
    pub fn run(self) -> Result<()> {
        let device = if self.webgpu { webgpu()? } else { Device::flex() };
        if self.bfloat16 && !omni_r1_web::kernels::cpu::allow_bfloat16(true) {
            return Err(Error::device("This processor has no bfloat16 products.", "Leave --bfloat16 out."));
        }
        let wanted = |what| self.what.is_none_or(|only| only == what);
        if wanted(What::Kernels) {
            kernels(&device, self.rounds)?;
        }
        if wanted(What::Step) {
            step(&self.model.model, &device, self.rounds)?;
        }
        if wanted(What::Decode) {
            decode(&self.model.model, &device, self.rounds)?;
        }
        Ok(())
    }
}

#[cfg(feature = "webgpu")]
fn webgpu() -> Result<Device> {
    let (device, adapter) = block_on(omni_r1_web::kernels::variants::open_webgpu())?;
    println!("{}: {}", adapter.name, omni_r1_web::kernels::variants::preferred());
    Ok(device)
}

#[cfg(not(feature = "webgpu"))]
fn webgpu() -> Result<Device> {
    Err(Error::device("This program was built without WebGPU.", "Build it with --features webgpu."))
}

fn fault(message: String) -> Error {
    Error::device(format!("{message}."), "Report it with the name of the device.")
}

/// The same op with Burn's own kernels.
type Stock = Box<dyn Fn() -> Tensor<2>>;

/// Burn's own way to the same result, on numbers of its own; None where it isn't compared.
fn stock(timed: &Timed, device: &Device) -> Option<Stock> {
    let shape = |index: usize| timed.case().inputs[index].1.clone();
    let new =
        |rows: usize, columns: usize| Tensor::<2>::random([rows, columns], Distribution::Uniform(-1.0, 1.0), device);
    match timed.op.name.as_str() {
        "matmul" => {
            let (a, b) = (new(shape(0)[0], shape(0)[1]), new(shape(1)[0], shape(1)[1]));
            let (left, right) = (timed.case().name.starts_with("Left"), timed.case().name.starts_with("Right"));
            Some(Box::new(move || {
                let a = if left { a.clone().transpose() } else { a.clone() };
                a.matmul(if right { b.clone().transpose() } else { b.clone() })
            }))
        }
        "attention" => {
            let (t, heads, size) = (shape(0)[1], 4, 32);
            let part = || new(heads * t, size).reshape([heads, t, size]);
            let (q, k, v) = (part(), part(), part());
            let hidden = Tensor::<2>::ones([t, t], device).triu(1).mul_scalar(-1e9).reshape([1, t, t]);
            Some(Box::new(move || {
                let scores = q.clone().matmul(k.clone().swap_dims(1, 2)).mul_scalar(1.0 / (size as f32).sqrt());
                softmax(scores + hidden.clone(), 2).matmul(v.clone()).reshape([heads * t, size])
            }))
        }
        _ => None,
    }
}

fn kernels(device: &Device, rounds: usize) -> Result<()> {
    println!("{:44} {:>10} {:>9} {:>14} {:>14}", "forward", "ms", "GFLOP/s", "Burn's / ours", "with backward");
    for timed in timing::of_the_model() {
        block_on(proof::check(&timed.op, timed.case(), device)).map_err(fault)?;
        let (name, stock) = (timed.name(), stock(&timed, device));
        let prepared = Prepared::new(timed, device);
        let ours = block_on(prepared.time(rounds)).map_err(fault)?;
        let ratio = stock.map(|stock| beside(&prepared, &stock, rounds)).transpose()?;
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let both = ours.both.map_or(String::new(), |both| format!("{both:.3}"));
        println!("{name:44} {:>10.3} {:>9.1} {ratio:>14} {both:>14}", ours.forward, ours.gflops);
    }
    Ok(())
}

/// How many times as long Burn's own takes: the median over rounds that take turns.
fn beside(ours: &Prepared, stock: &Stock, rounds: usize) -> Result<f64> {
    let mut ratios = Vec::new();
    for round in 0..=rounds {
        let mine = block_on(ours.forward(1)).map_err(fault)?;
        let begin = Instant::now();
        block_on(read_values(stock().slice([0..1, 0..1])))?;
        if round > 0 {
            ratios.push(begin.elapsed().as_secs_f64() * 1e3 / mine);
        }
    }
    Ok(median(&mut ratios))
}

/// Rows and tokens of a training step.
const ROWS: usize = 8;
const LENGTH: usize = 256;

fn step(model: &Path, device: &Device, rounds: usize) -> Result<()> {
    let loaded = Loaded::load(model, device)?;
    let ids = loaded.vocab.size as u32;
    let document = |row: usize| Sequence {
        tokens: (0..LENGTH).map(|i| Token((row * 7919 + i * 31) as u32 % ids)).collect(),
        roles: vec![Role::Thought; LENGTH],
    };
    let batch = Batch::pack((0..ROWS).map(document), ROWS, LENGTH, &LossWeights::default());
    let mut learner = Learner::new(loaded.language.transformer, None, OptimizerSettings::default(), device);
    let mut times = Vec::new();
    for round in 0..=rounds {
        let begin = Instant::now();
        block_on(language::step(&mut learner, &batch, None, 1.0))?;
        if round > 0 {
            times.push(begin.elapsed().as_secs_f64());
        }
    }
    let second = median(&mut times);
    println!(
        "training step of {ROWS} x {LENGTH} tokens: {second:.3} s, {:.0} tokens/s",
        (ROWS * LENGTH) as f64 / second
    );
    Ok(())
}

/// Tokens of one measurement.
const TOKENS: usize = 64;

fn decode(model: &Path, device: &Device, rounds: usize) -> Result<()> {
    let mut language = Loaded::load(model, device)?.language;
    let ids = language.vocab_size() as u32;
    let tokens: Vec<Token> = (0..2 * TOKENS as u32).map(|i| Token(i * 31 % ids)).collect();
    let (prompt, rest) = tokens.split_at(TOKENS);
    // One after the other they must give what they give at once.
    let at_once = block_on(language.feed(&tokens))?;
    let mut times = Vec::new();
    for round in 0..=rounds {
        language.reset();
        block_on(language.feed(prompt))?;
        let begin = Instant::now();
        let mut last = Vec::new();
        for token in rest {
            last = block_on(language.feed(&[*token]))?;
        }
        if round > 0 {
            times.push(begin.elapsed().as_secs_f64() * 1e3 / rest.len() as f64);
        }
        let largest = at_once.iter().fold(1.0_f32, |most, x| most.max(x.abs()));
        let apart = last.iter().zip(&at_once).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        if !last.iter().all(|x| x.is_finite()) || apart > 1e-3 * largest {
            return Err(fault(format!("Token by token the logits are {apart} apart from those at once")));
        }
    }
    let ms = median(&mut times);
    println!("decoding at {TOKENS} to {} tokens: {ms:.3} ms a token, {:.0} tokens/s", 2 * TOKENS, 1e3 / ms);
    Ok(())
}
