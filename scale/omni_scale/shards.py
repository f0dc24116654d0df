"""What `omni-r1 prepare` wrote, step by step."""

import hashlib
import json
import time
from pathlib import Path

import torch
from safetensors import safe_open

from omni_scale.errors import Problem

FORMAT = 1
GIVEN, PROMPT, THOUGHT, PICTURE, ANSWER = range(5)


class Shards:
    """The index of a folder of shards; a shard is checked by its hash when it is first opened."""

    def __init__(self, folder: Path, stage: str, wait: float = 0.0):
        self.folder, self.wait = folder, wait
        path = folder / "index.json"
        try:
            self.index = json.loads(path.read_text())
        except (OSError, json.JSONDecodeError) as error:
            hint = "Make shards with omni-r1 prepare RECIPE --out DIR."
            raise Problem(f"{path} can't be read: {error}.", hint) from error
        if self.index["format"] != FORMAT:
            raise Problem(f"{path} has the format {self.index['format']}.",
                          "Prepare the shards with this version of omni-r1.")
        if self.index["stage"] != stage:
            raise Problem(f"{folder} was prepared for {self.index['stage']}, not for {stage}.",
                          "Use the matching command.")
        self.recipe = self.index["recipe"]
        self.steps = self.index["steps"]
        self._open = {}

    def _shard(self, number: int):
        if number not in self._open:
            path = self.folder / self.index["shards"][number]
            began = time.monotonic()
            while not Path(f"{path}.sha256").exists() and time.monotonic() - began < self.wait:
                time.sleep(0.2)
            try:
                wanted = Path(f"{path}.sha256").read_text().split()[0]
                found = hashlib.sha256(path.read_bytes()).hexdigest()
            except (OSError, IndexError) as error:
                hint = "Run omni-r1 prepare again: it writes what is missing."
                raise Problem(f"The shard {path} can't be read: {error}.", hint) from error
            if wanted != found:
                raise Problem(f"The shard {path} is damaged.", "Run omni-r1 prepare again: it writes it anew.")
            # One at a time: steps go on in order.
            self._open = {number: self._read(path)}
        return self._open[number]

    def _read(self, path: Path):
        if path.suffix == ".safetensors":
            return safe_open(path, framework="pt")
        return [json.loads(line) for line in path.read_text().splitlines()]

    def batch(self, step: int) -> dict[str, torch.Tensor]:
        """The batch of a step: `ids`, `positions`, `targets` (int64), `weights` (f32), `roles`, `codes` (int64,
        -1 where the perception loss compares nothing), all `[rows, length]`."""
        per = self.index["steps_per_shard"]
        shard = self._shard(step // per)
        ids, starts, weights, roles, codes = (
            shard.get_slice(name)[step % per : step % per + 1][0]
            for name in ("ids", "starts", "weights", "roles", "codes"))
        ids = ids.long()
        positions = torch.arange(ids.shape[1]) - starts.long()
        # Where the next token begins a document, none is predicted.
        targets = torch.where(torch.roll(positions, -1, 1) > 0, torch.roll(ids, -1, 1), 0)
        targets[:, -1] = 0
        return {"ids": ids, "positions": positions, "targets": targets, "weights": weights,
                "roles": roles, "codes": codes.long()}

    def questions(self, step: int) -> list[dict]:
        """What may be asked in a step, in order."""
        per = self.index["steps_per_shard"]
        return [line for line in self._shard(step // per) if line["step"] == step]
