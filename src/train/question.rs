//! The questions of PeRPO as lines of JSON, and the answers to them.

use crate::error::Result;
use crate::tasks::Truth;
use crate::tokens::{Codes, Prompt, Token, picture_at, template};
use crate::train::data::{DataSource, Sample};
use crate::train::perpo::{Group, StepOutcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A question of a step of PeRPO: what an engine must be given, and what the judge must know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Question {
    pub question: String,
    /// Tokens up to the thought.
    pub prompt: Vec<Token>,
    pub picture: Codes,
    pub truth: Truth,
    /// The right answer in words.
    pub right: String,
}

impl Question {
    /// What a sample asks.
    pub async fn ask(data: &DataSource, sample: &Sample) -> Result<Self> {
        let picture = data.codec.encode_all(&[&sample.picture]).await?.remove(0);
        let prompt = Prompt::Reason { draw: true, question: &sample.question, picture: &picture };
        let prompt = template::prompt(&data.vocab, &prompt)?.tokens;
        Ok(Self::new(sample, prompt, picture))
    }

    fn new(sample: &Sample, prompt: Vec<Token>, picture: Codes) -> Self {
        let Sample { question, truth, answer, .. } = sample.clone();
        Self { question, prompt, picture, truth, right: answer }
    }
}

/// The groups of a step that was taken here, as the judge reads and writes them.
pub fn recorded(data: &DataSource, step: usize, record: &StepOutcome) -> Result<Value> {
    let group = |group: &Group| -> Result<Value> {
        let begin = group.prompt.iter().position(|token| *token == data.vocab.boi).expect("a picture in each prompt");
        let grid = data.codec.vq.config.grid();
        let (picture, _) = picture_at(&data.vocab, grid, &group.prompt, begin)?;
        let mut line = json!(Question::new(&group.asked, group.prompt.clone(), picture));
        let rollouts: Vec<_> = group.rollouts.iter().map(|rollout| &rollout.tokens).collect();
        line["answers"] = json!(rollouts);
        line["rewards"] = json!(group.rewards);
        line["advantages"] = json!(group.advantages);
        line["kept"] = json!(group.kept);
        Ok(line)
    };
    let groups = record.groups.iter().map(group).collect::<Result<Vec<_>>>()?;
    Ok(json!({ "step": step, "loss": record.row.mean("loss"), "norm": record.row.mean("norm"), "groups": groups }))
}
