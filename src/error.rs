//! What the world can do wrong. Every error says what happened, in one sentence, and what to do.

use std::path::PathBuf;

/// Result of anything that reads from the world.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error that reaches people: a code for programs, a message and a hint for readers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The picture can't be used (not a picture, truncated, too large, ...).
    #[error("{message}")]
    Picture { message: String, hint: String },
    /// The question can't be used (empty, too long).
    #[error("{message}")]
    Question { message: String, hint: String },
    /// A checkpoint is missing, damaged or doesn't fit its config.
    #[error("{message}")]
    Checkpoint { message: String, hint: String },
    /// A configuration, recipe or option has an impossible value.
    #[error("{message}")]
    Config { message: String, hint: String },
    /// A data file (JSON lines, tokenizer, bank) can't be read.
    #[error("{message}")]
    Data { message: String, hint: String },
    /// The device failed or is gone.
    #[error("{message}")]
    Device { message: String, hint: String },
    /// A reader's own rule for rewards fails, or gives something else than numbers.
    #[error("{message}")]
    Reward { message: String, hint: String },
    /// A file can't be read or written.
    #[error("{path}: {source}.", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// The user stopped the work.
    #[error("Stopped.")]
    Stopped,
}

impl Error {
    /// A short stable name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Picture { .. } => "picture",
            Error::Question { .. } => "question",
            Error::Checkpoint { .. } => "checkpoint",
            Error::Config { .. } => "config",
            Error::Data { .. } => "data",
            Error::Device { .. } => "device",
            Error::Reward { .. } => "reward",
            Error::File { .. } => "file",
            Error::Stopped => "stopped",
        }
    }

    /// What the reader can do about it.
    pub fn hint(&self) -> &str {
        match self {
            Error::Picture { hint, .. }
            | Error::Question { hint, .. }
            | Error::Checkpoint { hint, .. }
            | Error::Config { hint, .. }
            | Error::Data { hint, .. }
            | Error::Device { hint, .. }
            | Error::Reward { hint, .. } => hint,
            Error::File { .. } => "Check that the path exists and that you may read and write it.",
            Error::Stopped => "",
        }
    }

    pub fn picture(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Picture { message: message.into(), hint: hint.into() }
    }
    pub fn question(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Question { message: message.into(), hint: hint.into() }
    }
    pub fn checkpoint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Checkpoint { message: message.into(), hint: hint.into() }
    }
    pub fn config(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Config { message: message.into(), hint: hint.into() }
    }
    pub fn data(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Data { message: message.into(), hint: hint.into() }
    }
    pub fn device(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Device { message: message.into(), hint: hint.into() }
    }
    pub fn reward(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Reward { message: message.into(), hint: hint.into() }
    }
    /// For `map_err` on file operations.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Error::File { path, source }
    }
}
