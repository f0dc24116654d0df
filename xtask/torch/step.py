"""A training step of the shipped model in PyTorch: the transformer of src/model, AdamW, the same batch.

    python xtask/torch/step.py --model www/models/mini --rows 8 --length 256 --threads 2 [--bfloat16]

For each line that it reads it takes one step and writes its milliseconds and its loss, so that another
program can take turns with it. `cargo xtask bench torch` does, and compares the losses.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

EPS = 1e-5  # of all norms
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_safetensors(path):
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)

    def tensor(entry):
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(data[start + begin:start + end]), dtype=DTYPES[entry["dtype"]])
        return values.reshape(entry["shape"]).float()

    return {name: tensor(entry) for name, entry in header.items() if not name.startswith("model.vqmodel.")}


class Model:
    """Weights by their names in the checkpoint; linear layers of one input are kept together, as ours are."""

    def __init__(self, folder, length):
        self.config = json.loads((folder / "config.json").read_text())
        read = read_safetensors(folder / "model.safetensors")
        self.heads = self.config["num_attention_heads"]
        self.size = self.config["hidden_size"] // self.heads
        self.layers = []
        for index in range(self.config["num_hidden_layers"]):
            name = f"model.layers.{index}."
            join = lambda *parts: torch.cat([read[name + part + ".weight"] for part in parts])
            self.layers.append({
                "input_norm": read[name + "input_layernorm.weight"],
                "qkv": join("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
                "norm": torch.cat([read[f"{name}self_attn.{part}_norm.weight"] for part in "qk"]),
                "bias": torch.cat([read[f"{name}self_attn.{part}_norm.bias"] for part in "qk"]),
                "o": join("self_attn.o_proj"),
                "post_norm": read[name + "post_attention_layernorm.weight"],
                "gate_up": join("mlp.gate_proj", "mlp.up_proj"),
                "down": join("mlp.down_proj"),
            })
        self.table, self.head = read["model.embed_tokens.weight"], read["lm_head.weight"]
        self.last_norm = read["model.norm.weight"]
        frequencies = self.config["rope_theta"] ** (-torch.arange(0, self.size, 2) / self.size)
        angles = torch.arange(length)[:, None] * frequencies
        self.cos, self.sin = (torch.cat([part, part], -1)[:, None] for part in (angles.cos(), angles.sin()))
        for weight in self.weights():
            weight.requires_grad_()

    def weights(self):
        layers = [weight for layer in self.layers for weight in layer.values()]
        return [self.table, *layers, self.last_norm, self.head]

    def loss(self, tokens):
        rows, length = tokens.shape
        x = F.embedding(tokens, self.table)
        for layer in self.layers:
            h = F.rms_norm(x, x.shape[-1:], layer["input_norm"], EPS)
            qkv = F.linear(h, layer["qkv"]).view(rows, length, 3 * self.heads, self.size)
            qk, v = qkv.split([2 * self.heads, self.heads], 2)
            qk = F.layer_norm(qk, (self.size,), eps=EPS) * layer["norm"] + layer["bias"]
            first, second = qk.chunk(2, -1)
            qk = qk * self.cos + torch.cat([-second, first], -1) * self.sin
            q, k = qk.to(v.dtype).chunk(2, 2)
            o = F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in (q, k, v)), is_causal=True)
            x = x + F.linear(o.transpose(1, 2).reshape(rows, length, -1), layer["o"])
            h = F.rms_norm(x, x.shape[-1:], layer["post_norm"], EPS)
            gate, up = F.linear(h, layer["gate_up"]).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer["down"])
        logits = F.linear(F.rms_norm(x, x.shape[-1:], self.last_norm, EPS), self.head)
        return F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), tokens[:, 1:].flatten())


def optimizer_of(model):
    """As `settings` of src/bench/training.rs: vectors don't decay."""
    vectors = [weight for weight in model.weights() if weight.dim() == 1 or weight.shape[1] == model.size]
    matrices = [weight for weight in model.weights() if all(weight is not vector for vector in vectors)]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=3e-3, betas=(0.9, 0.98), eps=1e-8, fused=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bfloat16", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = Model(arguments.model, arguments.length)
    # As `document` of src/bench/training.rs.
    rows, places = torch.arange(arguments.rows)[:, None], torch.arange(arguments.length)
    tokens = (rows * 7919 + places * 31) % model.config["vocab_size"]
    optimizer = optimizer_of(model)
    for _ in sys.stdin:
        begin = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bfloat16):
            loss = model.loss(tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.weights(), 1.0)
        optimizer.step()
        value = loss.item()
        print((time.perf_counter() - begin) * 1e3, value, flush=True)


if __name__ == "__main__":
    main()
