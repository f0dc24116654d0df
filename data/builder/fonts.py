"""Small fonts for labels: the Latin letters, digits and marks of published fonts, without hinting."""

import io
import logging

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = {
    "train": {
        "arimo": "arimo-latin-400-normal",
        "arimo-bold": "arimo-latin-700-normal",
        "caveat": "caveat-latin-700-normal",
        "dejavu-sans": "dejavu-sans-latin-400-normal",
        "kalam": "kalam-latin-400-normal",
        "lato": "lato-latin-400-normal",
        "patrick-hand": "patrick-hand-latin-400-normal",
        "roboto": "roboto-latin-400-normal",
        "tinos": "tinos-latin-400-normal",
    },
    "held-out": {"bitter": "bitter-latin-400-normal", "indie-flower": "indie-flower-latin-400-normal"},
}
PACKAGES = {"arimo-bold": "arimo"}
# The printable characters of ASCII, the signs of degrees and multiplication, and the dash of ranges.
CHARACTERS = [*range(0x20, 0x7F), 0xB0, 0xD7, 0x2013]
MOST_BYTES = 30_000


def small(data):
    """The subset as TrueType. Its names go, since some of them are reserved to the whole font."""
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[0, 13, 14], notdef_outline=True,
                             glyph_names=False, drop_tables=["GPOS", "GSUB", "GDEF", "kern", "DSIG", "STAT", "meta"], flavor=None)
    options.recalc_timestamp = False
    font = TTFont(io.BytesIO(data), recalcTimestamp=False)
    if "glyf" not in font:
        raise ValueError("a font without TrueType outlines")
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    font.flavor = None
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def build(packages):
    """Every font by its key in the bank."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    made = {}
    for split, fonts in FONTS.items():
        for name, file in fonts.items():
            data = small(packages.npm(f"@fontsource/{PACKAGES.get(name, name)}", f"files/{file}.woff"))
            if len(data) > MOST_BYTES:
                raise ValueError(f"the font {name} takes {len(data)} bytes")
            made[f"{split}/font/{name}"] = data
    return made
