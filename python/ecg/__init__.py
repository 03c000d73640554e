"""Recognise a person by the heartbeat: libecg for Python.

    import ecg

    model = ecg.Model("model.h5")
    answer = model.identify(samples, fs=500)      # one lead in millivolts, a numpy array
    print(answer.label, answer.probability, answer.is_outlier)

    gallery = ecg.Gallery(model)                  # people whom the model was not trained on
    gallery.enrol("Ada", samples, fs=500)
    print(gallery.identify(other_samples, fs=500).person)
"""

from ._detector import RPeakDetector, RPeaks, find_r_peaks
from ._errors import EcgError, SignalError
from ._gallery import Gallery, Match
from ._model import Beats, Identity, Model, Outlier, Signal
from ._stream import Stream, StreamEvent

__all__ = [
    "Beats",
    "EcgError",
    "Gallery",
    "Identity",
    "Match",
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
