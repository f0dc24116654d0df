"""Makes the parity fixtures: small random Chameleon checkpoints and what Hugging Face
transformers computes from them.

    HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 python tests/parity/make_fixtures.py [CASE ...]

Each case is one directory beside this file (README.md lists the tensors):
    config.json, model.safetensors   an ordinary Hugging Face checkpoint
    check/tokens.json                [[id, ...], ...], B rows of T ids
    check/pixels.safetensors         what goes into the VQ encoder
    check/expected.safetensors       what has to come out

Everything is computed from the checkpoint as it was read back from the disk, so a fixture
is by construction a directory that transformers can load.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import ChameleonConfig, ChameleonForConditionalGeneration, logging
from transformers.models.janus.configuration_janus import JanusVQVAEConfig
from transformers.models.janus.modeling_janus import JanusVQVAEAttnBlock, JanusVQVAEDecoder

from cases import CASES, picture_token, vocabulary

HERE = Path(__file__).resolve().parent
# Gradients of the VQ tensors are stored up to this many elements: all norms and biases, the
# two outermost convolutions, the 1x1 convolutions and the codebook. A wrong backward of any
# block shows in those of the blocks before it.
VQ_GRADIENT_ELEMENTS = 1100
# A bias under a GroupNorm with one channel a group, and the key bias of an attention, have no
# gradient: what is computed for them is rounding noise, and isn't stored.
NOISE = 1e-6

def randomise(named_parameters, generator):
    """Gives every parameter values at which a missing, swapped or shared one is seen.

    Matrices and convolutions keep the scale of their input; norm weights lie around 1 and all
    biases around 0, different for each channel and, in q_norm and k_norm, for each head.
    """
    for name, parameter in named_parameters:
        normal = torch.randn(parameter.shape, generator=generator)
        if name.endswith(".bias"):
            value = 0.2 * normal
        elif "norm" in name:
            value = 1.0 + 0.3 * normal
        elif "embed" in name:
            value = normal
        else:
            value = normal / parameter[0].numel() ** 0.5
        parameter.data.copy_(value)


# --- The decoder -------------------------------------------------------------------------
# Transformers' Chameleon has no decoder; Janus has the one of the same family. Differences
# that are undone here:
# 1. Janus appends its levels while it walks from the smallest picture to the largest, so its
#    up.0 is the smallest. In the layout of the Chameleon checkpoints up.{n-1} is the smallest
#    and up.0 the largest (it carries no upsample). Renamed: up.{i} -> up.{n-1-i}.
# 2. Janus always has attention blocks in its smallest level and in the middle. Here a level
#    has them when attn_resolutions names its size, and nowhere if attn_type isn't "vanilla",
#    as in the encoder.
# 3. Janus normalises a codebook row to length 1 before decoding (get_codebook_entry).
#    Chameleon takes the row as it is, so that call isn't used.
# Equal and therefore untouched: num_res_blocks + 1 blocks a level, nin_shortcut where the
# width changes, upsample (nearest, then 3x3) after each level but the last, the middle
# (block_1, attn_1, block_2), norm_out, swish, conv_out without tanh, and all tensor names.


def decoder_for(vq):
    """Janus' decoder with the shape that a Chameleon `vq_config` asks for."""
    levels = len(vq.channel_multiplier)
    decoder = JanusVQVAEDecoder(JanusVQVAEConfig(
        base_channels=vq.base_channels, channel_multiplier=list(vq.channel_multiplier),
        num_res_blocks=vq.num_res_blocks, latent_channels=vq.latent_channels,
        out_channels=vq.in_channels))
    vanilla = vq.attn_type == "vanilla"
    for i, up in enumerate(decoder.up):
        level = levels - 1 - i
        width = vq.base_channels * vq.channel_multiplier[level]
        attends = vanilla and (vq.resolution >> level) in (vq.attn_resolutions or [])
        up.attn = nn.ModuleList(
            [JanusVQVAEAttnBlock(width) for _ in range(vq.num_res_blocks + 1)] if attends else [])
    if not vanilla:
        decoder.mid.attn_1 = nn.Identity()
    return decoder.eval()


def renamed_level(name, levels):
    """`up.{i}.` <-> `up.{levels-1-i}.`: the same function in both directions."""
    parts = name.split(".")
    if parts[0] == "up":
        parts[1] = str(levels - 1 - int(parts[1]))
    return ".".join(parts)


# --- Checkpoint --------------------------------------------------------------------------


def write_checkpoint(case, folder):
    generator = torch.Generator().manual_seed(case["seed"])
    config = ChameleonConfig(
        **case["language"], max_position_embeddings=256, pad_token_id=1, bos_token_id=0,
        eos_token_id=2, vq_config=case["picture"],
        vocabulary_map=vocabulary(case["language"]["vocab_size"], case["picture"]["num_embeddings"]))
    model = ChameleonForConditionalGeneration(config)
    randomise(model.named_parameters(), generator)
    spread_codebook(model.model.vqmodel, generator)
    language, picture = (getattr(torch, name) for name in case["dtypes"])
    tensors = {name: tensor.to(picture if name.startswith("model.vqmodel.") else language)
               for name, tensor in model.state_dict().items()}
    if case["decoder"]:
        decoder = decoder_for(config.vq_config)
        randomise(decoder.named_parameters(), generator)
        levels = len(config.vq_config.channel_multiplier)
        for name, tensor in decoder.state_dict().items():
            tensors[f"model.vqmodel.decoder.{renamed_level(name, levels)}"] = tensor.to(picture)

    folder.mkdir(exist_ok=True)
    config.architectures = ["ChameleonForConditionalGeneration"]
    fields = json.loads(config.to_json_string())
    fields["dtype"] = case["dtypes"][0]
    if case["old_style_config"]:
        # As transformers before version 5 wrote it.
        fields["rope_theta"] = fields.pop("rope_parameters")["rope_theta"]
        fields["rope_scaling"] = None
        fields["torch_dtype"] = fields.pop("dtype")
    (folder / "config.json").write_text(json.dumps(fields, indent=1) + "\n")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()},
              folder / "model.safetensors", metadata={"format": "pt"})


def read_checkpoint(folder):
    model, report = ChameleonForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    assert not report["missing_keys"], report
    vq = model.config.vq_config
    prefix = "model.vqmodel.decoder."
    assert all(name.startswith(prefix) for name in report["unexpected_keys"]), report
    levels = len(vq.channel_multiplier)
    stored = {renamed_level(name[len(prefix):], levels): tensor.float()
              for name, tensor in load_file(folder / "model.safetensors").items()
              if name.startswith(prefix)}
    decoder = None
    if stored:
        decoder = decoder_for(vq)
        decoder.load_state_dict(stored)
    return model.eval(), decoder


@torch.no_grad()
def spread_codebook(vqmodel, generator):
    """Puts the codes where the latents of pictures lie, so that many of them are used."""
    latents = []
    for _ in range(4):
        latent = vqmodel.quant_conv(vqmodel.encoder(pictures(vqmodel.config, generator)["pixels"]))
        latents.append(latent.permute(0, 2, 3, 1).flatten(0, 2))
    latents = torch.cat(latents)
    codebook = vqmodel.quantize.embedding.weight
    chosen = latents[torch.randint(len(latents), (len(codebook),), generator=generator)]
    codebook.copy_(chosen + 0.3 * latents.std(0) * torch.randn(codebook.shape, generator=generator))


# --- Inputs ------------------------------------------------------------------------------


def pictures(vq, generator):
    """Two pictures, smooth ramps under noise: `picture` [B,S,S,3] in bytes, and `pixels` as the
    encoder takes them, value*0.0078 - 1. With 48 channels, channel (y*4 + x)*3 + colour of a
    cell is one colour of pixel (x, y) in its 4x4 pixels."""
    fold = 4 if vq.in_channels == 48 else 1
    size, cells = vq.resolution * fold, vq.resolution
    ramp = torch.linspace(-1, 1, size)
    slopes = torch.randn(2, 1, 1, 3, 2, generator=generator)
    smooth = ramp[:, None, None] * slopes[..., 0] + ramp[None, :, None] * slopes[..., 1]
    noisy = torch.tanh(smooth + 0.5 * torch.randn(smooth.shape, generator=generator))
    picture = (noisy * 127.5 + 127.5).round().to(torch.uint8)
    folded = picture.view(2, cells, fold, cells, fold, 3).permute(0, 2, 4, 5, 1, 3)
    pixels = folded.reshape(2, vq.in_channels, cells, cells) * 0.0078 - 1.0
    return {"picture": picture.contiguous(), "pixels": pixels.contiguous()}


@torch.no_grad()
def decided_pictures(vqmodel, generator):
    """Pictures none of whose codes is decided by rounding: the best code of each position is
    nearer than the second best by a thousandth of the distance."""
    codebook = vqmodel.quantize.embedding.weight
    while True:
        inputs = pictures(vqmodel.config, generator)
        latent = vqmodel.quant_conv(vqmodel.encoder(inputs["pixels"]))
        flat = latent.permute(0, 2, 3, 1).flatten(0, 2)
        best, second = torch.cdist(flat, codebook).topk(2, largest=False).values.T
        if ((second - best) / second).min() > 1e-3:
            return inputs


def token_rows(config, codes, generator):
    """Two rows: a picture between text, with its real codes; and text with stray codes."""
    names = config.vocabulary_map
    text = torch.arange(names["text0"], config.vocab_size)

    def words(count):
        return text[torch.randint(len(text), (count,), generator=generator)].tolist()

    first = [names["<s>"], *words(5), names["<racm3:break>"]]
    first += [names[picture_token(code)] for code in codes.flatten().tolist()]
    first += [names["<eoss>"], *words(6), names["</s>"]]
    second = [names["<s>"], *words(len(first) - 9)]
    second += [names[picture_token(code)] for code in (0, 9, 10, config.vq_config.num_embeddings - 1)]
    second += [names["<reserved12856>"], *words(3)]
    return [first, second]


# --- Outputs -----------------------------------------------------------------------------


def expected_pictures(model, decoder, pixels, generator):
    """Encoder, quantizer, decoder, and the gradients of one training pass of the VQ."""
    vqmodel = model.model.vqmodel
    codebook = vqmodel.quantize.embedding.weight
    encoded = vqmodel.encoder(pixels)
    latent = vqmodel.quant_conv(encoded)
    through, quantizer_loss, codes = vqmodel.quantize(latent)
    grid = latent.shape[-1]
    codes = codes.view(-1, grid, grid)
    ids = model.get_image_tokens(pixels)
    out = {"vq.encoded": encoded, "vq.latent": latent, "vq.codes": codes.int(),
           "vq.token_ids": ids.int(), "vq.quantizer_loss": quantizer_loss}
    if decoder is None:
        return out
    # Random codes: those of a random encoder are but a few different ones.
    chosen = torch.randint(len(codebook), codes.shape, generator=generator)
    rows = F.embedding(chosen, codebook).permute(0, 3, 1, 2)
    out["vq.decoder_codes"] = chosen.int()
    out["vq.decoder_pixels"] = decoder(vqmodel.post_quant_conv(rows))
    restored = decoder(vqmodel.post_quant_conv(through))
    loss = ((restored - pixels) ** 2).mean() + quantizer_loss
    loss.backward()
    out["vq.restored"] = restored
    out["vq.loss"] = loss
    levels = len(model.config.vq_config.channel_multiplier)
    named = list(vqmodel.named_parameters())
    named += [(f"decoder.{renamed_level(name, levels)}", p) for name, p in decoder.named_parameters()]
    for name, parameter in named:
        outermost = name in ("encoder.conv_in.weight", "decoder.conv_out.weight", "quantize.embedding.weight")
        small = parameter.numel() <= VQ_GRADIENT_ELEMENTS
        if (small or outermost) and parameter.grad.abs().max() > NOISE:
            out[f"grad.model.vqmodel.{name}"] = parameter.grad
    return out


def expected_language(model, tokens):
    """Logits without Hugging Face's mask on picture ids, states, loss, gradients."""
    inner = model.model
    seen = {}
    hooks = [inner.embed_tokens.register_forward_hook(lambda _m, _i, out: seen.update({0: out}))]
    for index, layer in enumerate(inner.layers):
        # A layer returns a tuple of which the first is its output.
        hooks.append(layer.register_forward_hook(
            lambda _m, _i, out, index=index: seen.update({index + 1: out[0]})))
    output = inner(input_ids=tokens, output_hidden_states=True, use_cache=False)
    for hook in hooks:
        hook.remove()
    final = output.last_hidden_state
    # What transformers calls hidden_states[-1] is after the last norm; the output of the last
    # layer itself isn't in its tuple.
    assert torch.equal(output.hidden_states[-1], final)
    assert torch.equal(output.hidden_states[1], seen[1])
    logits = model.lm_head(final)
    loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()
    out = {"logits": logits, "loss": loss, "hidden.norm": final}
    out |= {f"hidden.{index}": state for index, state in seen.items()}
    for name, parameter in model.named_parameters():
        if not name.startswith("model.vqmodel."):
            out[f"grad.{name}"] = parameter.grad
    masked = model(input_ids=tokens).logits
    kept = masked > torch.finfo(masked.dtype).min
    assert torch.equal(masked[kept], logits[kept]) and not kept.all()
    return out


def make(name):
    case, folder = CASES[name], HERE / name
    write_checkpoint(case, folder)
    model, decoder = read_checkpoint(folder)
    generator = torch.Generator().manual_seed(1000 + case["seed"])
    inputs = decided_pictures(model.model.vqmodel, generator)
    expected = expected_pictures(model, decoder, inputs["pixels"], generator)
    rows = token_rows(model.config, expected["vq.codes"][0], generator)
    assert rows[0][7:-8] == expected["vq.token_ids"][0].tolist()
    expected |= expected_language(model, torch.tensor(rows))
    check = folder / "check"
    check.mkdir(exist_ok=True)
    (check / "tokens.json").write_text(json.dumps(rows) + "\n")
    save_file(inputs, check / "pixels.safetensors")
    save_file({key: value.detach().contiguous() for key, value in expected.items()},
              check / "expected.safetensors")
    size = sum(file.stat().st_size for file in folder.rglob("*"))
    print(f"{name}: {len(expected)} tensors, loss {expected['loss'].item():.4f}, "
          f"{expected['vq.codes'].unique().numel()} codes used, {size / 2**20:.2f} MiB")


if __name__ == "__main__":
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    for name in sys.argv[1:] or CASES:
        make(name)
