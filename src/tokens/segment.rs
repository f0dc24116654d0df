//! Text and pictures <-> tokens. A picture is exactly one full grid between its two marks;
//! anything else is an error that says where, never filtered and never padded.

use super::{Codes, Segment, Token, Vocab};
use crate::error::{Error, Result};

/// Tokens of a stream of text and pictures: text as it is, pictures as BOI, codes, EOI.
pub fn to_tokens(vocab: &Vocab, segments: &[Segment]) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    for segment in segments {
        match segment {
            Segment::Text(text) => tokens.extend(vocab.text().encode(text)),
            Segment::Image(codes) => push_picture(vocab, codes, &mut tokens)?,
        }
    }
    Ok(tokens)
}

/// Appends BOI, the codes row by row, EOI.
pub fn push_picture(vocab: &Vocab, picture: &Codes, tokens: &mut Vec<Token>) -> Result<()> {
    if picture.codes.len() != picture.grid * picture.grid {
        return Err(Error::data(
            format!("A picture of {0} x {0} codes can't have {1} codes.", picture.grid, picture.codes.len()),
            "A picture is exactly one full grid.",
        ));
    }
    tokens.push(vocab.boi);
    for number in &picture.codes {
        tokens.push(vocab.code_token(*number).ok_or_else(|| {
            Error::data(
                format!("The picture code {number} is beyond the codebook of {} entries.", vocab.code_count()),
                "The VQ tokenizer and tokenizer.json must belong to the same checkpoint.",
            )
        })?);
    }
    tokens.push(vocab.eoi);
    Ok(())
}

/// Text and pictures of a stretch of tokens; the inverse of [`to_tokens`]. Positions in messages
/// count from `tokens[0]` as 0.
pub fn from_tokens(vocab: &Vocab, grid: usize, tokens: &[Token]) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == vocab.boi {
            let (codes, length) = picture_at(vocab, grid, tokens, at)?;
            segments.push(Segment::Image(codes));
            at += length;
        } else {
            let length = tokens[at..].iter().take_while(|t| vocab.is_text(**t)).count();
            if length == 0 {
                return Err(stray(vocab, tokens[at], at, "where text or a picture should be"));
            }
            segments.push(Segment::Text(vocab.text().decode(&tokens[at..at + length])));
            at += length;
        }
    }
    Ok(segments)
}

/// The picture whose BOI stands at `at`, and its length in tokens (`grid * grid + 2`).
pub fn picture_at(vocab: &Vocab, grid: usize, tokens: &[Token], at: usize) -> Result<(Codes, usize)> {
    let cells = grid * grid;
    let mut codes = Vec::with_capacity(cells);
    for cell in 0..cells {
        let place = at + 1 + cell;
        let Some(token) = tokens.get(place) else {
            return Err(short(&format!("The picture at position {at} ends after {cell} of {cells} codes.")));
        };
        let Some(number) = vocab.code_number(*token) else {
            return Err(stray(
                vocab,
                *token,
                place,
                &format!("where code {cell} of {cells} of the picture at position {at} should be"),
            ));
        };
        codes.push(number);
    }
    match tokens.get(at + 1 + cells) {
        Some(end) if *end == vocab.eoi => Ok((Codes { grid, codes }, cells + 2)),
        Some(token) => {
            Err(stray(vocab, *token, at + 1 + cells, &format!("where the picture at position {at} should end")))
        }
        None => Err(short(&format!("The picture at position {at} has no end mark."))),
    }
}

fn stray(vocab: &Vocab, token: Token, at: usize, place: &str) -> Error {
    Error::data(format!("At position {at} stands {:?} {place}.", vocab.name(token)), HINT)
}

fn short(message: &str) -> Error {
    Error::data(message, HINT)
}

const HINT: &str = "A picture is a begin mark, one full grid of codes and an end mark; between pictures stands text.";
