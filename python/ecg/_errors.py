"""What goes wrong, as an exception."""


class EcgError(Exception):
    """A status other than ECG_OK.

    `status` is the code of ecg.h, a negative number that never changes its meaning.
    """

    def __init__(self, status: int, text: str):
        super().__init__(f"{text} ({status})")
        self.status = status


class SignalError(EcgError):
    """A recording without usable beats, or with a poor signal; `signal` (a `Signal`) says why."""

    def __init__(self, status: int, text: str, signal):
        super().__init__(status, text)
        self.signal = signal
        self.args = (f"{text} ({status}): {signal}",)
