"""Packages, fonts, colours, themes, and what a made picture carries."""

import contextlib
import io
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = HERE.parent
WORK = DATA.parent / "target" / "outside-2"
PYTHON = ["numpy==2.4.6", "pillow==13.0.0", "matplotlib==3.11.2", "seaborn==0.13.2", "plotnine==0.15.9",
          "pygal==3.1.3", "vl-convert-python==1.9.0.post1", "drawsvg==2.4.2", "resvg_py==0.5.0", "networkx==3.6.1",
          "opencv-python-headless==5.0.0.93", "scikit-image==0.26.0", "scikit-learn==1.9.1",
          "xlsxwriter==3.3.1", "pypdfium2==5.15.2",
          "font-amatic-sc==0.0.4", "font-caladea==0.0.2", "font-fredoka-one==0.0.4", "font-intuitive==0.0.4",
          "font-hanken-grotesk==0.0.2", "font-source-serif-pro==0.0.1"]
NODE = ["echarts@6.1.0", "chart.js@4.6.1", "@napi-rs/canvas@1.1.1", "roughjs@4.6.6", "perfect-freehand@1.2.3",
        "@resvg/resvg-js@2.6.2", "@twemoji/svg@15.0.0", "@iconify-json/openmoji@1.2.29",
        "@iconify-json/emojione-v1@1.2.3"]
WALLPAPERS = ["lomiri-wallpapers-16.04=20.04.0-2", "lomiri-wallpapers-20.04=20.04.0-2"]
COMMANDS = {"gnuplot": "gnuplot-nox", "dot": "graphviz", "soffice": "libreoffice-calc"}


def prepare(script):
    """Runs `script` again inside an environment that has everything, unless it is in it already."""
    if Path(sys.prefix).resolve() == (WORK / "venv").resolve():
        return
    if not (WORK / "venv").exists():
        subprocess.check_call([sys.executable, "-m", "venv", WORK / "venv"])
        subprocess.check_call([WORK / "venv/bin/python", "-m", "pip", "install", "-q", *PYTHON])
    if not (WORK / "node/node_modules").exists():
        (WORK / "node").mkdir(parents=True, exist_ok=True)
        subprocess.check_call(["npm", "install", "--silent", "--no-save", "--prefix", WORK / "node", *NODE])
    if not (WORK / "deb").exists():
        (WORK / "deb").mkdir(parents=True)
        subprocess.check_call(["apt-get", "download", *WALLPAPERS], cwd=WORK / "deb")
        for package in (WORK / "deb").glob("*.deb"):
            subprocess.check_call(["dpkg-deb", "-x", package, WORK / "deb"])
    for command, package in COMMANDS.items():
        if subprocess.run(["which", command], stdout=subprocess.DEVNULL).returncode:
            sys.exit(f"{command} isn't there. Install Debian's package {package}, then run this again.")
    clean = {**os.environ, "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0"}
    sys.exit(subprocess.call([WORK / "venv/bin/python", script, *sys.argv[1:]], env=clean))


@contextlib.contextmanager
def replaced(folder):
    """A new folder that takes the place of `folder` once it is whole, so that a build that stops loses nothing."""
    new = folder.with_name(folder.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    yield new
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def seeded(*words):
    return random.Random(" ".join(map(str, words)))


def seed_of(rng):
    return rng.randrange(1, 2**31 - 1)


@dataclass
class Made:
    """A picture (Pillow, RGB), its question, and what there is in it: colours, named stickers, things of the photo."""
    picture: object
    question: str = ""
    answer: str = ""
    truth: dict = field(default_factory=dict)
    colours: list = field(default_factory=list)
    names: list = field(default_factory=list)
    there: list = field(default_factory=list)
    photo: bool = False


NAMES = ["red", "orange", "yellow", "green", "blue", "purple"]
SHADES = {
    "red": ["#e41a1c", "#d62728", "#e53935", "#c0392b", "#ff0000", "#dc3912", "#e15759"],
    "orange": ["#ff7f0e", "#fb8c00", "#e67e22", "#ff8c00", "#f28e2b", "#ff9900"],
    "yellow": ["#ffd700", "#fdd835", "#f1c40f", "#ffeb3b", "#ffde03", "#f7d038"],
    "green": ["#2ca02c", "#43a047", "#27ae60", "#008000", "#59a14f", "#109618", "#4caf50"],
    "blue": ["#1f77b4", "#1e88e5", "#2980b9", "#0000ff", "#3366cc", "#377eb8", "#4169e1"],
    "purple": ["#8e24aa", "#8e44ad", "#800080", "#984ea3", "#7b1fa2", "#9333ea", "#6a3d9a"],
}


def rgb(colour):
    return tuple(int(colour[i:i + 2], 16) for i in (1, 3, 5))


def far(one, other):
    return sum((a - b) ** 2 for a, b in zip(rgb(one), rgb(other))) ** 0.5


@dataclass
class Theme:
    ground: str
    ink: str
    grid: str


LIGHT = ["#ffffff", "#ffffff", "#ffffff", "#ffffff", "#faf6ea", "#f0f4fa", "#eeeeee", "#fff4f0", "#eef7ee"]
TINTED = ["#cfe8d8", "#ddd3ee", "#ead9bd", "#bcd9ef", "#f3c9d3"]
DARK = ["#000000", "#1e1e1e", "#222831", "#1b2a41", "#2b2b2b", "#073642", "#0d1117"]


def luma(colour):
    red, green, blue = rgb(colour)
    return 0.3 * red + 0.59 * green + 0.11 * blue


def theme(rng, colours=(), hand=False, thin=False):
    """Ground, ink and grid; the ground is far from every colour in use, for thin lines in lightness too."""
    for _ in range(99):
        kind = rng.choices(["light", "tinted", "dark"], [75, 10, 15] if hand else [62, 12, 26])[0]
        if kind == "dark":
            made = Theme(rng.choice(DARK), rng.choice(["#ffffff", "#e6e6e6", "#d8dee9"]), "#5a5f66")
        else:
            ground = rng.choice(LIGHT if kind == "light" else TINTED)
            made = Theme(ground, rng.choice(["#000000", "#222222", "#333344", "#444444"]), "#c4c4c4")
        lighter = min((abs(luma(made.ground) - luma(colour)) for colour in colours), default=255)
        if all(far(made.ground, colour) > 140 for colour in colours) and lighter > (60 if thin else 20):
            return made
    return Theme("#ffffff", "#222222", "#c4c4c4")


def shades(rng, names):
    """A shade of each name, none near another."""
    while True:
        made = {name: rng.choice(SHADES[name]) for name in names}
        chosen = list(made.values())
        if all(far(one, other) > 100 for i, one in enumerate(chosen) for other in chosen[:i]):
            return made


def size(rng, least=0.5, most=2.0, smallest=200, largest=900):
    """Width and height: the longer side as asked, the aspect between two bounds."""
    aspect = min(max(rng.choice([1.0, 1.33, 1.5, 1.6, 1.78, 0.75, 0.67, rng.uniform(0.5, 2.0)]), least), most)
    long = rng.choice([rng.randint(smallest, 420), rng.randint(380, 640), rng.randint(500, largest)])
    long = max(long, round(smallest * max(aspect, 1 / aspect)))
    return (long, round(long / aspect)) if aspect >= 1 else (round(long * aspect), long)


def truth(rule, **what):
    return {"rule": rule, **what}


def number(value):
    return str(value), truth("number", value=float(value))


def yes(value):
    return "yes" if value else "no", truth("yesno", yes=bool(value))


REGIONS = ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"]


def region(cell):
    return REGIONS[cell], truth("region", region=REGIONS[cell])


def opened(data):
    from PIL import Image

    picture = Image.open(io.BytesIO(data))
    if picture.mode in ("RGBA", "LA", "P"):
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


def site(package):
    """A folder of an installed Python package."""
    import importlib.util

    return Path(importlib.util.find_spec(package).submodule_search_locations[0])


def fonts():
    """Font files by family; only these are used, so that a machine's own fonts change nothing."""
    mpl = site("matplotlib") / "mpl-data" / "fonts" / "ttf"
    return {
        "DejaVu Sans": mpl / "DejaVuSans.ttf", "DejaVu Serif": mpl / "DejaVuSerif.ttf",
        "DejaVu Sans Mono": mpl / "DejaVuSansMono.ttf",
        "Caladea": site("font_caladea") / "files" / "Caladea-Regular.ttf",
        "Source Serif Pro": site("font_source_serif_pro") / "files" / "SourceSerifPro-Regular.ttf",
        "Hanken Grotesk": site("font_hanken_grotesk") / "files" / "HankenGrotesk-Regular.otf",
        "Fredoka One": site("font_fredoka_one") / "files" / "FredokaOne-Regular.ttf",
        "Intuitive": site("font_intuitive") / "files" / "Intuitive.ttf",
        "Amatic SC": site("font_amatic_sc") / "files" / "AmaticSC-Bold.ttf",
    }


PRINTED = ["DejaVu Sans", "DejaVu Sans", "DejaVu Serif", "Hanken Grotesk", "Caladea", "Source Serif Pro",
           "DejaVu Sans Mono", "Fredoka One"]
WRITTEN = ["Intuitive", "Intuitive", "Fredoka One", "DejaVu Sans"]
