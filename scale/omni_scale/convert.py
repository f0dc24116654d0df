"""Checkpoints between layouts, tensor by tensor and bit for bit.

`hf`: a folder with config.json and `model*.safetensors`: transformers' Chameleon, Anole-hf (with the VQ-GAN's
decoder) and this project's own. `meta`: the folder of the original Chameleon and of Anole, with
`models/7b/params.json`, `consolidated*.pth` (several for the 34B, a part of each weight in each) and
`tokenizer/vqgan.ckpt`. There rotary pairs lie side by side, where transformers has them half a head apart, and
query and key norms are one vector a piece, where transformers has one a head."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch
import yaml
from safetensors.torch import load_file, save_file

from omni_scale import folder
from omni_scale.errors import Problem

# transformers' name in a layer, the original's, and the dimension along which pieces are cut.
IN_LAYER = [
    ("self_attn.q_proj.weight", "attention.wq.weight", 0),
    ("self_attn.k_proj.weight", "attention.wk.weight", 0),
    ("self_attn.v_proj.weight", "attention.wv.weight", 0),
    ("self_attn.o_proj.weight", "attention.wo.weight", 1),
    ("self_attn.q_norm.weight", "attention.q_normalization.weight", "heads"),
    ("self_attn.q_norm.bias", "attention.q_normalization.bias", "heads"),
    ("self_attn.k_norm.weight", "attention.k_normalization.weight", "heads"),
    ("self_attn.k_norm.bias", "attention.k_normalization.bias", "heads"),
    ("mlp.gate_proj.weight", "feed_forward.w1.weight", 0),
    ("mlp.down_proj.weight", "feed_forward.w2.weight", 1),
    ("mlp.up_proj.weight", "feed_forward.w3.weight", 0),
    ("input_layernorm.weight", "attention_norm.weight", None),
    ("post_attention_layernorm.weight", "ffn_norm.weight", None),
]
OUTSIDE = [
    ("model.embed_tokens.weight", "tok_embeddings.weight", 1),
    ("model.norm.weight", "norm.weight", None),
    ("lm_head.weight", "output.weight", 0),
]
# config.json's vq_config, and vqgan.yaml's names for the same.
PICTURES = {"base_channels": "ch", "channel_multiplier": "ch_mult", "double_latent": "double_z",
            "latent_channels": "z_channels", "resolution": "resolution", "in_channels": "in_channels",
            "num_res_blocks": "num_res_blocks", "attn_resolutions": "attn_resolutions", "dropout": "dropout"}
STANDIN, PICTURE = "<reserved08707>", "<image>"


def names(layers: int) -> list[tuple[str, str, object]]:
    return OUTSIDE + [(f"model.layers.{i}.{ours}", f"layers.{i}.{theirs}", cut)
                      for i in range(layers) for ours, theirs, cut in IN_LAYER]


def apart(weight: torch.Tensor, size: int) -> torch.Tensor:
    """Rows of heads of `size`: pairs side by side -> half a head apart."""
    return weight.unflatten(0, (-1, size // 2, 2)).transpose(1, 2).flatten(0, 2)


def beside(weight: torch.Tensor, size: int) -> torch.Tensor:
    """The inverse of `apart`."""
    return weight.unflatten(0, (-1, 2, size // 2)).transpose(1, 2).flatten(0, 2)


def run(source: Path, out: Path, to: str, dtype: str | None, pieces: int = 1, most: float = 5e9):
    if not source.exists():
        raise Problem(f"{source} doesn't exist.", "Name the folder of a checkpoint.")
    if source.resolve() == out.resolve():
        raise Problem("The new checkpoint would overwrite the old one.", "Name another folder.")
    wanted = getattr(torch, dtype) if dtype else None
    out.mkdir(parents=True, exist_ok=True)
    original = sorted(source.glob("models/*/params.json"))
    if to == "hf":
        read = from_meta(source, original[0].parent, out) if original else from_hf(source, out)
        write_hf(out, read, wanted, most)
    elif original:
        raise Problem(f"{source} has the original layout already.",
                      "Name a folder with model*.safetensors, or convert to hf.")
    else:
        write_meta(source, out, wanted, pieces)


def cast(name: str, tensor: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """The VQ-GAN stays as it is stored: in less its nearest codes change."""
    return tensor if dtype is None or name.startswith(folder.PICTURES) else tensor.to(dtype)


def write_hf(out: Path, tensors: Iterator[tuple[str, torch.Tensor]], dtype: torch.dtype | None, most: float):
    """Pieces of at most `most` bytes, and their index if there are several."""
    pieces, held, size, total = [], {}, 0, 0

    def flush():
        path = out / f"piece-{len(pieces)}.safetensors"
        save_file(held, path, metadata={"format": "pt"})
        pieces.append((path, list(held)))
        held.clear()

    for name, tensor in tensors:
        tensor = cast(name, tensor, dtype).contiguous()
        bytes_ = tensor.numel() * tensor.element_size()
        if held and size + bytes_ > most:
            flush()
            size = 0
        held[name] = tensor
        size, total = size + bytes_, total + bytes_
    flush()
    for old in out.glob("model*.safetensors*"):
        old.unlink()
    if len(pieces) == 1:
        pieces[0][0].rename(out / "model.safetensors")
        return
    weights = {}
    for number, (path, inside) in enumerate(pieces):
        file = f"model-{number + 1:05}-of-{len(pieces):05}.safetensors"
        path.rename(out / file)
        weights |= {name: file for name in inside}
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weights.items()))}
    (out / "model.safetensors.index.json").write_text(json.dumps(index, indent=1))


def from_hf(source: Path, out: Path) -> Iterator[tuple[str, torch.Tensor]]:
    for file in ("config.json", "tokenizer.json"):
        if (source / file).exists():
            shutil.copyfile(source / file, out / file)
    return folder.tensors(source)


def from_meta(source: Path, model: Path, out: Path) -> Iterator[tuple[str, torch.Tensor]]:
    params = json.loads((model / "params.json").read_text())
    params = params | params.get("model", {})
    tokenizer = source / "tokenizer"
    config = hf_config(params, tokenizer, model)
    (out / "config.json").write_text(json.dumps(config, indent=1))
    text = tokenizer / "text_tokenizer.json"
    if text.exists():
        (out / "tokenizer.json").write_text(json.dumps(renamed(json.loads(text.read_text()), STANDIN, PICTURE)))
    single = model / "consolidated.pth"
    paths = [single] if single.exists() else sorted(model.glob("consolidated.*.pth"))
    if not paths:
        raise Problem(f"{model} holds no consolidated.pth.", "Name the folder above models/ and tokenizer/.")
    loaded = [torch.load(path, map_location="cpu", mmap=True, weights_only=True) for path in paths]
    size = config["hidden_size"] // config["num_attention_heads"]
    heads = {"q": config["num_attention_heads"], "k": config["num_key_value_heads"]}
    for ours, theirs, cut in names(config["num_hidden_layers"]):
        parts = [piece[theirs] for piece in loaded]
        yield ours, joined(ours, parts, cut, size, heads)
    pictures = tokenizer / "vqgan.ckpt"
    if pictures.exists():
        state = torch.load(pictures, map_location="cpu", mmap=True, weights_only=True)["state_dict"]
        for name, tensor in state.items():
            if not name.startswith("loss."):
                yield folder.PICTURES + name, tensor
    # What only this project has.
    if (model / "other.safetensors").exists():
        yield from load_file(model / "other.safetensors").items()


def joined(name: str, parts: list[torch.Tensor], cut, size: int, heads: dict[str, int]) -> torch.Tensor:
    if cut is None:
        # Every piece has the whole; as transformers has it, their mean where they differ.
        same = all(torch.equal(part, parts[0]) for part in parts)
        return parts[0] if same else torch.stack(parts).float().mean(0).to(parts[0].dtype)
    if cut == "heads":
        of = heads[name.split(".")[-2][0]]
        vectors = torch.stack([apart(part, size) for part in parts])
        return vectors.repeat_interleave(of // len(parts), 0)
    whole = torch.cat(parts, cut)
    return apart(whole, size) if name.endswith(("q_proj.weight", "k_proj.weight")) else whole


def hf_config(params: dict, tokenizer: Path, model: Path) -> dict:
    if (model / "config.hf.json").exists():
        return json.loads((model / "config.hf.json").read_text())
    ddconfig = yaml.safe_load((tokenizer / "vqgan.yaml").read_text())["model"]["params"]
    inner = ddconfig["ddconfig"]
    pictures = {ours: inner[theirs] for ours, theirs in PICTURES.items() if theirs in inner}
    pictures |= {"embed_dim": ddconfig["embed_dim"], "num_embeddings": ddconfig["n_embed"]}
    hidden, multiple = params["dim"], params.get("multiple_of", 256)
    wide = int(params.get("ffn_dim_multiplier", 1) * int(8 * hidden / 3))
    heads = params["n_heads"]
    config = {
        "architectures": ["ChameleonForConditionalGeneration"], "model_type": "chameleon",
        "vocab_size": params.get("vocab_size", 65536), "hidden_size": hidden,
        "intermediate_size": multiple * ((wide + multiple - 1) // multiple),
        "num_hidden_layers": params["n_layers"], "num_attention_heads": heads,
        "num_key_value_heads": params.get("n_kv_heads") or heads, "max_position_embeddings": 4096,
        "rms_norm_eps": params["norm_eps"], "rope_theta": params.get("rope_theta", 10000.0),
        "swin_norm": params["swin_norm"], "hidden_act": "silu", "attention_bias": False, "tie_word_embeddings": False,
        "model_parallel_size": params.get("model_parallel_size", 1),
        "bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "vq_config": pictures}
    text = tokenizer / "text_tokenizer.json"
    if text.exists():
        config["vocabulary_map"] = renamed(json.loads(text.read_text()), STANDIN, PICTURE)["model"]["vocab"]
    return config


def renamed(file: dict, old: str, new: str) -> dict:
    """A tokenizer whose stand-in for pictures has the other name: transformers' `<image>` is a reserved token."""
    vocabulary = file["model"]["vocab"]
    if old in vocabulary and new not in vocabulary:
        vocabulary[new] = vocabulary.pop(old)
    for token in file.get("added_tokens", []):
        if token["content"] == old:
            token["content"] = new
    return file


def write_meta(source: Path, out: Path, dtype: torch.dtype | None, pieces: int):
    config = folder.config(source)
    size = config["hidden_size"] // config["num_attention_heads"]
    name = {4096: "7b", 8192: "30b"}.get(config["hidden_size"], "model")
    model, tokenizer = out / "models" / name, out / "tokenizer"
    model.mkdir(parents=True, exist_ok=True)
    tokenizer.mkdir(exist_ok=True)
    known = {ours: (theirs, cut) for ours, theirs, cut in names(config["num_hidden_layers"])}
    cut_up, pictures, other = [{} for _ in range(pieces)], {}, {}
    for ours, tensor in folder.tensors(source):
        tensor = cast(ours, tensor, dtype)
        if ours.startswith(folder.PICTURES):
            pictures[ours.removeprefix(folder.PICTURES)] = tensor
        elif ours in known:
            theirs, cut = known[ours]
            for piece, part in zip(cut_up, parted(ours, tensor, cut, size, pieces)):
                piece[theirs] = part.clone()
        else:
            other[ours] = tensor
    missing = known.keys() - {ours for ours, (theirs, _) in known.items() if theirs in cut_up[0]}
    if missing:
        raise Problem(f"The weights of {source} lack {sorted(missing)[0]}.", "Convert a whole checkpoint.")
    for number, piece in enumerate(cut_up):
        torch.save(piece, model / ("consolidated.pth" if pieces == 1 else f"consolidated.{number:02}.pth"))
    if pictures:
        torch.save({"state_dict": pictures}, tokenizer / "vqgan.ckpt")
    if other:
        save_file(other, model / "other.safetensors")
    write_meta_config(config, source, model, tokenizer, pieces)


def parted(name: str, tensor: torch.Tensor, cut, size: int, pieces: int) -> list[torch.Tensor]:
    if cut is None:
        return [tensor] * pieces
    if cut == "heads":
        vectors = [group for group in tensor.chunk(pieces)]
        if any(not torch.equal(group, group[:1].expand_as(group)) for group in vectors):
            raise Problem(
                f"{name} differs between heads, as after training, and the original layout has one vector a piece.",
                f"Keep the hf layout, or write {tensor.shape[0]} pieces (--pieces).")
        return [beside(group[0], size) for group in vectors]
    whole = beside(tensor, size) if name.endswith(("q_proj.weight", "k_proj.weight")) else tensor
    return list(whole.chunk(pieces, cut))


def write_meta_config(config: dict, source: Path, model: Path, tokenizer: Path, pieces: int):
    params = {"model_parallel_size": pieces, "model": {
        "dim": config["hidden_size"], "n_layers": config["num_hidden_layers"], "n_heads": config["num_attention_heads"],
        "n_kv_heads": config["num_key_value_heads"], "norm_eps": config.get("rms_norm_eps", 1e-5),
        "rope_theta": config.get("rope_theta") or config["rope_parameters"]["rope_theta"],
        "swin_norm": config.get("swin_norm", False), "qk_normalization": True, "multiple_of": 256,
        "ffn_dim_multiplier": 1.0, "vocab_size": config["vocab_size"]}}
    (model / "params.json").write_text(json.dumps(params, indent=1))
    (model / "consolidate_params.json").write_text(json.dumps({"model_parallel_size": pieces}))
    # Whatever else config.json says, for the way back.
    shutil.copyfile(source / "config.json", model / "config.hf.json")
    vq = config["vq_config"]
    ddconfig = {theirs: vq[ours] for ours, theirs in PICTURES.items() if ours in vq}
    pictures = {"model": {"params": {"embed_dim": vq["embed_dim"], "n_embed": vq["num_embeddings"],
                                     "ddconfig": ddconfig | {"out_ch": vq["in_channels"]}}}}
    (tokenizer / "vqgan.yaml").write_text(yaml.safe_dump(pictures))
    if (source / "tokenizer.json").exists():
        file = renamed(json.loads((source / "tokenizer.json").read_text()), PICTURE, STANDIN)
        (tokenizer / "text_tokenizer.json").write_text(json.dumps(file))
