"""Recognise a person by the heartbeat: libecg for Python.

    import ecg

    model = ecg.Model("model.h5")
    answer = model.identify(samples, fs=500)      # one lead in millivolts, a numpy array
    print(answer.label, answer.probability, answer.is_outlier)
"""

from ._errors import EcgError
from ._model import Beats, Identity, Model, Outlier

__all__ = ["Beats", "EcgError", "Identity", "Model", "Outlier"]
__version__ = "0.1.0"
