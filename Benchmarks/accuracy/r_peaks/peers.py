"""Other detectors, by name: sample positions of the beats in a signal in millivolts."""
import hashlib
from importlib import metadata
from pathlib import Path

import numpy as np

import pan_tompkins_plus_plus


def neurokit(method, cleaning):
    def detect(signal, rate):
        import neurokit2 as nk

        x = nk.ecg_clean(signal, sampling_rate=int(rate), method=cleaning) if cleaning else signal
        return nk.ecg_findpeaks(x, sampling_rate=int(rate), method=method)["ECG_R_Peaks"]

    return detect


def xqrs(signal, rate):
    from wfdb import processing

    return processing.xqrs_detect(signal, rate, verbose=False)


def gqrs(signal, rate):
    from wfdb import processing

    return processing.gqrs_detect(sig=signal, fs=rate, adc_gain=200.0, adc_zero=0)


PEERS = {
    "NeuroKit2 neurokit": neurokit("neurokit", "neurokit"),
    "NeuroKit2 pantompkins1985": neurokit("pantompkins1985", "pantompkins1985"),
    "NeuroKit2 hamilton2002": neurokit("hamilton2002", "hamilton2002"),
    "NeuroKit2 elgendi2010": neurokit("elgendi2010", "elgendi2010"),
    "NeuroKit2 kalidas2017": neurokit("kalidas2017", "neurokit"),
    "NeuroKit2 khamis2016": neurokit("khamis2016", None),
    "NeuroKit2 emrich2023": neurokit("emrich2023", "emrich2023"),
    "wfdb xqrs": xqrs,
    "wfdb gqrs": gqrs,
    "Pan-Tompkins++ 2022": pan_tompkins_plus_plus.detect,
}


def version(name):
    """Of the package that a detector comes from; what is written here has its text for one."""
    if PEERS[name] is pan_tompkins_plus_plus.detect:
        return hashlib.sha256(Path(pan_tompkins_plus_plus.__file__).read_bytes()).hexdigest()
    return metadata.version(name.split()[0].lower())


def bridged(signal):
    """A straight line over what is missing, since no peer takes NaN."""
    missing = np.isnan(signal)
    if not missing.any():
        return signal
    at = np.arange(len(signal))
    return np.interp(at, at[~missing], signal[~missing])


def detect(name, signal, rate):
    """Ascending positions without duplicates; none when the package fails on the signal."""
    try:
        found = PEERS[name](bridged(np.asarray(signal, float)), rate)
    except ImportError:  # not installed is not the same as found nothing
        raise
    except Exception:  # a peer that gives up has found nothing
        return np.zeros(0, int)
    return np.unique(np.asarray(found, float)).astype(int)
