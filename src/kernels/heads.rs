//! The numbers that say how heads of attention lie in memory, and how they are rotated.

/// How many heads of which size the packed projections hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Heads {
    pub query: usize,
    pub key_value: usize,
    /// Elements of one head.
    pub size: usize,
}

impl Heads {
    /// Elements of one packed row `q, k, v`.
    pub fn packed(&self) -> usize {
        (self.query + 2 * self.key_value) * self.size
    }
    /// Where the keys and the values begin in a packed row.
    pub fn key_start(&self) -> usize {
        self.query * self.size
    }
    pub fn value_start(&self) -> usize {
        (self.query + self.key_value) * self.size
    }
    /// The key/value head that serves a query head.
    pub fn key_value_of(&self, query: usize) -> usize {
        query / (self.query / self.key_value)
    }
}

/// The two numbers of the op.
#[derive(Clone, Copy, Debug)]
pub struct Rope {
    pub theta: f32,
    /// Of the LayerNorm.
    pub eps: f32,
}
