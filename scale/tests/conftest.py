"""Small things made once for the tests: `omni-r1` is named by the variable OMNI_R1."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def omni_r1(*words) -> str:
    program = os.environ.get("OMNI_R1", str(ROOT / "target/release/omni-r1"))
    return subprocess.run([program, *map(str, words)], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def omni_scale(*words, processes: int = 1, check: bool = True):
    command = [sys.executable, "-m", "omni_scale", *map(str, words)]
    if processes > 1:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}",
                   "-m", "omni_scale", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
    return done


def workers(count: int, *words) -> list[subprocess.Popen]:
    """Processes as torchrun starts them. Torchrun's own live on when it is killed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = environment() | {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    command = [sys.executable, "-m", "omni_scale", *map(str, words)]
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return [subprocess.Popen(command, env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}, **quiet)
            for rank in range(count)]


def environment() -> dict:
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "scale"), "HF_HUB_OFFLINE": "1"}


def program() -> str:
    return os.environ.get("OMNI_R1", str(ROOT / "target/release/omni-r1"))


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def config(made: Path, name: str, shards: str, **more) -> Path:
    values = {"shards": made / shards, "out": made / name, "precision": "float32", "device": "cpu", "program": program()}
    text = "".join(f"{key} = {json.dumps(str(value) if isinstance(value, Path) else value)}\n"
                   for key, value in (values | more).items())
    path = made / f"{name}.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("scale")
