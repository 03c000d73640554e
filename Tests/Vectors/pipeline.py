"""The whole chain on one artificial record, step by step with SciPy, and the R peaks of MIT-BIH records as their
reference annotations count them.

    python pipeline.py [folder with mitdb]
"""
import sys

import numpy as np
from scipy.signal import butter, resample_poly, savgol_filter, sosfiltfilt
from sass import sass
from synthetic_ecg import beat_times, ecg

RATE = 360
x = ecg(6.0, RATE, seed=31, noise=0.015)
x.tofile("pipeline-input.f32")

y = resample_poly(x.astype(np.float64), 25, 18, window=("kaiser", 5.0), padtype="edge")


def beats(clean, true_peaks):
    """Beats at the maximum near each true peak, aligned on their mean as the documentation of PeakAlignment says."""
    peaks = []
    for r in true_peaks:
        middle = int(round(r * 500))
        low = max(0, middle - 37)
        peaks.append(low + int(np.argmax(clean[low:middle + 38])))
    peaks = np.array(peaks)
    reach = 10

    def window(p):
        w = clean[p - 100:p + 100]
        return w - w.mean()

    inside = [p - 100 - 2 * reach >= 0 and p + 100 + 2 * reach <= len(clean) for p in peaks]
    for _ in range(2):
        mean = np.mean([window(p) for p, ok in zip(peaks, inside) if ok], axis=0)
        moved = peaks.copy()
        for k, p in enumerate(peaks):
            if inside[k]:
                shifts = sorted(range(-reach, reach + 1), key=abs)
                fits = [window(p + s) @ mean / np.linalg.norm(window(p + s)) for s in shifts]
                moved[k] = p + shifts[int(np.argmax(fits))]
        peaks = moved
    mean = np.mean([window(p) for p, ok in zip(peaks, inside) if ok], axis=0)
    peaks = peaks + np.array(inside) * (int(np.argmax(mean[100 - reach:100 + reach + 1])) - reach)
    cut = np.array([savgol_filter(clean[p - 100:p + 100], 11, 1, mode="interp") for p in peaks])
    return peaks, cut / np.linalg.norm(cut, axis=1, keepdims=True)


true_peaks = beat_times(6.0, 31)
high = sosfiltfilt(butter(2, 1.0, "highpass", output="sos", fs=500), y, padlen=500)
mean, deviation = high.mean(), high.std()
smooth = sass((high - mean) / deviation, 2, 0.022, 1, 1.2, tolerance=1e-7)[0] * deviation + mean
band = sosfiltfilt(butter(2, [1.0, 40.0], "bandpass", output="sos", fs=500), y)
for name, clean in (("sass", smooth), ("band_pass", band)):
    peaks, cut = beats(clean, true_peaks)
    np.rint(peaks * RATE / 500).astype(np.int32).tofile(f"pipeline-{name}-peaks.i32")
    cut.astype(np.float32).tofile(f"pipeline-{name}-beats.f32")

if len(sys.argv) > 1:
    import wfdb

    codes = set("NLRBAaJSVrFejnE/fQ")
    for record in ("100", "101"):
        path = f"{sys.argv[1]}/{record}"
        annotation = wfdb.rdann(path, "atr", sampto=360 * 60 * 5)
        samples = [s for s, c in zip(annotation.sample, annotation.symbol) if c in codes]
        np.array(samples, np.int32).tofile(f"pipeline-mitdb-{record}.i32")
        # "|" marks what looks like a QRS complex and is none.
        artefacts = [s for s, c in zip(annotation.sample, annotation.symbol) if c == "|"]
        np.array(artefacts, np.int32).tofile(f"pipeline-mitdb-{record}-artefacts.i32")
