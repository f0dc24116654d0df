"""Round trips between layouts, bit for bit, on the published configs with random weights."""

import json
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from safetensors.torch import save_file

from transformers.models.chameleon.modeling_chameleon import ChameleonVQVAE, ChameleonVQVAEConfig

from omni_scale import convert, folder, model
from omni_scale.errors import Problem

# leloy/Anole-7b-v0.1-hf, the fields of its config.json that shape tensors, with 2 layers of 32.
ANOLE = {
    "architectures": ["ChameleonForConditionalGeneration"], "model_type": "chameleon", "vocab_size": 65536,
    "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 2, "num_attention_heads": 32,
    "num_key_value_heads": 32, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    "hidden_act": "silu", "swin_norm": False, "attention_bias": False, "mlp_bias": False,
    "tie_word_embeddings": False, "model_parallel_size": 1, "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2,
    "omni_r1": {"kinds": ["V4"], "draws": True},
    "vq_config": {
        "base_channels": 128, "channel_multiplier": [1, 1, 2, 2, 4], "num_res_blocks": 2, "attn_resolutions": None,
        "latent_channels": 256, "embed_dim": 256, "num_embeddings": 8192, "double_latent": False, "dropout": 0.0,
        "in_channels": 3, "resolution": 512, "attn_type": "vanilla"}}
# The 30B: grouped heads, norms behind, four pieces; narrower, for the test's sake.
LARGE = ANOLE | {"vocab_size": 640, "hidden_size": 512, "intermediate_size": 1536, "num_attention_heads": 16,
                 "num_key_value_heads": 8, "swin_norm": True, "model_parallel_size": 4}


def random_checkpoint(out: Path, config: dict, pieces: int, generator: torch.Generator, most: float) -> Path:
    """Weights by chance in bfloat16, VQ-GAN in f32; the norms of queries and keys alike in each of some pieces."""
    out.mkdir()
    (out / "config.json").write_text(json.dumps(config))

    def tensors():
        size = config["hidden_size"] // config["num_attention_heads"]
        for name, parameter in model.empty(out, True, "sdpa").named_parameters():
            if "q_norm" in name or "k_norm" in name:
                values = torch.randn(pieces, size, generator=generator)
                values = values.repeat_interleave(parameter.shape[0] // pieces, 0)
            else:
                values = torch.randint(-2**15, 2**15, parameter.shape, dtype=torch.int16, generator=generator) / 2**12
            yield name, values.to(torch.bfloat16)
        for name, parameter in pictures().items():
            yield folder.PICTURES + name, torch.randn(parameter, generator=generator)

    convert.write_hf(out, tensors(), None, most)
    return out


def pictures() -> dict[str, torch.Size]:
    """The VQ-GAN of the published config, and some tensors of the decoder, which transformers doesn't have."""
    with torch.device("meta"):
        vq = ChameleonVQVAE._from_config(ChameleonVQVAEConfig(**ANOLE["vq_config"]))
    return {name: parameter.shape for name, parameter in vq.named_parameters()} | {
        "decoder.conv_out.weight": (3, 128, 3, 3), "decoder.up.3.block.0.nin_shortcut.bias": (256,)}


def same(one: Path, other: Path) -> int:
    expected, found = {}, 0
    for name, tensor in folder.tensors(one):
        expected[name] = (tensor.dtype, tensor.shape, hash(tensor.contiguous().view(torch.uint8).numpy().tobytes()))
    for name, tensor in folder.tensors(other):
        assert expected[name] == (tensor.dtype, tensor.shape, hash(tensor.contiguous().view(torch.uint8).numpy().tobytes())), name
        found += 1
    assert found == len(expected)
    return found


@pytest.mark.parametrize("config, pieces, most", [(ANOLE, 1, 1e9), (LARGE, 4, 5e9)])
def test_every_tensor_comes_back_bit_for_bit(config, pieces, most, tmp_path):
    generator = torch.Generator().manual_seed(pieces)
    first = random_checkpoint(tmp_path / "first", config, pieces, generator, most)
    if most == 1e9:
        index = json.loads((first / "model.safetensors.index.json").read_text())
        assert len(set(index["weight_map"].values())) > 1
    (first / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {"<image>": 8711}}, "added_tokens": [
        {"id": 8711, "content": "<image>"}]}))
    convert.run(first, tmp_path / "meta", "meta", None, pieces, most)
    [params] = (tmp_path / "meta/models").glob("*/params.json")
    assert len(list(params.parent.glob("consolidated*.pth"))) == pieces
    text = json.loads((tmp_path / "meta/tokenizer/text_tokenizer.json").read_text())
    assert text["model"]["vocab"] == {"<reserved08707>": 8711}
    convert.run(tmp_path / "meta", tmp_path / "back", "hf", None, 1, most)
    assert same(first, tmp_path / "back") == 2 * 13 + 4 + len(pictures())
    assert json.loads((tmp_path / "back/config.json").read_text()) == config
    assert (tmp_path / "back/tokenizer.json").read_text() == (first / "tokenizer.json").read_text()
    # From the published files alone.
    (params.parent / "config.hf.json").unlink()
    convert.run(tmp_path / "meta", tmp_path / "again", "hf", None, 1, most)
    again = json.loads((tmp_path / "again/config.json").read_text())
    for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_key_value_heads", "swin_norm", "rope_theta"):
        assert again[name] == config[name]
    assert again["vq_config"]["channel_multiplier"] == [1, 1, 2, 2, 4]
    same(first, tmp_path / "again")


def rotated(weight: torch.Tensor, x: torch.Tensor, size: int, beside: bool) -> torch.Tensor:
    """Queries of two positions, rotated, each layout by its own rule."""
    angles = torch.arange(2.0)[:, None] / 10000 ** (torch.arange(0, size, 2) / size)
    heads = (x @ weight.T).unflatten(1, (-1, size))
    if beside:
        pairs = torch.view_as_complex(heads.unflatten(2, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)[:, None]).flatten(2)
    a, b = heads.chunk(2, -1)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


def test_both_layouts_attend_alike():
    torch.manual_seed(1)
    query, key, x = torch.randn(32, 16), torch.randn(32, 16), torch.randn(2, 16)

    def scores(query, key, beside):
        q, k = rotated(query, x, 8, beside), rotated(key, x, 8, beside)
        return torch.einsum("ihd,jhd->hij", q, k)

    published = scores(query, key, True)
    assert torch.allclose(published, scores(convert.apart(query, 8), convert.apart(key, 8), False), atol=1e-4)
    assert not torch.allclose(published, scores(query, key, False), atol=1e-1)
    assert torch.equal(convert.beside(convert.apart(query, 8), 8), query)


def test_norms_that_differ_between_heads_are_not_lost(tmp_path):
    with pytest.raises(Problem, match="differs between heads"):
        convert.run(ROOT / "tests/parity/plain", tmp_path / "meta", "meta", None, 1, 5e9)
    convert.run(ROOT / "tests/parity/plain", tmp_path / "meta", "meta", None, 4, 5e9)
    convert.run(tmp_path / "meta", tmp_path / "back", "hf", None, 1, 5e9)
    same(ROOT / "tests/parity/plain", tmp_path / "back")


def test_only_the_transformer_changes_its_precision(tmp_path):
    convert.run(ROOT / "tests/parity/plain", tmp_path / "half", "hf", "float16", 1, 40e3)
    assert (tmp_path / "half/model.safetensors.index.json").exists()
    for name, tensor in folder.tensors(tmp_path / "half"):
        assert tensor.dtype == (torch.float32 if name.startswith(folder.PICTURES) else torch.float16)
