//! The bank of scenes and stickers comes from public packages; it is committed, so that
//! training and tests need no registry. This makes it again.

use anyhow::Result;
use xshell::{Shell, cmd};

pub fn rebuild(sh: &Shell) -> Result<()> {
    cmd!(sh, "python3 data/build_bank.py").run()?;
    Ok(())
}
