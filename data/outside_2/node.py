"""The Node helper: jobs in, pictures out."""

import atexit
import base64
import json
import subprocess

from .common import HERE, WORK, fonts, opened

_running = None


def _helper():
    global _running
    if _running is None:
        families = json.dumps({family: str(file) for family, file in fonts().items()})
        _running = subprocess.Popen(["node", HERE / "helper.mjs", WORK / "node", families], text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(_running.kill)
    return _running


def node(program, **job):
    """The picture that a program of the helper draws."""
    helper = _helper()
    helper.stdin.write(json.dumps({"program": program, **job}) + "\n")
    helper.stdin.flush()
    answer = json.loads(helper.stdout.readline())
    if "error" in answer:
        raise RuntimeError(f"{program} failed: {answer['error']}")
    return opened(base64.b64decode(answer["png"]))
