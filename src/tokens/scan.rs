//! Where an action ends in a text that arrives byte by byte.

/// Finds `NAME(...)` in bytes that arrive one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionScan {
    /// The last four bytes, the newest lowest.
    tail: u32,
    status: Status,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Outside,
    /// Behind `NAME(`.
    Open,
    /// The last byte was the closing bracket.
    Closed,
}

/// The actions' names: four letters each.
pub const ACTIONS: [&str; 5] = ["ZOOM", "BBOX", "MARK", "LINE", "PRED"];

impl ActionScan {
    pub fn push(&mut self, byte: u8) {
        self.status = match (self.status, byte) {
            (Status::Open, b')') => Status::Closed,
            (Status::Open, _) => Status::Open,
            (_, b'(') if ACTIONS.iter().any(|name| name.as_bytes() == self.tail.to_be_bytes()) => Status::Open,
            _ => Status::Outside,
        };
        self.tail = self.tail << 8 | u32::from(byte);
    }

    /// In an action's brackets.
    pub fn open(&self) -> bool {
        self.status == Status::Open
    }

    /// Right behind an action.
    pub fn closed(&self) -> bool {
        self.status == Status::Closed
    }
}
