"""A model and what it says of a recording."""

import ctypes
import threading
from contextlib import contextmanager
from ctypes import byref, c_size_t, c_void_p, sizeof
from dataclasses import dataclass
from os import PathLike, fsdecode, fsencode
from typing import Iterator, Optional, Union

import numpy as np

from ._errors import EcgError, SignalError
from ._handle import Closing
from ._library import (
    ERROR_NO_BEATS,
    ERROR_NO_OUTLIER_REFERENCE,
    ERROR_POOR_SIGNAL,
    FAULT_FIELDS,
    IdentityStruct,
    ModelInfo,
    OutlierStruct,
    SignalReport,
    check,
    library,
)


# Sessions that a model keeps for later calls: how many, and for recordings of how many seconds at the most.
MOST_KEPT, LONGEST_KEPT = 8, 600.0


def _fault(number: int) -> str:
    return library.ecg_fault_string(number).decode()


@dataclass(frozen=True)
class Signal:
    """What became of a recording."""

    quality: float
    """0 useless … 1 perfect."""
    fault: Optional[str]
    """What spoils the recording most, or None when it is good."""
    r_peak_count: int
    """R peaks found, those of beats that were left out included."""
    left_out: "dict[str, int]"
    """How many beats were left out, by reason: {"noisy": 3}."""
    denoising_converged: bool

    def __str__(self) -> str:
        counts = "".join(f", {count} {reason}" for reason, count in self.left_out.items())
        return f"{self.fault or 'good'}, quality {self.quality:.2f}, {self.r_peak_count} R peaks{counts}"

    @classmethod
    def _of(cls, report: SignalReport) -> "Signal":
        counts = {_fault(number): getattr(report, field) for number, field in FAULT_FIELDS.items()}
        return cls(
            report.quality, _fault(report.fault) if report.fault else None, report.r_peak_count,
            {reason: count for reason, count in counts.items() if count}, bool(report.denoising_converged),
        )


@dataclass(frozen=True)
class Beats:
    """The beats of one recording."""

    values: np.ndarray
    """(beats, beat length) float32, each beat of unit length."""
    r_peaks: np.ndarray
    """Where each beat's R peak lies in the recording, in samples."""
    qualities: np.ndarray
    """Each beat's quality, 0 useless … 1 perfect."""
    signal: Signal
    """What became of the recording."""


@dataclass(frozen=True)
class Outlier:
    """How far a recording lies from those of everybody the model knows."""

    is_outlier: bool
    score: float
    threshold: float


@dataclass(frozen=True)
class Identity:
    """Who a recording belongs to."""

    label: Optional[str]
    """The person's label, or None for somebody the model does not know."""
    most_like: str
    """The person of the model that the beats resemble most."""
    probability: float
    """0 … 1, given that it is somebody the model knows."""
    is_outlier: bool
    outlier: Optional[Outlier]
    """None when the model carries no outlier reference set."""
    probabilities: np.ndarray
    """One per person, in the order of Model.labels."""
    beats: int
    """How many beats decided."""


def _floats(array: np.ndarray):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


class Model(Closing):
    """The people in one weights file.

    A model may be used from several threads: each call has a session of its own, taken from a pool.
    Errors are raised as EcgError.
    """

    def __init__(self, path: Union[str, "PathLike[str]"]):
        self._handle = c_void_p()
        self._sessions: "list[tuple[float, float, c_void_p]]" = []
        self._lock = threading.Lock()
        status = library.ecg_model_open(fsencode(path), byref(self._handle))
        if status:
            raise EcgError(status, f"{fsdecode(path)}: {library.ecg_status_string(status).decode()}")
        info = ModelInfo(struct_size=sizeof(ModelInfo))
        check(library.ecg_model_describe(self._handle, byref(info)))
        self.beat_length: int = info.beat_length
        """Samples in one beat."""
        self.sampling_rate: float = info.sampling_rate
        """Hz: what recordings are resampled to, and what beats are in."""
        self.parameter_count: int = info.parameter_count
        self.embedding_length: int = info.embedding_length
        """Values in one template of a gallery."""
        self.false_acceptance_rate: Optional[float] = info.false_acceptance_rate if info.calibration_people else None
        """What verdicts of a Gallery promise; None when the model was not calibrated."""
        self.labels: "list[str]" = [
            library.ecg_model_label(self._handle, person).decode() for person in range(info.person_count)
        ]

    def preprocess(self, samples: np.ndarray, fs: float) -> Beats:
        """Finds the beats of one lead: `samples` in millivolts (NaN where missing) at `fs` Hz."""
        samples = self._samples(samples)
        with self._session(samples.size, fs) as session:
            return self._preprocess(session, samples, fs)

    def identify(self, samples: np.ndarray, fs: float) -> Identity:
        """Names the person one lead belongs to: `samples` in millivolts (NaN where missing) at `fs` Hz.

        A signal that nothing can be said of raises SignalError.
        """
        samples = self._samples(samples)
        with self._session(samples.size, fs) as session:
            return self._identify(session, self._preprocess(session, samples, fs).values)

    def identify_beats(self, beats: Union[Beats, np.ndarray]) -> Identity:
        """Names the person that `beats` belong to: what `preprocess` gave, or its (beats, beat length) values."""
        beats = self._beats(beats)
        with self._session(1, self.sampling_rate) as session:
            return self._identify(session, beats)

    def verify(self) -> None:
        """Checks the file's digest, and that it computes here what it computed where it was made."""
        with self._session(1, self.sampling_rate) as session:
            check(library.ecg_session_verify(session))

    def close(self) -> None:
        """Gives everything back; the model is of no use afterwards. No other call may be running."""
        with self._lock:
            for _, _, session in self._sessions:
                library.ecg_session_close(session)
            self._sessions.clear()
            library.ecg_model_close(self._handle)
            self._handle = c_void_p()

    @staticmethod
    def _samples(samples: np.ndarray) -> np.ndarray:
        samples = np.ascontiguousarray(samples, np.float32)
        if samples.ndim != 1:
            raise ValueError(f"samples have the shape {samples.shape}: give one lead, as a vector")
        return samples

    def _beats(self, beats: Union[Beats, np.ndarray]) -> np.ndarray:
        if isinstance(beats, Beats):
            beats = beats.values
        beats = np.ascontiguousarray(beats, np.float32)
        if beats.ndim != 2 or beats.shape[1] != self.beat_length:
            raise ValueError(f"beats have the shape {beats.shape}, not (beats, {self.beat_length})")
        return beats

    @contextmanager
    def _session(self, sample_count: int, fs: float) -> Iterator[c_void_p]:
        if not self._handle:
            raise ValueError("this model is closed")
        seconds = max(sample_count / fs, 1.0) if fs > 0 else 1.0
        with self._lock:
            fit = next((s for s in self._sessions if s[0] >= seconds and s[1] == fs), None)
            if fit:
                self._sessions.remove(fit)
        if not fit:
            session = c_void_p()
            check(library.ecg_session_open(self._handle, seconds, fs, byref(session)))
            fit = (seconds, fs, session)
        try:
            yield fit[2]
        finally:
            with self._lock:
                self._keep(fit)

    def _keep(self, fit: "tuple[float, float, c_void_p]") -> None:
        """Keeps a session for later calls: no shorter one of its rate beside it, and no more than threads may want."""
        if not self._handle or fit[0] > LONGEST_KEPT:
            return library.ecg_session_close(fit[2])
        kept = [other for other in self._sessions if other[1] != fit[1] or other[0] >= fit[0]]
        kept = [*kept, fit][-MOST_KEPT:]
        for session in self._sessions:
            if not any(session is other for other in kept):
                library.ecg_session_close(session[2])
        self._sessions = kept

    def _preprocess(self, session: c_void_p, samples: np.ndarray, fs: float) -> Beats:
        capacity = library.ecg_session_beat_capacity(session)
        values = np.empty((capacity, self.beat_length), np.float32)
        r_peaks = np.empty(capacity, np.uintp)
        count = c_size_t()
        report = SignalReport(struct_size=sizeof(SignalReport))
        status = library.ecg_preprocess(
            session, _floats(samples), samples.size, fs, _floats(values), capacity,
            r_peaks.ctypes.data_as(ctypes.POINTER(c_size_t)), byref(count), byref(report),
        )
        if status in (ERROR_NO_BEATS, ERROR_POOR_SIGNAL):
            raise SignalError(status, library.ecg_status_string(status).decode(), Signal._of(report))
        check(status)
        qualities = np.empty(count.value, np.float32)
        check(library.ecg_beat_quality(session, _floats(qualities), qualities.size))
        return Beats(
            values[: count.value].copy(), r_peaks[: count.value].astype(np.int64), qualities, Signal._of(report))

    def _identify(self, session: c_void_p, beats: np.ndarray) -> Identity:
        identity = IdentityStruct(struct_size=sizeof(IdentityStruct))
        struct = OutlierStruct(struct_size=sizeof(OutlierStruct))
        probabilities = np.empty(len(self.labels), np.float32)
        who = session, _floats(beats), len(beats), byref(identity), _floats(probabilities)
        status = library.ecg_recognise(*who, byref(struct))
        if status == ERROR_NO_OUTLIER_REFERENCE:
            outlier, status = None, library.ecg_identify(*who)
        else:
            outlier = Outlier(bool(struct.is_outlier), struct.score, struct.threshold)
        check(status)
        most_like = self.labels[identity.person]
        is_outlier = outlier is not None and outlier.is_outlier
        return Identity(
            None if is_outlier else most_like, most_like, identity.probability, is_outlier, outlier, probabilities,
            len(beats),
        )
