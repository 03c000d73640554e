"""People enrolled after training."""

import os
import threading
from ctypes import byref, c_size_t, c_uint32, c_void_p, create_string_buffer, memset, sizeof
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Optional, Union

import numpy as np

from . import _library
from ._handle import Closing
from ._library import check, library
from ._model import Beats, Model, _floats

_VERDICTS = {0: "not sure", 1: "accepted", 2: "rejected"}


@dataclass(frozen=True)
class Match:
    """What a comparison with a gallery came to; ecg.h says exactly what each value promises."""

    verdict: str
    """"accepted", "rejected", or "not sure": more beats may tell, or the model is not calibrated for so many templates."""
    person: Optional[str]
    """Who was accepted, or None."""
    most_like: Optional[str]
    """Whose template is the most similar, accepted or not; None when the gallery is empty."""
    score: float
    """Its cosine with the probe."""
    threshold: float
    """Scores from here on are accepted; above 1: none is."""
    false_acceptance_probability: float
    """How often somebody who is none of those compared reaches this, at most."""
    beats: int
    """Beats that the probe was made from."""
    templates: int
    """Templates compared."""


class Gallery(Closing):
    """People whom the model was not trained on, recognised by templates of their heartbeat.

        gallery = ecg.Gallery(model)
        gallery.enrol("Ada", samples, fs=500)
        match = gallery.identify(other_samples, fs=500)
        if match.verdict == "accepted":
            print(match.person)
        gallery.save("people.gallery")                     # later: ecg.Gallery.load(model, "people.gallery")

    A person may be enrolled several times, from recordings of several days. Templates change on request only. A gallery may
    be used from several threads.
    """

    def __init__(self, model: Model, capacity: int = 1000):
        if not model._handle:
            raise ValueError("this model is closed")
        if not 0 < capacity < 2**31:
            raise ValueError(f"a gallery with room for {capacity} templates")
        self._model = model
        self._lock = threading.Lock()
        self._handle = c_void_p()
        check(library.ecg_gallery_open(model._handle, capacity, byref(self._handle)))
        self.capacity = capacity
        """Templates that there is room for."""

    # Enrolment

    def enrol(self, person: str, samples: np.ndarray, fs: float) -> int:
        """Adds a template of `person` from one lead, in millivolts at `fs` Hz; returns how many beats it was made of.

        A signal that nothing can be said of raises SignalError.
        """
        beats = self._model.preprocess(samples, fs)
        self.enrol_beats(person, beats)
        return len(beats.values)

    def enrol_beats(self, person: str, beats: Union[Beats, np.ndarray]) -> None:
        """The same from beats of one recording, as `Model.preprocess` gives them."""
        beats, name = self._model._beats(beats), _name(person)
        with self._model._session(1, self._model.sampling_rate) as session, self._lock:
            check(library.ecg_gallery_enrol(self._open_handle(), session, name, _floats(beats), len(beats)))

    def remove(self, person: str) -> None:
        """Removes a person and overwrites their templates. Raises KeyError when there is no such person."""
        name = _name(person)
        with self._lock:
            status = library.ecg_gallery_remove(self._open_handle(), name)
        if status == _library.ERROR_UNKNOWN_PERSON:
            raise KeyError(person)
        check(status)

    @property
    def people(self) -> "dict[str, list[int]]":
        """Who is enrolled, with the number of beats of each template."""
        found: "dict[str, list[int]]" = {}
        with self._lock:
            handle, beats = self._open_handle(), c_uint32()
            for index in range(self._count(handle)):
                name = library.ecg_gallery_person(handle, index, byref(beats)).decode(errors="replace")
                found.setdefault(name, []).append(beats.value)
        return found

    def __len__(self) -> int:
        """Templates, of all people."""
        with self._lock:
            return self._count(self._open_handle())

    # Recognition

    def identify(self, samples: np.ndarray, fs: float) -> Match:
        """Who is it, if anybody: one lead in millivolts at `fs` Hz, compared with everybody enrolled."""
        return self.identify_beats(self._model.preprocess(samples, fs))

    def identify_beats(self, beats: Union[Beats, np.ndarray]) -> Match:
        return self._match(beats, lambda session, handle, *rest: library.ecg_gallery_identify(session, handle, *rest))

    def verify(self, person: str, samples: np.ndarray, fs: float) -> Match:
        """Is it `person`? Raises KeyError when there is no such person."""
        return self.verify_beats(person, self._model.preprocess(samples, fs))

    def verify_beats(self, person: str, beats: Union[Beats, np.ndarray]) -> Match:
        name = _name(person)
        try:
            return self._match(beats, lambda session, handle, *rest: library.ecg_verify(session, handle, name, *rest))
        except _library.EcgError as error:
            if error.status == _library.ERROR_UNKNOWN_PERSON:
                raise KeyError(person) from None
            raise

    def _match(self, beats: Union[Beats, np.ndarray], call) -> Match:
        beats = self._model._beats(beats)
        match = _library.Match(struct_size=sizeof(_library.Match))
        with self._model._session(1, self._model.sampling_rate) as session, self._lock:
            handle = self._open_handle()
            check(call(session, handle, _floats(beats), len(beats), byref(match)))
            return _named(match, handle)

    # Keeping

    def to_bytes(self) -> bytes:
        """The gallery as libecg keeps it: not encrypted."""
        with self._lock:
            handle, size = self._open_handle(), c_size_t()
            check(library.ecg_gallery_save(handle, None, 0, byref(size)))
            buffer = create_string_buffer(size.value)
            check(library.ecg_gallery_save(handle, buffer, size.value, byref(size)))
            content = buffer.raw
            memset(buffer, 0, size.value)
        return content

    def save(self, path: Union[str, "PathLike[str]"]) -> None:
        """Writes a file that only its owner can read; an older one stays until the new one is whole."""
        path = Path(path)
        part = path.with_name(f".{path.name}.part")
        # What somebody else may have opened, or laid as a link, is no place for templates.
        part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(part, flags, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.chmod(part, 0o600)
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    @classmethod
    def from_bytes(cls, model: Model, content: bytes, capacity: int = 1000) -> "Gallery":
        """A gallery of what `to_bytes` gave, with room for `capacity` templates or, if those are more, for all of them."""
        content = bytes(content)
        count = c_size_t()
        check(library.ecg_gallery_saved_count(content, len(content), byref(count)))
        gallery = cls(model, max(capacity, count.value))
        check(library.ecg_gallery_load(gallery._handle, content, len(content)))
        return gallery

    @classmethod
    def load(cls, model: Model, path: Union[str, "PathLike[str]"], capacity: int = 1000) -> "Gallery":
        """The same from a file."""
        return cls.from_bytes(model, Path(path).read_bytes(), capacity)

    def close(self) -> None:
        """Overwrites the gallery and gives its memory back; it is of no use afterwards."""
        with self._lock:
            library.ecg_gallery_close(self._handle)
            self._handle = c_void_p()

    def _open_handle(self) -> c_void_p:
        if not self._handle:
            raise ValueError("this gallery is closed")
        if not self._model._handle:
            raise ValueError("this gallery's model is closed")
        return self._handle

    @staticmethod
    def _count(handle: c_void_p) -> int:
        count = c_size_t()
        check(library.ecg_gallery_count(handle, byref(count), None))
        return count.value


def _named(match: _library.Match, gallery: c_void_p) -> Match:
    """What libecg says of a gallery that has not changed since."""
    person = match.person.decode(errors="replace") or None
    most_like = person
    if person is None and match.template_index >= 0:
        text = library.ecg_gallery_person(gallery, match.template_index, None)
        most_like = text.decode(errors="replace") if text is not None else None
    return Match(
        _VERDICTS[match.verdict], person, most_like, match.score, match.threshold, match.false_acceptance_probability,
        match.beat_count, match.template_count)


def _name(person: str) -> bytes:
    name = person.encode()
    if not 0 < len(name) < 48 or b"\0" in name:
        raise ValueError("a person's name has 1 to 47 bytes of UTF-8")
    return name
