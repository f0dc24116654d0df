"""Bars, lines and pies as plain data (S1 to S5), and what is asked of them."""

from dataclasses import dataclass, field

from .common import NAMES, Made, number, shades, size, theme, truth, yes

STEPS = {1: range(4, 11), 2: range(6, 21, 2), 5: range(15, 51, 5), 10: range(40, 101, 10)}
LABELS = [["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], list("ABCDEFG"), ["Q1", "Q2", "Q3", "Q4"],
          ["Jan", "Feb", "Mar", "Apr", "May", "Jun"], ["Ann", "Bob", "Cem", "Dee", "Eva", "Finn", "Gus"],
          ["north", "south", "east", "west"], ["2019", "2020", "2021", "2022", "2023", "2024"],
          ["tea", "milk", "juice", "water", "cola", "soup"], ["p1", "p2", "p3", "p4", "p5", "p6", "p7"],
          ["goals", "cards", "fouls", "saves", "shots"], ["Oslo", "Rome", "Lima", "Bern", "Cork", "Kyiv"]]
TITLES = ["Sales by region", "Votes", "Results", "Visitors per day", "Survey 2024", "Score", "Rainfall", "My chart",
          "Number of books read", "Class 4b", "Output", "Fig. 2", "Weekly report", "Units sold", "Temperature",
          "Points per team", "How we travel", "Favourite drinks", "Budget", "Experiment A"]


@dataclass
class Chart:
    """What all charts share: the look."""
    size: tuple
    look: object
    font: int
    title: str
    rgb: dict
    legend: bool


@dataclass
class Bars(Chart):
    values: dict = field(default_factory=dict)
    top: int = 0
    step: int = 1
    labels: list = None
    across: bool = False
    numbers: bool = False
    grid: bool = True
    width: float = 0.7

    @property
    def ticks(self):
        return list(range(0, self.top + 1, self.step))

    @property
    def shown(self):
        """A label a bar; blanks where there are none."""
        return self.labels or [" " * (i + 1) for i in range(len(self.values))]


@dataclass
class Line(Chart):
    values: list = field(default_factory=list)
    low: float = 0
    high: float = 1
    name: str = ""
    labels: list = None
    dots: bool = True
    grid: bool = True
    area: bool = False
    axis: bool = True

    @property
    def shown(self):
        return self.labels or [str(i + 1) for i in range(len(self.values))]


@dataclass
class Pie(Chart):
    shares: dict = field(default_factory=dict)
    start: float = 0
    hole: float = 0.0
    edge: str = None
    labels: list = None

    @property
    def shown(self):
        return self.labels or [" " * (i + 1) for i in range(len(self.shares))]


def thick(chart):
    """How much wider lines must be in a large picture to be seen when it is made small."""
    return max(1.0, max(chart.size) / 400)


def base(rng, names, hand=False, smallest=220, thin=False, **room):
    colours = shades(rng, names)
    width, height = size(rng, smallest=smallest, **room)
    letter = max(9, min(22, round(max(width, height) * rng.uniform(0.024, 0.034))))
    title = rng.choice(TITLES) if rng.random() < 0.5 and min(width, height) > 220 else ""
    return {"size": (width, height), "look": theme(rng, colours.values(), hand, thin), "font": letter, "title": title,
            "rgb": colours, "legend": False}


def labels(rng, count, none=0.3):
    if rng.random() < none:
        return None
    return rng.choice([row for row in LABELS if len(row) >= count])[:count]


def sampled_bars(rng, hand, exact):
    """`exact`: whether values must be readable from the axis."""
    names = rng.sample(NAMES, rng.choice([2, 3, 3, 4, 4, 5, 6]))
    look = base(rng, names, hand, smallest=240)
    width, height = look["size"]
    step = rng.choice([1, 2, 5, 10])
    most = max(4, round(min(height, width if hand else height) * 0.62 / (look["font"] * 1.5)))
    tops = [top for top in STEPS[step] if top // step <= max(most, STEPS[step][0] // step)]
    top = rng.choice(tops)
    numbers = exact and rng.random() < 0.2
    fine = 1 if numbers or not exact else step // 2 if step in (2, 10) and top // step <= 6 and height > 300 else step
    levels = range(max(fine, top // 20 // fine * fine), top + (0 if numbers else 1), fine)
    while True:
        values = [rng.choice(levels) for _ in names]
        gaps = [abs(a - b) for i, a in enumerate(values) for b in values[:i]]
        if min(gaps) >= 0.09 * top and max(values) > 0.55 * top:
            break
        if min(len(levels), 9) < len(names):
            return sampled_bars(rng, hand, exact)
    return Bars(**look, values=dict(zip(names, values)), top=top, step=step, labels=labels(rng, len(names)),
                across=not hand and rng.random() < 0.15, numbers=numbers,
                grid=rng.random() < 0.55, width=rng.choice([0.5, 0.65, 0.8, 0.9]))


def s1(rng, hand, draw):
    chart = sampled_bars(rng, hand, exact=True)
    name = rng.choice(list(chart.values))
    answer, right = number(chart.values[name])
    slots = {"c": name, "bar": "bar" if chart.across else rng.choice(["bar", "bar", "column"])}
    return asked(rng, "S1", slots, draw(chart, rng), answer, right, chart.values)


def s2(rng, hand, draw):
    chart = sampled_bars(rng, hand, exact=False)
    ranked = sorted(chart.values, key=chart.values.get)
    words = [("longest", -1), ("shortest", 0)] if chart.across else \
        [("tallest", -1), ("highest", -1), ("shortest", 0), ("lowest", 0), ("biggest", -1), ("smallest", 0)]
    if len(ranked) > 2:
        words += [("second longest" if chart.across else "second tallest", -2)]
    word, place = rng.choice(words)
    answer = ranked[place]
    return asked(rng, "S2", {"w": word}, draw(chart, rng), answer, truth("colour", colour=answer), chart.values)


def s3(rng, hand, draw):
    chart = sampled_bars(rng, hand, exact=True)
    low, high = sorted(rng.sample(list(chart.values), 2), key=chart.values.get)
    answer, right = number(chart.values[high] - chart.values[low])
    slots = {"a": high, "b": low, "more": "longer" if chart.across else rng.choice(["taller", "higher", "bigger"])}
    return asked(rng, "S3", slots, draw(chart, rng), answer, right, chart.values)


PLACES = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th"]


def s4(rng, hand, draw):
    name = rng.choice(NAMES)
    look = base(rng, [name], hand, thin=True)
    count = rng.randint(3, 9 if look["size"][0] > 300 else 6)
    scale = rng.choice([1, 10, 100])
    high = rng.random() < 0.55
    while True:
        values = [round(rng.uniform(1, 10) * scale, 1) for _ in range(count)]
        ranked = sorted(values)
        gap = ranked[-1] - ranked[-2] if high else ranked[1] - ranked[0]
        if gap > 0.1 * (ranked[-1] - ranked[0]) and ranked[-1] - ranked[0] > 3 * scale:
            break
    rooms = rng.choice([(0.05, 0.05), (0.15, 0.2), (0.4, 0.15)])
    spread = ranked[-1] - ranked[0]
    chart = Line(**look, values=values, low=ranked[0] - rooms[0] * spread, high=ranked[-1] + rooms[1] * spread,
                 name=name, labels=labels(rng, count, 0.5) if count <= 7 else None,
                 dots=rng.random() < 0.8 or count > 6, grid=rng.random() < 0.55, area=rng.random() < 0.15,
                 axis=rng.random() < 0.8)
    place = values.index(ranked[-1 if high else 0]) + 1
    word = rng.choice(["highest", "at its highest", "at its peak"] if high else ["lowest", "at its lowest"])
    slots = {"w": word, "adj": "highest" if high else "lowest"}
    return asked(rng, "S4", slots, draw(chart, rng), PLACES[place - 1], truth("place", place=place), [name])


def s5(rng, hand, draw):
    names = rng.sample(NAMES, rng.choice([2, 3, 3, 4, 4, 5]))
    look = base(rng, names, hand, least=0.7, most=1.8)
    half = rng.random() < 0.45
    while True:
        shares = [rng.randint(6, 60) for _ in names]
        if half and rng.random() < 0.5:
            shares[0] = sum(shares[1:]) + rng.randint(10, 60)
        ranked = sorted(shares)
        whole = sum(shares)
        part = max(shares) / whole
        if (min(b - a for a, b in zip(ranked, ranked[1:])) > 0.05 * whole and ranked[0] > 0.05 * whole
                and min(ranked[-1] - ranked[-2], ranked[1] - ranked[0]) > 0.08 * whole
                and (not half or abs(part - 0.5) > 0.07)):
            break
    order = list(zip(names, shares))
    rng.shuffle(order)
    chart = Pie(**look, shares=dict(order), start=rng.randrange(360), hole=rng.choice([0, 0, 0, 0.45, 0.6]),
                edge=rng.choice([None, "#ffffff", "#222222"]), labels=labels(rng, len(names), 0.5))
    ranked = sorted(chart.shares, key=chart.shares.get)
    if half:
        name = rng.choice([ranked[-1], ranked[-1], rng.choice(names)])
        answer, right = yes(2 * chart.shares[name] > whole)
        return asked(rng, "S5 half", {"c": name}, draw(chart, rng), answer, right, names)
    word, place = rng.choice([("largest", -1), ("biggest", -1), ("smallest", 0)])
    answer = ranked[place]
    return asked(rng, "S5", {"w": word}, draw(chart, rng), answer, truth("colour", colour=answer), names)


def asked(rng, kind, slots, picture, answer, right, colours):
    from .wording import worded

    return Made(picture, worded(rng, kind, slots), answer, right, colours=list(colours))
