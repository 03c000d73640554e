"""What libecg opens and gives back."""

from typing import TypeVar

_Self = TypeVar("_Self", bound="Closing")


class Closing:
    """Has a `_handle` of libecg's while it is open; closed at the end of a `with` block, or when nobody has it any longer."""

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None):
            self.close()
