"""Answers in batches, within the grammar, by transformers' `generate`. (vLLM's Chameleon bars picture tokens, as
transformers' does: neither can draw without this project's model class.)"""

import json
from pathlib import Path

import torch
from transformers import GenerationConfig, LogitsProcessor, LogitsProcessorList

from omni_scale import model as models
from omni_scale.program import Grammar
from omni_scale.rewards import Rewards
from omni_scale.settings import Settings
from omni_scale.shards import Shards

# Among the marks that no sequence holds: what ended answers are filled up with.
PAD = 1


class WithinGrammar(LogitsProcessor):
    """Bars what the grammar does, and divides by the temperature of what may follow."""

    def __init__(self, grammar: Grammar, prompts: list[list[int]], temperatures: dict):
        self.grammar, self.temperatures = grammar, temperatures
        self.sets = grammar.open(prompts)
        self.fresh = True

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if not self.fresh:
            last = input_ids[:, -1].tolist()
            going = [row for row, chosen in enumerate(self.sets) if chosen >= 0]
            for row, chosen in zip(going, self.grammar.push([(row, last[row]) for row in going])):
                self.sets[row] = chosen
        self.fresh = False
        sets = torch.tensor(self.sets, device=scores.device)
        allowed = self.grammar.masks[sets]
        allowed[sets < 0] = False
        allowed[sets < 0, PAD] = True
        text, picture = self.temperatures["text"], self.temperatures["picture"]
        scale = torch.where(self.grammar.pictures[sets], 1 / picture, 1 / text)
        return torch.where(allowed, scores.float() * scale[:, None], -torch.inf)


@torch.no_grad()
def answers(model, grammar: Grammar, prompts: list[list[int]], group: int, temperatures: dict,
            length: int) -> list[list[list[int]]]:
    """`group` answers to each prompt, of at most `length` tokens with it."""
    device = next(model.parameters()).device
    prompts = [prompt for prompt in prompts for _ in range(group)]
    longest = max(map(len, prompts))
    ids = torch.tensor([[PAD] * (longest - len(prompt)) + prompt for prompt in prompts], device=device)
    there = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    eos = model.config.eos_token_id
    settings = GenerationConfig(
        do_sample=True, top_k=0, top_p=1.0, temperature=1.0, max_new_tokens=length - min(map(len, prompts)),
        pad_token_id=PAD, bos_token_id=model.config.bos_token_id, eos_token_id=eos, use_cache=True)
    within = WithinGrammar(grammar, prompts, temperatures)
    training = model.training
    model.eval()
    out = model.generate(ids, attention_mask=there, generation_config=settings,
                         logits_processor=LogitsProcessorList([within]))
    model.train(training)
    rows = [cut(row, eos) for row in out[:, longest:].tolist()]
    return [rows[first : first + group] for first in range(0, len(rows), group)]


def cut(tokens: list[int], eos: int) -> list[int]:
    return tokens[: tokens.index(eos) + 1] if eos in tokens else tokens


def run(settings: Settings, steps: int, output: Path):
    """Answers the questions of the first steps, and has them judged: a line a group, as the judge reads it."""
    shards = Shards(settings.shards, "perpo")
    stage = shards.recipe["perpo"]
    device = models.device(settings.device)
    bfloat16 = settings.precision == "bfloat16"
    model = models.load(settings.start, False, shards.recipe["seed"], device, settings.attention)
    if bfloat16:
        model = model.to(torch.bfloat16)
    torch.manual_seed(shards.recipe["seed"])
    recipe = str(settings.shards / "recipe.toml")
    grammar = Grammar(settings.program, str(settings.start), recipe, model.config.vocab_size, device)
    rewards = Rewards(settings, shards, grammar)
    together = max(settings.rows_at_once // stage["group"], 1)
    right = total = 0
    with output.open("w") as file:
        for step in range(min(steps, shards.steps)):
            asked = shards.questions(step)
            for first in range(0, len(asked), together):
                part = asked[first : first + together]
                prompts = [question["prompt"] for question in part]
                given = answers(model, grammar, prompts, stage["group"], stage["temperatures"], context(model, stage))
                groups = [question | {"answers": rows} for question, rows in zip(part, given)]
                for group in rewards.of(groups, model):
                    file.write(json.dumps(group) + "\n")
                    right += sum(reward["accuracy"] for reward in group["rewards"])
                    total += len(group["rewards"])
    grammar.close()
    rewards.judge.close()
    print(f"{total} answers, {100 * right / max(total, 1):.1f}% right: {output}")


def context(model, stage: dict) -> int:
    return min(model.config.max_position_embeddings, stage["length"])
