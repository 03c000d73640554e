"""What others say of the quality of a recording, 0 to 1 or any number that rises with it."""
import os
import subprocess
import tempfile
import warnings

import numpy as np
from scipy.signal import welch
from scipy.stats import kurtosis

warnings.filterwarnings("ignore")


def indices(x, rate):
    """Clifford et al. 2012, doi 10.1088/0967-3334/33/9/1419: kurtosis, QRS power, baseline power."""
    f, p = welch(x - x.mean(), rate, nperseg=min(len(x), int(4 * rate)))
    power = lambda low, high: p[(f >= low) & (f <= high)].sum()
    whole = power(0, 40) or 1
    return {"kSQI": kurtosis(x, fisher=False), "pSQI": power(5, 15) / (power(5, 40) or 1),
            "basSQI": 1 - power(0, 1) / whole}


def two_detectors(benchmark, rate, signals, agreement):
    """bSQI (Li, Mark and Clifford 2008, doi 10.1088/0967-3334/29/1/002): do two detectors agree within 150 ms?"""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        paths = [f"{folder}/{i}" for i in range(len(signals))]
        for path, x in zip(paths, signals):
            x.astype(np.float32).tofile(path)
        found = []
        for detector in ("detector=0", "detector=1"):
            out = subprocess.run(
                [benchmark, "--peaks", str(rate), "front_end=1", "longest_flat_s=0", "longest_clip_s=0",
                 "largest_noise=0", "largest_wander=0", "least_correlation=0", "least_quality=0", detector, *paths],
                capture_output=True, check=True, text=True).stdout
            found.append([np.array(line.split(), float) for line in out.split("\n")[:-1]])
    return [agreement(a, b, 0.15 * rate)[0] for a, b in zip(*found)]


def neurokit(x, rate):
    """(zhao2018 as 0, 1, 2; mean of averageQRS; R peaks), or Nones where NeuroKit2 fails."""
    import neurokit2 as nk
    rate = int(rate)
    try:
        cleaned = nk.ecg_clean(x, sampling_rate=rate)
        peaks = nk.ecg_peaks(cleaned, sampling_rate=rate)[1]["ECG_R_Peaks"]
        peaks = np.asarray(peaks, float)
    except Exception:
        return 0.0, 0.0, np.zeros(0)
    try:
        zhao = {"Unacceptable": 0.0, "Barely acceptable": 1.0, "Excellent": 2.0}[
            nk.ecg_quality(cleaned, rpeaks=peaks.astype(int), sampling_rate=rate, method="zhao2018")]
    except Exception:
        zhao = 0.0
    try:
        average = float(np.nanmean(
            nk.ecg_quality(cleaned, rpeaks=peaks.astype(int), sampling_rate=rate, method="averageQRS")))
    except Exception:
        average = 0.0
    return zhao, 0.0 if np.isnan(average) else average, peaks
