"""The same losses here and in `omni-r1`, on one process and on two; runs that are killed and go on; rewards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import ROOT, environment, omni_r1, omni_scale, program

from omni_scale import folder, model
from omni_scale.program import Judge

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
REWARDS = """
name = "rewards"
seed = 7
log_every = 1
[schedule]
steps = 5
warmup = 2
decay = 0.5
[optimizer]
learning_rate = 0.002
muon_learning_rate = 0.004
[mix]
V4 = 1.0
[perpo]
tokenizer = "www/models/nano/tokenizer.json"
vq = "www/models/mini"
from = "www/models/nano"
prompts = 2
group = 4
batches = 3
updates = 2
rows = 4
length = 768
validate_every = 1000
validate_items = 0
[perpo.temperatures]
text = 1.0
picture = 0.5
[perpo.objective]
kl_weight = 0.3
entropy_weight = 0.01
picture_weight = 0.3
"""
LOSSES = ("prompt", "thought", "picture", "answer", "perception", "norm")


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def config(made: Path, name: str, shards: str, **more) -> Path:
    values = {"shards": made / shards, "out": made / name, "precision": "float32", "device": "cpu", "program": program()}
    text = "".join(f"{key} = {json.dumps(str(value) if isinstance(value, Path) else value)}\n"
                   for key, value in (values | more).items())
    path = made / f"{name}.toml"
    path.write_text(text)
    return path


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
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "omni_scale",
               "sft", str(settings)]
    run = subprocess.Popen(command, cwd=ROOT, env=environment(), start_new_session=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = made / "killed/log.jsonl"
    while (len(rows(log)) if log.exists() else 0) < 10:
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert len(rows(log)) < 20, "the run was over before it could be killed"
    assert "already holds a run" in omni_scale("sft", settings, check=False).stderr
    omni_scale("sft", settings, "--resume", processes=2)
    print(f"killed and gone on, largest difference: {apart(rows(log), two):.1e}")
    assert apart(rows(log), two) < 1e-5


def test_what_is_trained_here_answers_in_omni_r1(made, one):
    trained = made / "one/checkpoint"
    assert folder.config(trained)["omni_r1"] == {"kinds": ["N1", "V4"], "draws": True}
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


def test_a_run_begun_here_goes_on_in_omni_r1(made, here):
    recipe = made / "first.toml"
    recipe.write_text(RECIPE.replace("steps = 20", "steps = 10").replace("0.5", "0.0"))
    omni_r1("prepare", recipe, "--out", made / "first-shards")
    omni_scale("sft", config(made, "first", "first-shards"))
    rest = made / "rest.toml"
    rest.write_text(RECIPE.replace('"steps"', '"rest"'))
    shutil.copytree(made / "first/checkpoint", made / "runs/rest/checkpoint")
    omni_r1("train", rest, "--runs", made / "runs", "--resume")
    theirs = rows(made / "runs/rest/log.jsonl")
    print(f"gone on in omni-r1, largest difference: {apart(theirs, here[10:]):.1e}")
    assert apart(theirs, here[10:]) < 1e-4


@pytest.fixture(scope="module")
def recorded(made) -> list[dict]:
    recipe = made / "rewards.toml"
    recipe.write_text(REWARDS)
    omni_r1("train", recipe, "--runs", made / "runs", "--record")
    omni_r1("prepare", recipe, "--out", made / "questions")
    return rows(made / "runs/rewards/answers.jsonl")


def test_the_questions_are_those_that_omni_r1_asks(made, recorded):
    asked = rows(made / "questions/shard-00000.jsonl")
    for step in recorded:
        prompts = [line["prompt"] for line in asked if line["step"] == step["step"] - 1]
        assert len(prompts) == 6
        assert all(group["prompt"] in prompts for group in step["groups"])


def test_rewards_and_advantages_are_those_of_omni_r1(made, recorded):
    judge = Judge(program(), str(made / "questions/start"), str(made / "questions/recipe.toml"))
    assert any(not group["kept"] for step in recorded for group in step["groups"])
    for step in recorded:
        for group, verdict in zip(step["groups"], judge.batch(step["groups"])):
            assert verdict["kept"] == group["kept"]
            assert verdict["advantages"] == pytest.approx(group["advantages"], abs=1e-6)
            for ours, theirs in zip(verdict["rewards"], group["rewards"]):
                assert ours == pytest.approx(theirs, abs=1e-6)
    judge.close()


def test_steps_by_rewards_are_those_of_omni_r1(made, recorded):
    answers = made / "runs/rewards/answers.jsonl"
    omni_scale("perpo", config(made, "rewarded", "questions", answers=answers, rows_at_once=2))
    used = rows(made / "rewarded/answers.jsonl")
    log = [row for row in rows(made / "rewarded/log.jsonl") if "grad_norm" in row]
    assert len(log) == 10
    for number, step in enumerate(recorded):
        kept = [group for group in step["groups"] if group["kept"]]
        assert len(kept) == 2
        for ours, theirs in zip(used[number]["groups"], kept):
            assert ours["answers"] == theirs["answers"]
            assert ours["advantages"] == pytest.approx(theirs["advantages"], abs=1e-6)
        updates = log[2 * number : 2 * number + 2]
        norm = sum(row["grad_norm"] for row in updates) / 2
        loss = sum(row["policy"] for row in updates) / 2
        print(f"step {number}: norm {norm:.6f} {step['norm']:.6f}, loss {loss:.6f} {step['loss']:.6f}")
        assert norm == pytest.approx(step["norm"], rel=1e-4)
        assert loss == pytest.approx(step["loss"], abs=1e-4)
    theirs = dict(folder.tensors(made / "runs/rewards/checkpoint"))
    start = dict(folder.tensors(made / "questions/start"))
    for name, tensor in folder.tensors(made / "rewarded/checkpoint"):
        if name in theirs:
            moved = (theirs[name] - start[name]).abs().max()
            assert (tensor - theirs[name]).abs().max() < 1e-2 * moved + 1e-6, name


def test_answers_are_sampled_within_the_grammar(made, recorded):
    settings = config(made, "sampled", "questions", rows_at_once=8)
    out = omni_scale("generate", settings, "--steps", "1", "--output", made / "sampled.jsonl").stdout
    assert "24 answers" in out
    groups = rows(made / "sampled.jsonl")
    assert len({tuple(answer) for answer in groups[0]["answers"]}) > 1
    # A trained model: most are whole, and some are right.
    rewards = [reward for group in groups for reward in group["rewards"]]
    assert sum(reward["format"] for reward in rewards) > 12 and sum(reward["accuracy"] for reward in rewards) > 2


def test_rewards_also_go_on_without_a_recording(made, recorded):
    omni_scale("perpo", config(made, "free", "questions", rows_at_once=4))
    log = [row for row in rows(made / "free/log.jsonl") if "grad_norm" in row]
    assert len(log) == 10 and all(row["grad_norm"] < 100 for row in log)
    assert any(group["kept"] for step in rows(made / "free/answers.jsonl") for group in step["groups"])
