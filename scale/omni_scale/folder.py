"""Checkpoint folders in Hugging Face's Chameleon layout, as `omni-r1` reads and writes them: `config.json` with
its own `omni_r1` part, `tokenizer.json`, `model*.safetensors`; a run's also `optimizer.safetensors` and
`progress.json`. The VQ-GAN's tensors are handed on as they were read."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors import safe_open
from safetensors.torch import save_file

from omni_scale.errors import Problem

PICTURES = "model.vqmodel."
CODEBOOK = PICTURES + "quantize.embedding.weight"
PROJECTION = "perception.projection.weight"
SHARD = "5GB"


def weight_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise Problem(f"{folder} holds no model.safetensors.", "Name the folder of a checkpoint.")
    return files


def tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors of a folder, one at a time, as they are stored."""
    for path in weight_files(folder):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():
                yield name, file.get_tensor(name)


def last(run: Path) -> Path | None:
    """A run's last whole checkpoint."""
    for name in ("checkpoint", "checkpoint.old"):
        if (run / name / "progress.json").exists():
            return run / name
    return None


def config(folder: Path) -> dict:
    path = folder / "config.json"
    try:
        return json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise Problem(f"{path} can't be read: {error}.", "Name the folder of a checkpoint.") from error


def write_weights(folder: Path, state: dict[str, torch.Tensor]):
    """`model.safetensors`, or pieces and their index where it would be large."""
    state = {name: tensor.contiguous() for name, tensor in state.items()}
    pieces = split_torch_state_dict_into_shards(state, max_shard_size=SHARD)
    for file, names in pieces.filename_to_tensors.items():
        save_file({name: state[name] for name in names}, folder / file, metadata={"format": "pt"})
    if pieces.is_sharded:
        index = {"metadata": pieces.metadata, "weight_map": pieces.tensor_to_filename}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))


def has(folder: Path, name: str) -> bool:
    return any(name in safe_open(path, framework="pt").keys() for path in weight_files(folder))


def write(folder: Path, start: Path, state: dict[str, torch.Tensor], pictures: Path | None = None):
    """A checkpoint: the transformer's `state`, everything else from `start`, the VQ-GAN from `pictures` if that is
    another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json"):
        if (start / name).exists():
            shutil.copyfile(start / name, folder / name)
    vq = {name: tensor for name, tensor in tensors(pictures or start) if name.startswith(PICTURES)}
    write_weights(folder, vq | state)


class Replace:
    """Fills a new folder beside the run's checkpoint and puts it in its place: after a kill one of them is whole."""

    def __init__(self, run: Path):
        self.new, self.current, self.old = (run / name for name in ("checkpoint.new", "checkpoint", "checkpoint.old"))

    def __enter__(self) -> Path:
        shutil.rmtree(self.new, ignore_errors=True)
        self.new.mkdir(parents=True)
        return self.new

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        if self.current.exists():
            shutil.rmtree(self.old, ignore_errors=True)
            os.rename(self.current, self.old)
        os.rename(self.new, self.current)
        shutil.rmtree(self.old, ignore_errors=True)
