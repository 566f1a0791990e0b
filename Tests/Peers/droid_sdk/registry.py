"""The cases, in the order in which they are written."""

CASES = {}


class Case:
    def __init__(self, body, only, alone, shows):
        self.body = body
        self.only = only
        self.alone = alone
        self.shows = shows


def case(function=None, *, only=None, alone=False, shows=()):
    """Registers a case. `only` names the one transport it makes sense on; `alone` runs it beside no other: the low-level client begins to
    listen after the answer to its prompt, and misses the turn when its own process is busy just then, and servers that are added for the
    user are everybody's. `shows` names the methods whose effect it checks (`methods.py`)."""

    def register(body):
        CASES[body.__name__] = Case(body, only, alone, shows)
        return body

    return register if function is None else register(function)
