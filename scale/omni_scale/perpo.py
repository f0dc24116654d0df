"""Training by rewards: TRL's GRPO trainer with this project's grammar, judge and objective.

TRL samples within no grammar, compares probabilities over the whole vocabulary, divides by a deviation plus 1e-4
and knows no groups that are dropped. So four of its methods are replaced: where answers come from (its own hook),
their log-probabilities, their advantages and shares, and the loss. The rest is TRL's: the loop, mini-batches,
accumulation, processes, checkpoints, logs."""

import copy
import json
import math
from pathlib import Path

import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

from omni_scale import folder, losses, model as models
from omni_scale.errors import Problem
from omni_scale.generate import answers, context
from omni_scale.optimizer import Optimizer, factor
from omni_scale.program import Grammar
from omni_scale.rewards import Rewards
from omni_scale.settings import Settings
from omni_scale.shards import Shards


class Asker:
    """Groups of answers for each step: sampled here, or read from a recording."""

    def __init__(self, settings: Settings, shards: Shards):
        self.shards, self.stage = shards, shards.recipe["perpo"]
        recipe = str(settings.shards / "recipe.toml")
        config = folder.config(settings.start)
        self.grammar = Grammar(settings.program, str(settings.start), recipe, config["vocab_size"],
                               models.device(settings.device))
        self.rewards = Rewards(settings, shards, self.grammar)
        # What is learned from, as omni-r1 train --record writes it: each process its own groups.
        mark = "" if models.world() == 1 else f"-{models.rank()}"
        settings.out.mkdir(parents=True, exist_ok=True)
        self.record = settings.out / f"answers{mark}.jsonl"
        self.recorded = None
        if settings.answers:
            self.recorded = [json.loads(line) for line in settings.answers.read_text().splitlines()]

    def groups(self, trainer, step: int, wanted: int) -> tuple[list[dict], list[dict]]:
        """At most so many groups to learn from in a step, and the others that were asked."""
        if self.recorded is not None:
            if step >= len(self.recorded):
                raise Problem(f"Only {len(self.recorded)} steps were recorded.",
                              "Record more, or shorten the schedule.")
            asked = [[group] for group in self.recorded[step]["groups"]]
        else:
            asked = self._sampled(trainer, step, wanted)
        model = trainer.accelerator.unwrap_model(trainer.model)
        kept, others = [], []
        for groups in asked:
            with trainer.accelerator.autocast():
                judged = self.rewards.of(groups, model)
            for group in judged:
                (kept if group["kept"] else others).append(group)
            if len(kept) >= wanted:
                break
        return kept[:wanted], others

    def _sampled(self, trainer, step: int, wanted: int):
        """This process's questions, as many at once as are still wanted."""
        own = self.shards.questions(step)[models.rank() :: models.world()]
        unwrapped = trainer.accelerator.unwrap_model(trainer.model)
        first = 0
        while first < len(own):
            part = own[first : first + wanted]
            first += len(part)
            given = answers(unwrapped, self.grammar, [question["prompt"] for question in part], self.stage["group"],
                            self.stage["temperatures"], context(unwrapped, self.stage))
            yield [question | {"answers": rows} for question, rows in zip(part, given)]

    def __call__(self, prompts: list, trainer) -> dict:
        """TRL's hook: as many answers as it wants, with what belongs to them."""
        group, updates = self.stage["group"], self.stage["updates"]
        step, slots = trainer.state.global_step // updates, len(prompts) // group // updates
        kept, others = self.groups(trainer, step, own_prompts(self.stage))
        with self.record.open("a") as file:
            file.write(json.dumps({"step": step + 1, "groups": kept + others}) + "\n")
        each = [(asked, number) for asked in dealt(kept, others, updates, slots) for number in range(group)]
        return {
            "prompt_ids": [asked["prompt"] for asked, _ in each],
            "completion_ids": [asked["answers"][number] for asked, number in each],
            "logprobs": None,
            "total": [asked["rewards"][number]["total"] for asked, number in each],
            "advantage": [self.rewards.of_tokens(asked, number) for asked, number in each],
            "kept": [asked["kept"] for asked, _ in each],
        }


def own_prompts(stage: dict) -> int:
    """Groups that a process learns from in a step."""
    return stage["prompts"] // models.world()


def dealt(kept: list[dict], others: list[dict], updates: int, slots: int) -> list[dict]:
    """The groups of each update, as many each as omni-r1 gives it. TRL's batches are all of one size: others, that
    nothing is learned from, fill them up."""
    each = max(math.ceil(len(kept) / updates), 1)
    idle = (others or kept)[0] | {"kept": False}
    parts = [kept[first : first + each] for first in range(0, each * updates, each)]
    return [group for part in parts for group in part + [idle] * (slots - len(part))]


def judged(total: list[float], **_) -> list[float]:
    """TRL's reward function: what the judge has said to each answer."""
    return total


class Trainer(GRPOTrainer):
    def __init__(self, asker: Asker, stage: dict, start: Path, **rest):
        self.asker, self.stage, self.start = asker, stage, start
        self.own_optimizer = rest["optimizers"][0]
        self.objective = stage["objective"]
        reference = copy.deepcopy(rest["model"]).eval().requires_grad_(False) if self.objective["kl_weight"] else None
        super().__init__(reward_funcs=judged, rollout_func=asker, **rest)
        if reference is not None:
            # TRL would read one that bars picture tokens.
            if self.is_fsdp_enabled:
                from trl.models import prepare_fsdp
                self.ref_model = prepare_fsdp(reference, self.accelerator)
            else:
                self.ref_model = self.accelerator.prepare_model(reference, evaluation_mode=True)
            self.beta = self.objective["kl_weight"]

    def _prepare_inputs(self, generation_batch):
        """As TRL's, but answers are dealt out in order, whole groups together."""
        turns = self.args.steps_per_generation
        if self._step % turns == 0 or self._buffered_inputs is None:
            made = self._generate_and_score_completions(generation_batch)
            size = len(made["prompt_ids"]) // turns
            self._buffered_inputs = [
                {name: values[turn * size : (turn + 1) * size] if values.dim() else values
                 for name, values in made.items()} for turn in range(turns)]
            self._share()
        return self._buffered_inputs[self._step % turns]

    def _generate_and_score_completions(self, inputs):
        made = super()._generate_and_score_completions(inputs)
        # The hook's fields are in the inputs now.
        device = made["prompt_ids"].device
        made["advantages"] = torch.zeros(made["completion_ids"].shape, dtype=torch.float64, device=device)
        for row, advantages in zip(made["advantages"], (row["advantage"] for row in inputs)):
            row[: len(advantages)] = torch.tensor(advantages, dtype=torch.float64, device=device)
        sets = self._choices(made["prompt_ids"], made["prompt_mask"], made["completion_ids"], made["completion_mask"])
        pictures = self.asker.grammar.pictures[sets.clamp(min=0)]
        worth = torch.where(pictures, self.objective["picture_weight"], 1.0) * (sets >= 0)
        made["weights"] = worth * torch.tensor([row["kept"] for row in inputs], device=device)[:, None]
        made["kept"] = torch.tensor([row["kept"] for row in inputs], device=device)
        return made

    def _share(self):
        """Each token's share in the sum of an update, over all processes."""
        each = self.args.gradient_accumulation_steps
        for first in range(0, len(self._buffered_inputs), each):
            turns = self._buffered_inputs[first : first + each]
            counts = [torch.stack([turn["kept"].sum().float(), turn["weights"].sum()]) for turn in turns]
            sums = torch.stack(counts).sum(0)
            answers, total = self.accelerator.reduce(sums, "sum")
            for turn in turns:
                turn["shares"] = losses.shares(self.objective, turn["weights"], answers, total)
                turn["answers"] = answers

    def _choices(self, prompts, prompt_mask, completions, completion_mask) -> torch.Tensor:
        """For each token of the answers `[B, T]` the set it was chosen from; -1 where there was no choice."""
        pairs = [(prompt[there.bool()].tolist(), answer[real.bool()].tolist()) for prompt, there, answer, real
                 in zip(prompts, prompt_mask, completions, completion_mask)]
        sets = torch.full(completions.shape, -1, device=completions.device)
        for row, chosen in enumerate(self.asker.grammar.choices(pairs)):
            sets[row, : len(chosen)] = torch.tensor(chosen, device=sets.device)
        return sets

    def _get_per_token_logps_and_entropies(self, model, input_ids, attention_mask, logits_to_keep, batch_size=None,
                                           compute_entropy=False, **_):
        """Log-probabilities and entropies over what the grammar allowed, by its temperatures; 0 without a choice."""
        log_probabilities, entropies = [], []
        for ids, there in zip(input_ids.split(batch_size or len(input_ids)),
                              attention_mask.split(batch_size or len(input_ids))):
            split = ids.shape[1] - logits_to_keep
            sets = self._choices(ids[:, :split], there[:, :split], ids[:, split:], there[:, split:])
            positions = (there.cumsum(1) - 1).clamp(min=0)
            with self.accelerator.autocast():
                logits = model(input_ids=ids, attention_mask=there, position_ids=positions,
                               logits_to_keep=logits_to_keep + 1, use_cache=False).logits[:, :-1]
            scored = losses.within(self.asker.grammar, self.stage["temperatures"], logits, ids[:, split:], sets)
            log_probabilities.append(scored[0])
            entropies.append(scored[1])
        return torch.cat(log_probabilities), torch.cat(entropies) if compute_entropy else None, None

    def _compute_loss(self, model, inputs):
        # Without a group to learn from omni-r1 takes no step.
        self.own_optimizer.idle = not inputs["answers"]
        ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], 1)
        there = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], 1)
        now, entropy, _ = self._get_per_token_logps_and_entropies(
            model, ids, there, inputs["completion_ids"].shape[1], compute_entropy=True)
        old = inputs.get("old_per_token_logps")
        old = now.detach() if old is None else old
        share, objective = inputs["shares"], self.objective
        advantage = inputs["advantages"].to(now.dtype)
        paid = (share * losses.policy(objective, now, old, advantage)).sum()
        loss = paid - objective["entropy_weight"] * (share * entropy).sum()
        chosen = share > 0
        if self.beta:
            apart = losses.distance(objective, now, inputs["ref_per_token_logps"])
            loss = loss + self.beta * (share * apart).sum()
            self._note("kl", apart[chosen])
        self._note("entropy", entropy[chosen])
        # The log has the mean over an update's turns, of which each has a part of the sum.
        paid = self.accelerator.reduce(paid.detach(), "sum") * self.args.gradient_accumulation_steps
        self._metrics["train"]["policy"].append(paid.item())
        # Processes' gradients are averaged, and the shares sum to 1 over all of them.
        return loss * self.accelerator.num_processes

    def _note(self, name: str, values: torch.Tensor):
        total = self.accelerator.reduce(torch.stack([values.sum(), values.new_tensor(len(values))]).detach(), "sum")
        self._metrics["train"][name].append((total[0] / total[1].clamp(min=1)).item())

    def _save(self, output_dir=None, state_dict=None):
        """The checkpoint folder of this project, into the one of the trainer."""
        state = state_dict or self.accelerator.get_state_dict(self.model)
        state = {name: tensor.float().cpu() for name, tensor in state.items()}
        folder.write(Path(output_dir or self.args.output_dir), self.start, state)


def tokenizer(start: Path) -> PreTrainedTokenizerFast:
    """For TRL's logs alone: prompts come as tokens."""
    return PreTrainedTokenizerFast(tokenizer_file=str(start / "tokenizer.json"), padding_side="left",
                                   bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>")


def arguments(settings: Settings, shards: Shards) -> GRPOConfig:
    recipe, stage = shards.recipe, shards.recipe["perpo"]
    once, updates, processes = settings.rows_at_once, stage["updates"], models.world()
    answers_ = math.ceil(own_prompts(stage) / updates) * stage["group"]
    if stage["prompts"] % processes or answers_ % once:
        raise Problem(f"{stage['prompts']} groups of {stage['group']} answers can't be dealt out to {processes} "
                      f"processes and {updates} updates, {once} answers at once.",
                      "Choose rows_at_once, and prompts in the recipe, so that they can.")
    accumulated = answers_ // once
    bfloat16 = settings.precision == "bfloat16"
    return GRPOConfig(
        output_dir=str(settings.out), per_device_train_batch_size=once, gradient_accumulation_steps=accumulated,
        steps_per_generation=accumulated * updates, num_generations=stage["group"], num_iterations=1,
        max_completion_length=stage["length"], max_steps=shards.steps * updates, shuffle_dataset=False,
        learning_rate=recipe["optimizer"]["learning_rate"], max_grad_norm=recipe["optimizer"]["clip"],
        beta=0.0, loss_type="grpo", bf16=bfloat16, use_cpu=settings.device == "cpu", seed=recipe["seed"],
        gradient_checkpointing=settings.gradient_checkpointing, logging_steps=1, report_to="none",
        save_strategy="steps" if settings.save_steps else "no", save_steps=max(settings.save_steps, 1),
        save_total_limit=2, disable_tqdm=True, remove_unused_columns=False, ddp_find_unused_parameters=False)


def run(settings: Settings, resume: bool):
    shards = Shards(settings.shards, "perpo")
    recipe, stage = shards.recipe, shards.recipe["perpo"]
    args = arguments(settings, shards)
    model = models.load(settings.start, False, recipe["seed"], torch.device("cpu"), settings.attention)
    optimizer = Optimizer(model, recipe["optimizer"], settings.precision == "bfloat16")
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda update: factor(recipe["schedule"], update // stage["updates"]))
    asker = Asker(settings, shards)
    trainer = Trainer(
        asker, stage, settings.start, model=model, args=args, processing_class=tokenizer(settings.start),
        train_dataset=Dataset.from_dict({"prompt": [""] * (shards.steps * args.generation_batch_size // stage["group"])}),
        optimizers=(optimizer, schedule))
    trainer.train(resume_from_checkpoint=resume or None)
    trainer.save_model(str(settings.out / "checkpoint"))
    if models.rank() == 0:
        rows = [row for row in trainer.state.log_history]
        (settings.out / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asker.grammar.close()
    asker.rewards.judge.close()
