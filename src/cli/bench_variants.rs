//! `bench variants`: every variant of the shaders on this adapter, in rounds that take turns, and
//! drawing on the device beside reading each token's logits back.

use super::say;
use omni_r1_web::bundle::ModelBundle;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::generate::{Choice, LanguageModel, Sampler, Sampling, one_by_one};
use omni_r1_web::kernels::autotune::Adapter;
use omni_r1_web::kernels::check::timing::{self, median};
use omni_r1_web::tokens::Token;
use pollster::block_on;
use std::time::Instant;

use burn::tensor::Device;

pub fn variants(device: &Device, adapter: &Adapter, rounds: usize) -> Result<()> {
    let fault = |message: String| Error::device(format!("{message}."), "Report it with the name of the device.");
    say(&format!("medians of {rounds} in ms: forward, with backward, and forward beside the first variant\n"))?;
    for (timed, variants) in timing::with_variants(adapter.subgroups) {
        let name = timed.name();
        let timings = block_on(timing::compare(timed, &variants, device, rounds)).map_err(fault)?;
        for one in &timings {
            let both = one.both.map_or(String::new(), |both| format!("{both:.3}"));
            let beside = one.forward / timings[0].forward;
            say(&format!("{name:40} {:18} {:>10.3} {both:>10} {beside:>8.2}\n", one.variant, one.forward))?;
        }
    }
    Ok(())
}

/// Codes drawn in one measurement: a picture, in rows.
const ROWS: usize = 8;
const CODES: usize = 8;

/// A picture drawn row by row on the device, and with every token's logits read back.
pub fn drawing(mut bundle: ModelBundle, rounds: usize) -> Result<()> {
    let prompt: Vec<Token> = (0..64).map(|i| Token(i * 31 % bundle.vocab.size as u32)).collect();
    let sampling = Sampling { temperature: 0.5, top_p: 1.0 };
    let choice = Choice { count: CODES, ranges: bundle.vocab.code_ranges(), sampling, draft: &[] };
    let model = &mut bundle.language;
    let (mut times, mut drawn) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..=rounds {
        for (on_device, (times, drawn)) in [true, false].into_iter().zip(times.iter_mut().zip(&mut drawn)) {
            model.reset();
            block_on(model.feed(&prompt))?;
            let (mut sampler, mut last) = (Sampler::new(round as u64), prompt[0]);
            let begin = Instant::now();
            for _ in 0..ROWS {
                let row = match on_device {
                    true => block_on(model.draw(&[last], &choice, &mut sampler))?,
                    false => block_on(one_by_one(model, &[last], &choice, &mut sampler))?,
                };
                last = *row.last().expect("as many as asked for");
                drawn.extend(row);
            }
            if round > 0 {
                times.push(begin.elapsed().as_secs_f64() * 1e3 / (ROWS * CODES) as f64);
            }
        }
    }
    if drawn[0] != drawn[1] {
        return Err(Error::device(
            "Drawn on the device the codes are others.",
            "Report it with the name of the device.",
        ));
    }
    let [on_device, one_by_one] = times.map(|mut times| median(&mut times));
    say(&format!("drawing codes: {on_device:.3} ms each in rows on the device, {one_by_one:.3} ms one by one\n"))?;
    Ok(())
}
