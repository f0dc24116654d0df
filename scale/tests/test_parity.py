"""The same losses here and in `omni-r1`, on one process and on two; runs that are killed and go on."""

import json
import shutil
import time
from pathlib import Path

import pytest
import torch
from conftest import config, omni_r1, omni_scale, rows, workers

from omni_scale import folder, model

RECIPE = """
name = "steps"
seed = 5
log_every = 1
[schedule]
steps = 20
warmup = 5
decay = 0.5
[mix]
V4 = 1.0
N1 = 1.0
[language]
preset = "nano"
tokenizer = "www/models/mini/tokenizer.json"
vq = "www/models/mini"
rows = 3
length = 448
validate_every = 1000
validate_items = 0
[language.perception]
weight = 0.03
"""
LOSSES = ("prompt", "thought", "picture", "answer", "perception", "norm")


def apart(ours: list[dict], theirs: list[dict], names=LOSSES) -> float:
    """The largest difference of two logs, as a share above 1."""
    assert [row["step"] for row in ours] == [row["step"] for row in theirs]
    assert all(a.get("seen") == b.get("seen") for a, b in zip(ours, theirs))
    return max(abs(a[name] - b[name]) / max(1.0, abs(b[name])) for a, b in zip(ours, theirs) for name in names)


@pytest.fixture(scope="module")
def here(made) -> list[dict]:
    """The steps as omni-r1 takes them, and what it prepares for them."""
    recipe = made / "steps.toml"
    recipe.write_text(RECIPE)
    for part in ("2/2", "1/2"):
        omni_r1("prepare", recipe, "--out", made / "shards", "--part", part)
    assert "0 shards written" in omni_r1("prepare", recipe, "--out", made / "shards")
    omni_r1("train", recipe, "--runs", made / "runs")
    return rows(made / "runs/steps/log.jsonl")


@pytest.fixture(scope="module")
def one(made, here) -> list[dict]:
    omni_scale("sft", config(made, "one", "shards", rows_at_once=2))
    return rows(made / "one/log.jsonl")


@pytest.fixture(scope="module")
def two(made, here) -> list[dict]:
    omni_scale("sft", config(made, "two", "shards"), processes=2)
    return rows(made / "two/log.jsonl")


def test_one_process_has_the_losses_of_omni_r1(here, one):
    assert here[0]["perception"] > 0 and here[-1]["answer"] < here[0]["answer"]
    print(f"20 steps, largest difference: {apart(one, here):.1e}")
    assert apart(one, here) < 1e-4


def test_two_processes_have_the_losses_of_omni_r1(here, two):
    print(f"20 steps on two processes, largest difference: {apart(two, here):.1e}")
    assert apart(two, here) < 1e-4


def test_a_killed_run_on_two_processes_goes_on(made, two):
    settings = config(made, "killed", "shards", save_steps=4)
    both = workers(2, "sft", settings)
    log = made / "killed/log.jsonl"
    while (len(rows(log)) if log.exists() else 0) < 10:
        assert all(worker.poll() is None for worker in both), "the run ended before it could be killed"
        time.sleep(0.05)
    for worker in both:
        worker.kill()
        worker.wait()
    assert len(rows(log)) < 20, "the run was over before it could be killed"
    assert "already holds a run" in omni_scale("sft", settings, check=False).stderr
    omni_scale("sft", settings, "--resume", processes=2)
    print(f"killed and gone on, largest difference: {apart(rows(log), two):.1e}")
    assert apart(rows(log), two) < 1e-5


def test_what_is_trained_here_answers_in_omni_r1(made, one):
    trained = made / "one/checkpoint"
    practised = folder.config(trained)["omni_r1"]
    assert practised["kinds"] == ["N1", "V4"] and practised["draws"]
    tokens = [[0, 5, 1100, 1101, 4, 7, 9]]
    (made / "tokens.json").write_text(json.dumps(tokens))
    omni_r1("logits", "--model", trained, "--tokens", made / "tokens.json", "--output", made / "logits.safetensors")
    from safetensors.torch import load_file
    theirs = load_file(made / "logits.safetensors")["logits"]
    ours = model.load(trained, False, 1, torch.device("cpu"))(torch.tensor(tokens)).logits
    assert (ours - theirs).abs().max() < 1e-4
    for place in (trained, made / "one/best"):
        omni_r1("reason", "--model", place, "--image", "www/samples/ice.png", "--question", "Is it safe?",
                "--out", made / "answer")
        assert json.loads((made / "answer/transcript.json").read_text())["answer"]


def test_a_run_begun_in_omni_r1_goes_on_here(made, here):
    """Its checkpoint is the page's too: the same trainer writes both."""
    recipe = made / "begun.toml"
    # The rates of the first ten steps of twenty.
    recipe.write_text(RECIPE.replace('"steps"', '"begun"').replace("steps = 20", "steps = 10").replace("0.5", "0.0"))
    omni_r1("train", recipe, "--runs", made / "runs")
    begun = made / "runs/begun/checkpoint"
    assert not folder.has(begun, folder.CODEBOOK)
    out = made / "continued"
    out.mkdir()
    shutil.copytree(begun, out / "checkpoint")
    omni_scale("sft", config(made, "continued", "shards"), "--resume")
    ours = rows(out / "log.jsonl")
    assert [row["step"] for row in ours] == list(range(11, 21))
    print(f"gone on here, largest difference: {apart(ours, here[10:]):.1e}")
    assert apart(ours, here[10:]) < 1e-4


def test_a_run_begun_here_goes_on_in_omni_r1(made):
    """From a multiple of 64 steps on no document waits for room. Low rates: so many steps make more of rounding."""
    rates = "[optimizer]\nlearning_rate = 1e-4\nmuon_learning_rate = 1e-3\n[mix]"

    def recipe(name: str, steps: int) -> Path:
        path = made / f"{name}.toml"
        path.write_text(RECIPE.replace('"steps"', f'"{name}"').replace("steps = 20", f"steps = {steps}")
                        .replace("rows = 3", "rows = 1").replace("0.5", "0.0").replace("[mix]", rates))
        return path

    omni_r1("train", recipe("whole", 70), "--runs", made / "runs")
    omni_r1("prepare", recipe("first", 64), "--out", made / "first-shards")
    omni_scale("sft", config(made, "first", "first-shards"))
    shutil.copytree(made / "first/checkpoint", made / "runs/rest/checkpoint")
    omni_r1("train", recipe("rest", 70), "--runs", made / "runs", "--resume")
    whole, rest = rows(made / "runs/whole/log.jsonl"), rows(made / "runs/rest/log.jsonl")
    print(f"gone on in omni-r1, largest difference: {apart(rest, whole[64:]):.1e}")
    assert apart(rest, whole[64:]) < 1e-4
