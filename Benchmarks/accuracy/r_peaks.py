"""R peaks on reference annotations: sensitivity and positive predictive value at 150 and 75 ms, beside NeuroKit2 and
WFDB's XQRS.

    python Benchmarks/accuracy/r_peaks.py ../shared/data [--peers]
"""
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
import wfdb

BENCHMARK = os.path.join(os.path.dirname(__file__), "../../.build/release/benchmark-signal")
BEATS = set("NLRBAaJSVrFejnE/fQ")


def ours(rate, signals, *options):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, x in enumerate(signals):
            paths.append(f"{folder}/{i}.f32")
            np.asarray(x, np.float32).tofile(paths[-1])
        out = subprocess.run([BENCHMARK, "--peaks", str(rate), *options, *paths], capture_output=True, check=True)
        return [np.array(line.split(), int) for line in out.stdout.decode().split("\n")[:-1]]


def neurokit(rate, x):
    import neurokit2 as nk
    return nk.ecg_peaks(nk.ecg_clean(x, sampling_rate=int(rate)), sampling_rate=int(rate))[1]["ECG_R_Peaks"]


def xqrs(rate, x):
    from wfdb import processing
    return processing.xqrs_detect(x.astype(np.float64), rate, verbose=False)


def score(reference, found, reach):
    """Hits of a one-to-one assignment in order of time."""
    i = j = hits = 0
    while i < len(reference) and j < len(found):
        if abs(reference[i] - found[j]) <= reach:
            hits, i, j = hits + 1, i + 1, j + 1
        elif reference[i] < found[j]:
            i += 1
        else:
            j += 1
    return hits


def main():
    data = sys.argv[1]
    records, references = [], []
    for header in sorted(glob.glob(f"{data}/mitdb/*.hea")):
        record = wfdb.rdrecord(header[:-4])
        annotation = wfdb.rdann(header[:-4], "atr")
        records.append((os.path.basename(header)[:-4], record.fs, record.p_signal[:, 0]))
        references.append(np.array([s for s, c in zip(annotation.sample, annotation.symbol) if c in BEATS]))
    found = {
        "ecg, SASS": ours(360, [x for _, _, x in records]),
        "ecg, band-pass": ours(360, [x for _, _, x in records], "front_end=1"),
    }
    if "--peers" in sys.argv:
        found["NeuroKit2"] = [neurokit(fs, x) for _, fs, x in records]
        found["WFDB XQRS"] = [xqrs(fs, x) for _, fs, x in records]
    for reach in (0.150, 0.075):
        for name, peaks in found.items():
            totals = np.zeros(3, int)
            worst = []
            for (record, fs, x), reference, p in zip(records, references, peaks):
                # The first and last beat may lack their window.
                margin = int(0.25 * fs)
                r = reference[(reference > margin) & (reference < len(x) - margin)]
                p = p[(p > margin) & (p < len(x) - margin)]
                hits = score(r, p, reach * fs)
                totals += (hits, len(r), len(p))
                worst.append((len(r) - hits, len(p) - hits, record))
            print(f"{1000 * reach:.0f} ms  {name:16s} sensitivity {100 * totals[0] / totals[1]:.2f} %  "
                  f"positive predictive value {100 * totals[0] / totals[2]:.2f} %  "
                  + " ".join(f"{r}:-{m}+{e}" for m, e, r in sorted(worst, reverse=True)[:5]))


if __name__ == "__main__":
    main()
