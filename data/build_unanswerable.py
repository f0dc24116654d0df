#!/usr/bin/env python3
"""Builds data/unanswerable-bench: 300 questions that can't be answered from their picture.

    python3 data/build_unanswerable.py

Pictures come from the programs of build_outside_2.py by other seeds; the right answer is always "i can't tell".
A question is one of these: it asks for what isn't there (a bar, line, node or thing; never "is there ...?", which
can be answered), belongs to another kind of picture, has a word that nobody knows, is in another language, is
arithmetic, asks a photo for a chart, or is open. A second run gives the same bytes, as in build_outside_2.py.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from outside_2.common import NAMES, Made, prepare, replaced, seeded  # noqa: E402
from outside_2.wording import WORDS, typed  # noqa: E402

OUT = HERE / "unanswerable-bench"
SERIES = "unanswerable"
SHARES = {"absent": 84, "another picture": 66, "unknown word": 36, "another language": 36, "arithmetic": 24,
          "photo": 24, "open": 30}

# Where a part that isn't there is asked for; {x} isn't there, {c} and {n} are.
ABSENT = {
    "S1": [*WORDS["S1"][:4], "what is the value of the {x} bar?"],
    "S3": ["how much taller is {c} than {x}?", "difference between {c} and {x}?", "how much more is {x} than {c}?"],
    "S4": ["which point of the {x} line is highest?", "at which point does the {x} line peak?",
           "where's the {x} line lowest, which point?"],
    "D4": ["is {c} linked to {x}?", "can you get from {x} to {c}?", "are the {c} and {x} nodes connected?"],
    "V1": ["how can i get from {c} to {x}?", "path from {x} to {c}?", "directions from {c} to {x} please"],
    "V2": ["from the {x} dot i go up, left. safe or falls?", "if the {x} piece moves right, right, is it safe?"],
    "N1": ["where's the {n}?", "can you find the {n}?  where is it", "where is the {n}?", "{n} where?",
           "in what part of the photo is the {n}?"],
    "N4": ["is the {m} left of the {n}?", "is the {n} above the {m}?", "would you say the {n} is below the {m}?"],
}
# Which pictures a type's question has no answer in.
ELSEWHERE = {
    "S1": ["S5", "D4", "V1", "D3", "N1", "V2"], "S2": ["D4", "V1", "N2", "D3", "V2", "S4"],
    "S3": ["V1", "V2", "D4", "N1", "D3"], "S4": ["V1", "V2", "D5", "N1", "V4"],
    "S5": ["V1", "V2", "D4", "N3", "S4", "D3"],
    "D3": ["S5", "N1", "V5"], "D2": ["N2", "S4", "D4"], "D4": ["S1", "S4", "N4", "D2", "V4"],
    "D5": ["S4", "D4", "N1", "V1", "D3"], "V1": ["S1", "S5", "D2", "N1", "D5"], "V2": ["S1", "S5", "N2", "D3", "D2"],
    "V4": ["S1", "S5", "N1", "D3", "S4"],
}
FOREIGN = {
    "S": ["wie hoch ist der rote balken?", "quelle est la valeur de la barre bleue ?", "¿cuál es la barra más alta?",
          "qual è la barra più alta?", "qual é o valor da barra verde?", "hangi çubuk en uzun?",
          "welke balk is het hoogst?", "который столбец самый высокий?", "红色的柱子有多高?", "一番高い棒はどれですか?",
          "der größte wert?",
          "który słupek jest najwyższy?", "combien vaut le rouge ?", "wo liegt der höchste punkt?"],
    "D": ["wie viele dreiecke sind das?", "combien de carrés y a-t-il ?", "¿cuántos círculos hay?",
          "quanti lati ha?", "quantos cantos tem a figura?", "kaç yıldız var?",
          "hoeveel hoeken heeft dit?", "сколько здесь кругов?",
          "有几个三角形?", "これは何角形ですか?", "ist der winkel spitz oder stumpf?", "jaki to kąt?", "ما هو هذا الشكل؟"],
    "V": ["wie komme ich vom start zum ziel?", "comment aller du rouge au bleu ?", "¿cómo llego al punto verde?",
          "dov'è la scatola?", "é seguro ir para a direita?", "labirentten nasıl çıkarım?",
          "hoe kom ik bij het doel?", "как дойти до цели?", "怎么走到红色?",
          "ゴールまでの道は?"],
    "N": ["wo ist der fuchs?", "où est le renard ?", "¿qué hay arriba a la izquierda?", "dove si trova la chiave?",
          "onde está o gato?", "köpek nerede?", "wat staat er bovenaan?", "где находится лиса?", "左上角是什么?",
          "右に何がありますか?", "ist da ein hund?", "gdzie jest kot?", "यह क्या है?"],
}
NONSENSE = ["what is the {w} of this?", "what's the {w} of the {c} one?", "how many {w}s are there in the {w2}?",
            "is the {w} more {w2} than the {c} one?", "where does the {w} {w2}?", "which {w} is the most {w2}?",
            "count the {w}s please", "what {w} is it?", "how {w} is the {c} one?", "{w} {w2}?",
            "can you {w} the {c} one?"]
OPEN = ["who painted this?", "who made this picture?", "when was this taken?", "why is it like that?",
        "is this any good?", "what's the weather like tomorrow?", "what is the capital of france?",
        "tell me a joke", "write a poem about it",
        "what should i eat tonight?", "how old is the artist?", "do you like it?", "what does it mean?",
        "what happened before this?", "who won the world cup?", "what is my name?", "how much does this cost?",
        "where was this bought?", "translate this into french", "what time is it?", "what will happen next?",
        "are you a robot?", "what song goes with this?", "how do i feel about that?", "which camera did they use?",
        "what's the meaning of life", "who is the author?", "what's your favourite part?", "can you fix my code?",
        "explain quantum physics", "is it cheaper than last year?", "hello", "what do you think of this?"]
ONSETS, VOWELS, CODAS = ["bl", "fl", "gr", "z", "sn", "kw", "pl", "v", "thr", "dr", "m", "sk"], "aeiou", \
    ["rb", "nk", "mp", "zzle", "rp", "x", "ndle", "ft", "lg", "bbit", "ck"]


def word(rng):
    return rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS)


def arithmetic(rng):
    a, b = rng.randint(2, 99), rng.randint(2, 99)
    return rng.choice([f"what is {a} times {b}?", f"{a} + {b}", f"what's {a} plus {b}?", f"{a}*{b}=?",
                       f"how much is {a + b} minus {b}?", f"what is {a * b} divided by {b}?",
                       f"square root of {a * a}?", f"{a} percent of {b * 10}?", f"is {a} a prime number?",
                       f"what is half of {2 * a}?"])


def absent(rng, kind, item):
    """The question for something that the picture doesn't have."""
    from outside_2.stickers import GLYPHS

    others = [name for name in NAMES if name not in item.colours]
    if kind.startswith("N"):
        missing = [name for name in GLYPHS if name not in item.names + item.there]
        slots = {"n": rng.choice(missing), "m": rng.choice(item.names)}
    else:
        slots = {"x": rng.choice(others), "c": rng.choice(item.colours) if item.colours else "red"}
    text = rng.choice(ABSENT[kind])
    if kind == "S1":
        slots = {"c": slots["x"], "x": slots["x"], "bar": "bar"}
    return text.format(**slots), list(slots.values())


def elsewhere(rng, kind):
    """A question of a type as its own pictures would have it."""
    one, two = rng.sample(NAMES, 2)
    moves = ", ".join(rng.choice(["up", "down", "left", "right"]) for _ in range(3))
    slots = {"c": one, "a": one, "b": two, "bar": "bar", "more": "taller", "m": moves, "adj": "highest"}
    slots["w"] = {"S2": "tallest", "S4": "highest", "S5": "largest"}.get(kind, "")
    if kind == "V4":
        slots["m"] = rng.choice(["up once", "left twice", "right once and up once", "down twice"])
    # Some wordings don't name the kind of picture, and so have an answer in others.
    wordings = [text for text in WORDS[kind] if (kind, text) != ("S1", "how many for {c}?")
                and (kind != "S5" or any(part in text for part in ("slice", "pie", "sector")))]
    return rng.choice(wordings).format(**slots), list(slots.values())


def plain_photo(rng):
    from outside_2.stickers import backdrop

    while True:
        picture, _ = backdrop(rng, 320)
        if len(picture.resize((8, 8)).getcolors()) > 20:
            return Made(picture, photo=True)


def pictured(rng, number, kinds):
    """A picture of one of the types, by a seed of its own."""
    from outside_2.makers import made

    kind = rng.choice(kinds)
    item, program, way = made(kind, number, SERIES)
    return kind, item, program, way


def asked(why, number):
    """One item: the made picture, its question, and by what it was made."""
    from outside_2.makers import TYPES

    rng = seeded(SERIES, why, number)
    at = 1000 * list(SHARES).index(why) + number
    if why == "photo":
        question, keep = elsewhere(rng, rng.choice(["S1", "S2", "S3", "S4", "S5", "D5", "V1", "V2", "V4", "D3"]))
        return plain_photo(rng), typed(rng, question, keep), "photo", ""
    if why == "another picture":
        asks = rng.choice(list(ELSEWHERE))
        kind, item, program, way = pictured(rng, at, ELSEWHERE[asks])
        question, keep = elsewhere(rng, asks)
        return item, typed(rng, question, keep), program, way
    if why == "absent":
        kinds = list(ABSENT)
        kind = (kinds + ["N1", "S1"])[number % (len(kinds) + 2)]
        while True:
            kind, item, program, way = pictured(rng, at, [kind])
            if len(item.colours) < len(NAMES):
                break
            at += 10_000
        question, keep = absent(rng, kind, item)
        return item, typed(rng, question, keep), program, way
    kind, item, program, way = pictured(rng, at, TYPES)
    keep = []
    if why == "unknown word":
        slots = {"w": word(rng), "w2": word(rng), "c": rng.choice(item.colours or NAMES)}
        question, keep = rng.choice(NONSENSE).format(**slots), list(slots.values())
    elif why == "another language":
        return item, rng.choice(FOREIGN[kind[0]]), program, way
    elif why == "arithmetic":
        question = arithmetic(rng)
    else:
        question = OPEN[number % len(OPEN)]
    return item, typed(rng, question, keep), program, way


def main():
    prepare(__file__)
    from outside_2.makers import stored

    with replaced(OUT) as out:
        lines = []
        for why, count in SHARES.items():
            for number in range(count):
                item, question, program, way = asked(why, number)
                name = f"U-{len(lines):03}"
                suffix, data = stored(item, way, seeded(SERIES, "file", name), 320)
                (out / f"{name}.{suffix}").write_bytes(data)
                lines.append({"id": name, "image": f"{name}.{suffix}", "question": question, "answer": "i can't tell",
                              "truth": {"rule": "unknown"}, "why": why, "program": program})
            print(why, count, flush=True)
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (out / "items.jsonl").write_text(text, encoding="utf-8")
    print(f"{sum(file.stat().st_size for file in OUT.iterdir()) / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
