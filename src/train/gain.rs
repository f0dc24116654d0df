//! Answer gain: how much likelier the right answer is after a thought's own drawings than after blank
//! ones. It needs no executor.

use crate::error::Result;
use crate::generate::PictureCodec;
use crate::model::Transformer;
use crate::model::weight::read_values;
use crate::tokens::{Codes, Parsed, Token, template};
use crate::train::data::DataSource;
use crate::train::host::Host;
use crate::train::perpo::Perpo;
use crate::train::rollout::{Rollout, choices};
use crate::train::score::Answer;
use image::RgbImage;

impl Perpo {
    /// For each answer `log p(right | own drawings) - log p(right | blank ones)` under `model`, in nats within
    /// -1 to 1, at the temperatures of the rollouts. None for one without drawings, or whose thought leaves no room for the right
    /// answer.
    pub(super) async fn gains(
        &self,
        model: &Transformer,
        data: &DataSource,
        (prompt, right): (&[Token], &str),
        answers: &[(&Parsed, &Rollout)],
        host: &mut impl Host,
    ) -> Result<Vec<Option<f64>>> {
        let vocab = &data.vocab;
        let grammar = self.grammar(data, model);
        let size = data.codec.size();
        let blank = data.codec.encode(&RgbImage::from_pixel(size, size, image::Rgb([255; 3]))).await?;
        let ending: Vec<Token> =
            template::words(vocab, right).into_iter().chain([vocab.answer_close, vocab.eos]).collect();
        // Of each answer that counts: its number, and where the right answer begins.
        let (mut places, mut forced) = (Vec::new(), Vec::new());
        for (number, (parsed, rollout)) in answers.iter().enumerate() {
            let open = rollout.tokens.iter().position(|token| *token == vocab.answer_open);
            let Some(open) = open.filter(|_| parsed.valid() && !parsed.steps.is_empty()) else { continue };
            let own: Vec<Token> = rollout.tokens[..=open].iter().chain(&ending).copied().collect();
            if choices(&grammar, prompt, &own).is_ok() {
                places.push((number, open + 1));
                forced.push(Rollout { tokens: blanked(data, &own, &blank)?, log_probabilities: Vec::new() });
                forced.push(Rollout { tokens: own, log_probabilities: Vec::new() });
            }
        }
        let all: Vec<Answer> = forced.iter().map(|rollout| Answer { prompt, rollout }).collect();
        let mut costs = vec![0.0; all.len()];
        for pack in self.packs(&all, &grammar)? {
            host.pause().await?;
            let values = read_values(pack.costs(model, &grammar, data.codec.device())).await?;
            for &(number, first) in &pack.places {
                let from = places[number / 2].1;
                let words = (from..forced[number].tokens.len()).map(|i| first + i).filter(|at| pack.chosen(*at));
                costs[number] = words.map(|at| f64::from(values[at])).sum();
            }
        }
        let mut gains = vec![None; answers.len()];
        for ((number, _), costs) in places.into_iter().zip(costs.chunks_exact(2)) {
            gains[number] = Some((costs[0] - costs[1]).clamp(-1.0, 1.0));
        }
        Ok(gains)
    }
}

/// The same tokens with blank pictures.
fn blanked(data: &DataSource, tokens: &[Token], blank: &Codes) -> Result<Vec<Token>> {
    let mut picture = Vec::new();
    crate::tokens::segment::push_picture(&data.vocab, blank, &mut picture)?;
    let mut codes = picture[1..picture.len() - 1].iter().cycle();
    let each = |token: &Token| match data.vocab.code_number(*token) {
        Some(_) => *codes.next().expect("a picture has codes"),
        None => *token,
    };
    Ok(tokens.iter().map(each).collect())
}
