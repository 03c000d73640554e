"""Recognise a person by the heartbeat: libecg for Python.

    import ecg

    model = ecg.Model("model.h5")
    answer = model.identify(samples, fs=500)      # one lead in millivolts, a numpy array
    print(answer.label, answer.probability, answer.is_outlier)
"""

from ._detector import RPeakDetector, RPeaks, find_r_peaks
from ._errors import EcgError, SignalError
from ._model import Beats, Identity, Model, Outlier, Signal
from ._stream import Stream, StreamEvent

__all__ = [
    "Beats",
    "EcgError",
    "Identity",
    "Model",
    "Outlier",
    "RPeakDetector",
    "RPeaks",
    "Signal",
    "SignalError",
    "Stream",
    "StreamEvent",
    "find_r_peaks",
]
__version__ = "0.1.0"
