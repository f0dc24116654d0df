"""The model, the losses and the optimizer against what `omni-r1`'s own fixtures hold."""

import json
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file

from omni_scale import losses, model, rewards
from omni_scale.optimizer import Optimizer, orthogonalize, read_back, restore

PARITY = ROOT / "tests/parity"
CPU = torch.device("cpu")
SETTINGS = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.98, "eps": 1e-8, "weight_decay": 0.01,
            "muon_learning_rate": 0.02, "muon_momentum": 0.95, "clip": 1.0, "trained": "all"}


@pytest.mark.parametrize("case", ["plain", "grouped", "swin", "odd"])
def test_logits_are_those_of_transformers_before_its_mask(case):
    chameleon = model.load(PARITY / case, False, 1, CPU)
    expected = load_file(PARITY / case / "check/expected.safetensors")["logits"]
    tokens = torch.tensor(json.loads((PARITY / case / "check/tokens.json").read_text()))
    assert (chameleon(tokens).logits - expected).abs().max() < 1e-4


def test_packed_documents_do_not_see_each_other():
    chameleon = model.load(PARITY / "plain", False, 1, CPU)
    tokens = torch.tensor(json.loads((PARITY / "plain/check/tokens.json").read_text()))[:1, :20]
    alone = torch.cat([chameleon(tokens[:, :12]).logits, chameleon(tokens[:, 12:]).logits], 1)
    positions = torch.tensor([[*range(12), *range(8)]])
    together = chameleon(tokens, position_ids=positions).logits
    assert (alone - together).abs().max() < 1e-5
    assert (chameleon(tokens).logits - together)[:, 12:].abs().max() > 1e-2


def test_muon_is_pytorchs():
    torch.manual_seed(1)
    start = torch.randn(24, 16)
    theirs, ours = torch.nn.Parameter(start.clone()), torch.nn.Module()
    ours.up_proj = torch.nn.Linear(16, 24, bias=False)
    ours.up_proj.weight.data.copy_(start)
    reference = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.01, momentum=0.95)
    optimizer = Optimizer(ours, SETTINGS, bfloat16=True)
    for _ in range(5):
        gradient = torch.randn(24, 16)
        theirs.grad, ours.up_proj.weight.grad = gradient.clone(), gradient.clone()
        reference.step()
        optimizer.step()
    # Both orthogonalise in bfloat16, in another order of operations.
    assert (theirs - ours.up_proj.weight).abs().max() < 2e-3
    singular = torch.linalg.svdvals(orthogonalize(torch.randn(24, 16), torch.float32))
    assert singular.min() > 0.6 and singular.max() < 1.3


def test_the_optimizers_state_comes_back_as_omni_r1_stores_it():
    chameleon = model.load(PARITY / "grouped", True, 1, CPU)
    tokens = torch.tensor(json.loads((PARITY / "grouped/check/tokens.json").read_text()))

    def step(of, optimizer):
        loss = losses.cross_entropy(of(tokens[:, :-1]).logits.flatten(0, 1), tokens[:, 1:].flatten()).mean()
        (loss + of.perception.projection.weight.square().sum()).backward()
        optimizer.step()
        optimizer.zero_grad()

    optimizer = Optimizer(chameleon, SETTINGS, bfloat16=False)
    step(chameleon, optimizer)
    stored = read_back(chameleon, optimizer)
    # Query, key and value lie below each other: 6 heads and twice 2 of 16.
    assert stored["model.layers.0.self_attn.q_proj.weight.momentum"].shape == (160, 96)
    assert stored["model.norm.weight.m"].shape == (1, 96)
    other = model.load(PARITY / "grouped", True, 1, CPU)
    other.load_state_dict(chameleon.state_dict())
    second = Optimizer(other, SETTINGS, bfloat16=False)
    restore(other, second, stored, 1)
    step(chameleon, optimizer)
    step(other, second)
    for (name, a), b in zip(chameleon.named_parameters(), other.parameters()):
        assert torch.equal(a, b), name


def test_policy_costs_and_distances_are_those_of_the_trainer_here():
    objective = {"clip_low": 0.2, "clip_high": 0.28, "dual_clip": 3.0, "kl": "k3"}
    # By hand, the cases of src/train/objective.rs: log-probability, old, advantage, cost, slope.
    cases = [(-1.0, -1.1, 2.0, -2.210342, -2.210342), (-1.0, -1.1, -2.0, 2.210342, 2.210342),
             (-1.0, -1.5, 2.0, -2.56, 0.0), (-1.0, -1.5, -2.0, 3.297443, 3.297443),
             (-1.5, -1.0, 2.0, -1.213061, -1.213061), (-1.5, -1.0, -2.0, 1.6, 0.0), (-0.5, -2.0, -2.0, 6.0, 0.0)]
    for now, old, advantage, value, slope in cases:
        at = torch.tensor(now, dtype=torch.float64, requires_grad=True)
        cost = losses.policy(objective, at, torch.tensor(old), torch.tensor(advantage))
        assert abs(cost.item() - value) < 1e-6
        assert abs(torch.autograd.grad(cost, at)[0].item() - slope) < 1e-5
    for now, reference, value, slope in [(-1.0, -1.5, 0.106531, 0.393469), (-4.0, -1.0, 10.0, 0.0)]:
        at = torch.tensor(now, dtype=torch.float64, requires_grad=True)
        apart = losses.distance(objective, at, torch.tensor(reference))
        assert abs(apart.item() - value) < 1e-6
        assert abs(torch.autograd.grad(apart, at)[0].item() - slope) < 1e-6


def test_shares_are_those_of_the_trainer_here():
    # By hand, as in src/train/objective.rs.
    weights = torch.tensor([[1.0, 0, 1], [1, 0, 0], [0, 0, 0]])
    for normalise, first, second in (("answer", 1 / 6, 1 / 3), ("batch", 1 / 3, 1 / 3), ("constant", 1 / 24, 1 / 24)):
        objective = {"normalise": normalise, "constant": 8.0}
        shares = losses.shares(objective, weights, torch.tensor(3.0), weights.sum())
        assert torch.allclose(shares, torch.tensor([[first, 0, first], [second, 0, 0], [0, 0, 0]]))
        nothing = torch.zeros(2, 3)
        assert not losses.shares(objective, nothing, torch.tensor(0.0), nothing.sum()).any()


def test_drawings_are_paid_apart_as_by_the_trainer_here():
    # By hand, the case of src/train/advantage.rs.
    totals, paid, scores = [0.9 + 0.05 * 0.25, 0.9, 0.1], [0.05 * 0.25, 0.0, 0.0], [[1.0, -0.5], [0.0], []]
    for scaled, expected, of_drawings in (
            (False, [0.266667, 0.266667, -0.533333], [0.041667, -0.033333, -0.008333]),
            (True, [0.572822, 0.572822, -1.145644], [0.089503, -0.071603, -0.017901])):
        of_answers, apart = rewards.pictures_apart(totals, paid, scores, 0.05, scaled)
        assert of_answers == pytest.approx(expected, abs=1e-5)
        assert sum(apart, []) == pytest.approx(of_drawings, abs=1e-5) and apart[2] == []
    assert rewards.pictures_apart([0.25] * 5, [0.0] * 5, [[]] * 5, 0.0, True)[0] == [0.0] * 5
    assert rewards.drawings([7, 10, 11, 8, 12, 13, 9], [10, 14]) == [[1, 2], [4, 5]]
