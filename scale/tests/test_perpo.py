"""The same rewards, advantages and steps by rewards here and in `omni-r1`, for the same sampled answers."""

import copy
import functools
import math
from statistics import fmean

import pytest
import torch
from conftest import config, omni_r1, omni_scale, program, rows

from omni_scale import folder, model, settings
from omni_scale.errors import Problem
from omni_scale.program import Grammar
from omni_scale.rewards import Rewards, measure
from omni_scale.shards import Shards

CPU = torch.device("cpu")

RECIPE = """
name = "{name}"
seed = 7
log_every = 1
{more}
[schedule]
steps = {steps}
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
group = 4
rows = 4
length = 768
validate_every = 1000
validate_items = 0
{stage}
[perpo.reward]
actions = false
{reward}
[perpo.temperatures]
{temperatures}
[perpo.objective]
{objective}
"""
# Between them every option of [perpo] that changes what a step learns.
VARIANTS = {
    "plain": dict(
        steps=5, more="", stage="prompts = 2\nbatches = 3\nupdates = 2", reward='drawings = "roughness"',
        temperatures="picture = 0.5", objective="kl_weight = 0.3\nentropy_weight = 0.01\npicture_weight = 0.3"),
    # As the paper has it, and k1.
    "paper": dict(
        steps=2, more="", stage='prompts = 2\nupdates = 1\nscaled = true\ncredit = "all"',
        reward='form = "paper"\ntau = 2.0\naggregate = "min"', temperatures="text = 0.8",
        objective='normalise = "answer"\nkl = "k1"\nkl_weight = 0.1'),
    # Some questions need no steps; three groups don't go round in two updates.
    "constant": dict(
        steps=2, more="unanswerable = 0.4", stage="prompts = 3\nupdates = 2\nscaled = true\ndynamic = false",
        reward='drawings = "roughness"\naggregate = "min"\nperception = 0.3', temperatures="text = 1.2",
        objective='normalise = "constant"\nconstant = 90.0\nkl_weight = 0.0\ndual_clip = 0.0\nclip_high = 0.2'),
    # What a model that drew its own pictures is paid for.
    "gain": dict(steps=2, more="", stage="prompts = 2\nupdates = 1", reward='drawings = "gain"\nperception = 0.5',
                 temperatures="text = 1.0", objective="kl_weight = 0.0"),
}


class Recorded:
    """Steps as omni-r1 takes them, and what it prepares for them."""

    def __init__(self, made, name: str):
        self.name, self.made = name, made
        # A gain comes from a model's logits, everything else from the tokens alone.
        self.near = 1e-4 if name == "gain" else 1e-6
        recipe = made / f"{name}.toml"
        recipe.write_text(RECIPE.format(name=name, **VARIANTS[name]))
        omni_r1("train", recipe, "--runs", made / "runs", "--record")
        omni_r1("prepare", recipe, "--out", made / f"questions-{name}")
        self.answers = made / f"runs/{name}/answers.jsonl"
        self.steps = rows(self.answers)
        self.shards = Shards(made / f"questions-{name}", "perpo")

    def rewards(self) -> Rewards:
        run = settings.load(self.config("judged"))
        start, recipe = str(run.start), str(run.shards / "recipe.toml")
        return Rewards(run, self.shards, Grammar(program(), start, recipe, self.shards.index["vocabulary"], CPU))

    def model(self):
        return model.load(self.shards.folder / "start", False, 1, CPU)

    def config(self, name: str, **more):
        return config(self.made, f"{name}-{self.name}", f"questions-{self.name}", **more)


@pytest.fixture(scope="module")
def record(made):
    return functools.cache(lambda name: Recorded(made, name))


@pytest.fixture(scope="module", params=VARIANTS)
def recorded(record, request) -> Recorded:
    return record(request.param)


@pytest.fixture(scope="module")
def plain(record) -> Recorded:
    return record("plain")


def test_the_questions_are_those_that_omni_r1_asks(recorded):
    stage = recorded.shards.recipe["perpo"]
    for step in recorded.steps:
        prompts = [line["prompt"] for line in recorded.shards.questions(step["step"] - 1)]
        assert len(prompts) == stage["prompts"] * stage["batches"]
        assert all(group["prompt"] in prompts for group in step["groups"])


def test_rewards_and_advantages_are_those_of_omni_r1(recorded):
    paid, steps = recorded.rewards(), recorded.steps
    # A gain is one under the model that has sampled, here the first step's.
    chameleon, steps = (recorded.model(), steps[:1]) if paid.measure == "gain" else (None, steps)
    compared = 0
    for step in steps:
        for ours, theirs in zip(paid.of(step["groups"], chameleon), step["groups"]):
            assert ours["kept"] == theirs["kept"]
            assert ours["advantages"] == pytest.approx(theirs["advantages"], abs=recorded.near)
            for of_answer, as_recorded in zip(ours["rewards"], theirs["rewards"]):
                assert of_answer == pytest.approx(as_recorded, abs=recorded.near)
                compared += 1
    paid.judge.close()
    print(f"{recorded.name}: {compared} rewards and advantages within {recorded.near:.0e}")


def test_drawings_are_as_rough_as_the_judge_says(record):
    """Each drawing's own score, of which the judge says the mean or the least."""
    for name, aggregate in (("plain", fmean), ("constant", min)):
        paid, some = record(name).rewards(), 0
        for group in (group for step in record(name).steps for group in step["groups"]):
            for tokens, reward in zip(group["answers"], group["rewards"]):
                if reward["perception"] is not None:
                    assert aggregate(paid.scores(group, tokens)) == pytest.approx(reward["perception"], abs=1e-6)
                    some += 1
        assert some


def test_steps_by_rewards_are_those_of_omni_r1(recorded):
    """Steps with few or no groups to learn from too: omni-r1 then takes fewer updates."""
    omni_scale("perpo", recorded.config("rewarded", answers=recorded.answers, rows_at_once=2))
    out = recorded.made / f"rewarded-{recorded.name}"
    used = rows(out / "answers.jsonl")
    log = [row for row in rows(out / "log.jsonl") if "grad_norm" in row]
    updates = recorded.shards.recipe["perpo"]["updates"]
    assert len(log) == updates * len(recorded.steps)
    for number, step in enumerate(recorded.steps):
        kept = [group for group in step["groups"] if group["kept"]]
        for ours, theirs in zip(used[number]["groups"], kept):
            assert ours["answers"] == theirs["answers"]
            assert ours["advantages"] == pytest.approx(theirs["advantages"], abs=recorded.near)
        taken = math.ceil(len(kept) / max(math.ceil(len(kept) / updates), 1))
        here = log[updates * number : updates * number + taken]
        assert all(row["grad_norm"] == 0 for row in log[updates * number + taken : updates * (number + 1)])
        if not taken:
            assert step["norm"] is None
            continue
        norm, loss = (sum(row[name] for row in here) / taken for name in ("grad_norm", "policy"))
        print(f"{recorded.name} {number}: norm {norm:.6f} {step['norm']:.6f}, loss {loss:.6f} {step['loss']:.6f}")
        assert norm == pytest.approx(step["norm"], rel=1e-4)
        assert loss == pytest.approx(step["loss"], abs=1e-4)
    theirs = dict(folder.tensors(recorded.answers.parent / "checkpoint"))
    start = dict(folder.tensors(recorded.shards.folder / "start"))
    for name, tensor in folder.tensors(out / "checkpoint"):
        if name in theirs:
            # As a whole: AdamW moves a weight with next to no gradient by what rounding left of it.
            moved = (theirs[name] - start[name]).norm()
            assert (tensor - theirs[name]).norm() < 1e-2 * moved + 1e-6, name


@pytest.mark.parametrize("changed, named", [
    ({"reward": {"actions": True}}, "actions"),
    ({"reward": {"drawings": "agreement"}}, 'drawings = "agreement"'),
    ({"reward": {"drawings": None}}, 'drawings = "agreement"'),
    ({"mix": {"own": 1.0}}, "own under [mix]"),
])
def test_what_cannot_be_paid_here_is_refused_by_name(plain, changed, named):
    recipe = copy.deepcopy(plain.shards.recipe)
    assert measure(recipe, {}) == "roughness"
    recipe["mix"] |= changed.get("mix", {})
    recipe["perpo"]["reward"] |= changed.get("reward", {})
    with pytest.raises(Problem) as refused:
        measure(recipe, {})
    assert named in str(refused.value)


def test_answers_are_sampled_within_the_grammar(made, plain):
    out = omni_scale("generate", plain.config("sampled", rows_at_once=8), "--steps", "1",
                     "--output", made / "sampled.jsonl").stdout
    assert "24 answers" in out
    groups = rows(made / "sampled.jsonl")
    assert len({tuple(answer) for answer in groups[0]["answers"]}) > 1
    # A trained model: most are whole, and some are right.
    earned = [reward for group in groups for reward in group["rewards"]]
    assert sum(reward["format"] for reward in earned) > 12 and sum(reward["accuracy"] for reward in earned) > 2


def test_rewards_also_go_on_without_a_recording(made, plain):
    omni_scale("perpo", plain.config("free", rows_at_once=4))
    log = [row for row in rows(made / "free-plain/log.jsonl") if "grad_norm" in row]
    assert len(log) == 10 and all(row["grad_norm"] < 100 for row in log)
    assert any(group["kept"] for step in rows(made / "free-plain/answers.jsonl") for group in step["groups"])
