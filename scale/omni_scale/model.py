"""transformers' Chameleon, as this project trains it: picture tokens stay among the logits, the VQ-GAN isn't part
of it, and the perception loss's projection is."""

import os
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict, set_model_state_dict
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from transformers import ChameleonConfig, ChameleonForConditionalGeneration
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.models.chameleon.modeling_chameleon import ChameleonRotaryEmbedding

from omni_scale import folder
from omni_scale.errors import Problem


class Perception(nn.Module):
    def __init__(self, hidden: int, width: int):
        super().__init__()
        self.projection = nn.Linear(hidden, width, bias=False)


class Chameleon(ChameleonForConditionalGeneration):
    def __init__(self, config: ChameleonConfig, projection: bool = False):
        super().__init__(config)
        self.model.vqmodel = None
        if projection:
            self.perception = Perception(config.hidden_size, config.vq_config.embed_dim)

    def forward(self, input_ids=None, logits_to_keep=0, projected=False, **rest):
        """`logits` over the whole vocabulary; with `projected` also the projected states, as `hidden_states`."""
        outputs = self.model(input_ids=input_ids, **rest)
        hidden = outputs[0]
        kept = hidden[:, -logits_to_keep:] if logits_to_keep else hidden
        states = self.perception.projection(hidden) if projected else None
        return CausalLMOutputWithPast(logits=self.lm_head(kept), cache=outputs.cache, hidden_states=states)


def rank() -> int:
    return int(os.environ.get("RANK", 0))


def world() -> int:
    return int(os.environ.get("WORLD_SIZE", 1))


def together(where: torch.device):
    """Meets the other processes, if torchrun or accelerate has started several."""
    if world() > 1:
        dist.init_process_group("nccl" if where.type == "cuda" else "gloo")


def device(wanted: str | None) -> torch.device:
    """This process's device."""
    kind = wanted or ("cuda" if torch.cuda.is_available() else "cpu")
    if kind == "cuda":
        index = int(os.environ.get("LOCAL_RANK", 0))
        torch.cuda.set_device(index)
        return torch.device("cuda", index)
    return torch.device("cpu")


def empty(start: Path, projection: bool, attention: str) -> Chameleon:
    """The shape of a folder's model, without memory."""
    fields = folder.config(start)
    # transformers wants one, for pictures that come as pixels.
    config = ChameleonConfig(**fields | {"vocabulary_map": fields.get("vocabulary_map") or {}})
    config._attn_implementation = attention
    with torch.device("meta"):
        return Chameleon(config, projection)


def read(start: Path, model: Chameleon, seed: int) -> dict[str, torch.Tensor]:
    """The transformer's weights of a folder in f32; those that it lacks as a new model has them."""
    wanted = {name: parameter.shape for name, parameter in model.named_parameters()}
    state = {name: tensor.float() for name, tensor in folder.tensors(start) if name in wanted}
    for name, tensor in state.items():
        if tensor.shape != wanted[name]:
            raise Problem(
                f"The tensor {name} has the shape {list(tensor.shape)}, but config.json asks for {list(wanted[name])}.",
                "Use weights that belong to this config.json.")
    missing = wanted.keys() - state.keys()
    begun = any(name != folder.PROJECTION for name in state)
    if begun and missing - {folder.PROJECTION}:
        raise Problem(f"The weights of {start} lack {sorted(missing)[0]}.", "Use a whole checkpoint.")
    generator = torch.Generator().manual_seed(seed)
    for name in sorted(missing):
        state[name] = new(name, wanted[name], model.config, generator)
    return state


def new(name: str, shape: torch.Size, config: ChameleonConfig, generator: torch.Generator) -> torch.Tensor:
    """A weight as a new model of `omni-r1` has it: what a block adds begins small."""
    if "norm" in name:
        return torch.zeros(shape) if name.endswith(".bias") else torch.ones(shape)
    if name.startswith(("model.embed_tokens", "lm_head")):
        deviation = 0.02
    else:
        adds = name.endswith(("o_proj.weight", "down_proj.weight"))
        deviation = (shape[1] * (2 * config.num_hidden_layers if adds else 1)) ** -0.5
    return torch.randn(shape, generator=generator) * deviation


def load(start: Path, projection: bool, seed: int, where: torch.device, attention: str = "sdpa",
         sharded: bool = False, bfloat16: bool = False, checkpointing: bool = False,
         compiled: bool = False) -> Chameleon:
    """A folder's model on this process's device in f32. `sharded`, each of several processes holds its share of
    every weight, and the first alone reads the files."""
    model = empty(start, projection, attention)
    model.config.use_cache = False
    if checkpointing:
        model.activation_checkpointing_enable()
    sharded = sharded and world() > 1
    state = {} if sharded and rank() > 0 else read(start, model, seed)
    if compiled:
        for layer in model.model.layers:
            layer.compile()
    if sharded:
        policy = MixedPrecisionPolicy(torch.bfloat16, torch.float32) if bfloat16 else MixedPrecisionPolicy()
        for layer in model.model.layers:
            fully_shard(layer, mp_policy=policy)
        fully_shard(model, mp_policy=policy)
        model.to_empty(device=where)
        options = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)
        set_model_state_dict(model, state, options=options)
    else:
        model.to_empty(device=where)
        model.load_state_dict(state)
    # Computed, not stored: without memory it had no values.
    model.model.rotary_emb = ChameleonRotaryEmbedding(model.config).to(where)
    return model.train()


def full_state(model: nn.Module) -> dict[str, torch.Tensor]:
    """All weights on the first process; nothing on the others. Every process must call it."""
    return get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
