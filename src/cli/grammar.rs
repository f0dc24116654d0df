//! `grammar`: what may follow, for engines that sample elsewhere. One JSON object a line in, one out, over
//! standard input and output.
//!
//! | request | answer |
//! |---|---|
//! | `{"open": [[id, ...], ...]}` | begins sequences anew, from prompts: what may follow each |
//! | `{"push": [[sequence, id], ...]}` | goes on by a token each: what may follow each |
//! | `{"choices": [[[prompt], [tokens]], ...]}` | for each of the tokens what it was chosen from |
//!
//! Answers name sets by number, -1 at the end; a token of `choices` that was the only one allowed has -1. `new`
//! describes the sets whose numbers are new, in order: `{"ranges": [[from, to], ...], "picture": bool}`.

use super::{Model, is_heard};
use omni_r1_web::config::ModelConfig;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::tokens::{Allowed, Grammar, GrammarState, Rules, Token};
use omni_r1_web::train::recipe::{Recipe, Stage};
use omni_r1_web::train::rollout::choices;
use omni_r1_web::train::shards;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::BufRead;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Rulebook {
    #[command(flatten)]
    model: Model,
    /// A recipe with [perpo], for its limits; those of the model without one.
    #[arg(long)]
    recipe: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Request {
    Open(Vec<Vec<Token>>),
    Push(Vec<(usize, Token)>),
    Choices(Vec<(Vec<Token>, Vec<Token>)>),
}

struct Desk<'v> {
    grammar: Grammar<'v>,
    states: Vec<GrammarState>,
    sets: Vec<Allowed>,
}

impl Rulebook {
    pub fn run(&self) -> Result<()> {
        let config = ModelConfig::load(&self.model.model)?;
        let mut rules =
            Rules { grid: config.vq_config.grid(), context: config.max_position_embeddings, ..Rules::default() };
        match self.recipe.as_deref().map(Recipe::load).transpose()?.map(|recipe| recipe.stage) {
            Some(Stage::Perpo(stage)) => {
                rules = Rules { context: rules.context.min(stage.length), pictures: stage.pictures, ..rules };
            }
            Some(_) => return Err(Error::config("This recipe samples no answers.", "Name one with [perpo].")),
            None => {}
        }
        let vocab = shards::vocabulary(&self.model.model)?;
        let mut desk = Desk { grammar: Grammar::new(&vocab, rules), states: Vec::new(), sets: Vec::new() };
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(Error::file("the input"))?;
            let answer = desk.answer(&line)?;
            if !is_heard(&format!("{answer}\n"))? {
                break;
            }
        }
        Ok(())
    }
}

impl Desk<'_> {
    fn answer(&mut self, line: &str) -> Result<Value> {
        let request: Request = serde_json::from_str(line).map_err(|e| {
            Error::data(
                format!("The request can't be read: {e}."),
                "Send open, push or choices (omni-r1 grammar --help).",
            )
        })?;
        let known = self.sets.len();
        let answer = match request {
            Request::Open(prompts) => {
                self.states = prompts.iter().map(|prompt| self.grammar.read(prompt)).collect::<Result<_>>()?;
                json!((0..self.states.len()).map(|i| self.next(i)).collect::<Vec<_>>())
            }
            Request::Push(tokens) => {
                let mut next = Vec::new();
                for (i, token) in tokens {
                    let state = self.states.get_mut(i).ok_or_else(|| {
                        Error::data(format!("There is no sequence {i}."), "Open as many as are sampled.")
                    })?;
                    *state = self.grammar.advance(state, token)?;
                    next.push(self.next(i));
                }
                json!(next)
            }
            Request::Choices(sequences) => {
                let mut all = Vec::new();
                for (prompt, tokens) in sequences {
                    let chosen = choices(&self.grammar, &prompt, &tokens)?;
                    let number = |choice: Option<Allowed>| choice.map_or(-1, |allowed| self.number(allowed));
                    all.push(chosen.into_iter().map(number).collect::<Vec<_>>());
                }
                json!(all)
            }
        };
        let described = |allowed: &Allowed| {
            let ranges: Vec<[u32; 2]> =
                self.grammar.ranges(*allowed).into_iter().map(|range| [range.start, range.end]).collect();
            json!({ "ranges": ranges, "picture": allowed.has(Allowed::CODE) })
        };
        let new: Vec<Value> = self.sets[known..].iter().map(described).collect();
        Ok(json!({ "allowed": answer, "new": new }))
    }

    fn next(&mut self, i: usize) -> i64 {
        if self.states[i].ended() { -1 } else { self.number(self.grammar.allowed(&self.states[i])) }
    }

    fn number(&mut self, allowed: Allowed) -> i64 {
        let known = self.sets.iter().position(|set| *set == allowed);
        known.unwrap_or_else(|| {
            self.sets.push(allowed);
            self.sets.len() - 1
        }) as i64
    }
}
