//! Batches made ahead on a thread of their own, in order. What a batch holds depends on its number and on what
//! the one before left over, so a resumed run sees the same data.

use std::sync::mpsc::{Receiver, sync_channel};

pub struct Prefetch<T> {
    batches: Receiver<T>,
}

impl<T: Send + 'static> Prefetch<T> {
    /// Makes `make(first)`, `make(first + 1)`, ... ahead, `depth` of them at most.
    pub fn new(first: usize, depth: usize, mut make: impl FnMut(usize) -> T + Send + 'static) -> Self {
        let (sender, batches) = sync_channel(depth);
        std::thread::spawn(move || {
            let mut number = first;
            while sender.send(make(number)).is_ok() {
                number += 1;
            }
        });
        Self { batches }
    }

    pub fn take(&self) -> T {
        self.batches.recv().expect("the thread that makes batches has panicked")
    }
}
