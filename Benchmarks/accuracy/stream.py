"""What a stream costs in accuracy beside whole recordings, and how much processor time it takes.

    python Benchmarks/accuracy/stream.py model.h5 ecg-id/ [OPTIONS…]       OPTIONS: window=10,interval=1,lookahead=1,beats=16

The model must have been trained by `ecgid train --protocol last-recording` on these recordings: each person's last one is
then unseen. Needs numpy, the package in python/ (ECG_LIBRARY names libecg.so) and ecgid in .build/release.
"""

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import ecg

ECGID = Path(__file__).resolve().parents[2] / ".build/release/ecgid"
RATE = 500


def recordings(dataset):
    """What there is of a data set: a dictionary for each recording."""
    manifest = subprocess.run([ECGID, "records", dataset, "--csv"], check=True, capture_output=True, text=True).stdout
    return list(csv.DictReader(manifest.splitlines()))


def samples_of(recording, dataset):
    """In millivolts; None when the recording cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.f32"
        done = subprocess.run(
            [ECGID, "convert", dataset, "--person", recording["person"], "--recording", recording["recording"], "-o", path],
            capture_output=True)
        return np.fromfile(path, "<f4") if done.returncode == 0 else None


def last_recordings(model, dataset):
    """Each person's last recording that can be read and used, as training had it."""
    rows = recordings(dataset)
    for label in model.labels:
        for row in reversed([row for row in rows if row["person"] == label]):
            samples = samples_of(row, dataset)
            if samples is None:
                continue
            try:
                yield label, samples, model.preprocess(samples, RATE)
            except ecg.SignalError:
                continue
            break


def share(hits):
    return f"{100 * np.mean(hits):.1f} % of {len(hits)}"


def names(model, beats):
    return [model.identify_beats(beat[None]).most_like for beat in beats]


class Measured:
    """What one set of options gives, recording by recording."""

    def __init__(self, options):
        self.options = options
        self.beats, self.recordings, self.turned_away = [], [], []
        self.early = {4: [], 8: [], 12: []}
        self.common = self.whole = self.processor = self.seconds = 0
        self.shifts, self.correlations = [], []

    def add(self, model, label, samples, whole):
        stream = ecg.Stream(model, RATE, **self.options)
        start = time.process_time()
        events = stream.push(samples) + stream.finish()
        self.processor += time.process_time() - start
        self.seconds += samples.size / RATE
        events = [event for event in events if event.values is not None]
        self.beats += [name == label for name in names(model, [event.values for event in events])]
        self.recordings.append(bool(events) and events[-1].most_like == label)
        self.turned_away.append(bool(events) and events[-1].is_outlier)
        for count, hits in self.early.items():
            if len(events) >= count:
                hits.append(events[count - 1].most_like == label)
        self.whole += len(whole.r_peaks)
        positions = np.array([event.position for event in events])
        for peak, values in zip(whole.r_peaks, whole.values):
            if positions.size and np.abs(positions - peak).min() <= 0.05 * RATE:
                nearest = np.abs(positions - peak).argmin()
                self.common += 1
                self.shifts.append(1000 * abs(positions[nearest] - peak) / RATE)
                self.correlations.append(np.corrcoef(events[nearest].values, values)[0, 1])

    def show(self):
        print(f"stream, {self.options or 'defaults'}")
        print(f"  beats {share(self.beats)}, recordings {share(self.recordings)}, turned away {share(self.turned_away)}")
        for count, hits in self.early.items():
            print(f"  after {count} beats {share(hits)} recordings")
        print(
            f"  has {self.common} of {self.whole} beats of whole recordings, {len(self.beats)} in all; R peaks differ by "
            f"{np.mean(self.shifts):.2f} ms in the mean, {np.max(self.shifts):.0f} at most, "
            f"{100 * np.mean(np.array(self.shifts) == 0):.1f} % not at all\n"
            f"  values correlate with {np.median(self.correlations):.5f} in the median, "
            f"{np.quantile(self.correlations, 0.01):.4f} at the lowest hundredth\n"
            f"  processor time per second of signal {1e3 * self.processor / self.seconds:.2f} ms", flush=True)


def main(model_path, dataset, sets):
    model = ecg.Model(model_path)
    measured = [Measured(options) for options in sets]
    beats, recordings, turned_away = [], [], []
    for label, samples, whole in last_recordings(model, dataset):
        answer = model.identify_beats(whole)
        beats += [name == label for name in names(model, whole.values)]
        recordings.append(answer.most_like == label)
        turned_away.append(answer.is_outlier)
        for each in measured:
            each.add(model, label, samples, whole)
    print("whole recordings")
    print(f"  beats {share(beats)}, recordings {share(recordings)}, turned away {share(turned_away)}")
    for each in measured:
        each.show()


def parse(text):
    pairs = (pair.split("=") for pair in text.split(",") if pair)
    return {name: int(value) if name == "beats" else float(value) for name, value in pairs}


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], [parse(text) for text in sys.argv[3:] or [""]])
