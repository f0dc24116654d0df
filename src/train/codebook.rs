//! The codebook as moving averages of the latents that chose each code (van den Oord et al. 2017,
//! appendix A.1), with codes that nobody chooses put onto latents of the current batch.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

pub struct CodebookAverages {
    /// How often each code was chosen, `[K]`, decayed.
    pub counts: Vec<f32>,
    /// Sum of the latents that chose it, `[K, D]`, decayed.
    pub sums: Vec<f32>,
    decay: f32,
    width: usize,
}

/// A code is dead below this share of the mean count.
const DEAD: f32 = 0.03;

impl CodebookAverages {
    pub fn new(codes: usize, width: usize, decay: f32) -> Self {
        Self { counts: vec![0.0; codes], sums: vec![0.0; codes * width], decay, width }
    }

    /// Starts from latents `[N, D]` of one batch, drawn by chance.
    pub fn start(&mut self, latents: &[f32], rng: &mut ChaCha8Rng) {
        let n = latents.len() / self.width;
        for code in 0..self.counts.len() {
            self.place(code, &latents[rng.random_range(0..n) * self.width..][..self.width], rng, 1.0);
        }
    }

    /// Goes on from the rows `[K, D]` of a trained codebook, as if each were chosen equally often by
    /// `latents` of a batch, so that none counts as dead at once.
    pub fn go_on(&mut self, rows: &[f32], latents: usize) {
        let count = latents as f32 / self.counts.len() as f32;
        self.counts.fill(count);
        self.sums = rows.iter().map(|x| x * count).collect();
    }

    /// Takes in a batch of latents `[N, D]` with the codes they chose; returns how many codes were
    /// dead and have been moved.
    pub fn update(&mut self, latents: &[f32], codes: &[usize], rng: &mut ChaCha8Rng) -> usize {
        let width = self.width;
        for value in self.counts.iter_mut().chain(&mut self.sums) {
            *value *= self.decay;
        }
        for (latent, &code) in latents.chunks_exact(width).zip(codes) {
            self.counts[code] += 1.0 - self.decay;
            for (sum, x) in self.sums[code * width..][..width].iter_mut().zip(latent) {
                *sum += (1.0 - self.decay) * x;
            }
        }
        let mean = self.counts.iter().sum::<f32>() / self.counts.len() as f32;
        let n = latents.len() / width;
        let dead: Vec<usize> = (0..self.counts.len()).filter(|&code| self.counts[code] < DEAD * mean).collect();
        for &code in &dead {
            let latent = rng.random_range(0..n);
            self.place(code, &latents[latent * width..][..width], rng, mean * 0.5);
        }
        dead.len()
    }

    fn place(&mut self, code: usize, latent: &[f32], rng: &mut ChaCha8Rng, count: f32) {
        self.counts[code] = count;
        for (sum, x) in self.sums[code * self.width..][..self.width].iter_mut().zip(latent) {
            *sum = (x + rng.random_range(-0.01..0.01)) * count;
        }
    }

    /// The rows, `[K, D]`.
    pub fn rows(&self) -> Vec<f32> {
        self.sums
            .chunks_exact(self.width)
            .zip(&self.counts)
            .flat_map(|(sum, count)| sum.iter().map(move |s| s / count.max(1e-6)))
            .collect()
    }
}
