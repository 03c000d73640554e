"""Who it is, while samples come in."""

import contextlib
import threading
from ctypes import byref, c_size_t, c_uint32, c_void_p, sizeof
from dataclasses import dataclass, field
from typing import Optional

import numpy as np

from . import _library
from ._gallery import Gallery, Match, _name, _named
from ._handle import Closing
from ._library import ERROR_NO_BEATS, StreamEventStruct, StreamOptions, check, library
from ._model import Model, _fault, _floats

_BEAT, _SIGNAL = 1, 2


@dataclass(frozen=True)
class StreamEvent:
    """An R peak, or a change of the signal; with whom the last usable beats speak for."""

    kind: str
    """"beat", or "signal": it turned good or bad, or the identity starts anew."""
    position: int
    """Of the R peak, or behind the last sample judged; in samples since the start, counted from 0."""
    quality: float
    """Of the beat, or of the last seconds: 0 useless … 1 perfect."""
    fault: Optional[str]
    """Why the beat is left out, or what spoils the signal; None when it is good."""
    signal: Optional[str]
    """Why nothing can be told of the last seconds; None when it can."""
    beats: int
    """How many usable beats decide: 0 when nobody can be named yet."""
    label: Optional[str]
    """The person's label; None for somebody the model does not know, and while no beat decides."""
    most_like: Optional[str]
    """The person of the model that the beats resemble most; None while no beat decides, and with a model that names nobody."""
    probability: float
    """0 … 1, given that it is somebody the model knows."""
    is_outlier: Optional[bool]
    """Whether it is nobody the model knows; None while no beat decides, and without an outlier reference set."""
    outlier_score: Optional[float]
    values: Optional[np.ndarray] = field(repr=False, compare=False)
    """A usable beat as Model.preprocess gives it: (beat length,) float32 of unit length. None for other events."""
    match: Optional[Match]
    """What all usable beats so far come to, compared with the stream's gallery; None without one."""


class Stream(Closing):
    """Recognises a person in samples as they come, in fixed memory.

    Each second the last `window` seconds are judged as `Model.preprocess` judges a recording of just those samples. A beat
    is told once `lookahead` seconds have followed it, and the last `beats` usable ones decide together. The events do not
    depend on the pieces that the signal comes in. ecg.h has the whole contract.

        stream = ecg.Stream(model, fs=250)
        for samples in converter:
            for event in stream.push(samples):
                print(event.position, event.label, event.probability, event.beats)

    With a gallery, `match` of each event says who of the people enrolled it is, if anybody: as soon as the promise is met.

        stream.set_gallery(gallery)
        ...
                if event.match.verdict == "accepted":
                    print(event.match.person)

    Options that are None have the library's defaults. A stream may be used from several threads, one after the other.
    """

    def __init__(
        self, model: Model, fs: float, *, beats: Optional[int] = None, window: Optional[float] = None,
        interval: Optional[float] = None, lookahead: Optional[float] = None,
    ):
        given = {"beats": beats, "window": window, "interval": interval, "lookahead": lookahead}
        for name, value in given.items():
            if value is not None and not value > 0:
                raise ValueError(f"{name} is {value}, not more than 0")
        self.fs = fs
        self._model = model
        self._lock = threading.Lock()
        self._handle = c_void_p()
        self._gallery: Optional[Gallery] = None
        options = StreamOptions(sizeof(StreamOptions), beats or 0, window or 0, interval or 0, lookahead or 0)
        check(library.ecg_stream_open(self._open_model(), fs, byref(options), byref(self._handle)))

    def push(self, samples: np.ndarray) -> "list[StreamEvent]":
        """Takes the next samples, in millivolts (NaN where missing), and gives what can be told now."""
        samples = Model._samples(samples)
        events: "list[StreamEvent]" = []
        with self._lock:
            handle, start, taken = self._open_handle(), 0, c_size_t()
            while True:
                check(library.ecg_stream_push(handle, _floats(samples[start:]), samples.size - start, byref(taken)))
                start += taken.value
                events += self._told(handle)
                if start == samples.size:
                    return events

    def gap(self, missing: int) -> "list[StreamEvent]":
        """Says that so many samples were lost: the same as pushing so many NaN."""
        if missing < 0:
            raise ValueError(f"{missing} missing samples")
        with self._lock:
            check(library.ecg_stream_gap(self._open_handle(), min(missing, 2**64 - 1)))
            return self._told(self._handle)

    def finish(self) -> "list[StreamEvent]":
        """Ends the signal and tells the rest. No samples can be pushed before the next `reset`."""
        with self._lock:
            check(library.ecg_stream_finish(self._open_handle()))
            return self._told(self._handle)

    def reset(self) -> None:
        """Forgets everything but the gallery: the next sample is the first of a new signal."""
        with self._lock:
            check(library.ecg_stream_reset(self._open_handle()))

    def set_gallery(self, gallery: Optional[Gallery], person: Optional[str] = None) -> None:
        """Compares the usable beats from now on with everybody enrolled, or with one `person`; None: with nobody.

        The answers are those of `Gallery.identify_beats` and `Gallery.verify_beats` with all beats since. Raises KeyError
        when there is no such person. The gallery stays usable, and must stay open as long as the stream uses it.
        """
        name = None if person is None else _name(person)
        with self._lock, gallery._lock if gallery is not None else contextlib.nullcontext():
            handle = gallery._open_handle() if gallery is not None else None
            status = library.ecg_stream_set_gallery(self._open_handle(), handle, name)
            if status == _library.ERROR_UNKNOWN_PERSON:
                raise KeyError(person)
            check(status)
            self._gallery = gallery

    def enrol(self, gallery: Gallery, person: str) -> int:
        """Adds a template of `person` to a gallery, made of all usable beats since the identity began; returns how many."""
        name, beats = _name(person), c_uint32()
        with self._lock, gallery._lock:
            check(library.ecg_stream_enrol(self._open_handle(), gallery._open_handle(), name, byref(beats)))
        return beats.value

    @property
    def probabilities(self) -> Optional[np.ndarray]:
        """One per person, in the order of Model.labels; None while no beat decides."""
        values = np.empty(len(self._model.labels), np.float32)
        with self._lock:
            status = library.ecg_stream_probabilities(self._open_handle(), _floats(values), values.size)
        if status == ERROR_NO_BEATS:
            return None
        check(status)
        return values

    def close(self) -> None:
        """Gives everything back; the stream is of no use afterwards."""
        with self._lock:
            library.ecg_stream_close(self._handle)
            self._handle = c_void_p()

    def _open_model(self) -> c_void_p:
        if not self._model._handle:
            raise ValueError("this stream's model is closed")
        return self._model._handle

    def _open_handle(self) -> c_void_p:
        self._open_model()
        if not self._handle:
            raise ValueError("this stream is closed")
        return self._handle

    def _told(self, handle: c_void_p) -> "list[StreamEvent]":
        # Nobody changes the gallery meanwhile.
        with self._gallery._lock if self._gallery is not None else contextlib.nullcontext():
            gallery = self._gallery._open_handle() if self._gallery is not None else None
            events = []
            event = StreamEventStruct(struct_size=sizeof(StreamEventStruct))
            while True:
                check(library.ecg_stream_next(handle, byref(event)))
                if event.kind == 0:
                    return events
                values = None
                if event.kind == _BEAT and event.fault == 0:
                    values = np.empty(self._model.beat_length, np.float32)
                    check(library.ecg_stream_beat(handle, _floats(values), values.size))
                events.append(self._event(event, values, self._match(handle, gallery)))

    def _match(self, handle: c_void_p, gallery: Optional[c_void_p]) -> Optional[Match]:
        if gallery is None:
            return None
        match = _library.Match(struct_size=sizeof(_library.Match))
        check(library.ecg_stream_match(handle, byref(match)))
        return _named(match, gallery)

    def _event(
        self, event: StreamEventStruct, values: Optional[np.ndarray], match: Optional[Match]
    ) -> StreamEvent:
        most_like = self._model.labels[event.person] if event.person >= 0 else None
        is_outlier = None if event.is_outlier < 0 else event.is_outlier == 1
        return StreamEvent(
            {_BEAT: "beat", _SIGNAL: "signal"}[event.kind], event.position, event.quality,
            _fault(event.fault) if event.fault else None,
            library.ecg_status_string(event.signal).decode() if event.signal else None, event.beat_count,
            None if is_outlier else most_like, most_like, event.probability, is_outlier,
            None if is_outlier is None else event.outlier_score, values, match,
        )
