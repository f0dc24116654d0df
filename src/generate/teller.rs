//! Tokens -> events: gathers the text of steps and the codes of pictures, and tells a listener.

use std::time::Duration;

use image::RgbImage;
use web_time::Instant;

use super::PictureCodec;
use super::events::{Event, png, stripe};
use crate::error::Result;
use crate::tokens::text::TextStream;
use crate::tokens::{Codes, GrammarState, Token, Vocab};

/// Between two previews of a picture: nobody sees more, and each costs a run of the decoder.
const PREVIEW_EVERY: Duration = Duration::from_millis(33);

/// What was told of one answer so far.
pub(super) struct Teller {
    rows: bool,
    /// The text of the step so far, as it stands in the sequence.
    pub(super) step: String,
    answer: String,
    stream: TextStream,
    /// Whether anything of the current text was told.
    begun: bool,
    /// Codes of the picture that is being read.
    pub(super) codes: Vec<u16>,
    /// Rows of it that were sent.
    rows_sent: usize,
    /// When the last preview was decoded.
    previewed: Instant,
    /// The picture before it: what its missing rows are taken to be.
    before: Codes,
    pub(super) pictures: Vec<RgbImage>,
}

impl Teller {
    pub(super) fn new(asked: Codes, rows: bool) -> Self {
        Self {
            rows,
            before: asked,
            step: String::new(),
            answer: String::new(),
            stream: TextStream::default(),
            begun: false,
            codes: Vec::new(),
            rows_sent: 0,
            previewed: Instant::now(),
            pictures: Vec::new(),
        }
    }

    pub(super) fn text(
        &mut self,
        vocab: &Vocab,
        state: &GrammarState,
        next: &GrammarState,
        token: Token,
        emit: &mut impl FnMut(Event),
    ) {
        let mut text = self.stream.push(vocab.text().bytes_of(token));
        if next.in_answer() {
            self.answer.push_str(&text);
            return;
        }
        self.step.push_str(&text);
        if !self.begun {
            text = text.trim_start().to_string();
        }
        if !text.is_empty() {
            // Without a picture between them, steps stand on lines of their own.
            if !self.begun && state.steps() > 0 && self.pictures.is_empty() {
                text.insert(0, '\n');
            }
            self.begun = true;
            emit(Event::Text { text });
        }
        if next.steps() > state.steps() {
            self.new_step();
        }
    }

    pub(super) fn new_step(&mut self) {
        self.step.clear();
        self.stream = TextStream::default();
        self.begun = false;
    }

    /// After a code that ends a row: previews the rows that are new, unless the last preview is only
    /// just over. The last row comes with the whole picture.
    pub(super) async fn row<P: PictureCodec>(&mut self, codec: &P, emit: &mut impl FnMut(Event)) -> Result<()> {
        let grid = self.before.grid;
        let done = self.codes.len();
        let due = self.previewed.elapsed() >= PREVIEW_EVERY;
        if self.rows && due && done.is_multiple_of(grid) && done < grid * grid {
            // Most actions change little: the rows to come are probably those of the picture before.
            let codes = [&self.codes[..], &self.before.codes[done..]].concat();
            let picture = codec.decode(&Codes { grid, codes }).await?;
            self.tell_rows(&picture, done / grid, emit);
            self.previewed = Instant::now();
        }
        Ok(())
    }

    /// Sends the rows before `end` that weren't sent yet.
    fn tell_rows(&mut self, picture: &RgbImage, end: usize, emit: &mut impl FnMut(Event)) {
        let rows = self.before.grid;
        for row in self.rows_sent..end {
            emit(Event::PictureRow { index: self.pictures.len(), row, rows, rgba: stripe(picture, row, rows) });
        }
        self.rows_sent = end;
    }

    /// The whole picture that the model drew.
    pub(super) async fn drawn<P: PictureCodec>(&mut self, codec: &P, emit: &mut impl FnMut(Event)) -> Result<RgbImage> {
        let grid = self.before.grid;
        let picture = codec.decode(&Codes { grid, codes: self.codes.clone() }).await?;
        if self.rows {
            self.tell_rows(&picture, grid, emit);
        }
        self.rows_sent = 0;
        Ok(picture)
    }

    /// A picture is complete, and with it the step.
    pub(super) fn picture(&mut self, shown: RgbImage, imagined: bool, emit: &mut impl FnMut(Event)) -> Result<()> {
        emit(Event::Picture { index: self.pictures.len(), imagined, png: png(&shown)? });
        self.pictures.push(shown);
        self.before.codes = std::mem::take(&mut self.codes);
        self.new_step();
        Ok(())
    }

    pub(super) fn answer(&mut self, emit: &mut impl FnMut(Event)) {
        self.answer.push_str(&self.stream.finish());
        emit(Event::Answer { text: self.answer.trim().to_string() });
    }
}
