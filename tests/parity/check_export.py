"""Loads a checkpoint that omni-r1 wrote in Hugging Face transformers and compares the two.

    HF_HUB_OFFLINE=1 python tests/parity/check_export.py --model DIR [--binary target/release/omni-r1]

Compared: the names of the tensors, the logits of random rows of ids (`omni-r1 logits`), and
the codes of a picture (`omni-r1 encode`). Exit code 0 if all agree.
"""

import argparse
import json
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import ChameleonForConditionalGeneration, logging

TOLERANCE = 1e-4  # of the largest logit
# What transformers has no place for: the picture decoder, and our perception projection.
OURS_ALONE = ("model.vqmodel.decoder.", "perception.")


def run(binary, *arguments):
    subprocess.run([binary, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def write_png(path, rgb):
    """rgb [H,W,3] u8. By hand, so that transformers stays the only thing to install."""
    height, width, _ = rgb.shape
    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    chunks = ((b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
              (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks))


def check_logits(model, arguments, folder):
    generator = torch.Generator().manual_seed(arguments.seed)
    tokens = torch.randint(model.config.vocab_size, (2, 48), generator=generator)
    (folder / "tokens.json").write_text(json.dumps(tokens.tolist()))
    run(arguments.binary, "logits", "--model", arguments.model,
        "--tokens", folder / "tokens.json", "--output", folder / "logits.safetensors")
    ours = load_file(folder / "logits.safetensors")["logits"]
    # Not model(...).logits: there transformers masks the picture ids.
    theirs = model.lm_head(model.model(input_ids=tokens).last_hidden_state)
    error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    print(f"logits {tuple(ours.shape)}: differ by {error:.1e} of the largest")
    return ours.shape == theirs.shape and error <= TOLERANCE


def check_codes(model, arguments, folder):
    vq = model.config.vq_config
    fold = 4 if vq.in_channels == 48 else 1
    cells, size = vq.resolution, vq.resolution * fold
    generator = torch.Generator().manual_seed(arguments.seed)
    coarse = torch.rand(1, 3, 5, 5, generator=generator)
    picture = F.interpolate(coarse, size=(size, size), mode="bilinear").mul(255).round()[0]
    picture = picture.permute(1, 2, 0)
    write_png(folder / "picture.png", picture.byte().numpy())
    run(arguments.binary, "encode", "--model", arguments.model,
        "--image", folder / "picture.png", "--output", folder / "codes.json")
    stored = json.loads((folder / "codes.json").read_text())
    ours = torch.tensor(stored["codes"] if isinstance(stored, dict) else stored).flatten()
    # Channel (y*fold + x)*3 + colour of a cell is one colour of its pixel (x, y).
    folded = picture.reshape(cells, fold, cells, fold, 3).permute(1, 3, 4, 0, 2)
    pixels = folded.reshape(1, vq.in_channels, cells, cells) * 0.0078 - 1
    theirs = model.model.vqmodel.encode(pixels).image_tokens.flatten()
    same = (ours == theirs).sum().item() if len(ours) == len(theirs) else 0
    print(f"codes: {same} of {len(theirs)} agree")
    # A pixel that lies between two codes may fall either way.
    return same >= 0.98 * len(theirs)


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--binary", default="target/release/omni-r1")
    parser.add_argument("--seed", default=0, type=int)
    arguments = parser.parse_args()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model, report = ChameleonForConditionalGeneration.from_pretrained(
        arguments.model, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    foreign = [name for name in report["unexpected_keys"] if not name.startswith(OURS_ALONE)]
    agree = not (report["missing_keys"] or report["mismatched_keys"] or foreign)
    print(f"tensors: missing {len(report['missing_keys'])}, of another shape "
          f"{len(report['mismatched_keys'])}, foreign {foreign[:3]}")
    with tempfile.TemporaryDirectory() as folder:
        agree &= check_logits(model.eval(), arguments, Path(folder))
        agree &= check_codes(model, arguments, Path(folder))
    return 0 if agree else 1


if __name__ == "__main__":
    raise SystemExit(main())
