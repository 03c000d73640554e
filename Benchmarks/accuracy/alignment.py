"""How well the beats of a recording lie upon each other, and how well they tell people apart, on ECG-ID: for each
configuration the mean correlation of a beat with its recording's mean beat, and the share of beats and recordings
named rightly by linear discriminants when the last recording of each person is held out.

    python Benchmarks/accuracy/alignment.py ../shared/data "front_end=0" "front_end=0 alignment_search_s=0.012"
"""
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
import wfdb
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

BENCHMARK = os.path.join(os.path.dirname(__file__), "../../.build/release/benchmark-signal")


def main():
    data = sys.argv[1]
    records = []
    for header in glob.glob(f"{data}/ecg-id/Person_*/rec_*.hea"):
        person, number = header.split("/")[-2], int(header.split("_")[-1][:-4])
        records.append((person, number, wfdb.rdrecord(header[:-4]).p_signal[:, 0]))
    records.sort(key=lambda r: r[:2])
    last = {person: number for person, number, _ in records}
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{i}.f32" for i in range(len(records))]
        for path, (_, _, x) in zip(paths, records):
            x.astype(np.float32).tofile(path)
        for options in sys.argv[2:] or [""]:
            subprocess.run([BENCHMARK, "--beats", "500", *options.split(), *paths], check=True)
            beats = [np.fromfile(path + ".beats", np.float32).reshape(-1, 200) for path in paths]
            fits = []
            for b in beats:
                c = b - b.mean(1, keepdims=True)
                c /= np.linalg.norm(c, axis=1, keepdims=True)
                m = c.mean(0)
                fits += list(c @ m / np.linalg.norm(m))
            train = [i for i, (p, n, _) in enumerate(records) if n != last[p]]
            test = [i for i, (p, n, _) in enumerate(records) if n == last[p] and n > 1]
            names = lambda index: np.concatenate([[records[i][0]] * len(beats[i]) for i in index])
            model = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
            model.fit(np.concatenate([beats[i] for i in train]), names(train))
            right = total = named = 0
            for i in test:
                p = model.predict_log_proba(beats[i])
                right += np.sum(model.classes_[p.argmax(1)] == records[i][0])
                total += len(p)
                named += model.classes_[np.maximum(p, -20).sum(0).argmax()] == records[i][0]
            print(f"{options or 'default':50s} {len(np.concatenate(beats))} beats, correlation mean {np.mean(fits):.4f} "
                  f"5th percentile {np.percentile(fits, 5):.4f}; beats {100 * right / total:.1f} %, "
                  f"recordings {100 * named / len(test):.1f} %", flush=True)


if __name__ == "__main__":
    main()
