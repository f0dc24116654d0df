"""Computes the fixtures a second time, in plain numpy and f64, from the formulas of the model
alone (no torch, no transformers), and compares; gradients by central differences.

    python tests/parity/check_fixtures.py [CASE ...]

It guards the fixtures themselves: names, shapes and meaning of every stored tensor. Read top
to bottom it is also the shortest complete description of the model in this repository.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TOLERANCE = 2e-5  # relative to the largest element: the fixtures were computed in f32
QK_EPS = 1e-5
GROUP_EPS = 1e-6


def read_safetensors(path):
    """name -> f64 array (or integers); bf16 is the upper half of f32."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + length])
    header.pop("__metadata__", None)
    kinds = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "I32": "<i4", "U8": "u1"}
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(raw[start:end], kinds[entry["dtype"]])
        if entry["dtype"] == "BF16":
            array = (array.astype("<u4") << 16).view("<f4")
        array = array.reshape(entry["shape"])
        tensors[name] = array if entry["dtype"] in ("I32", "U8") else array.astype(np.float64)
    return tensors


# --- Transformer ---------------------------------------------------------------------------


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def rms_norm(x, weight, eps):
    return weight * x / np.sqrt((x * x).mean(-1, keepdims=True) + eps)


def head_norm(x, weight, bias):
    """x [B,T,heads,D], weight and bias [heads,D]: a LayerNorm over D with a gain per head."""
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + QK_EPS) * weight + bias


def rotate(x, theta):
    """x [B,T,heads,D]: element j turns with element j + D/2."""
    half = x.shape[-1] // 2
    angle = np.arange(x.shape[1])[:, None] * theta ** (-np.arange(half) / half)
    cos, sin = np.cos(angle)[None, :, None], np.sin(angle)[None, :, None]
    a, b = x[..., :half], x[..., half:]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)


def attention(x, w, prefix, config):
    batch, length, width = x.shape
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    theta = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]

    def project(which, count):
        return (x @ w[f"{prefix}.{which}_proj.weight"].T).reshape(batch, length, count, width // heads)

    def normed(which, count):
        norm = f"{prefix}.{which}_norm"
        return rotate(head_norm(project(which, count), w[f"{norm}.weight"], w[f"{norm}.bias"]), theta)

    q, k, v = normed("q", heads), normed("k", groups), project("v", groups)
    # Query head h reads key head h // (heads / groups).
    k, v = (np.repeat(t, heads // groups, axis=2) for t in (k, v))
    scores = np.einsum("bqhd,bkhd->bhqk", q, k) / np.sqrt(width // heads)
    scores = np.where(np.tri(length, dtype=bool), scores, -np.inf)
    mixed = np.einsum("bhqk,bkhd->bqhd", softmax(scores), v).reshape(batch, length, width)
    return mixed @ w[f"{prefix}.o_proj.weight"].T


def mlp(x, w, prefix):
    gate, up = (x @ w[f"{prefix}.{which}_proj.weight"].T for which in ("gate", "up"))
    return (gate * sigmoid(gate) * up) @ w[f"{prefix}.down_proj.weight"].T


def language(w, config, tokens):
    """All that the transformer yields: hidden.*, logits, loss."""
    eps, out = config["rms_norm_eps"], {}
    x = out["hidden.0"] = w["model.embed_tokens.weight"][tokens]
    for i in range(config["num_hidden_layers"]):
        layer = f"model.layers.{i}"
        norms = [lambda y, name=name: rms_norm(y, w[f"{layer}.{name}.weight"], eps)
                 for name in ("input_layernorm", "post_attention_layernorm")]
        if config["swin_norm"]:
            x = x + norms[0](attention(x, w, f"{layer}.self_attn", config))
            x = x + norms[1](mlp(x, w, f"{layer}.mlp"))
        else:
            x = x + attention(norms[0](x), w, f"{layer}.self_attn", config)
            x = x + mlp(norms[1](x), w, f"{layer}.mlp")
        out[f"hidden.{i + 1}"] = x
    x = out["hidden.norm"] = rms_norm(x, w["model.norm.weight"], eps)
    logits = out["logits"] = x @ w["lm_head.weight"].T
    chance = np.take_along_axis(softmax(logits[:, :-1]), tokens[:, 1:, None], -1)
    out["loss"] = -np.log(chance).mean()
    return out


# --- VQ-GAN --------------------------------------------------------------------------------


def swish(x):
    return x * sigmoid(x)


def conv(x, w, name, stride=1, padding=None):
    """x [B,C,H,W]; `padding` (before, after) of both axes, by default what keeps the size."""
    kernel, bias = w[f"{name}.weight"], w[f"{name}.bias"]
    size = kernel.shape[-1]
    before, after = padding or (size // 2, size // 2)
    x = np.pad(x, ((0, 0), (0, 0), (before, after), (before, after)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("bchwij,ocij->bohw", windows, kernel, optimize=True) + bias[:, None, None]


def group_norm(x, w, name):
    grouped = x.reshape(x.shape[0], 32, -1)
    grouped = grouped - grouped.mean(-1, keepdims=True)
    grouped = grouped / np.sqrt((grouped**2).mean(-1, keepdims=True) + GROUP_EPS)
    weight, bias = (w[f"{name}.{part}"][:, None, None] for part in ("weight", "bias"))
    return grouped.reshape(x.shape) * weight + bias


def res_block(x, w, name):
    y = conv(swish(group_norm(x, w, f"{name}.norm1")), w, f"{name}.conv1")
    y = conv(swish(group_norm(y, w, f"{name}.norm2")), w, f"{name}.conv2")
    return y + (conv(x, w, f"{name}.nin_shortcut") if f"{name}.nin_shortcut.weight" in w else x)


def attn_block(x, w, name):
    if f"{name}.norm.weight" not in w:
        return x
    y = group_norm(x, w, f"{name}.norm")
    q, k, v = (conv(y, w, f"{name}.{part}").reshape(*x.shape[:2], -1) for part in "qkv")
    weights = softmax(np.einsum("bcq,bck->bqk", q, k) / np.sqrt(x.shape[1]))
    return x + conv(np.einsum("bqk,bck->bcq", weights, v).reshape(x.shape), w, f"{name}.proj_out")


def middle(x, w, name):
    x = attn_block(res_block(x, w, f"{name}.block_1"), w, f"{name}.attn_1")
    return res_block(x, w, f"{name}.block_2")


def level(x, w, name, blocks):
    for j in range(blocks):
        x = attn_block(res_block(x, w, f"{name}.block.{j}"), w, f"{name}.attn.{j}")
    return x


def encode(x, w, vq):
    name, levels = "model.vqmodel.encoder", len(vq["channel_multiplier"])
    x = conv(x, w, f"{name}.conv_in")
    for i in range(levels):
        x = level(x, w, f"{name}.down.{i}", vq["num_res_blocks"])
        if i < levels - 1:
            x = conv(x, w, f"{name}.down.{i}.downsample.conv", stride=2, padding=(0, 1))
    x = swish(group_norm(middle(x, w, f"{name}.mid"), w, f"{name}.norm_out"))
    return conv(x, w, f"{name}.conv_out")


def code_rows(codes, w):
    """codes [B,g,g] -> their codebook rows [B,E,g,g]."""
    return w["model.vqmodel.quantize.embedding.weight"][codes].transpose(0, 3, 1, 2)


def decode(rows, w, vq):
    """Codebook rows [B,E,g,g] -> pixels [B,C,S,S]."""
    name, levels = "model.vqmodel.decoder", len(vq["channel_multiplier"])
    x = conv(conv(rows, w, "model.vqmodel.post_quant_conv"), w, f"{name}.conv_in")
    x = middle(x, w, f"{name}.mid")
    for i in reversed(range(levels)):
        x = level(x, w, f"{name}.up.{i}", vq["num_res_blocks"] + 1)
        if i > 0:
            x = conv(x.repeat(2, axis=2).repeat(2, axis=3), w, f"{name}.up.{i}.upsample.conv")
    return conv(swish(group_norm(x, w, f"{name}.norm_out")), w, f"{name}.conv_out")


def pictures(w, vq, pixels, decoder_codes):
    out = {"vq.encoded": encode(pixels, w, vq)}
    latent = out["vq.latent"] = conv(out["vq.encoded"], w, "model.vqmodel.quant_conv")
    codebook = w["model.vqmodel.quantize.embedding.weight"]
    flat = latent.transpose(0, 2, 3, 1)[..., None, :]
    codes = out["vq.codes"] = ((flat - codebook) ** 2).sum(-1).argmin(-1)
    out["vq.quantizer_loss"] = 1.25 * ((code_rows(codes, w) - latent) ** 2).mean()
    out["vq.token_ids"] = codes.reshape(len(codes), -1) + 4
    if decoder_codes is not None:
        out["vq.decoder_codes"] = decoder_codes
        out["vq.decoder_pixels"] = decode(code_rows(decoder_codes, w), w, vq)
        out["vq.restored"] = decode(code_rows(codes, w), w, vq)
        out["vq.loss"] = ((out["vq.restored"] - pixels) ** 2).mean() + out["vq.quantizer_loss"]
    return out


# --- Comparison ----------------------------------------------------------------------------


def compare(name, ours, theirs):
    assert np.shape(ours) == theirs.shape, f"{name}: shape {np.shape(ours)}, stored {theirs.shape}"
    error = np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1e-30)
    assert error <= TOLERANCE, f"{name}: differs by {error:.1e} of its largest element"
    return error


def check_gradients(w, gradients, loss, generator):
    """The slope of `loss` along one random direction for each tensor, against the stored one."""
    for name, gradient in gradients.items():
        kept = w[name]
        assert gradient.shape == kept.shape, name
        direction = generator.standard_normal(kept.shape)
        step = 1e-5 / np.abs(direction).max()
        sides = []
        for sign in (1, -1):
            w[name] = kept + sign * step * direction
            sides.append(loss())
        w[name] = kept
        slope, stored = (sides[0] - sides[1]) / (2 * step), (gradient * direction).sum()
        scale = np.linalg.norm(gradient) * np.linalg.norm(direction) / np.sqrt(gradient.size)
        assert abs(slope - stored) <= 1e-3 * scale, f"{name}: slope {slope}, stored {stored}"


def check(case):
    folder = HERE / case
    config = json.loads((folder / "config.json").read_text())
    vq = config["vq_config"]
    w = read_safetensors(folder / "model.safetensors")
    stored = read_safetensors(folder / "check/expected.safetensors")
    inputs = read_safetensors(folder / "check/pixels.safetensors")
    pixels = inputs["pixels"]
    # Each 4x4 pixels become channels where there are 48: row, then column, then colour.
    picture, cells = inputs["picture"], pixels.shape[-1]
    fold = picture.shape[1] // cells
    folded = picture.reshape(-1, cells, fold, cells, fold, 3).transpose(0, 2, 4, 5, 1, 3)
    compare("pixels", folded.reshape(pixels.shape) * 0.0078 - 1, pixels)
    tokens = np.array(json.loads((folder / "check/tokens.json").read_text()))
    ours = language(w, config, tokens) | pictures(w, vq, pixels, stored.get("vq.decoder_codes"))
    values = {name for name in stored if not name.startswith("grad.")}
    assert values == set(ours), values ^ set(ours)
    worst = max(compare(name, np.asarray(ours[name]), stored[name]) for name in sorted(values))

    gradients = {name[len("grad."):]: value for name, value in stored.items() if name not in values}
    text_side = {name: g for name, g in gradients.items() if "vqmodel" not in name}
    assert set(text_side) == {name for name in w if "vqmodel" not in name}
    check_gradients(w, text_side, lambda: language(w, config, tokens)["loss"], np.random.default_rng(0))

    # The quantizer passes the decoder's gradient straight through to the latent, moves latents
    # towards their codes with weight 1 and codes towards their latents with weight 1/4. A loss
    # whose true slopes are just that:
    latent, codes = ours["vq.latent"], ours["vq.codes"]
    rows = code_rows(codes, w)

    def vq_loss():
        moved = conv(encode(pixels, w, vq), w, "model.vqmodel.quant_conv")
        restored = decode(moved + (rows - latent), w, vq)
        pull = ((rows - moved) ** 2).mean() + 0.25 * ((code_rows(codes, w) - latent) ** 2).mean()
        return ((restored - pixels) ** 2).mean() + pull

    picture_side = {name: g for name, g in gradients.items() if "vqmodel" in name}
    check_gradients(w, picture_side, vq_loss, np.random.default_rng(1))
    print(f"{case}: {len(values)} tensors within {worst:.1e}, {len(gradients)} gradients")


if __name__ == "__main__":
    for case in sys.argv[1:] or sorted(path.parent.name for path in HERE.glob("*/check")):
        check(case)
