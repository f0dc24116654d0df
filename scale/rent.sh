#!/bin/bash
# The best training that a GPU gives in a few minutes. It builds and fetches nothing where it runs.
#
#   scale/rent.sh pack              at home: fills scale/rent, a folder of at most 64 MiB to take along
#   ./rent.sh MINUTES [RECIPE]      there, in that folder: shards on all cores, training, the best checkpoint
#
# The machine has Python, PyTorch and NumPy. What comes out lies in $OUT (./out without it): the best checkpoint, the
# log, and report.json with the card's name and its speed.
set -euo pipefail
cd "$(dirname "$0")"

pack() {
    cd ..
    local target pack=scale/rent most=$((64 * 1024 * 1024)) size
    target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
    cargo build --release --bin omni-r1
    rm -rf $pack && mkdir -p $pack/wheels $pack/data $pack/www/models/mini
    strip -o $pack/omni-r1 "$target/release/omni-r1"
    cp -r scale/omni_scale scale/rent.sh scale/rent.toml $pack/
    cp data/bank.safetensors $pack/data/
    cp www/models/mini/{config.json,tokenizer.json,model.safetensors} $pack/www/models/mini/
    find $pack -name __pycache__ -prune -exec rm -r {} +
    python3 -m pip download --quiet --only-binary=:all: --python-version "${PYTHON_VERSION:-3.12}" \
        --implementation cp --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 \
        --platform manylinux2014_x86_64 -d $pack/wheels "transformers>=5.24"
    rm -f $pack/wheels/numpy-*
    size=$(du -sb $pack | cut -f1)
    [ "$size" -le $most ] || { echo "$pack has $size bytes, more than 64 MiB: delete wheels that the machine has." >&2; exit 1; }
    echo "$pack: $((size / 1024 / 1024)) MiB"
}

# Every two minutes the best so far is out, and it stays there if the machine is taken away.
copy() {
    if [ -d "$work/run/best" ]; then cp "$work"/run/best/* "$out"/; fi
    if [ -e "$work/run/log.jsonl" ]; then cp "$work/run/log.jsonl" "$out"/; fi
}

train() {
    local minutes=$1 recipe=${2:-rent.toml} cores parts
    program=./omni-r1
    [ -x $program ] || { echo "There is no omni-r1 here: run scale/rent.sh pack, and this in scale/rent." >&2; exit 1; }
    out=${OUT:-out}
    work=$(mktemp -d)
    mkdir -p "$out"
    if ! python3 -c 'import transformers as t; assert tuple(map(int, t.__version__.split(".")[:2])) >= (5, 24)' 2>/dev/null; then
        python3 -m pip install --quiet --no-index --no-deps --target "$work/site" wheels/*.whl
    fi
    export PYTHONPATH="$work/site:$PWD" HF_HUB_OFFLINE=1 PYTHONUNBUFFERED=1

    # Shards come while it trains, in order: each process writes every n-th chain of 64 steps.
    cores=$(nproc)
    parts=$((cores > 2 ? cores - 1 : 1))
    makers=()
    for part in $(seq 1 $parts); do
        RAYON_NUM_THREADS=1 $program prepare "$recipe" --out "$work/shards" --part "$part/$parts" --steps-per-shard 4 >"$work/prepare-$part.log" 2>&1 &
        makers+=($!)
    done
    trap 'kill "${makers[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
    until [ -e "$work/shards/index.json" ] && [ -e "$work/shards/start/model.safetensors" ]; do
        kill -0 "${makers[0]}" 2>/dev/null || { cat "$work/prepare-1.log" >&2; exit 1; }
        sleep 0.2
    done
    cat > "$work/config.toml" <<CONFIG
shards = "$work/shards"
out = "$work/run"
wait_seconds = 300
rows_at_once = ${ROWS:-32}
gradient_checkpointing = false
compile = ${COMPILE:-false}
save_minutes = 2
minutes = $minutes
CONFIG
    python3 -m omni_scale sft "$work/config.toml" > "$work/train.log" 2>&1 &
    local training=$!
    while kill -0 $training 2>/dev/null; do
        sleep 2
        copy
    done
    wait $training || { tail -20 "$work/train.log" >&2; exit 1; }
    copy
    cp "$recipe" "$out/recipe.toml"
    python3 -m omni_scale report "$out"
}

case "${1:-}" in
    pack) pack ;;
    "" | -*) echo "usage: scale/rent.sh pack, or ./rent.sh MINUTES [RECIPE] in scale/rent" >&2; exit 2 ;;
    *) train "$@" ;;
esac
