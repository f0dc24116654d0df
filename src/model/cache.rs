//! What sequences have read, so that they can go on from there.

use burn::tensor::Tensor;
use std::ops::Range;

/// Keys and values of everything read so far, for one sequence or several of the same model. A copy shares
/// them until one of the two reads on.
#[derive(Clone)]
pub struct Cache {
    /// For each layer `[S, 2, T_max, n_kv d]`; absent only while an op holds it.
    pub(super) layers: Vec<Option<Tensor<4>>>,
    /// Tokens that each sequence has read.
    pub(super) positions: Vec<usize>,
    /// Tokens that each has room for.
    pub capacity: usize,
}

impl Cache {
    /// Tokens that the sequence has read; of several, the first.
    pub fn position(&self) -> usize {
        self.positions[0]
    }

    /// Tokens that each sequence has read.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Forgets what a sequence has read from `position` on; the memory stays.
    pub fn rewind(&mut self, sequence: usize, position: usize) {
        let read = &mut self.positions[sequence];
        assert!(position <= *read, "a sequence of {read} tokens has nothing to forget from {position} on");
        *read = position;
    }

    /// Some sequences go on from what the one of `other` has read.
    pub fn go_on_from(&mut self, other: &Cache, sequences: Range<usize>) {
        let read = other.position();
        for (slot, held) in self.layers.iter_mut().zip(&other.layers) {
            let (all, held) = (slot.take().expect("put back"), held.as_ref().expect("put back"));
            let [_, halves, _, width] = all.dims();
            let copies = held.clone().slice([0..1, 0..halves, 0..read, 0..width]).repeat_dim(0, sequences.len());
            *slot = Some(all.slice_assign([sequences.clone(), 0..halves, 0..read, 0..width], copies));
        }
        self.positions[sequences].fill(read);
    }
}
