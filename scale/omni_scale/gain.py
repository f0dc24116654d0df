"""Answer gain: how much likelier the right answer is after an answer's own drawings than after blank ones (`train/gain`
of `omni-r1`)."""

import json
import struct
import subprocess
import tempfile
import zlib
from itertools import cycle
from pathlib import Path

import torch
from tokenizers import Tokenizer

from omni_scale import losses
from omni_scale.errors import Problem
from omni_scale.program import Grammar
from omni_scale.settings import Settings
from omni_scale.shards import Shards

# The grammar's marks, and the most tokens that it gives an answer.
ANSWER_OPEN, ANSWER_CLOSE, EOS = "<reserved12866>", "<reserved12867>", "</s>"
LONGEST = 48


class Gain:
    def __init__(self, settings: Settings, shards: Shards, grammar: Grammar):
        self.stage, self.codes, self.grammar = shards.recipe["perpo"], shards.index["codes"], grammar
        self.words = Tokenizer.from_file(str(settings.start / "tokenizer.json"))
        self.open, *self.ending = map(self.words.token_to_id, (ANSWER_OPEN, ANSWER_CLOSE, EOS))
        self.blank = [self.codes[0] + code for code in blank(settings)]

    @torch.no_grad()
    def of(self, model, group: dict, tokens: list[int]) -> float | None:
        """`log p(right | own drawings) - log p(right | blank ones)` in nats, within -1 to 1, at the temperatures of
        the rollouts; None where the thought of a whole answer leaves no room for the right one."""
        thought, prompt = tokens[: tokens.index(self.open) + 1], group["prompt"]
        right = self.words.encode(spaced(group["right"]), add_special_tokens=False).ids
        ending = right + self.ending
        context = min(model.config.max_position_embeddings, self.stage["length"])
        if len(right) > LONGEST or len(prompt + thought + ending) > context:
            return None
        codes, (first, end) = cycle(self.blank), self.codes
        blanked = [next(codes) if first <= token < end else token for token in thought]
        pairs = [(prompt, blanked + ending), (prompt, thought + ending)]
        device = next(model.parameters()).device
        ids = torch.tensor([prompt + answer for prompt, answer in pairs], device=device)
        logits = model(input_ids=ids, logits_to_keep=len(ending) + 1, use_cache=False).logits[:, :-1]
        sets = torch.tensor([chosen[-len(ending) :] for chosen in self.grammar.choices(pairs)], device=device)
        scored, _ = losses.within(self.grammar, self.stage["temperatures"], logits, ids[:, -len(ending) :], sets)
        after_blank, after_own = scored.double().sum(1).tolist()
        return min(max(after_own - after_blank, -1.0), 1.0)


def spaced(text: str) -> str:
    """`text` as it stands in a sequence: one space before a leading letter."""
    text = text.strip()
    letter = text[:1].isascii() and text[:1].isalpha() or not text[:1].isascii()
    return f" {text}" if letter else text


def blank(settings: Settings) -> list[int]:
    """The codes of a white picture, as `omni-r1 encode` has them."""
    with tempfile.TemporaryDirectory() as place:
        picture, codes = Path(place) / "white.png", Path(place) / "codes.json"
        picture.write_bytes(white(64))
        words = ["encode", "--model", settings.start, "--image", picture, "--output", codes]
        try:
            subprocess.run([settings.program, *words], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Problem(f"{settings.program} can't encode a picture: {error}.",
                          "Build it (cargo build --release) and name it as program in the config.") from error
        return json.loads(codes.read_text())["codes"]


def white(side: int) -> bytes:
    """A white picture as a PNG of one bit a pixel."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff" * (side // 8)) * side
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
