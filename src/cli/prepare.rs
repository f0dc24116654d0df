//! `prepare`: what a recipe's run sees, as files for the engines of `scale/`.

use omni_r1_web::error::Result;
use omni_r1_web::train::shards::{Part, Prepared, prepare};
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
}

impl Prepare {
    pub fn run(&self) -> Result<()> {
        let Prepared { written, kept, shards } = prepare(&self.recipe, &self.out, self.part, self.data_only)?;
        println!("{written} shards written and {kept} kept, of {shards}: {}", self.out.display());
        Ok(())
    }
}
