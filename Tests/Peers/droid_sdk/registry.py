"""The cases, in the order in which they are written."""

CASES = {}


def case(function=None, *, only=None):
    """Registers a case; `only` names the one transport it makes sense on."""

    def register(body):
        CASES[body.__name__] = (body, only)
        return body

    return register if function is None else register(function)
