"""The one error of the start: a sentence for the person at the terminal."""


class StartRefused(RuntimeError):
    """The site cannot start; the text says what is wrong and what to type."""
