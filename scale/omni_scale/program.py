"""`omni-r1` beside this program: one grammar and one judge for every engine. A line goes in, a line comes out."""

import json
import subprocess

import torch

from omni_scale.errors import Problem


class Pipe:
    def __init__(self, *words: str):
        self.words = words
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError as error:
            raise Problem(f"{words[0]} can't be started: {error}.",
                          "Build it (cargo build --release) and name it as program in the config.") from error

    def send(self, text: str):
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.ended() from None

    def line(self) -> str:
        line = self.process.stdout.readline()
        if not line:
            raise self.ended()
        return line

    def ended(self) -> Problem:
        return Problem(f"{' '.join(self.words)} has ended.", "Its own message above says why.")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Grammar:
    """What may follow, as sets of tokens by number: `masks[n]` is set n over the vocabulary, `pictures[n]` whether
    it is picture codes."""

    def __init__(self, program: str, model: str, recipe: str | None, vocabulary: int, device: torch.device):
        words = [program, "grammar", "--model", model] + (["--recipe", recipe] if recipe else [])
        self.pipe = Pipe(*words)
        self.vocabulary = vocabulary
        self.masks = torch.zeros(0, vocabulary, dtype=torch.bool, device=device)
        self.pictures = torch.zeros(0, dtype=torch.bool, device=device)

    def _ask(self, request: dict):
        self.pipe.send(json.dumps(request))
        answer = json.loads(self.pipe.line())
        for new in answer["new"]:
            mask = torch.zeros(1, self.vocabulary, dtype=torch.bool, device=self.masks.device)
            for first, end in new["ranges"]:
                mask[0, first:end] = True
            self.masks = torch.cat([self.masks, mask])
            self.pictures = torch.cat([self.pictures, self.pictures.new_tensor([new["picture"]])])
        return answer["allowed"]

    def open(self, prompts: list[list[int]]) -> list[int]:
        return self._ask({"open": prompts})

    def push(self, tokens: list[tuple[int, int]]) -> list[int]:
        return self._ask({"push": tokens})

    def choices(self, sequences: list[tuple[list[int], list[int]]]) -> list[list[int]]:
        """For each token of each answer the set it was chosen from; -1 where it was the only one."""
        return self._ask({"choices": sequences})

    def close(self):
        self.pipe.close()


class Judge:
    def __init__(self, program: str, model: str, recipe: str | None):
        words = [program, "judge", "--model", model] + (["--recipe", recipe] if recipe else [])
        self.pipe = Pipe(*words)

    def batch(self, groups: list[dict]) -> list[dict]:
        """Rewards and advantages of a batch: of each group `rewards`, `advantages`, `kept` and `said`."""
        for group in groups:
            self.pipe.send(json.dumps({name: group[name] for name in ("picture", "truth", "right", "answers")}))
        self.pipe.send("")
        verdicts = [json.loads(self.pipe.line()) for _ in groups]
        self.pipe.line()
        for verdict in verdicts:
            if "error" in verdict:
                raise Problem(verdict["error"], verdict["hint"])
        return verdicts

    def close(self):
        self.pipe.close()
