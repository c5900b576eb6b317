"""What can go wrong through no fault of the program, each said in one sentence."""


class WvaeError(Exception):
    """A sentence for the person: what is wrong, in which file or field, what to do.

    The command line prints it and exits with 2; a page shows it in place of its figure.
    """


class DataError(WvaeError):
    """Digits that are missing, damaged, out of range or too few."""


class MissingDigits(DataError):
    """Digits that are not here, and can be fetched: those that ``source`` names."""

    def __init__(self, sentence: str, source: str) -> None:
        super().__init__(sentence)
        self.source = source


class CheckpointError(WvaeError):
    """A checkpoint or training state that is missing, damaged or of another format."""


class ConfigError(WvaeError):
    """A setting that does not exist or makes no sense."""


class RunError(WvaeError):
    """Training, or another run in a folder, that cannot start, go on, be renamed or be deleted."""
