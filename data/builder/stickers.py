"""Named stickers out of emoji and icon sets. stickers.json says which glyphs of a set show a name."""

import io
import json
from pathlib import Path

import resvg_py
from PIL import Image

# Packages of whole pictures: where a glyph's file lies.
FILES = {
    "fluent": ("@lobehub/fluent-emoji-3d", "assets/{}.webp"),
    "flat": ("@lobehub/fluent-emoji-flat", "assets/{}.svg"),
    "noto": ("emoji-datasource-google", "img/google/64/{}.png"),
    "twemoji": ("@twemoji/svg", "{}.svg"),
}
# Iconify's packages: all glyphs in one file.
ICONS = {
    "blob": "@iconify-json/noto-v1",
    "emojione": "@iconify-json/emojione",
    "emojione-mono": "@iconify-json/emojione-monotone",
    "font-awesome": "@iconify-json/fa6-solid",
    "fxemoji": "@iconify-json/fxemoji",
    "game-icons": "@iconify-json/game-icons",
    "high-contrast": "@iconify-json/fluent-emoji-high-contrast",
    "hugeicons": "@iconify-json/hugeicons",
    "icon-park": "@iconify-json/icon-park",
    "lucide": "@iconify-json/lucide",
    "mdi": "@iconify-json/mdi",
    "mingcute": "@iconify-json/mingcute",
    "phosphor": "@iconify-json/ph",
    "streamline": "@iconify-json/streamline-emojis",
    "tabler": "@iconify-json/tabler",
}
# Never trained on.
UNSEEN_SETS = ["fxemoji", "twemoji"]

# The longer side at most, in pixels: of coloured stickers, and of those in plain ink.
SIDE, INK_SIDE = 72, 64

TABLE = json.loads((Path(__file__).parent / "stickers.json").read_text())
NAMES, HELD_OUT_NAMES = list(TABLE["names"]), list(TABLE["held_out_names"])


def drawn(svg):
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=144, height=144, skip_system_fonts=True))


def icon(icons, key):
    """An icon as SVG. An alias has the body of its parent."""
    while key not in icons["icons"]:
        key = icons["aliases"][key]["parent"]
    found = icons["icons"][key]
    measure = lambda name, default: found.get(name, icons.get(name, default))
    box = " ".join(str(measure(*side)) for side in (("left", 0), ("top", 0), ("width", 16), ("height", 16)))
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {space} viewBox="{box}">{found["body"]}</svg>'


def glyph(of_set, key, packages):
    """A glyph as a picture with alpha."""
    if of_set in ICONS:
        data = drawn(icon(packages.icons(ICONS[of_set]), key))
    else:
        package, path = FILES[of_set]
        data = packages.npm(package, path.format(key))
        data = drawn(data.decode()) if path.endswith(".svg") else data
    return Image.open(io.BytesIO(data)).convert("RGBA")


def trimmed(picture):
    """Cut to what can be seen and made smaller; and whether it is plain ink, black all over."""
    seen = picture.getchannel("A").point(lambda alpha: 255 if alpha > 40 else 0)
    picture = picture.crop(seen.getbbox())
    flat = Image.new("RGBA", picture.size)
    flat.paste(picture, mask=picture.getchannel("A"))
    ink = all(high == 0 for _, high in flat.convert("RGB").getextrema())
    side = INK_SIDE if ink else SIDE
    picture.thumbnail((side, side), Image.LANCZOS)
    if ink:
        black = Image.new("RGBA", picture.size)
        # 16 levels of ink: at these sizes as good as 256, and half as many bytes.
        black.putalpha(picture.getchannel("A").point(lambda alpha: round(alpha / 17) * 17))
        return black, True
    return picture, False


def build(packages, encoded):
    """Every sticker by its key in the bank."""
    made = {}
    for held, names in ((False, TABLE["names"]), (True, TABLE["held_out_names"])):
        for name, sets in names.items():
            for of_set, keys in sets.items():
                split = "held-out" if held or of_set in UNSEEN_SETS else "train"
                for i, key in enumerate(keys):
                    picture, ink = trimmed(glyph(of_set, key, packages))
                    options = {"lossless": True} if ink else {"quality": 75, "alpha_quality": 50}
                    data = encoded(picture, "WEBP", method=6, **options)
                    made[f"{split}/sticker/{of_set}/{name}" + (f"~{i + 1}" if i else "")] = data
    return made
