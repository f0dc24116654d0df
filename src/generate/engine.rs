//! The loop that answers a question: prompt, then one token after the other within the grammar,
//! telling a listener what comes, until the sequence ends or somebody stops it.

use std::sync::atomic::{AtomicBool, Ordering};

use image::RgbImage;
use serde::{Deserialize, Serialize};
use web_time::{Duration, Instant};

use super::events::Event;
use super::pictures::{Given, PictureSource, Scene};
use super::teller::Teller;
use super::writer::{Samplings, Writer};
use super::{LanguageModel, Likelihood, PictureCodec, Sampler, Sampling, form, question};
use crate::config::Calibration;
use crate::error::{Error, Result};
use crate::tasks::{SceneState, unanswerable};
use crate::tokens::grammar::SHORTEST_REPLY;
use crate::tokens::{Allowed, Grammar, PictureRule, Prompt, Rules, Token, Vocab, template};

/// How an answer is made. The defaults measured best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The same seed gives the same tokens on the same device.
    pub seed: u64,
    /// For words.
    pub text: Sampling,
    /// For codes of pictures. Greedy pictures collapse to one flat colour where the model doubts.
    pub picture: Sampling,
    pub pictures: PictureSource,
    /// Where the model may draw.
    pub rule: PictureRule,
    pub max_steps: usize,
    /// Longest text of a step, in tokens.
    pub max_step: usize,
    /// Longest answer, in tokens.
    pub max_answer: usize,
    /// Whether the listener hears each row of a picture while the model draws it.
    pub rows: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let Rules { max_steps, max_step, max_answer, pictures: rule, .. } = Rules::default();
        let picture = Sampling { temperature: 0.5, top_p: 1.0 };
        Self {
            seed: 0,
            text: Sampling::GREEDY,
            picture,
            pictures: PictureSource::Imagined,
            rule,
            max_steps,
            max_step,
            max_answer,
            rows: true,
        }
    }
}

impl Settings {
    pub fn samplings(&self) -> Samplings {
        Samplings { text: self.text, picture: self.picture }
    }

    /// The grammar's rules under these settings.
    pub fn rules(&self, grid: usize, context: usize) -> Rules {
        Rules {
            grid,
            context,
            max_steps: self.max_steps,
            max_step: self.max_step,
            max_answer: self.max_answer,
            pictures: self.rule,
        }
    }
}

/// A question about a picture.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub picture: &'a RgbImage,
    pub question: &'a str,
    pub settings: Settings,
    /// Another's picture, for `Pictures::Shuffled`.
    pub other: Option<&'a RgbImage>,
    /// The scene behind the picture where it is known (drawn items), so that PRED can be executed.
    pub state: Option<&'a SceneState>,
}

impl<'a> Request<'a> {
    pub fn new(picture: &'a RgbImage, question: &'a str, settings: Settings) -> Self {
        Self { picture, question, settings, other: None, state: None }
    }
}

/// One step of a thought as it came out.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeStep {
    pub text: String,
    /// What followed it; None in text mode or if the thought was cut short.
    pub picture: Option<RgbImage>,
    /// Why the step isn't as it should be; None if all is well.
    pub problem: Option<String>,
}

/// A finished answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The question and its picture as the model read them.
    pub prompt: Vec<Token>,
    /// Everything after the prompt, given pictures included.
    pub tokens: Vec<Token>,
    pub steps: Vec<OutcomeStep>,
    /// Words of the thought after its last step; usually none.
    pub rest: String,
    pub answer: String,
    /// Whatever isn't as the template and the actions say.
    pub problems: Vec<String>,
    pub ms: f64,
    pub likelihood: Likelihood,
}

impl Outcome {
    /// True when the sequence is well-formed, each step ends with a valid action and has its
    /// picture, and there is an answer.
    pub fn valid(&self) -> bool {
        self.problems.is_empty()
    }

    /// The whole thought as text, a line a step.
    pub fn text(&self) -> String {
        let lines = self.steps.iter().map(|step| step.text.as_str()).chain([self.rest.as_str()]);
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// How long tokens are made before the caller's event loop gets a turn.
const TURN: Duration = Duration::from_millis(10);

/// A model, its codec and its vocabulary, ready to answer.
pub struct Engine<'a, M, P> {
    pub model: &'a mut M,
    pub codec: &'a P,
    pub vocab: &'a Vocab,
    /// Named in the last event.
    pub device: &'a str,
    /// How likelihoods are read; without it the last event doesn't say how sure the answer is.
    pub calibration: Option<Calibration>,
}

impl<M: LanguageModel, P: PictureCodec> Engine<'_, M, P> {
    /// Answers one question. `stop` is read before each token. `pause` is awaited about every 10 ms,
    /// so that a worker can hear a message that stops it. `emit` hears the events, the last of
    /// which is `End` or `Error`, never both.
    pub async fn ask(
        &mut self,
        request: &Request<'_>,
        stop: &AtomicBool,
        pause: impl AsyncFnMut(),
        mut emit: impl FnMut(Event),
    ) -> Result<Outcome> {
        let result = self.answer(request, stop, pause, &mut emit).await;
        emit(match &result {
            Ok(outcome) => Event::End {
                tokens: outcome.tokens.len(),
                ms: outcome.ms,
                device: self.device.to_string(),
                judged: self.calibration.map(|calibration| outcome.likelihood.judged(&calibration)),
            },
            Err(error) => Event::from(error),
        });
        result
    }

    async fn answer(
        &mut self,
        request: &Request<'_>,
        stop: &AtomicBool,
        mut pause: impl AsyncFnMut(),
        emit: &mut impl FnMut(Event),
    ) -> Result<Outcome> {
        let begin = Instant::now();
        let settings = request.settings;
        settings.text.check()?;
        settings.picture.check()?;
        let question = question::written(request.question)?;
        let mut scene = Scene::new(settings.pictures, request.picture, request.other, request.state);
        let asked = self.codec.encode(scene.asked()).await?;

        let draw = settings.pictures != PictureSource::None;
        let prompt = Prompt::Reason { draw, question: &question, picture: &asked };
        let prompt = template::prompt(self.vocab, &prompt)?.tokens;
        let context = self.model.context();
        if prompt.len() + SHORTEST_REPLY > context {
            return Err(Error::question(
                format!("The question and its picture take {} of the model's {context} tokens.", prompt.len()),
                "Ask a shorter question.",
            ));
        }
        let grammar = Grammar::new(self.vocab, settings.rules(self.codec.grid(), context));
        let mut writer =
            Writer::new(self.model, grammar, prompt.clone(), settings.samplings(), Sampler::new(settings.seed))?;
        writer.weigh_prompt().await?;

        let mut teller = Teller::new(asked, settings.rows);
        let mut tokens: Vec<Token> = Vec::new();
        let mut given: Option<Given> = None;
        let mut turn = Instant::now();
        while !writer.state().ended() {
            if turn.elapsed() >= TURN {
                pause().await;
                turn = Instant::now();
            }
            if stop.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            let state = *writer.state();
            let code = match (state.cell(), &given) {
                (Some(cell), Some(given)) => given.codes.codes.get(cell).map(|code| code_token(self.vocab, *code)),
                _ => None,
            };
            let token = writer.next(code.transpose()?).await?;
            tokens.push(token);
            match writer.grammar().kind(token) {
                Allowed::BOI => given = scene.after(&teller.step, self.codec, &mut writer.sampler).await?,
                Allowed::CODE => {
                    teller.codes.extend(self.vocab.code_number(token));
                    if given.is_none() {
                        teller.row(self.codec, emit).await?;
                    }
                }
                Allowed::EOI => match given.take() {
                    Some(given) => teller.picture(given.shown, false, emit)?,
                    None => {
                        let picture = teller.drawn(self.codec, emit).await?;
                        scene.imagined(&picture);
                        teller.picture(picture, true, emit)?;
                    }
                },
                Allowed::TEXT => teller.text(self.vocab, &state, writer.state(), token, emit),
                Allowed::THOUGHT_CLOSE => teller.new_step(),
                Allowed::ANSWER_CLOSE => teller.answer(emit),
                _ => {}
            }
        }
        let (ms, likelihood) = (begin.elapsed().as_secs_f64() * 1e3, writer.likelihood);
        let outcome = self.outcome(draw, settings.rule, tokens, teller.pictures);
        let declined = outcome.answer == unanswerable::ANSWER;
        Ok(Outcome { prompt, ms, likelihood: Likelihood { declined, ..likelihood }, ..outcome })
    }

    /// Reads the tokens back, as training and evaluation would.
    fn outcome(&self, draw: bool, rule: PictureRule, tokens: Vec<Token>, pictures: Vec<RgbImage>) -> Outcome {
        let parsed = template::parse(self.vocab, self.codec.grid(), draw, &tokens);
        let problems = form::problems(&parsed, draw, rule, None);
        let mut pictures = pictures.into_iter();
        let step = |step: crate::tokens::ThoughtStep| OutcomeStep {
            problem: form::of_step(&step.text, rule),
            text: step.text,
            picture: step.picture.and_then(|_| pictures.next()),
        };
        let steps = parsed.steps.into_iter().map(step).collect();
        let (rest, answer) = (parsed.rest, parsed.answer);
        let (prompt, likelihood) = (Vec::new(), Likelihood::default());
        Outcome { prompt, tokens, steps, rest, answer, problems, ms: 0.0, likelihood }
    }
}

fn code_token(vocab: &Vocab, number: u16) -> Result<Token> {
    vocab.code_token(number).ok_or_else(|| {
        Error::checkpoint(
            format!("The codec gave the code {number}, but the vocabulary has {}.", vocab.code_count()),
            "The VQ tokenizer and tokenizer.json must belong to the same checkpoint.",
        )
    })
}
