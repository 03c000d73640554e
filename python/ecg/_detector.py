"""R peaks of samples as they come, or of a whole recording. No model is needed."""

import ctypes
from ctypes import byref, c_float, c_size_t, c_uint64, c_void_p
from dataclasses import dataclass

import numpy as np

from ._library import check, library

_ALIGNMENT = 64
_FINISH_CAPACITY = 32


@dataclass(frozen=True)
class RPeaks:
    """R peaks, in order."""

    positions: np.ndarray
    """In samples since the first one, int64."""
    confidences: np.ndarray
    """0 (a guess) to 1 (no doubt), float32."""


def _pointer(array: np.ndarray, kind):
    return array.ctypes.data_as(ctypes.POINTER(kind))


class RPeakDetector:
    """Finds R peaks while samples come in; one is told five seconds after its sample at the latest.

    What `push` and `finish` give, together, does not depend on the pieces that the signal comes in.
    """

    def __init__(self, fs: float):
        size = c_size_t()
        check(library.ecg_detector_size(fs, byref(size)))
        self.fs = fs
        self._memory = np.empty(size.value + _ALIGNMENT, np.uint8)
        start = -self._memory.ctypes.data % _ALIGNMENT
        self._handle = c_void_p()
        check(library.ecg_detector_init(fs, self._memory.ctypes.data + start, size.value, byref(self._handle)))

    def push(self, samples: np.ndarray) -> RPeaks:
        """Takes the next samples, in millivolts (NaN where missing), and gives the R peaks that are certain now."""
        samples = np.ascontiguousarray(samples, np.float32)
        if samples.ndim != 1:
            raise ValueError(f"samples have the shape {samples.shape}: give one lead, as a vector")
        # Room as ECG_DETECTOR_CAPACITY has it.
        return self._fetch(
            int(5 * samples.size / self.fs) + 6,
            lambda *out: library.ecg_detector_push(self._handle, _pointer(samples, c_float), samples.size, *out))

    def finish(self) -> RPeaks:
        """Ends the signal and gives the R peaks of its last seconds. No samples can be pushed afterwards."""
        return self._fetch(_FINISH_CAPACITY, lambda *out: library.ecg_detector_finish(self._handle, *out))

    @staticmethod
    def _fetch(capacity: int, call) -> RPeaks:
        positions = np.empty(capacity, np.uint64)
        confidences = np.empty(capacity, np.float32)
        count = c_size_t()
        check(call(_pointer(positions, c_uint64), _pointer(confidences, c_float), capacity, byref(count)))
        return RPeaks(positions[: count.value].astype(np.int64), confidences[: count.value].copy())


def find_r_peaks(samples: np.ndarray, fs: float) -> RPeaks:
    """The R peaks of one lead: `samples` in millivolts (NaN where missing) at `fs` Hz."""
    detector = RPeakDetector(fs)
    parts = detector.push(samples), detector.finish()
    return RPeaks(
        np.concatenate([part.positions for part in parts]), np.concatenate([part.confidences for part in parts]))
