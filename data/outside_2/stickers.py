"""Stickers on photos (N1 to N4): sets and photos that training never shows."""

import functools
import io
import json

import numpy

from .common import REGIONS, WORK, Made, region, rgb, site, theme, truth, yes
from .wording import article, worded

# Code points for Twemoji, and how OpenMoji and EmojiOne 1 call a name where it isn't the name itself ("" for none).
GLYPHS = {
    "fox": ("1f98a", "fox", ""), "frog": ("1f438", "frog", "frog-face"), "umbrella": ("2602", "umbrella", ""),
    "tree": ("1f333", "deciduous-tree", "deciduous-tree"), "pizza": ("1f355",),
    "car": ("1f697", "automobile", "automobile"),
    "strawberry": ("1f353",), "whale": ("1f433", "spouting-whale", "spouting-whale"), "key": ("1f511", "key", ""),
    "banana": ("1f34c",), "penguin": ("1f427",), "mushroom": ("1f344",), "ball": ("26bd", "soccer-ball", "soccer-ball"),
    "house": ("1f3e0",), "cactus": ("1f335",), "sunflower": ("1f33b",), "clock": ("23f0", "alarm-clock", "alarm-clock"),
    "apple": ("1f34e", "red-apple", "red-apple"), "butterfly": ("1f98b", "butterfly", ""), "bell": ("1f514",),
    "crab": ("1f980", "crab", ""), "panda": ("1f43c", "panda", "panda-face"), "rocket": ("1f680",),
    "carrot": ("1f955", "carrot", ""), "bicycle": ("1f6b2", "bicycle", ""), "guitar": ("1f3b8",),
    "snowman": ("26c4", "snowman-without-snow", "snowman-without-snow"), "anchor": ("2693",), "cat": ("1f408",),
    "dog": ("1f415",), "lion": ("1f981", "lion", ""), "rabbit": ("1f407",), "horse": ("1f40e",), "cow": ("1f404",),
    "pig": ("1f416",), "fish": ("1f41f",), "turtle": ("1f422",), "bee": ("1f41d", "honeybee", "honeybee"),
    "sun": ("2600",), "moon": ("1f319", "crescent-moon", "crescent-moon"), "cloud": ("2601",),
    "book": ("1f4d5", "closed-book", "closed-book"), "hammer": ("1f528",), "bus": ("1f68c",), "train": ("1f686",),
    "boat": ("26f5", "sailboat", "sailboat"), "cake": ("1f382", "birthday-cake", "birthday-cake"), "bread": ("1f35e",),
    "egg": ("1f95a", "egg", ""), "shoe": ("1f45e", "mans-shoe", "mans-shoe"), "hat": ("1f3a9", "top-hat", "top-hat"),
    "drum": ("1f941", "drum", ""), "robot": ("1f916", "robot", ""), "balloon": ("1f388",), "camera": ("1f4f7",),
    "phone": ("1f4f1", "mobile-phone", "mobile-phone"), "chair": ("1fa91", "chair", ""),
    "gift": ("1f381", "wrapped-gift", "wrapped-gift"),
}
SETS = ["twemoji", "twemoji", "twemoji", "openmoji", "openmoji", "emojione-v1"]
SKIMAGE = {"astronaut": {"rocket"}, "chelsea": {"cat"}, "coffee": {"chair"}, "rocket": {"rocket", "moon"}}
SKLEARN = {"china": {"house", "tree"}, "flower": {"sunflower"}}
# Photos of the wallpaper packages, and the names that one could say of something in them.
PAPERS = {
    "Bridge_by_Sander_Klootwijk": {"cloud", "sun"}, "Dragonfly_by_Bolly": {"tree", "butterfly", "bee"},
    "Picture_0B_by_freespace": {"bread", "egg", "apple"}, "Picture_1A_by_freespace": {"hammer"},
    "Wine_by_Jakkub_Mede": {"chair", "drum", "ball"}, "aitzgorri_by_Aitzol_Berasategi": {"tree", "cloud", "house"},
    "analogpattern_by_Peter_Nerlich": set(), "free_by_Peter_Nerlich": {"moon", "balloon"},
    "friends_by_Aitzol_Berasategi": {"dog", "house", "chair"}, "greentock_by_Peter_Nerlich": {"clock"},
    "life_by_Aitzol_Berasategi": {"tree"}, "picosdeeuropa_by_Aitzol_Berasategi": {"cloud", "horse", "cow"},
    "seeding_by_Clements_Engelhardt": {"sunflower", "balloon"}, "sunset_by_Aitzol_Berasategi": {"sun", "cloud"},
    "umang_by_Abhishek_Mudgal": set(), "Fossa_by_Jasper_Roks": set(), "Infinite-Sea_by_Aury88": {"moon", "cloud"},
    "Kleiber_by_Lukas_Baubkus": {"tree"}, "Painting-Colors_by__herobrine7gamer": set(),
}


@functools.cache
def icons(name):
    folder = WORK / "node" / "node_modules" / "@iconify-json" / name
    return json.loads((folder / "icons.json").read_text())


@functools.cache
def sticker(style, name):
    """The picture of a name in a set (RGBA, cut to its edges), or None."""
    from PIL import Image
    import resvg_py

    code, *others = GLYPHS[name]
    if style == "twemoji":
        svg = (WORK / "node" / "node_modules" / "@twemoji" / "svg" / f"{code}.svg").read_text()
    else:
        called = others[["openmoji", "emojione-v1"].index(style)] if others else name
        known = icons(style)
        icon = known["icons"].get(called) or known["icons"].get(known.get("aliases", {}).get(called, {}).get("parent"))
        if not called or not icon:
            return None
        width = icon.get("width", known.get("width", 16))
        height = icon.get("height", known.get("height", 16))
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{icon["body"]}</svg>'
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=256, height=256))))
    picture = picture.convert("RGBA")
    return picture.crop(picture.getbbox())


@functools.cache
def photo(name):
    from PIL import Image

    if name in SKIMAGE:
        file = next(site("skimage").glob(f"data/{name}.*"))
    elif name in SKLEARN:
        file = site("sklearn") / "datasets" / "images" / f"{name}.jpg"
    else:
        file = next((WORK / "deb" / "usr" / "share" / "backgrounds").glob(f"{name}.jpg"))
    picture = Image.open(file).convert("RGB")
    picture.thumbnail((1400, 1400), Image.LANCZOS)
    return picture


PHOTOS = {**SKIMAGE, **SKLEARN, **PAPERS}


def backdrop(rng, largest=520):
    """A part of a photo (or a plain ground) at a picture's size, and the names that are in it already."""
    from PIL import Image

    aspect = rng.choice([1.33, 1.5, 1.78, 1.0, 0.75, 0.56, rng.uniform(0.5, 2.0)])
    long = rng.randint(240, largest)
    wide = (long, round(long / aspect)) if aspect >= 1 else (round(long * aspect), long)
    if rng.random() < 0.12:
        return Image.new("RGB", wide, rgb(theme(rng).ground)), set()
    name = rng.choice(list(PHOTOS))
    whole = photo(name)
    share = rng.uniform(0.6, 1.0)
    w = min(whole.width, whole.height * aspect) * share
    h = w / aspect
    left, top = rng.uniform(0, whole.width - w), rng.uniform(0, whole.height - h)
    box = tuple(round(v) for v in (left, top, left + w, top + h))
    return whole.crop(box).resize(wide, Image.LANCZOS), PHOTOS[name]


def clear(box, boxes):
    return all(box[2] <= b[0] or b[2] <= box[0] or box[3] <= b[1] or b[3] <= box[1] for b in boxes)


def plain(under, art):
    """How far the sticker's colours are from what is under it, on average."""
    seen = numpy.asarray(art.getchannel("A")) > 128
    apart = numpy.asarray(art.convert("RGB"), float) - numpy.asarray(under, float)
    return numpy.sqrt((apart**2).sum(-1))[seen].mean()


def pasted(rng, picture, art, cell, share, boxes):
    """Puts the sticker's middle into a ninth of the picture, clear of `boxes`; its own box, or None."""
    from PIL import Image, ImageFilter, ImageOps

    width, height = picture.size
    scale = share * min(width, height) / max(art.size)
    art = art.resize([max(1, round(extent * scale)) for extent in art.size], Image.LANCZOS)
    if rng.random() < 0.3:
        art = ImageOps.mirror(art)
    if rng.random() < 0.4:
        art = art.rotate(rng.uniform(-20, 20), Image.BICUBIC, expand=True)
    spot = []
    for at, extent, own in ((cell % 3, width, art.width), (cell // 3, height, art.height)):
        low, high = ((at + inset) * extent / 3 for inset in (0.25, 0.75))
        low, high = max(low, own / 2), min(high, extent - own / 2)
        spot.append(rng.uniform(low, high) if low < high else (low + high) / 2)
    place = [round(at - own / 2) for at, own in zip(spot, art.size)]
    box = (*place, place[0] + art.width, place[1] + art.height)
    if not clear(box, boxes) or plain(picture.crop(box), art) < 75:
        return None
    if rng.random() < 0.3:
        shadow = Image.new("RGBA", art.size, (0, 0, 0, 110))
        shadow.putalpha(art.getchannel("A").point(lambda a: a * 110 // 255).filter(ImageFilter.GaussianBlur(2)))
        picture.paste(shadow, (place[0] + 3, place[1] + 4), shadow)
    picture.paste(art, place, art)
    return box


def scene(rng):
    """A photo with stickers: the picture, each name's cell, what else could be named, and the set."""
    picture, there = backdrop(rng)
    style = rng.choice(SETS)
    usable = [name for name in GLYPHS if name not in there and sticker(style, name)]
    names = rng.sample(usable, rng.choice([1, 2, 2, 3, 3, 4]))
    cells = []
    for _ in names:
        free = [cell for cell in range(9) if cell not in cells and all(
            max(abs(cell % 3 - c % 3), abs(cell // 3 - c // 3)) > (1 if len(names) < 3 else 0) for c in cells)]
        cells.append(rng.choice(free or [cell for cell in range(9) if cell not in cells]))
    share = rng.uniform(0.30, 0.40) if len(names) < 3 else rng.uniform(0.28, 0.33)
    share *= 1.15 if max(picture.size) > 1.5 * min(picture.size) else 1.0
    boxes, found = [], {}
    for name, cell in zip(names, cells):
        for _ in range(20):
            box = pasted(rng, picture, sticker(style, name), cell, share * rng.uniform(0.85, 1.05), boxes)
            if box:
                boxes.append(box)
                found[name] = cell
                break
    return (picture, found, there, style) if found else scene(rng)


def made(picture, question, answer, right, names, there):
    return Made(picture, question, answer, right, names=list(names), there=sorted(there), photo=True)


def n1(rng):
    picture, cells, there, style = scene(rng)
    name = rng.choice(list(cells))
    return made(picture, worded(rng, "N1", {"n": name}), *region(cells[name]), cells, there), style


WHERE = ["in the top left", "at the top", "in the top right", "on the left", "in the middle", "on the right",
         "in the bottom left", "at the bottom", "in the bottom right"]


def alone(name, cells):
    """Whether "on the right" (or another side) can mean this sticker only."""
    cell = cells[name]
    if cell in (1, 7):
        return all(other // 3 != cell // 3 for key, other in cells.items() if key != name)
    return cell not in (3, 5) or all(other % 3 != cell % 3 for key, other in cells.items() if key != name)


def n2(rng):
    picture, cells, there, style = scene(rng)
    while not any(alone(name, cells) for name in cells):
        picture, cells, there, style = scene(rng)
    name = rng.choice([name for name in cells if alone(name, cells)])
    place = WHERE[cells[name]] if rng.random() < 0.7 else f"{WHERE[cells[name]]} of the picture"
    assert REGIONS[cells[name]] in place
    return made(picture, worded(rng, "N2", {"where": place}), name, truth("name", name=name), cells, there), style


def n3(rng):
    picture, cells, there, style = scene(rng)
    absent = rng.choice([name for name in GLYPHS if name not in cells and name not in there])
    name = rng.choice([rng.choice(list(cells)), absent])
    slots = {"n": name, "an": article(name)}
    return made(picture, worded(rng, "N3", slots), *yes(name in cells), cells, there), style


def n4(rng):
    while True:
        picture, cells, there, style = scene(rng)
        if len(cells) < 2:
            continue
        one, other = rng.sample(list(cells), 2)
        ways = []
        for before, after, at in (("left of", "right of", lambda c: c % 3), ("above", "below", lambda c: c // 3)):
            if at(cells[one]) != at(cells[other]):
                ways.append((before, at(cells[one]) < at(cells[other])))
                ways.append((after, at(cells[one]) > at(cells[other])))
        relation, holds = rng.choice(ways)
        relation = {"left of": rng.choice(["left of", "to the left of"]),
                    "right of": rng.choice(["right of", "to the right of"])}.get(relation, relation)
        slots = {"a": one, "b": other, "rel": relation}
        return made(picture, worded(rng, "N4", slots), *yes(holds), cells, there), style
