//! `prepare`: what a recipe's run sees, as files for the engines of `scale/`.

use super::say;
use omni_r1_web::error::Result;
use omni_r1_web::train::shards::{Part, Prepared, Wishes, prepare};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Prepare {
    recipe: PathBuf,
    /// Folder for the shards, their index and the checkpoint to start from.
    #[arg(long)]
    out: PathBuf,
    /// Which of several processes this is, such as 3/16: each writes shards of its own.
    #[arg(long, default_value = "1/1")]
    part: Part,
    /// Leaves the transformer out of the start: for one that is trained from another checkpoint, or is too
    /// large for this machine.
    #[arg(long)]
    data_only: bool,
    /// Steps in a file; as many as make about a million tokens without it. Rounded down to a power of two, or
    /// to a multiple of 64.
    #[arg(long)]
    steps_per_shard: Option<usize>,
}

impl Prepare {
    pub fn run(&self) -> Result<()> {
        let Self { recipe, out, part, data_only, steps_per_shard } = self;
        let wishes = Wishes { part: *part, data_only: *data_only, steps_per_shard: *steps_per_shard };
        let Prepared { written, kept, shards } = prepare(recipe, out, &wishes)?;
        say(&format!("{written} shards written and {kept} kept, of {shards}: {}\n", out.display()))
    }
}
