"""Muon for the matrices inside the blocks, AdamW for everything else, as `train/optimizer` has it.

`torch.optim.Muon` has the same formula, but always orthogonalises in bfloat16, and knows nothing of matrices that
are spread over processes: here each process orthogonalises whole matrices in turn, in f32 where weights are trained
in f32. AdamW is PyTorch's."""

import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor, distribute_tensor

from omni_scale.errors import Problem

COEFFICIENTS = 3.4445, -4.7750, 2.0315


def orthogonalize(matrix: torch.Tensor, precision: torch.dtype) -> torch.Tensor:
    """Five quintic Newton-Schulz steps towards the nearest orthogonal matrix."""
    a, b, c = COEFFICIENTS
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = (x / (x.norm() + 1e-7)).to(precision)
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if matrix.shape[0] > matrix.shape[1] else x).to(matrix.dtype)


class Optimizer(torch.optim.AdamW):
    """AdamW whose groups with `muon` are Muon's."""

    def __init__(self, model: torch.nn.Module, settings: dict, bfloat16: bool):
        self.precision = torch.bfloat16 if bfloat16 else torch.float32
        rate, decay = settings["learning_rate"], settings["weight_decay"]
        muon_rate = settings["muon_learning_rate"] or 0.0
        parts = {"matrix": [], "table": [], "vector": []}
        for name, parameter in model.named_parameters():
            part = role(name)
            trained = parameter.requires_grad and part in TRAINED[settings["trained"]]
            parameter.requires_grad_(trained)
            if trained:
                parts[part].append(parameter)
        adamw = dict(lr=rate, weight_decay=decay, muon=False)
        matrices = dict(lr=muon_rate, weight_decay=decay, muon=True) if muon_rate > 0 else adamw
        groups = [
            dict(matrices, params=parts["matrix"], momentum=settings["muon_momentum"]),
            dict(adamw, params=parts["table"]),
            dict(adamw, params=parts["vector"], weight_decay=0.0),
        ]
        betas = settings["beta1"], settings["beta2"]
        super().__init__([group for group in groups if group["params"]], lr=rate, betas=betas, eps=settings["eps"])
        for group in self.param_groups:
            group["initial_lr"] = group["lr"]
        # Set while there is nothing to learn from: weights and moments then stay as they are.
        self.idle = False

    @torch.no_grad()
    def step(self, closure=None):
        if self.idle:
            return None
        first = next((p.grad for group in self.param_groups for p in group["params"] if p.grad is not None), None)
        first = first.to_local() if isinstance(first, DTensor) else first
        # Clipping has divided all of them by the norm: if that isn't finite, none is.
        if first is not None and not first.isfinite().all():
            raise Problem("The gradient is no longer finite.",
                          "Resume from the last checkpoint with a lower learning rate.")
        for group in self.param_groups:
            if group["muon"]:
                self._muon(group)
                # AdamW passes over what has no gradient.
                for parameter in group["params"]:
                    parameter.grad = None
        return super().step(closure)

    def _muon(self, group: dict):
        moved = [parameter for parameter in group["params"] if parameter.grad is not None]
        together = dist.get_world_size() if any(isinstance(p, DTensor) for p in moved) else 1
        for first in range(0, len(moved), together):
            turn = moved[first : first + together]
            for parameter, update in zip(turn, self._updates([self._nesterov(p, group) for p in turn])):
                rows, columns = parameter.shape
                rate = group["lr"]
                parameter.mul_(1 - rate * group["weight_decay"])
                parameter.add_(update, alpha=-rate * max(1.0, rows / columns) ** 0.5)

    def _nesterov(self, parameter: torch.Tensor, group: dict) -> torch.Tensor:
        state, gradient, beta = self.state[parameter], parameter.grad, group["momentum"]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(gradient)
        state["momentum"].lerp_(gradient, 1 - beta)
        return gradient.lerp(state["momentum"], beta)

    def _updates(self, matrices: list[torch.Tensor]) -> list[torch.Tensor]:
        """Each process orthogonalises one of the matrices, and hands the others their shares of it."""
        if not isinstance(matrices[0], DTensor):
            return [orthogonalize(matrix, self.precision) for matrix in matrices]
        whole = [matrix.full_tensor() for matrix in matrices]
        own = dist.get_rank()
        if own < len(whole):
            whole[own] = orthogonalize(whole[own], self.precision)
        return [distribute_tensor(full.contiguous(), matrix.device_mesh, matrix.placements, src_data_rank=owner)
                for owner, (full, matrix) in enumerate(zip(whole, matrices))]


def role(name: str) -> str:
    """How a weight is treated."""
    if name.startswith(("model.embed_tokens", "lm_head", "perception")):
        return "table"
    return "vector" if "norm" in name else "matrix"


# What the recipe's `trained` lets learn.
TRAINED = {
    "all": ("matrix", "table", "vector"),
    "blocks": ("matrix", "vector"),
    "tables": ("table",),
    "norms": ("vector",),
}


def factor(schedule: dict, step: int) -> float:
    """On every learning rate at a step from zero on: linear warm-up, constant, linear decay."""
    warm = min((step + 1) / max(schedule["warmup"], 1), 1.0)
    falling = max(schedule["steps"] * schedule["decay"], 1.0)
    return warm * min(max(schedule["steps"] - step, 0) / falling, 1.0)


# Weights that omni-r1 keeps as one: their states are stored below each other, by the name of the first.
STACKS = [("q_proj.weight", "k_proj.weight", "v_proj.weight"), ("gate_proj.weight", "up_proj.weight"),
          ("q_norm.weight", "k_norm.weight"), ("q_norm.bias", "k_norm.bias")]


def stack_of(name: str) -> list[str]:
    """The names of the weights in one stack, first of all the one that gives the name."""
    for stack in STACKS:
        for part in stack:
            if name.endswith("." + part):
                return [name.removesuffix(part) + other for other in stack]
    return [name]


STATES = {"exp_avg": "m", "exp_avg_sq": "v", "momentum": "momentum"}


def read_back(model: torch.nn.Module, optimizer: Optimizer) -> dict[str, torch.Tensor]:
    """The optimizer's state as `optimizer.safetensors` has it, on the first process. All must call it."""
    single = {}
    for name, parameter in model.named_parameters():
        for what, tensor in optimizer.state[parameter].items() if parameter in optimizer.state else ():
            if what in STATES:
                full = tensor.full_tensor() if isinstance(tensor, DTensor) else tensor
                if not dist.is_initialized() or dist.get_rank() == 0:
                    single[name, STATES[what]] = full.detach().cpu()
    stacked = {}
    for (name, what), tensor in single.items():
        names = stack_of(name)
        if names[0] == name:
            rows = [single[other, what] for other in names]
            rows = [tensor.reshape(1, -1) if tensor.dim() == 1 else tensor for tensor in rows]
            stacked[f"{name}.{what}"] = torch.cat(rows)
    return stacked


def restore(model: torch.nn.Module, optimizer: Optimizer, stored: dict[str, torch.Tensor], time: int):
    """Takes up where `read_back`, or omni-r1, left off after `time` steps."""
    single = {}
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    for key, tensor in stored.items():
        first, what = key.rsplit(".", 1)
        names = stack_of(first)
        counts = [shapes[name].numel() for name in names]
        for name, part in zip(names, tensor.reshape(-1).split(counts)):
            single[name, what] = part.reshape(shapes[name])
    for name, parameter in model.named_parameters():
        state = {}
        for ours, theirs in STATES.items():
            if (name, theirs) in single:
                state[ours] = like(single[name, theirs], parameter)
        if "exp_avg" in state:
            state["step"] = torch.tensor(float(time))
        if state and parameter.requires_grad:
            optimizer.state[parameter] = state


def like(full: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    """A whole tensor that every process has, placed as a parameter is."""
    full = full.to(parameter.device, torch.float32)
    if isinstance(parameter, DTensor):
        return distribute_tensor(full, parameter.device_mesh, parameter.placements, src_data_rank=None)
    return full
