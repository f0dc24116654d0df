"""What answers to one question are worth beside each other: `train/reward`, `train/advantage` and `train/roughness`
of `omni-r1`. The judge sees answers alone; what else a reward asks for is added here, or refused by name."""

import re
from itertools import groupby
from pathlib import Path

import numpy as np

from omni_scale import folder
from omni_scale.errors import Problem
from omni_scale.gain import Gain
from omni_scale.program import Grammar, Judge
from omni_scale.settings import Settings
from omni_scale.shards import Shards

# Keeps quotients finite.
EPS, FLAT = 1e-6, 1e-6
# The judge knows no gain: it pays the words, in a recipe whose drawings weigh nothing.
WITHOUT_DRAWINGS = re.compile(r"(?m)^(\[perpo\.reward\]\n(?:[^\[\n].*\n)*?perception = ).*$")


def drawings(tokens: list[int], codes: list[int]) -> list[list[int]]:
    """Where the codes of each drawing of an answer stand: runs of tokens from `codes[0]` up to `codes[1]`."""
    runs = groupby(range(len(tokens)), lambda place: codes[0] <= tokens[place] < codes[1])
    return [list(places) for inside, places in runs if inside]


class Rewards:
    """The judge, and what it can't know."""

    def __init__(self, settings: Settings, shards: Shards, grammar: Grammar):
        self.stage, self.codes = shards.recipe["perpo"], shards.index["codes"]
        self.reward = self.stage["reward"]
        self.repaired = self.reward["form"] == "repaired"
        self.measure = measure(shards.recipe, folder.config(settings.start))
        # Only this sum says which part of it the drawings are.
        apart = self.stage["credit"] == "own" and self.repaired
        self.weight = self.reward["perception"] if apart else 0.0
        recipe = settings.shards / "recipe.toml"
        if self.measure == "roughness":
            self.codebook = codebook(settings.start)
        elif self.measure == "gain":
            self.gain = Gain(settings, shards, grammar)
            settings.out.mkdir(parents=True, exist_ok=True)
            without = WITHOUT_DRAWINGS.sub(r"\g<1>0.0", recipe.read_text())
            recipe = settings.out / "judge.toml"
            recipe.write_text(without)
        self.judge = Judge(settings.program, str(settings.start), str(recipe))

    def of(self, groups: list[dict], model) -> list[dict]:
        """The groups with `rewards`, `advantages` of the answers, `of_drawings`, what the codes of each of their
        drawings have besides, and whether they are `kept`."""
        return [group | self._of(group, verdict, model) for group, verdict in zip(groups, self.judge.batch(groups))]

    def _of(self, group: dict, verdict: dict, model) -> dict:
        rewards = [self._due(group, tokens, reward) for tokens, reward in zip(group["answers"], verdict["rewards"])]
        scores = [[] for _ in rewards]
        for number, (tokens, reward) in enumerate(zip(group["answers"], rewards)):
            drawn = drawings(tokens, self.codes)
            if self.measure == "roughness" and reward["format"] > 0:
                scores[number] = self.scores(group, tokens)
            elif self.measure == "gain" and reward["format"] > 0 and drawn:
                gain = self.gain.of(model, group, tokens)
                if gain is not None:
                    rewards[number] = reward | {
                        "perception": gain, "total": reward["total"] + self.reward["perception"] * gain}
                    scores[number] = [gain] * len(drawn)
        totals = [reward["total"] for reward in rewards]
        paid = [self.weight * (reward["perception"] or 0.0) for reward in rewards]
        of_answers, of_drawings = pictures_apart(totals, paid, scores, self.weight, self.stage["scaled"])
        return verdict | {"rewards": rewards, "advantages": of_answers, "of_drawings": of_drawings}

    def of_tokens(self, group: dict, number: int) -> list[float]:
        """The advantage of each token of an answer."""
        tokens = group["answers"][number]
        each = [group["advantages"][number]] * len(tokens)
        for places, worth in zip(drawings(tokens, self.codes), group["of_drawings"][number]):
            for place in places:
                each[place] += worth
        return each

    def _due(self, group: dict, tokens: list[int], reward: dict) -> dict:
        """Only a question that the picture doesn't answer needs no steps, and then there is nothing to draw wrong."""
        if not self.repaired or reward["format"] == 0:
            return reward
        due = group["truth"]["rule"] != "unknown"
        if due != bool(drawings(tokens, self.codes)):
            return reward | {"format": 0.0, "perception": None, "total": 0.0}
        return reward if due else reward | {"total": reward["total"] + self.reward["perception"]}

    def scores(self, group: dict, tokens: list[int]) -> list[float]:
        """Of each drawing of an answer."""
        return [self._likeness([tokens[place] - self.codes[0] for place in own], group["picture"])
                for own in drawings(tokens, self.codes)]

    def _likeness(self, codes: list[int], picture: dict) -> float:
        """1 where a drawing is as rough as the question's picture up to a factor, falling towards 0."""
        grid = picture["grid"]
        a, b = (self._roughness(codes, grid) + FLAT, self._roughness(picture["codes"], grid) + FLAT)
        return min(self.reward["band"] * min(a / b, b / a), 1.0)

    def _roughness(self, codes: list[int], grid: int) -> float:
        """Mean squared differences of the vectors of neighbouring codes (Omni-R1, equations 6 to 8)."""
        rows = self.codebook[np.asarray(codes)].reshape(grid, grid, -1)
        sums = [np.square(np.diff(rows, axis=axis).astype(np.float64)).sum() for axis in (0, 1)]
        return sum(sums) / rows.shape[-1] / (grid * max(grid - 1, 1))


def varies(values: list[float]) -> bool:
    return any(value != values[0] for value in values)


def pictures_apart(totals: list[float], paid: list[float], scores: list[list[float]], weight: float,
                   scaled: bool) -> tuple[list[float], list[list[float]]]:
    """The advantages of answers without what their drawings earned, `paid`, and those of each drawing by its score
    beside all drawings of the group. `scaled`, both are divided by the deviation of the totals."""
    scale = 1 / (np.std(totals, ddof=1) + EPS) if scaled and varies(totals) else 1.0
    rest = [total - part for total, part in zip(totals, paid)]
    # Rounding in the mean would be blown up by the scale.
    mean = np.mean(rest)
    of_answers = [float((value - mean) * scale) if varies(rest) else 0.0 for value in rest]
    known = [score for own in scores for score in own]
    mean = np.mean(known) if known else 0.0
    return of_answers, [[float(weight * (score - mean) * scale) for score in own] for own in scores]


def measure(recipe: dict, config: dict) -> str | None:
    """What drawings are paid by that isn't said by the judge alone: "roughness", "gain" or nothing. Refuses what
    this package can't pay as `omni-r1 train` does; `config` is the starting model's."""
    if recipe["mix"].get("own", 0.0) > 0:
        raise Problem("The shards don't say which examples of one's own have steps (own under [mix]).",
                      "Leave own out of the mix, or train with omni-r1.")
    reward = recipe["perpo"]["reward"]
    if reward["form"] != "repaired":
        return None
    if reward["actions"]:
        raise Problem("The shards don't say which actions are true (actions under [perpo.reward]).",
                      "Set actions = false under [perpo.reward], or train with omni-r1.")
    own = config.get("omni_r1", {}).get("own", False)
    by = reward.get("drawings") or ("gain" if own else "agreement")
    if reward["perception"] == 0.0:
        return None
    if by == "agreement":
        raise Problem('Agreement (drawings = "agreement" under [perpo.reward]) takes the executor and the scenes, '
                      "which the shards don't hold.",
                      'Set drawings = "roughness" or "gain" under [perpo.reward], or train with omni-r1.')
    return by


def codebook(start: Path) -> np.ndarray:
    """`[codes, width]` in f32, of a folder with the VQ-GAN."""
    for name, tensor in folder.tensors(start):
        if name == folder.CODEBOOK:
            return tensor.float().numpy()
    raise Problem(f"{start} has no codebook.", "Use a checkpoint with model.vqmodel tensors.")
