"""The signal chain of Benchmarks/Signal in Python, one thread, on ECG-ID recordings: microseconds of processor time for
each recording (20 s) or scalogram.

    python Benchmarks/peers/signal_chain.py [../shared/data/ecg-id]

Needs numpy, scipy, PyWavelets, scikit-image, neurokit2 and wfdb.
"""
import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import glob
import sys
import time

import neurokit2
import numpy as np
import pywt
import wfdb
from scipy.signal import butter, resample_poly, sosfiltfilt
from scipy.sparse import diags
from scipy.sparse.linalg import splu, spsolve
from skimage.transform import resize

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../Tests/Vectors"))
from sass import matrices


def measure(name, library, items, body):
    start = time.process_time()
    for item in items:
        body(item)
    print(name, library, f"{1e6 * (time.process_time() - start) / len(items):.0f}", sep="\t", flush=True)


def smooth(y, d=2, fc=0.022, k=1, lam=1.2):
    """Majorisation-minimisation as published: until u changes by less than 1e-4 of its largest value."""
    a, b, b1, difference = prepared.setdefault(len(y), matrices(d, fc, len(y), k))
    aat = a @ a.T
    by = b @ y
    u = difference @ y
    for iterations in range(10_000):
        weight = diags(np.abs(u) / lam)
        new = weight @ (b1.T @ splu((aat + b1 @ weight @ b1.T).tocsc()).solve(by))
        change = np.max(np.abs(new - u)) / np.max(np.abs(u))
        u = new
        if change <= 1e-4:
            break
    return y - spsolve(a, by - b1 @ u)


prepared = {}
folder = sys.argv[1] if len(sys.argv) > 1 else "../shared/data/ecg-id"
paths = sorted(glob.glob(f"{folder}/*/rec_*.hea"))
records = [wfdb.rdrecord(path[:-4]).p_signal[:, 0] for path in paths]
records = [(x - x.mean()) / x.std() for x in records]
sos = butter(2, [1, 40], "bandpass", output="sos", fs=500)
measure("SASS", "SciPy", records[::20], smooth)
measure("band-pass", "SciPy", records, lambda x: sosfiltfilt(sos, x))
measure("R peaks", "NeuroKit2", records, lambda x: neurokit2.ecg_findpeaks(neurokit2.ecg_clean(x, 500), 500))
measure("resampling 360 to 500 Hz", "SciPy", records, lambda x: resample_poly(x, 25, 18))
beats = [x[i:i + 200] / np.linalg.norm(x[i:i + 200]) for x in records[:20] for i in range(0, 9000, 600)]
measure("scalogram", "PyWavelets + scikit-image", beats,
        lambda b: resize(pywt.cwt(b, np.arange(1, 65), "morl")[0], (64, 64)))
