"""What a run on a GPU came to: `report.json` beside its log."""

import json
from pathlib import Path
from statistics import median

import torch

from omni_scale.errors import Problem


def run(out: Path):
    try:
        rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    except OSError as error:
        raise Problem(f"The log can't be read: {error}.", "Name the folder that holds log.jsonl.") from error
    if not rows:
        raise Problem(f"The log in {out} is empty.", "Train for longer.")
    shares = [row["of_peak"] for row in rows if "of_peak" in row]
    report = {
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
        "torch": torch.__version__,
        "steps": rows[-1]["step"], "tokens": rows[-1]["seen"], "seconds": rows[-1]["seconds"],
        # The first row holds the start.
        "tokens_per_second": median(row["tokens_per_second"] for row in rows[1:] or rows),
        "of_peak": median(shares[1:] or shares) if shares else None,
        "last": rows[-1],
    }
    (out / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report))
