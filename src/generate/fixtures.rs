//! A scripted model and a codec of coloured squares, for tests.

use image::{Rgb, RgbImage};

use super::{LanguageModel, PictureCodec};
use crate::error::{Error, Result};
use crate::tokens::{Codes, Token, Vocab};

/// Logits are noise made from all tokens so far, so that a wrong cache shows at once; on top of it,
/// what the script wants.
pub struct Fake {
    pub tokens: Vec<Token>,
    pub context: usize,
    pub size: usize,
    /// Strength of the noise.
    pub noise: f32,
    /// Tokens that the model wants to write, from this position on.
    pub script: Vec<Token>,
    pub script_from: usize,
    /// A token that it would always write.
    pub likes: Option<Token>,
    /// Calls of `read` so far, and the call that fails.
    pub feeds: usize,
    pub fails_at: Option<usize>,
    /// What it says of its drafts.
    pub draft_cost: f64,
}

impl Fake {
    /// Pure noise: it wants to write garbage.
    pub fn garbage(vocab: &Vocab) -> Self {
        Self {
            tokens: Vec::new(),
            context: 300,
            size: vocab.size + 3,
            noise: 4.0,
            script: Vec::new(),
            script_from: 0,
            likes: None,
            feeds: 0,
            fails_at: None,
            draft_cost: 0.2,
        }
    }

    /// Writes `script` after a prompt of `script_from` tokens.
    pub fn scripted(vocab: &Vocab, script: Vec<Token>, script_from: usize) -> Self {
        Self { noise: 0.5, script, script_from, ..Fake::garbage(vocab) }
    }

    /// After all of the tokens.
    fn logits(&self) -> Vec<f32> {
        let mut hash = self
            .tokens
            .iter()
            .fold(0xcbf2_9ce4_8422_2325u64, |h, t| (h ^ u64::from(t.0)).wrapping_mul(0x0100_0000_01b3));
        let mut logits: Vec<f32> = (0..self.size)
            .map(|_| {
                hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (hash >> 40) as f32 / (1u64 << 24) as f32 * self.noise
            })
            .collect();
        if let Some(token) = self.likes {
            logits[token.0 as usize] = 30.0;
        }
        let written = self.tokens.len().checked_sub(self.script_from);
        if let Some(wanted) = written.and_then(|at| self.script.get(at)) {
            logits[wanted.0 as usize] = 60.0;
        }
        logits
    }
}

impl LanguageModel for Fake {
    fn vocab_size(&self) -> usize {
        self.size
    }
    fn context(&self) -> usize {
        self.context
    }
    fn position(&self) -> usize {
        self.tokens.len()
    }
    fn rewind(&mut self, position: usize) {
        assert!(position <= self.tokens.len(), "nothing to forget");
        self.tokens.truncate(position);
    }
    fn draft_cost(&self) -> f64 {
        self.draft_cost
    }
    async fn read(&mut self, tokens: &[Token], wanted: usize) -> Result<Vec<f32>> {
        assert!(0 < wanted && wanted <= tokens.len(), "nothing to read");
        if self.fails_at == Some(self.feeds) {
            return Err(Error::device("The device is gone.", "Reload."));
        }
        self.feeds += 1;
        let mut logits = Vec::new();
        for (i, token) in tokens.iter().enumerate() {
            self.tokens.push(*token);
            if i + wanted >= tokens.len() {
                logits.extend(self.logits());
            }
        }
        assert!(self.tokens.len() <= self.context, "over the context");
        Ok(logits)
    }
}

/// 16 codes, each a grey; a picture's code is the grey at the middle of its cell.
pub struct Greys {
    pub grid: usize,
}

impl PictureCodec for Greys {
    fn grid(&self) -> usize {
        self.grid
    }
    fn size(&self) -> u32 {
        self.grid as u32 * 4
    }
    async fn encode(&self, picture: &RgbImage) -> Result<Codes> {
        let at = |cell: usize, side: u32| (cell as u32 * 2 + 1) * side / (2 * self.grid as u32);
        let code = |cell: usize| {
            let pixel =
                picture.get_pixel(at(cell % self.grid, picture.width()), at(cell / self.grid, picture.height()));
            u16::from(pixel.0[0] / 16)
        };
        Ok(Codes { grid: self.grid, codes: (0..self.grid * self.grid).map(code).collect() })
    }
    async fn decode(&self, codes: &Codes) -> Result<RgbImage> {
        assert_eq!(codes.codes.len(), self.grid * self.grid, "a decode of a picture that isn't whole");
        let size = self.size();
        Ok(RgbImage::from_fn(size, size, |x, y| {
            let cell = (y as usize / 4) * self.grid + x as usize / 4;
            Rgb([codes.codes[cell] as u8 * 16 + 8; 3])
        }))
    }
}
