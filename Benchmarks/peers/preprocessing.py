"""From ten seconds of ECG to its beats, each cut and of unit length, beside SciPy and NeuroKit2: microseconds of processor
time, one thread.

    PYTHONPATH=python ECG_LIBRARY=build/device/libecg.so python Benchmarks/peers/preprocessing.py ECGID RECORDINGS

Both sides filter by a Butterworth band-pass of 1 to 40 Hz; libecg also judges every beat and the recording. The first ten
seconds of each person's first recording in the folder of ECG-ID's. Needs scipy, neurokit2 and wfdb, and keras and
tensorflow-cpu to make a model.
"""

import os
import sys

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import tempfile
import time
from pathlib import Path

import neurokit2
import numpy as np
import wfdb
from scipy.signal import butter, sosfiltfilt

import ecg
from cold_start import import_model

RATE, SECONDS = 500, 10
BAND = butter(2, [1, 40], "bandpass", output="sos", fs=RATE)


def peer(samples):
    clean = sosfiltfilt(BAND, samples)
    peaks = neurokit2.ecg_findpeaks(neurokit2.ecg_clean(samples, RATE), RATE)["ECG_R_Peaks"]
    beats = np.array([clean[peak - 100:peak + 100] for peak in peaks if 100 <= peak <= len(clean) - 100])
    return beats / np.linalg.norm(beats, axis=1, keepdims=True)


def main():
    paths = sorted(Path(sys.argv[2]).glob("*/rec_1.hea"))
    recordings = [wfdb.rdrecord(str(path)[:-4], sampto=RATE * SECONDS).p_signal[:, 0] for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        model = ecg.Model(import_model(sys.argv[1], "compact1d", 2, Path(folder))[1])
    for library, body in (("ecg", lambda samples: model.preprocess(samples, RATE).values), ("SciPy, NeuroKit2", peer)):
        times, beats = [], 0
        for samples in recordings:
            try:
                body(samples)
                each = []
                for _ in range(5):
                    start = time.thread_time()
                    found = body(samples)
                    each.append(time.thread_time() - start)
            except ecg.EcgError:
                continue
            times.append(min(each))
            beats += len(found)
        print(f"ten seconds to beats, {len(times)} recordings with {beats} beats", library,
              round(1e6 * float(np.mean(times)), 1), sep="\t", flush=True)


if __name__ == "__main__":
    main()
