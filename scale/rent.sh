#!/bin/bash
# The best training that a GPU gives in a few minutes. It builds nothing where it runs.
#
#   scale/rent.sh pack                  at home: the program and the wheels that a PyTorch machine lacks
#   scale/rent.sh MINUTES [RECIPE]      there: shards on all cores, training, the best checkpoint
#
# Run both from the repository's root, and take the repository with scale/rent in it along. What comes out lies in
# $OUT (scale/rented without it): best checkpoint, log, speed and the card's name.
set -euo pipefail
cd "$(dirname "$0")/.."
pack=scale/rent
most=$((64 * 1024 * 1024))

if [ "${1:-}" = pack ]; then
    target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    cargo build --release --bin omni-r1
    rm -rf $pack && mkdir -p $pack/wheels
    strip -o $pack/omni-r1 "$target/release/omni-r1"
    # PyTorch is there already; everything pure travels, and what has machine code for its Python.
    python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version "${PYTHON_VERSION:-3.12}" \
        --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
        --platform manylinux2014_x86_64 --platform any -d $pack/wheels \
        transformers tokenizers huggingface_hub safetensors regex pyyaml tqdm packaging filelock fsspec typing_extensions \
        hf-xet httpx httpcore h11 anyio idna certifi sniffio shellingham typer-slim click
    size=$(du -sb $pack | cut -f1)
    [ "$size" -le $most ] || { echo "scale/rent has $size bytes, more than 64 MiB: leave wheels out that the machine has." >&2; exit 1; }
    echo "scale/rent: $((size / 1024 / 1024)) MiB"
    exit
fi

minutes=${1:?usage: scale/rent.sh pack, or scale/rent.sh MINUTES [RECIPE]}
recipe=${2:-scale/rent.toml}
out=${OUT:-scale/rented}
work=$(mktemp -d)
program=$pack/omni-r1
[ -x $program ] || program=target/release/omni-r1
[ -x $program ] || { echo "There is no omni-r1: run scale/rent.sh pack first." >&2; exit 1; }
mkdir -p "$out"

# Only what the machine lacks.
site=$work/site
if ! python3 -c 'import transformers; assert transformers.__version__ >= "5.24"' 2>/dev/null; then
    python3 -m pip install --quiet --no-index --no-deps --target "$site" $pack/wheels/*.whl
fi
export PYTHONPATH=$site:scale HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1

# Shards come while it trains, in order: each process writes every n-th.
cores=$(nproc)
parts=$((cores > 2 ? cores - 1 : 1))
makers=()
for part in $(seq 1 $parts); do
    RAYON_NUM_THREADS=1 $program prepare "$recipe" --out "$work/shards" --part "$part/$parts" --steps-per-shard 8 >/dev/null &
    makers+=($!)
done
trap 'kill "${makers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

cat > "$work/config.toml" <<CONFIG
shards = "$work/shards"
out = "$work/run"
wait_seconds = 300
rows_at_once = ${ROWS:-64}
gradient_checkpointing = false
compile = ${COMPILE:-false}
save_minutes = 2
minutes = $minutes
CONFIG
until [ -e "$work/shards/index.json" ] && [ -e "$work/shards/start/model.safetensors" ]; do
    kill -0 "${makers[0]}" || { echo "The shards can't be made: see the message above." >&2; exit 1; }
    sleep 0.2
done

# Every two minutes the best so far is out, and it stays there if the machine is taken away.
copy() {
    [ -d "$work/run/best" ] && cp "$work"/run/best/* "$out"/ || true
    [ -e "$work/run/log.jsonl" ] && cp "$work/run/log.jsonl" "$out"/ || true
}
python3 -m omni_scale sft "$work/config.toml" > "$work/train.log" 2>&1 &
training=$!
while kill -0 $training 2>/dev/null; do
    sleep 5
    copy
done
wait $training || { tail -20 "$work/train.log" >&2; exit 1; }
copy
cp "$recipe" "$out/recipe.toml"
python3 - "$out" <<'REPORT'
import json, sys
from pathlib import Path
import torch
out = Path(sys.argv[1])
rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
speeds = sorted(row["tokens_per_second"] for row in rows)
report = {
    "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
    "torch": torch.__version__, "steps": rows[-1]["step"], "tokens": rows[-1]["seen"],
    "tokens_per_second": speeds[len(speeds) // 2],
    "of_peak": max((row.get("of_peak", 0) for row in rows), default=0), "last": rows[-1]}
(out / "report.json").write_text(json.dumps(report, indent=1))
print(json.dumps(report))
REPORT
