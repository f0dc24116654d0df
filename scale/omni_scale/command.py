"""The command line: it reads arguments and calls the modules. Exit codes: 0 done, 1 failed, 2 wrong arguments."""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from omni_scale.errors import Problem


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "omni-scale", description="Trains Omni-R1 on PyTorch, on the files of omni-r1. For several processes: "
        "torchrun --nproc-per-node N -m omni_scale sft CONFIG; for perpo also accelerate launch.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, help in (("sft", "trains on documents (prepared from a recipe with [language])"),
                       ("perpo", "trains by rewards (prepared from a recipe with [perpo])")):
        verb = verbs.add_parser(name, help=help)
        verb.add_argument("config", type=Path)
        verb.add_argument("--resume", action="store_true", help="goes on with the run in the same folder")
    verbs.choices["sft"].add_argument("--minutes", type=float, help="ends after so many minutes, saved")
    verb = verbs.add_parser("generate", help="answers prepared questions, and has them judged")
    verb.add_argument("config", type=Path)
    verb.add_argument("--steps", type=int, default=1, help="whose questions are asked")
    verb.add_argument("--output", type=Path, required=True, help="JSON lines, a question with its answers each")
    verb = verbs.add_parser("convert", help="turns a checkpoint into another layout")
    verb.add_argument("source", type=Path)
    verb.add_argument("out", type=Path)
    verb.add_argument("--to", choices=("hf", "meta"), required=True,
                      help="hf: Hugging Face's Chameleon, this project's and Anole-hf's; meta: the original "
                      "consolidated files of Chameleon and Anole")
    verb.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), help="as stored without it")
    verb.add_argument("--pieces", type=int, default=1, help="consolidated files to write (meta)")
    verb.add_argument("--piece-gb", type=float, default=5.0, help="of the largest safetensors file (hf)")
    verb = verbs.add_parser("report", help="sums up the log of a run on this machine's GPU")
    verb.add_argument("out", type=Path)
    verb = verbs.add_parser("paper", help="prints what each preset needs, computed")
    verb.add_argument("--gpu", choices=("A100", "H100", "H200"), default="H100")
    return parser


def run(given: argparse.Namespace):
    # No model is fetched from anywhere.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if given.verb == "paper":
        from omni_scale import paper
        print(paper.table(given.gpu))
        return
    if given.verb == "report":
        from omni_scale import report
        report.run(given.out)
        return
    if given.verb == "convert":
        from omni_scale import convert
        convert.run(given.source, given.out, given.to, given.dtype, given.pieces, given.piece_gb * 1e9)
        return
    from omni_scale import settings
    config = settings.load(given.config)
    if given.verb == "sft":
        from omni_scale import sft
        config = dataclasses.replace(config, minutes=given.minutes) if given.minutes else config
        sft.run(config, given.resume)
    elif given.verb == "perpo":
        try:
            from omni_scale import perpo
        except ImportError as error:
            hint = "pip install './scale[perpo]'."
            raise Problem(f"PeRPO needs a package that isn't there: {error}.", hint) from error
        perpo.run(config, given.resume)
    else:
        from omni_scale import generate
        generate.run(config, given.steps, given.output)


def main():
    try:
        run(arguments().parse_args())
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(1)
