"""What goes wrong, as an exception."""


class EcgError(Exception):
    """A status other than ECG_OK.

    `status` is the code of ecg.h, a negative number that never changes its meaning.
    """

    def __init__(self, status: int, text: str):
        super().__init__(f"{text} ({status})")
        self.status = status
