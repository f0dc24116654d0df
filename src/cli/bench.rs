//! `bench`: checks, then times. Machines differ and are shared: read the ratios, not the figures.

use super::{Model, say};
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Distribution, Tensor};
use omni_r1_web::bench::decoding::PROMPT;
use omni_r1_web::bench::{Decoding, Drawing, Drawn, Training, Whose};
use omni_r1_web::bundle::ModelBundle;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::kernels::check::timing::{self, Prepared, Timed, median};
use omni_r1_web::kernels::check::{self};
use omni_r1_web::kernels::variants::Tuning;
use omni_r1_web::model::weight::read_values;
use pollster::block_on;
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
    /// The variants of the shaders: race (measures them), or names such as large,several,alone. If left out, what an
    /// earlier measurement on this adapter found.
    #[arg(long = "pick")]
    tuning: Option<Tuning>,
    /// Round the operands of large products to bfloat16, as the recipes do.
    #[arg(long)]
    bfloat16: bool,
    /// Times each is measured.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Rows of a training step.
    #[arg(long, default_value_t = 8)]
    batch: usize,
    /// Tokens of a row.
    #[arg(long, default_value_t = 256)]
    length: usize,
    /// Questions of each task type whose pictures are drawn.
    #[arg(long, default_value_t = 2)]
    items: usize,
    /// A training step of ours for each line that is read; writes its milliseconds and its loss.
    #[arg(long, hide = true)]
    paced: bool,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum What {
    /// Each op at the shipped model's sizes, beside Burn's own.
    Kernels,
    /// A training step, beside Burn's own operations.
    Step,
    /// Answering, token by token, beside Burn's own operations.
    Decode,
    /// Every variant of the WebGPU shaders; only if asked for.
    Variants,
}

impl Bench {
    pub fn run(self) -> Result<()> {
        let device = if self.webgpu { webgpu(self.tuning)? } else { Device::flex() };
        if self.bfloat16 && !omni_r1_web::kernels::cpu_product::allow_bfloat16(true) {
            return Err(Error::device("This processor has no bfloat16 products.", "Leave --bfloat16 out."));
        }
        let wanted = |what| self.what.is_none_or(|only| only == what);
        if wanted(What::Kernels) {
            kernels(&device, self.rounds)?;
        }
        if wanted(What::Step) {
            step(&self, &device)?;
        }
        if wanted(What::Decode) {
            decode(&self, &device)?;
        }
        if self.what == Some(What::Variants) {
            #[cfg(not(feature = "webgpu"))]
            webgpu(self.tuning)?;
            #[cfg(feature = "webgpu")]
            self.variants()?;
        }
        Ok(())
    }

    #[cfg(feature = "webgpu")]
    fn variants(&self) -> Result<()> {
        let (device, adapter) = super::autotune::open_webgpu(self.tuning)?;
        super::bench_variants::variants(&device, &adapter, self.rounds)?;
        super::bench_variants::drawing(ModelBundle::load(&self.model.model, &device)?, self.rounds)
    }
}

#[cfg(feature = "webgpu")]
fn webgpu(tuning: Option<Tuning>) -> Result<Device> {
    let (device, adapter) = super::autotune::open_webgpu(tuning)?;
    say(&format!("{}: {}\n", adapter.name, omni_r1_web::kernels::variants::preferred()))?;
    Ok(device)
}

#[cfg(not(feature = "webgpu"))]
fn webgpu(_: Option<Tuning>) -> Result<Device> {
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
    say(&format!("{:44} {:>10} {:>9} {:>14} {:>14}\n", "forward", "ms", "GFLOP/s", "Burn's / ours", "with backward"))?;
    for timed in timing::of_the_model() {
        block_on(check::compare(&timed.op, timed.case(), device)).map_err(fault)?;
        let (name, stock) = (timed.name(), stock(&timed, device));
        let prepared = Prepared::new(timed, device);
        let ours = block_on(prepared.time(rounds)).map_err(fault)?;
        let ratio = stock.map(|stock| beside(&prepared, &stock, rounds)).transpose()?;
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let both = ours.both.map_or(String::new(), |both| format!("{both:.3}"));
        say(&format!("{name:44} {:>10.3} {:>9.1} {ratio:>14} {both:>14}\n", ours.forward, ours.gflops))?;
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

/// Losses of the two may be so far apart, as a share.
const AGREEMENT: f64 = 1e-3;

/// Times of a contestant that ran, in milliseconds.
#[derive(Default)]
struct Times([Vec<f64>; 2]);

impl Times {
    /// Medians of ours and of stock, and the median of their ratios.
    fn medians(&mut self) -> (f64, f64, f64) {
        let [ours, stock] = &mut self.0;
        let mut ratios: Vec<f64> = ours.iter().zip(&*stock).map(|(ours, stock)| stock / ours).collect();
        (median(ours), median(stock), median(&mut ratios))
    }
}

fn step(wishes: &Bench, device: &Device) -> Result<()> {
    let Bench { rounds, batch, length, .. } = *wishes;
    let bundle = ModelBundle::load(&wishes.model.model, device)?;
    let mut training = Training::new(&bundle.language.transformer, [batch, length], device);
    if wishes.paced {
        // Another program takes turns with this one.
        for _ in std::io::stdin().lines() {
            let step = block_on(training.step(Whose::Ours))?;
            say(&format!("{} {}\n", step.ms, step.loss))?;
        }
        return Ok(());
    }
    let mut times = Times::default();
    for round in 0..=rounds {
        let [ours, stock] = [Whose::Ours, Whose::Stock].map(|whose| block_on(training.step(whose)));
        let (ours, stock) = (ours?, stock?);
        if (ours.loss - stock.loss).abs() > AGREEMENT * stock.loss.abs() {
            return Err(fault(format!("Step {round}: the loss is {}, by Burn's operations {}", ours.loss, stock.loss)));
        }
        if round > 0 {
            times.0[0].push(ours.ms);
            times.0[1].push(stock.ms);
        }
    }
    let (ours, stock, ratio) = times.medians();
    let rate = |ms: f64| training.tokens() as f64 / ms * 1e3;
    say(&format!(
        "training step of {batch} x {length} tokens: {ours:.0} ms, {:.0} tokens/s; \
         Burn's operations {stock:.0} ms, {:.0} tokens/s: {ratio:.2} times ours\n",
        rate(ours),
        rate(stock)
    ))?;
    Ok(())
}

/// Tokens of one measurement.
const TOKENS: usize = 64;

fn decode(wishes: &Bench, device: &Device) -> Result<()> {
    let ModelBundle { language, vocab, .. } = ModelBundle::load(&wishes.model.model, device)?;
    let mut decoding = Decoding::new(&language.transformer, vocab.code_ranges());
    for (what, picture) in [("words", false), ("pictures", true)] {
        let mut times = Times::default();
        for round in 0..=wishes.rounds {
            for (whose, times) in [Whose::Ours, Whose::Stock].into_iter().zip(&mut times.0) {
                let ms = block_on(decoding.run(whose, TOKENS, picture))?;
                block_on(decoding.check(whose))?;
                if round > 0 {
                    times.push(ms);
                }
            }
        }
        let (ours, stock, ratio) = times.medians();
        say(&format!(
            "decoding {what}, {PROMPT} to {} tokens: {ours:.3} ms a token, {:.0} tokens/s; \
             Burn's operations {stock:.3} ms: {ratio:.2} times ours\n",
            PROMPT + TOKENS,
            1e3 / ours
        ))?;
    }
    draw(wishes, device)
}

/// Whole answers with drafts and without, in turns; the tokens are the same.
fn draw(wishes: &Bench, device: &Device) -> Result<()> {
    let mut drawing = Drawing::new(&ModelBundle::load(&wishes.model.model, device)?, wishes.items);
    let (mut times, mut words) = (Times::default(), Times::default());
    let mut last = Drawn::default();
    for round in 0..=wishes.rounds {
        for (drafts, (times, words)) in [true, false].into_iter().zip(times.0.iter_mut().zip(&mut words.0)) {
            let drawn = block_on(drawing.run(drafts))?;
            if round > 0 {
                times.push(drawn.picture_ms / drawn.pictures.max(1) as f64);
                words.push(drawn.word_ms / drawn.words.max(1) as f64);
            }
            if drafts {
                last = drawn;
            }
        }
    }
    let (with, without, ratio) = times.medians();
    let Drawn { pictures, codes, passes, drafted, stood, .. } = last;
    say(&format!(
        "drawing {pictures} pictures along the picture before: {:.1} pictures/s, without drafts {:.1}: \
         {ratio:.2} times; {:.1}% of {drafted} drafted codes stand, {:.2} codes a pass\n",
        1e3 / with,
        1e3 / without,
        100.0 * stood as f64 / drafted.max(1) as f64,
        codes as f64 / passes.max(1) as f64,
    ))?;
    let (with, without, ratio) = words.medians();
    say(&format!("words between them: {with:.3} ms each, without drafts {without:.3} ms: {ratio:.2} times\n"))
}
