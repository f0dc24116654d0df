"""How questions are typed. None of these sentences is one that training or its tests use."""

WORDS = {
    "S1": ["what's the value of the {c} {bar}?", "value of {c} {bar}", "how much does the {c} {bar} show?",
           "what number is the {c} {bar} at?", "how many for {c}?", "what does the {c} {bar} say?",
           "read off the {c} {bar} for me", "can you tell me the value of the {c} {bar} please",
           "where does the {c} {bar} end on the axis?", "{c} {bar} = ?", "give me the number for the {c} {bar}",
           "whats the height of the {c} {bar}?"],
    "S2": ["which color is the {w} bar?", "what's the {w} bar?", "{w} bar?", "the {w} bar, what colour is it?",
           "which of these bars is {w}?", "can you tell me which bar is the {w} one", "color of the {w} bar please",
           "what colour does the {w} bar have", "pls tell me the colour of the {w} bar", "which bar is {w}"],
    "S3": ["how much {more} is the {a} bar compared to the {b} one?", "difference between {a} and {b}?",
           "by how much does {a} beat {b}?", "what's the difference between the {a} bar and the {b} bar?",
           "how many more does {a} have than {b}?", "{a} is how much {more} than {b}?",
           "how far apart are the {a} and the {b} bar?", "subtract {b} from {a}",
           "so {a} is {more} than {b}, but by how much?", "how much more is the {a} bar than the {b} bar?"],
    "S4": ["which point is {adj}, counting from the left?", "first, second, third... where is the line {w}?",
           "what's the {adj} point on the line? first, second...", "which point from the left is the {adj}?",
           "the line is {w} at which point, 1st, 2nd, ...?", "{adj} point of this line?",
           "counting from the left, which one is the {adj} point?", "where is the line {w}? which point",
           "can you see which point on this line is the {adj}?", "number of the {adj} point please"],
    "S5": ["what's the {w} slice?", "which color is the {w} piece of the pie?", "{w} slice?",
           "which colour takes up the {w} part?", "what colour is the {w} piece?", "which part is the {w}?",
           "tell me the color of the {w} slice please", "which slice is {w}", "the {w} sector is what colour?"],
    "S5 half": ["is {c} over half?", "is {c} more than 50% of it?", "does {c} make up more than half of the chart?",
                "is the {c} piece bigger than half?", "is {c} the majority, more than half?",
                "more than half {c}?", "would you say {c} is more than half of the pie?", "is {c} above 50 percent?"],
    "D1": ["how many {things} do you count?", "number of {things}?", "how many {things}?",
           "can you count the {things} pls", "count {things}", "how many {things} does this show?",
           "{things}: how many are there in this?", "how many {things} can you see in this drawing?",
           "whats the total number of {things}", "tell me how many {things} are in here"],
    "D2": ["how many sides does this have?", "how many corners does this have?", "number of sides?",
           "how many edges does this polygon have?", "count the sides please", "how many sides does this polygon have?",
           "what's the number of corners here?", "how many vertices does the figure have?",
           "this figure has how many sides?", "how many corners are there on this?"],
    "D3": ["what type of angle is this?", "is this angle acute, obtuse or right?", "what sort of angle is it?",
           "acute, obtuse or a right angle?", "is it a right angle, acute or obtuse?", "type of angle?",
           "how would you classify this angle?", "which type of angle is shown here, acute right or obtuse?",
           "would you call this angle acute, right or obtuse?"],
    "D4": ["is {a} linked to {b}?", "can you get from {a} to {b}?", "is there any route between {a} and {b}?",
           "are {a} and {b} linked, maybe through other nodes?", "does a route exist from {a} to {b}?",
           "starting at the {a} dot, can i reach the {b} dot?",
           "is the {a} circle connected with the {b} circle somehow?",
           "can i walk from {a} to {b} along the lines?", "are {a} and {b} part of the same network?"],
    "D5": ["what fraction of this is coloured?", "which fraction is colored in?", "what fraction is filled in?",
           "how much of it is shaded? as a fraction", "what fraction of the figure is coloured in?",
           "shaded fraction?", "what part of this is shaded, as a fraction", "give the fraction that's coloured",
           "write the shaded part as a fraction"],
    "V1": ["how can i get from {a} to {b}?", "path from {a} to {b}?", "what's the route from the {a} to the {b} one?",
           "solve this: {a} to {b}", "which moves bring me from {a} to {b}?", "directions from {a} to {b} please",
           "i'm on {a} and need to get to {b}, which way?", "can you give me the steps from {a} to {b}",
           "how does one get from the {a} dot to the {b} dot in this maze?"],
    "V2": ["from the {c} dot i go {m}. safe or falls?", "{m}: safe, or do i fall in a hole?",
           "start at {c} and move {m}, is it safe or do i fall?", "would i be safe going {m}?",
           "walking {m} from {c}, safe or not?", "if the {c} piece moves {m}, does it fall into a hole or is it safe?",
           "moves: {m}. safe or falls in?", "safe to go {m}? dark squares or dots are holes"],
    "V4": ["robot pushes the box {m}. where does it end up?", "the box gets pushed {m}. where is it afterwards?",
           "if the robot shoves the box {m}, where is the box in the end?",
           "where will the box be once it's been pushed {m}?", "push {m}, where does the box land?",
           "after the box is pushed {m}, in which part of the grid is it?"],
    "V5": ["if i remove the {c} ones, how many circles are left?", "take {c} away, how many remain?",
           "how many circles are left without {c}?", "how many dots remain once the {c} dots are gone?",
           "delete all {c} circles. how many are left over?", "not counting {c}, how many circles are there?",
           "how many would be left if someone took the {c} ones?"],
    "N1": ["where's the {n}?", "can you find the {n}?  where is it", "in what part of the photo is the {n}?",
           "where did they put the {n}?", "{n} where?", "whereabouts is the {n}?", "where can you see the {n}?",
           "which corner or side has the {n}?", "pls find the {n}, where is it?"],
    "N2": ["what's {where}?", "what is that thing {where}?", "which sticker is {where}?", "what's the thing {where}?",
           "{where}, what is it?", "can you tell what's {where}?", "what object is {where}?", "whats that {where}",
           "what can you see {where}?"],
    "N3": ["is there {an} anywhere?", "can you spot {an}?", "any {n} in this photo?",
           "do you see {an} anywhere in here?",
           "is {an} in this picture?", "does this photo contain {an}?", "has it got {an}?",
           "there's {an} here, right?"],
    "N4": ["is the {a} somewhere {rel} the {b}?", "would you say the {a} is {rel} the {b}?", "{a} {rel} {b}?",
           "is the {a} sitting {rel} the {b}?", "does the {a} appear {rel} the {b}?",
           "yes or no: the {a} is {rel} the {b}", "can you check if the {a} is {rel} the {b}"],
}
KEEP = {"left", "right", "above", "below", "top", "bottom", "middle", "up", "down", "half", "second", "first"}


def typed(rng, text, keep):
    """Case, marks and slips as people type them; the words in `keep` stay whole."""
    if rng.random() < 0.10:
        words = text.split(" ")
        loose = [i for i, word in enumerate(words)
                 if len(word) > 4 and word.isalpha() and word not in KEEP and not any(word in k for k in keep)]
        if loose:
            i = rng.choice(loose)
            at = rng.randrange(1, len(words[i]) - 2)
            word = words[i]
            words[i] = rng.choice([word[:at] + word[at + 1] + word[at] + word[at + 2:], word[:at] + word[at + 1:],
                                   word[:at] + word[at] + word[at:]])
            text = " ".join(words)
    chance = rng.random()
    if chance < 0.35:
        text = text[0].upper() + text[1:]
    elif chance < 0.39:
        text = text.upper()
    if text.endswith("?") and rng.random() < 0.15:
        text = text[:-1]
    if rng.random() < 0.04:
        text += " pls" if not text.lower().rstrip("?").endswith(("pls", "please")) else ""
    return text


def article(name):
    return ("an " if name[0] in "aeiou" else "a ") + name


def worded(rng, kind, slots):
    return typed(rng, rng.choice(WORDS[kind]).format(**slots), list(slots.values()))
