"""A run's config: a TOML file. What is trained, on what and how long is the recipe's, which
`omni-r1 prepare` has put into the index of the shards; a config says where and how it is computed."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from omni_scale.errors import Problem


@dataclass
class Settings:
    # The folder that `omni-r1 prepare` wrote.
    shards: Path
    # The run's folder: its log, and its last checkpoint under `checkpoint`.
    out: Path
    # The checkpoint to begin with; without it the one that lies with the shards.
    start: Path | None = None
    # Waits so long for a shard that is still being written.
    wait_seconds: float = 0.0
    # Rows (PeRPO: answers) that a process computes at once.
    rows_at_once: int = 1
    # "bfloat16", or "float32" to compute exactly what omni-r1 does.
    precision: str = "bfloat16"
    # "cuda" or "cpu"; what there is without it.
    device: str | None = None
    # Attention of transformers: "sdpa", "flash_attention_2", "eager".
    attention: str = "sdpa"
    # Computes states again in the backward pass instead of keeping them.
    gradient_checkpointing: bool = True
    # Compiles the layers (sft).
    compile: bool = False
    # Between checkpoints; steps count where they are above 0.
    save_minutes: float = 5.0
    save_steps: int = 0
    # Ends the run early, saved; the learning rate then falls over the minutes.
    minutes: float | None = None
    # omni-r1 itself, for the grammar and the judge (perpo).
    program: str = "omni-r1"
    # Recorded answers to learn from instead of sampling (perpo): `omni-r1 train --record`.
    answers: Path | None = None
    # A GPU's dense bfloat16 peak in FLOP/s; known for some names without it.
    peak: float | None = None

    def __post_init__(self):
        if self.precision not in ("bfloat16", "float32"):
            raise Problem(f"There is no precision {self.precision!r}.", 'Use "bfloat16" or "float32".')
        if self.rows_at_once < 1:
            raise Problem("rows_at_once isn't above 0.", "Use 1 or more.")
        if self.start is None:
            self.start = self.shards / "start"


def load(path: Path) -> Settings:
    """Reads a config; its relative paths are relative to the current folder, as in a recipe."""
    try:
        values = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Problem(f"The config {path} can't be read: {error}.", "scale/README.md shows one.") from error
    known = {field.name for field in fields(Settings)}
    for name in values.keys() - known:
        raise Problem(f"The config {path} has an unknown key {name!r}.", f"Known are {', '.join(sorted(known))}.")
    for name in ("shards", "out"):
        if name not in values:
            raise Problem(f"The config {path} has no {name}.", "scale/README.md shows one.")
    for name in ("shards", "out", "start", "answers"):
        if name in values:
            values[name] = Path(values[name])
    return Settings(**values)
