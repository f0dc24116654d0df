"""What the world can do wrong: what happened, in one sentence, and what to do."""


class Problem(Exception):
    """Reaches people as `message hint`, without a traceback."""

    def __init__(self, message: str, hint: str):
        super().__init__(f"{message} {hint}")
