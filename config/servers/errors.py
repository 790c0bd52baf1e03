"""What can keep the program from starting, said to the person who starts it."""


class CannotStart(Exception):
    """One sentence that says what is wrong and what to do; shown without a traceback."""


class AlreadyRunning(CannotStart):
    """Another process owns the servers of this data directory."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        super().__init__(
            f"Regulars already runs on this data ({owner or 'another process'}): "
            "use that one, stop it first, or set REGULARS_VAR to another folder."
        )
