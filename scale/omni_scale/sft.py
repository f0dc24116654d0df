"""Training on documents: base pretraining, SFT and PeSFT, on one process or many (FSDP)."""

import json
import math
import signal
import time
from contextlib import nullcontext
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors.torch import load_file, save_file

from omni_scale import folder, losses, model, paper
from omni_scale.errors import Problem
from omni_scale.optimizer import Optimizer, factor, read_back, restore
from omni_scale.settings import Settings
from omni_scale.shards import ANSWER, PICTURE, PROMPT, THOUGHT, Shards

ROLES = {"prompt": PROMPT, "thought": THOUGHT, "picture": PICTURE, "answer": ANSWER}


class Training:
    """A run: one step at a time, its whole state in a checkpoint folder."""

    def __init__(self, settings: Settings, resume: bool):
        self.settings = settings
        self.shards = Shards(settings.shards, "language", settings.wait_seconds)
        self.recipe = self.shards.recipe
        self.device = model.device(settings.device)
        model.together(self.device)
        stage = self.recipe["language"]
        resumed = folder.last(settings.out)
        if resumed and not resume:
            raise Problem(f"{settings.out} already holds a run.", "Add --resume to go on with it, or move it away.")
        self.start = resumed or settings.start
        # A checkpoint of the page or of omni-r1's trainer has no VQ-GAN of its own.
        places = (self.start, settings.start)
        self.pictures = next((place for place in places if folder.has(place, folder.CODEBOOK)), None)
        self.bfloat16 = settings.precision == "bfloat16"
        perception = stage.get("perception")
        self.perception = perception if perception and perception["weight"] != 0.0 else None
        projection = bool(self.perception) and perception["form"] != "discrepancy"
        self.model = model.load(
            self.start, projection, self.recipe["seed"], self.device, settings.attention, True, self.bfloat16,
            settings.gradient_checkpointing, settings.compile)
        if projection:
            self.model.perception.projection.requires_grad_(perception["trained"])
        if self.perception:
            self.perception = self._perception(perception)
        self.optimizer = Optimizer(self.model, self.recipe["optimizer"], self.bfloat16)
        self.progress = {"step": 0, "seen": 0, "seconds": 0.0, "time": 0}
        if resumed:
            self.progress = json.loads((resumed / "progress.json").read_text())
            restore(self.model, self.optimizer, load_file(resumed / "optimizer.safetensors"), self.progress["time"])
        if model.world() > stage["rows"]:
            raise Problem(f"A batch has {stage['rows']} rows for {model.world()} processes.",
                          f"Use at most {stage['rows']} processes, or more rows in the recipe.")

    def _perception(self, settings: dict) -> losses.Perception:
        if self.pictures is None:
            raise Problem(f"{self.start} has no codebook for the perception loss.",
                          "Use a checkpoint with model.vqmodel tensors, or a recipe without [language.perception].")
        codebook = next(tensor for name, tensor in folder.tensors(self.pictures) if name == folder.CODEBOOK)
        return losses.Perception(settings, codebook.to(self.device), self.shards.index["codes"])

    def step(self, rate: float) -> dict[str, tuple[float, float]]:
        """One step: what it measured, each as a sum and what it counts."""
        whole = self.shards.batch(self.progress["step"])
        total, codes = whole["weights"].sum().item(), int((whole["codes"] >= 0).sum())
        measured = {name: [0.0, 0.0] for name in (*ROLES, "perception")}
        sums = torch.zeros(len(measured), device=self.device, dtype=torch.float64)
        rows = self._own_rows(whole)
        for first in range(0, len(rows["ids"]), self.settings.rows_at_once):
            part = {name: values[first : first + self.settings.rows_at_once].to(self.device)
                    for name, values in rows.items()}
            sums += self._part(part, total, codes)
        if dist.is_initialized():
            dist.all_reduce(sums)
        for name, value in zip(measured, sums.tolist()):
            count = codes if name == "perception" else int((whole["roles"] == ROLES[name]).sum())
            measured[name] = value, count
        norm = self._learn(rate)
        measured["norm"] = norm, 1
        self.progress["step"] += 1
        self.progress["time"] += 1
        real = whole["positions"] > 0
        self.progress["seen"] += int(real.sum() + (whole["targets"] > 0).logical_and(whole["positions"] == 0).sum())
        return measured

    def _own_rows(self, whole: dict) -> dict:
        """This process's rows; as many for each, with rows of no weight where they don't go round."""
        rows, processes = len(whole["ids"]), model.world()
        each = math.ceil(rows / processes)
        own = range(model.rank() * each, (model.rank() + 1) * each)
        index = torch.tensor([min(row, rows - 1) for row in own])
        part = {name: values[index] for name, values in whole.items()}
        for place, row in enumerate(own):
            if row >= rows:
                part["weights"][place], part["codes"][place], part["roles"][place] = 0.0, -1, 0
        return part

    def _part(self, part: dict, total: float, codes: int) -> torch.Tensor:
        """Adds the gradients of some rows' share in the whole batch's loss; sums of losses by role."""
        # A process's gradients are averaged with the others': the loss is a sum over all.
        together = model.world()
        single = together == 1 and self.bfloat16
        with torch.autocast(self.device.type, torch.bfloat16) if single else nullcontext():
            projected = self.perception is not None and not self.perception.discrepancy
            out = self.model(
                input_ids=part["ids"], position_ids=part["positions"], projected=projected, use_cache=False)
        logits = out.logits.flatten(0, 1)
        nll = losses.cross_entropy(logits, part["targets"].flatten())
        loss = (nll * (part["weights"].flatten() / total)).sum()
        perceived = torch.zeros((), device=self.device)
        if self.perception:
            states = out.hidden_states.flatten(0, 1) if projected else None
            perceived = self.perception.sum(states, logits, part["codes"].flatten())
            loss = loss + perceived * (self.perception.weight / max(codes, 1))
        (loss * together).backward()
        roles, nll = part["roles"].flatten(), nll.detach().double()
        of_roles = [torch.where(roles == role, nll, 0).sum() for role in ROLES.values()]
        return torch.stack([*of_roles, perceived.detach().double()])

    def _learn(self, rate: float) -> float:
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe["optimizer"]["clip"])
        norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        return norm.item()

    def save(self):
        state, optimizer = model.full_state(self.model), read_back(self.model, self.optimizer)
        if model.rank() == 0:
            with folder.Replace(self.settings.out) as new:
                folder.write(new, self.start, state, self.pictures)
                save_file(optimizer, new / "optimizer.safetensors")
                (new / "progress.json").write_text(json.dumps(self.progress))
        self.start = self.settings.out / "checkpoint"
        self.pictures = self.pictures and self.start
        if dist.is_initialized():
            dist.barrier()


class Log:
    """`log.jsonl` as omni-r1 writes it: a row sums up some steps."""

    def __init__(self, out: Path, step: int):
        self.path, self.sums = out / "log.jsonl", {}
        if model.rank() == 0:
            out.mkdir(parents=True, exist_ok=True)
            rows = self.path.read_text().splitlines() if self.path.exists() else []
            kept = [row for row in rows if json.loads(row)["step"] <= step]
            self.path.write_text("".join(row + "\n" for row in kept))

    def add(self, measured: dict):
        for name, (value, count) in measured.items():
            old = self.sums.get(name, (0.0, 0.0))
            self.sums[name] = old[0] + value, old[1] + count

    def write(self, progress: dict, **more) -> dict:
        means = {name: round(value / count, 6) for name, (value, count) in self.sums.items() if count}
        row = {"step": progress["step"], "seen": progress["seen"], "seconds": round(progress["seconds"], 1)}
        row |= means | more
        self.sums = {}
        if model.rank() == 0:
            with self.path.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
        return row


def together(flag: bool, device: torch.device) -> bool:
    """Whether any process says so: they must stop and save at the same step."""
    if not dist.is_initialized():
        return flag
    value = torch.tensor(float(flag), device=device)
    dist.all_reduce(value, dist.ReduceOp.MAX)
    return bool(value.item())


def run(settings: Settings, resume: bool):
    """Trains until the schedule ends, the minutes are over, or the run is interrupted."""
    training = Training(settings, resume)
    recipe, progress = training.recipe, training.progress
    log = Log(settings.out, progress["step"])
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    began = saved = ticked = time.monotonic()
    seen, earlier = progress["seen"], progress["seconds"]
    best, ended = Best(training), False
    while progress["step"] < training.shards.steps and not ended:
        passed = (time.monotonic() - began) / 60
        schedule = recipe["schedule"]
        if settings.minutes:
            # The rate falls over the minutes: how many steps they will hold isn't known before.
            schedule = schedule | {"steps": max(math.ceil(settings.minutes * 60), 1)}
            rate = min(factor(recipe["schedule"], min(progress["step"], recipe["schedule"]["warmup"])),
                       factor(schedule | {"warmup": 1}, int(passed * 60)))
        else:
            rate = factor(schedule, progress["step"])
        log.add(training.step(rate))
        progress["seconds"] = earlier + time.monotonic() - began
        ended = together(bool(stopped) or bool(settings.minutes and passed >= settings.minutes), training.device)
        last = ended or progress["step"] == training.shards.steps
        if progress["step"] % recipe["log_every"] == 0 or last:
            speed = (progress["seen"] - seen) / (time.monotonic() - ticked)
            best.add(log.write(progress, tokens_per_second=round(speed), **paper.utilization(
                training.model.config, recipe["language"]["length"], speed, training.device, settings.peak)))
            seen, ticked = progress["seen"], time.monotonic()
        due = time.monotonic() - saved > settings.save_minutes * 60
        due = due or (settings.save_steps > 0 and progress["step"] % settings.save_steps == 0)
        if together(due, training.device) or last:
            training.save()
            best.keep()
            saved = time.monotonic()


class Best:
    """The best checkpoint so far in `best`, in f16 and without the optimizer. Every batch is drawn fresh, so that
    the losses since the last checkpoint are those of questions never seen."""

    def __init__(self, training: Training):
        self.training, self.least, self.rows = training, math.inf, []

    def add(self, row: dict):
        self.rows.append(row["answer"] if "answer" in row else math.inf)

    def keep(self):
        mean = sum(self.rows) / len(self.rows) if self.rows else math.inf
        self.rows = []
        if mean >= self.least or model.rank() > 0:
            return
        self.least = mean
        out = self.training.settings.out
        state = {name: tensor.half() for name, tensor in folder.tensors(out / "checkpoint")}
        folder.write(out / "best", out / "checkpoint", state)
