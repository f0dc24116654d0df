"""The four configurations of the parity fixtures, and their vocabularies."""

IMAGE_PREFIX = "IMGIMG"

CASES = {
    # The layout of the official release: as many key as query heads, and no decoder (though
    # there is a post_quant_conv).
    "plain": dict(
        seed=1,
        language=dict(hidden_size=64, intermediate_size=112, num_hidden_layers=2,
                      num_attention_heads=4, num_key_value_heads=4, vocab_size=270),
        picture=dict(resolution=16, in_channels=3, base_channels=32, channel_multiplier=[1, 1, 1],
                     num_res_blocks=2, latent_channels=16, embed_dim=16, num_embeddings=64),
        dtypes=("float32", "float32"), decoder=False, old_style_config=False,
    ),
    # Grouped heads, bf16 throughout, and a picture whose 4x4 pixels became channels before the
    # first convolution.
    "grouped": dict(
        seed=2,
        language=dict(hidden_size=96, intermediate_size=112, num_hidden_layers=2,
                      num_attention_heads=6, num_key_value_heads=2, vocab_size=280),
        picture=dict(resolution=12, in_channels=48, base_channels=32, channel_multiplier=[1, 1],
                     num_res_blocks=1, latent_channels=32, embed_dim=8, num_embeddings=128),
        dtypes=("bfloat16", "bfloat16"), decoder=True, old_style_config=True,
    ),
    # Norms after attention and MLP instead of before; attention inside the two lower levels; the
    # VQ of another dtype than the transformer (the released checkpoints: bf16 beside f32).
    "swin": dict(
        seed=3,
        language=dict(hidden_size=64, intermediate_size=112, num_hidden_layers=2,
                      num_attention_heads=4, num_key_value_heads=4, vocab_size=270, swin_norm=True),
        picture=dict(resolution=16, in_channels=3, base_channels=32, channel_multiplier=[1, 1, 1],
                     num_res_blocks=1, latent_channels=8, embed_dim=16, num_embeddings=64,
                     attn_resolutions=[8, 4]),
        dtypes=("float32", "float16"), decoder=True, old_style_config=False,
    ),
    # Everything unusual at once: one key head for three query heads, three layers, other RoPE
    # base and RMS epsilon (the epsilon of q_norm and k_norm stays 1e-5), level widths that grow
    # and shrink, an odd grid, no attention in the VQ at all, f16 throughout.
    "odd": dict(
        seed=4,
        language=dict(hidden_size=72, intermediate_size=104, num_hidden_layers=3,
                      num_attention_heads=3, num_key_value_heads=1, vocab_size=301, swin_norm=True,
                      rope_theta=500000.0, rms_norm_eps=1e-3),
        picture=dict(resolution=20, in_channels=3, base_channels=32, channel_multiplier=[1, 2, 1],
                     num_res_blocks=1, latent_channels=24, embed_dim=12, num_embeddings=200,
                     attn_type="none"),
        dtypes=("float16", "float16"), decoder=True, old_style_config=True,
    ),
}


def picture_token(code):
    """The vocabulary's name of a picture code: its decimal digits as letters A=0 ... J=9."""
    return IMAGE_PREFIX + "".join(chr(ord("A") + int(digit)) for digit in str(code)) + "Z"


def vocabulary(vocab_size, codes):
    """Name -> id in Chameleon's order: specials, codes, end and begin of image, reserved, text."""
    names = ["<s>", "<pad>", "</s>", "<unk>"]
    names += [picture_token(code) for code in range(codes)]
    names += ["<eoss>", "<racm3:break>", "<image>"]
    names += [f"<reserved{12840 + i:05}>" for i in range(32)]
    names += [f"text{i}" for i in range(vocab_size - len(names))]
    assert len(names) == vocab_size
    return {name: index for index, name in enumerate(names)}
