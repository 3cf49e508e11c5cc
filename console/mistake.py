"""What a person got wrong, or a service refused: said in a sentence, without a traceback."""


class MistakeError(Exception):
    """The command cannot be carried out as given; the message says why."""
