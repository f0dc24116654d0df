"""Memory and speed of the presets on paper, and a run's share of its GPU's peak.

Counted: 6 FLOP a weight and token for forward and backward (2 of them forward), embedding rows none, the head's all;
attention `12 L H (T / 2)` a token, each token seeing half of its row on average (Kaplan et al. 2020; PaLM, appendix B).
Recomputation by gradient checkpointing costs time, but isn't counted as work done."""

from dataclasses import dataclass

# Dense bfloat16 peaks in FLOP/s, memory in GB and its bandwidth in B/s, from NVIDIA's data sheets.
GPUS = {
    "A100": (312e12, 80, 2.04e12),
    "H100": (989e12, 80, 3.35e12),
    "H200": (989e12, 141, 4.8e12),
}


@dataclass
class Shape:
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    vocabulary: int = 65536

    @property
    def blocks(self) -> int:
        size = self.hidden // self.heads
        attention = 2 * self.hidden * self.hidden + 2 * self.hidden * self.kv_heads * size
        return self.layers * (attention + 3 * self.hidden * self.intermediate)

    @property
    def tables(self) -> int:
        return 2 * self.vocabulary * self.hidden

    @property
    def weights(self) -> int:
        return self.blocks + self.tables

    def flop(self, length: int, factor: int = 6) -> float:
        """A token in a row of `length`: factor 6 to train, 2 to read."""
        matrices = self.blocks + self.vocabulary * self.hidden
        return factor * (matrices + self.layers * self.hidden * length)

    def cache(self) -> int:
        """Bytes of keys and values a token in bfloat16."""
        return 2 * 2 * self.layers * self.kv_heads * (self.hidden // self.heads)


# As src/config/presets.rs has them.
PRESETS = {
    "nano": Shape(128, 352, 4, 4, 4, 2048),
    "mini": Shape(192, 512, 6, 6, 6, 2048),
    "mini-144": Shape(192, 512, 6, 6, 6, 2048),
    "small": Shape(768, 2048, 12, 12, 12),
    "medium": Shape(1024, 2816, 24, 16, 16),
    "large": Shape(2048, 5504, 22, 16, 16),
    "xl": Shape(2560, 6912, 32, 20, 20),
    "chameleon_7b": Shape(4096, 11008, 32, 32, 32),
    "chameleon_34b": Shape(8192, 22016, 48, 64, 8),
}

# Assumed: the share of the peak that dense training reaches, and the share of the bandwidth in decoding.
TRAINING, DECODING = 0.4, 0.5
DOLLARS_AN_HOUR = 3.0
LENGTH = 5100
# The paper's data: all of Zebra-CoT, of which it takes a sample of unknown size; each trace a full row.
TRACES = 182_384
# Table 6 and section 3: 64 questions kept of 192 asked, 16 answers each; 60 steps make Omni-R1-L.
ASKED, KEPT, GROUP, STEPS = 192, 64, 16, 60
# An answer: three pictures and some words, after a prompt with one picture.
WRITTEN = 3 * 1026 + 400


def state_bytes(shape: Shape) -> int:
    """Master weights and gradients in f32, Muon's momentum for the blocks, AdamW's moments for the tables."""
    return 8 * shape.weights + 4 * shape.blocks + 8 * shape.tables


def gpus_needed(shape: Shape, memory: float, rows: int = 1, length: int = LENGTH) -> int:
    """Fewest GPUs, a power of two, on which SFT fits: its share of the state, one layer and the tables whole in
    bfloat16, the checkpointed states, and the logits of a row with their gradients."""
    layer = 2 * (shape.blocks // shape.layers * 2 + shape.tables)
    states = 2 * rows * length * shape.hidden * shape.layers + 40 * rows * length * shape.hidden
    logits = 10 * rows * length * shape.vocabulary
    count = 1
    while state_bytes(shape) / count + layer + states + logits > 0.9 * memory * 1e9:
        count *= 2
    return count


def sft_hours(shape: Shape, peak: float, gpus: int, tokens: float) -> float:
    return tokens * shape.flop(LENGTH) / (peak * TRAINING * gpus) / 3600


def decoding_speed(shape: Shape, memory: float, bandwidth: float) -> float:
    """Tokens a second and GPU, on as few GPUs together as hold the weights in half of their memory, with as many
    answers as fit beside them, 512 at most. Each token reads the weights and half of the full caches."""
    weights, gpus = 2 * shape.weights, 1
    while weights > 0.5 * gpus * memory * 1e9:
        gpus *= 2
    together = int((0.9 * gpus * memory * 1e9 - weights) // (shape.cache() * LENGTH))
    together = min(together, 512)
    seconds = (weights + together * shape.cache() * LENGTH / 2) / (gpus * bandwidth * DECODING)
    return together / seconds / gpus


def perpo_hours(shape: Shape, gpu: str, gpus: int) -> float:
    """All steps: answers are sampled, then read by the reference, and learned from."""
    peak, memory, bandwidth = GPUS[gpu]
    sampled = ASKED * GROUP * WRITTEN / (decoding_speed(shape, memory, bandwidth) * gpus)
    learned = KEPT * GROUP * LENGTH * (shape.flop(LENGTH) + shape.flop(LENGTH, 2)) / (peak * TRAINING * gpus)
    return STEPS * (sampled + learned) / 3600


def table(gpu: str = "H100") -> str:
    peak, memory, _ = GPUS[gpu]
    lines = [
        f"| preset | weights | state | {gpu}s at least | on | tokens/s each | "
        "SFT, hours | cost | PeRPO, hours | cost |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, shape in PRESETS.items():
        least = gpus_needed(shape, memory)
        used = max(8, least) if shape.weights > 1e9 else least
        speed = peak * TRAINING / shape.flop(LENGTH)
        hours = sft_hours(shape, peak, used, TRACES * LENGTH)
        rewards = perpo_hours(shape, gpu, used)
        lines.append(
            f"| `{name}` | {readable(shape.weights)} | {readable(state_bytes(shape))}B | {least} | {used} | "
            f"{readable(speed)} | {amount(hours)} | ${amount(hours * used * DOLLARS_AN_HOUR)} | "
            f"{amount(rewards)} | ${amount(rewards * used * DOLLARS_AN_HOUR)} |")
    return "\n".join(lines)


def readable(number: float) -> str:
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number:.3g} "


def amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"


def utilization(config, length: int, speed: float, device, peak: float | None) -> dict:
    """What a run reaches of the peak of all its GPUs; nothing where the peak isn't known."""
    import torch

    from omni_scale import model

    if peak is None and device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        peak = next((figures[0] for known, figures in GPUS.items() if known in name), None)
    if peak is None:
        return {}
    shape = Shape(config.hidden_size, config.intermediate_size, config.num_hidden_layers,
                  config.num_attention_heads, config.num_key_value_heads, config.vocab_size)
    return {"of_peak": round(shape.flop(length) * speed / (peak * model.world()), 4)}
