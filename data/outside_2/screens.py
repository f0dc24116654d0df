"""Screenshots and pages of text, drawn by Pillow from blocks and words."""

from PIL import Image, ImageDraw, ImageFont

from .common import fonts

WORDS = ("the of and to in is that it was for on are with as be at one have this from by not but some what there out "
         "other were all your when up use word how said an each she which do their time if will way about many then "
         "them would write like so these her long make thing see him two has look more day could go come did my sound "
         "no most number who over know water than call first people may down side been now find any new work part take "
         "get place made live where after back little only round man year came show every good me give our under name "
         "very through just form much great think say help low line before turn cause same mean differ move right boy "
         "old too does tell sentence set three want air well also play small end put home read hand port large spell "
         "add even land here must big high such follow act why ask men change went light kind off need house picture "
         "try us again animal point mother world near build self earth father").split()
HEADS = ["Settings", "Inbox (4)", "Weather", "My files", "Checkout", "Sign in", "Messages", "Timetable", "News today",
         "Photos", "Playlist", "Route", "Recipes", "Account", "Search", "Welcome back", "Notes",
         "Terminal", "index.html",
         "Orders", "Profile", "Downloads", "Help", "Calendar"]
ACCENTS = ["#1a73e8", "#0f9d58", "#d93025", "#6200ee", "#ff6d00", "#00897b", "#37474f", "#c2185b", "#3f51b5"]


def lettering(rng, size, pick=None):
    families = fonts()
    return ImageFont.truetype(str(families[pick or rng.choice(list(families))]), size)


def sentence(rng, least=4, most=14):
    words = [rng.choice(WORDS) for _ in range(rng.randint(least, most))]
    if rng.random() < 0.1:
        words.append(str(rng.randint(2, 2030)))
    return " ".join(words).capitalize() + rng.choice([".", ".", ".", "?", "!"])


def flowed(draw, rng, box, font, fill, gap=1.35, justify=False, indent=0):
    """Fills a box with lines of text."""
    left, top, right, bottom = box
    height = font.size * gap
    y, line, words = top, "", []
    x = left + indent
    while y + height <= bottom:
        if not words:
            words = sentence(rng).split(" ")
        trial = f"{line} {words[0]}".strip()
        if draw.textlength(trial, font) > right - x:
            parts = line.split(" ")
            if justify and len(parts) > 1:
                space = (right - x - sum(draw.textlength(part, font) for part in parts)) / (len(parts) - 1)
                at = x
                for part in parts:
                    draw.text((at, y), part, fill, font)
                    at += draw.textlength(part, font) + space
            else:
                draw.text((x, y), line, fill, font)
            y, line, x = y + height, "", left
            if rng.random() < 0.07:
                y, x = y + height * rng.choice([0, 0.6]), left + indent
        else:
            line = trial
            words.pop(0)


def page(rng):
    """A page of a book, a letter, a receipt, a note, a list or a sign."""
    kind = rng.choice(["book", "columns", "letter", "receipt", "note", "list", "sign", "verse"])
    w, h = rng.choice([(480, 640), (640, 480), (520, 520), (420, 680)])
    if kind == "receipt":
        w, h = 300, 620
    paper = rng.choice(["#ffffff", "#fbf7ec", "#f4efe0", "#f2f2f2", "#fffde7", "#1f1f1f"])
    ink = "#e8e8e8" if paper == "#1f1f1f" else rng.choice(["#000000", "#222222", "#2b2b6b", "#3e2723"])
    image = Image.new("RGB", (w, h), paper)
    draw = ImageDraw.Draw(image)
    size = rng.randint(10, 20)
    family = rng.choice(["Caladea", "Source Serif Pro", "DejaVu Serif", "Hanken Grotesk", "DejaVu Sans"])
    font = lettering(rng, size, family)
    edge = rng.randint(20, 60)
    if kind in ("book", "letter"):
        if rng.random() < 0.6:
            draw.text((edge, edge), sentence(rng, 2, 4)[:-1], ink, lettering(rng, size * 2))
        flowed(draw, rng, (edge, edge + size * 3.2, w - edge, h - edge), font, ink, 1.4, kind == "book", size)
    elif kind == "columns":
        draw.text((edge, edge * 0.6), sentence(rng, 3, 5)[:-1], ink, lettering(rng, size * 2))
        middle = w / 2
        for left, right in ((edge, middle - 10), (middle + 10, w - edge)):
            flowed(draw, rng, (left, edge + size * 2.5, right, h - edge), font, ink, 1.25, True, size)
    elif kind == "receipt":
        mono = lettering(rng, 15, "DejaVu Sans Mono")
        for i in range(20):
            draw.text((20, 60 + 26 * i), f"{rng.choice(WORDS):<14}{rng.uniform(0.5, 40):>9.2f}", ink, mono)
        draw.text((70, 20), rng.choice(["MARKET", "CAFE", "HARDWARE"]), ink, lettering(rng, 24, "DejaVu Sans Mono"))
    elif kind in ("note", "list", "verse"):
        hand = lettering(rng, rng.randint(22, 40), rng.choice(["Intuitive", "Amatic SC", "Caladea"]))
        y = edge
        while y < h - edge - hand.size:
            if kind == "note" and paper != "#1f1f1f":
                draw.line((0, y + hand.size * 1.15, w, y + hand.size * 1.15), "#b7c7dd", 1)
            mark = f"{rng.choice('-*o')} " if kind == "list" else ""
            draw.text((edge, y), mark + sentence(rng, 2, 5), ink, hand)
            y += hand.size * (1.4 if rng.random() < 0.85 else 2.4)
    else:
        image.paste(rng.choice(ACCENTS), (0, 0, w, h))
        big = rng.randint(50, 80)
        for i in range(rng.randint(1, 3)):
            draw.text((w / 2, h * (0.3 + 0.22 * i)), rng.choice(WORDS).upper(), "#ffffff", lettering(rng, big), "mm")
    return image.rotate(rng.uniform(-4, 4), Image.BICUBIC, fillcolor=paper) if rng.random() < 0.3 else image


def bar(draw, rng, w, accent, dark):
    """A window's or a phone's head."""
    height = rng.randint(26, 44)
    draw.rectangle((0, 0, w, height), accent if rng.random() < 0.6 else ("#2b2b2b" if dark else "#e6e6e6"))
    if rng.random() < 0.5:
        for i, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")):
            draw.ellipse((10 + 18 * i, 9, 21 + 18 * i, 20), colour)
    draw.text((80, height / 2), rng.choice(HEADS), "#ffffff", lettering(rng, 15), "lm")
    return height


def cards(draw, rng, box, paint, font):
    left, top, right, bottom = box
    columns, rows = rng.randint(1, 4), rng.randint(2, 5)
    w, h = (right - left) / columns, (bottom - top) / rows
    for i in range(columns * rows):
        x, y = left + w * (i % columns) + 5, top + h * (i // columns) + 5
        draw.rounded_rectangle((x, y, x + w - 10, y + h - 10), rng.choice([0, 6, 12]), paint["card"])
        if rng.random() < 0.7:
            draw.rectangle((x, y, x + w - 10, y + (h - 10) * 0.55), "#%06x" % rng.randrange(1 << 24))
        flowed(draw, rng, (x + 6, y + (h - 10) * 0.6, x + w - 16, y + h - 12), font, paint["ink"], 1.2)


def chat(draw, rng, box, paint, font):
    left, top, right, bottom = box
    y = top + 8
    while y < bottom - 30:
        mine, wide, high = rng.random() < 0.5, rng.uniform(0.35, 0.7) * (right - left), rng.randint(28, 70)
        x = right - wide - 8 if mine else left + 8
        draw.rounded_rectangle((x, y, x + wide, min(bottom, y + high)), 12, paint["accent"] if mine else paint["card"])
        flowed(draw, rng, (x + 8, y + 6, x + wide - 8, y + high), font, "#ffffff" if mine else paint["ink"], 1.2)
        y += high + 10


def table(draw, rng, box, paint, font):
    left, top, right, bottom = box
    columns, row = rng.randint(3, 7), rng.randint(18, 30)
    w = (right - left) / columns
    for j in range(int((bottom - top) // row)):
        y = top + j * row
        if j == 0 or rng.random() < 0.3:
            draw.rectangle((left, y, right, y + row), paint["card"])
        draw.line((left, y, right, y), paint["line"], 1)
        for i in range(columns):
            text = rng.choice(WORDS) if i == 0 or j == 0 else f"{rng.uniform(0, 900):.{rng.choice([0, 2])}f}"
            draw.text((left + w * i + 4, y + 3), text, paint["ink"], font)


def listing(draw, rng, box, paint, font):
    left, top, right, bottom = box
    row = rng.randint(28, 60)
    for j in range(int((bottom - top) // row)):
        y = top + j * row
        draw.line((left, y + row - 1, right, y + row - 1), paint["line"], 1)
        draw.ellipse((left + 10, y + 6, left + row - 2, y + row - 6), "#%06x" % rng.randrange(1 << 24))
        draw.text((left + row + 10, y + row / 2), sentence(rng, 2, 4)[:-1], paint["ink"], font, "lm")
        if rng.random() < 0.4:
            draw.rounded_rectangle((right - 50, y + row / 2 - 9, right - 14, y + row / 2 + 9), 9, paint["accent"])


def code(draw, rng, box, paint, font):
    left, top, right, bottom = box
    mono = lettering(rng, font.size, "DejaVu Sans Mono")
    colours = ["#569cd6", "#ce9178", "#6a9955", "#dcdcaa", "#c586c0", "#b0b0b0"]
    y, depth = top + 6, 0
    while y < bottom - font.size:
        depth = max(0, min(4, depth + rng.choice([-1, 0, 0, 1])))
        x = left + 34 + depth * font.size * 1.6
        draw.text((left + 6, y), str(int((y - top) // font.size) + 1), "#888888", mono)
        for _ in range(rng.randint(0, 5)):
            text = rng.choice([*WORDS[:60], "=", "()", "{", "return", "if", "let"]) + " "
            draw.text((x, y), text, rng.choice(colours), mono)
            x += draw.textlength(text, mono)
        y += font.size * 1.4


def form(draw, rng, box, paint, font):
    left, top, right, bottom = box
    y = top + 20
    inset = (right - left) * rng.uniform(0.08, 0.25)
    while y < bottom - 60:
        draw.text((left + inset, y), rng.choice(WORDS).capitalize(), paint["ink"], font)
        draw.rounded_rectangle((left + inset, y + 20, right - inset, y + 48), 4, paint["card"], paint["line"])
        y += 66
    draw.rounded_rectangle((left + inset, y, left + inset + 110, min(bottom, y + 34)), 6, paint["accent"])


def article(draw, rng, box, paint, font):
    left, top, right, bottom = box
    draw.text((left + 16, top + 10), sentence(rng, 3, 5)[:-1], paint["ink"], lettering(rng, font.size * 2))
    middle = top + font.size * 3.5
    if rng.random() < 0.7:
        draw.rectangle((left + 16, middle, right - 16, middle + 110), "#%06x" % rng.randrange(1 << 24))
        middle += 120
    flowed(draw, rng, (left + 16, middle, right - 16, bottom - 8), font, paint["ink"])


BODIES = [cards, chat, table, listing, code, form, article]


def screenshot(rng):
    w, h = rng.choice([(640, 400), (800, 500), (360, 640), (390, 700), (600, 600), (720, 480)])
    dark = rng.random() < 0.3
    paint = {"ink": "#e6e6e6" if dark else "#222222", "card": "#333842" if dark else "#eef1f5",
             "line": "#4a4f58" if dark else "#d0d4da", "accent": rng.choice(ACCENTS)}
    image = Image.new("RGB", (w, h), "#1b1d22" if dark else "#ffffff")
    draw = ImageDraw.Draw(image)
    top = bar(draw, rng, w, paint["accent"], dark)
    left = 0
    if w > h and rng.random() < 0.5:
        left = rng.randint(110, 180)
        draw.rectangle((0, top, left, h), paint["card"])
        for i in range(rng.randint(4, 9)):
            draw.text((16, top + 16 + 34 * i), rng.choice(HEADS), paint["ink"], lettering(rng, 14, "Hanken Grotesk"))
    body = rng.choice(BODIES)
    body(draw, rng, (left + 4, top + 4, w - 4, h - 4), paint, lettering(rng, rng.randint(11, 18), "DejaVu Sans"))
    return image
