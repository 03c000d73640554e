"""Does the quality of a recording tell whether its R peaks can be trusted? Clean recordings of CinC 2017, ECG-ID and
PTB-XL are spoiled in known ways; a recording is good when the R peaks found in it are those found in the clean one.

    swift build -c release --product benchmark-signal
    python Benchmarks/accuracy/signal_quality/measure.py ../shared/data features -o features.npz    what limits are chosen on
    python Benchmarks/accuracy/signal_quality/measure.py ../shared/data report                      the other half
    python Benchmarks/accuracy/signal_quality/measure.py ../shared/data compare --most 40           beside other measures
    python Benchmarks/accuracy/signal_quality/measure.py ../shared/data noisy-class                 all of CinC 2017, by class
    python Benchmarks/accuracy/signal_quality/measure.py ../shared/data ectopic                     MIT-BIH, by annotation

Behind the command, fields of the configuration: detector=1 least_quality=0.6.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, os.path.dirname(__file__))
from recordings import chooses, recordings  # noqa: E402
from spoiled import CONDITIONS, spoiled  # noqa: E402

BENCHMARK = os.environ.get("BENCHMARK") or os.path.join(os.path.dirname(__file__), "../../../.build/release/benchmark-signal")
OFF = ["longest_flat_s=0", "longest_clip_s=0", "largest_noise=0", "largest_wander=0", "least_correlation=0",
       "least_quality=0", "amplitude_ratio=1e6", "smallest_amplitude_mv=0"]
FAULTS = ["border", "gap", "flat", "clipped", "noisy", "wandering", "odd amplitude", "ectopic", "unlike", "rhythm"]
SEED = 1


def run(rate, signals, options):
    """Per recording: status, quality, fault, beats, beats left out by fault; and a row per beat."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        paths = [f"{folder}/{i}" for i in range(len(signals))]
        for path, x in zip(paths, signals):
            x.astype(np.float32).tofile(path)
        out = subprocess.run([BENCHMARK, "--quality", str(rate), "front_end=1", *options, *paths],
                             capture_output=True, check=True, text=True).stdout
        reports = [np.array(line.split(), float) for line in out.splitlines()]
        beats = [np.fromfile(path + ".quality", np.float32).reshape(-1, 8) for path in paths]
    return reports, beats


def agreement(reference, found, reach):
    """F1 of two lists of R peaks, and which of the found ones are right."""
    if len(found) == 0 or len(reference) == 0:
        return 0.0, np.zeros(len(found), bool)
    nearest = np.abs(found[:, None] - reference[None]).min(1)
    right = nearest <= reach
    return 2 * right.sum() / (len(found) + len(reference)), right


def cases(data, most, choose, options=(), seed=SEED):
    """Clean recordings of one half, by rate, each with its clean R peaks and QRS height."""
    batches = {}
    for database, name, rate, x in recordings(data, most, seed):
        if choose is None or chooses(name) == choose:
            batches.setdefault(rate, []).append((database, name, x))
    for rate, batch in batches.items():
        _, beats = run(rate, [x for _, _, x in batch], [*OFF, *options_of(options, "detector")])
        yield rate, [(d, n, x, b[:, 0], float(np.median(b[:, 1]))) for (d, n, x), b in zip(batch, beats) if len(b) > 2]


def features(data, most, options, output):
    columns = {k: [] for k in "database name condition half status quality f1".split()}
    beat_rows, owner = [], []
    for half in (True, False):
        for rate, batch in cases(data, most, half, options):
            for condition in CONDITIONS:
                signals = [spoiled(n, condition, x, rate, h, SEED) for _, n, x, _, h in batch]
                reports, beats = run(rate, signals, [*OFF, *options_of(options, "detector")])
                for (d, n, x, peaks, h), report, b in zip(batch, reports, beats):
                    reference = peaks[:0] if condition.endswith("alone") else peaks
                    f1, right = agreement(reference, b[:, 0], 0.05 * rate)
                    for k, v in zip(columns, (d, n, condition, half, report[0], report[1], f1)):
                        columns[k].append(v)
                    beat_rows.append(np.column_stack([b[:, 1:], right, b[:, 0] / rate]))
                    owner += [len(columns["name"]) - 1] * len(b)
    np.savez(output, beats=np.concatenate(beat_rows).astype(np.float32), owner=np.array(owner),
             **{k: np.array(v) for k, v in columns.items()})


def auc(good, quality):
    """Area under the ROC curve: how often a good one has the higher quality than a bad one."""
    from sklearn.metrics import roc_auc_score
    return roc_auc_score(good, quality)


def report(data, most, options):
    """On the half that limits were not chosen on: who is accepted, and what the quality is worth."""
    rows = []
    beats_right, beats_value, clean_beats = [], [], [0, 0]
    for rate, batch in cases(data, most, False, options):
        for condition in CONDITIONS:
            signals = [spoiled(n, condition, x, rate, h, SEED) for _, n, x, _, h in batch]
            judged, _ = run(rate, signals, options)
            _, beats = run(rate, signals, [*OFF, *options_of(options, "detector")])
            for (d, n, x, peaks, h), r, b in zip(batch, judged, beats):
                reference = peaks[:0] if condition.endswith("alone") else peaks
                f1, right = agreement(reference, b[:, 0], 0.05 * rate)
                rows.append((d, condition, r[0], r[2], r[1], f1, *r[3:]))
                if condition.endswith("dB"):
                    beats_right.append(right)
                    beats_value.append(b[:, 7])
                if condition == "clean":
                    clean_beats[0] += r[3] if r[0] == 0 else 0
                    clean_beats[1] += len(b)
    database, condition = (np.array([row[k] for row in rows]) for k in (0, 1))
    values = np.array([row[2:] for row in rows], float)
    status, fault, quality, f1 = values[:, 0], values[:, 1], values[:, 2], values[:, 3]
    accepted, good = status == 0, f1 >= 0.95
    print("clean recordings accepted:", ", ".join(
        f"{d} {100 * accepted[(condition == 'clean') & (database == d)].mean():.1f} % of "
        f"{((condition == 'clean') & (database == d)).sum()}" for d in dict.fromkeys(database)),
        f"; beats of clean recordings kept {100 * clean_beats[0] / clean_beats[1]:.1f} %")
    whole = ~np.char.startswith(condition, "saturated")  # clipped beats are useless, their R peaks are not
    print(f"AUC for \"R peaks are those of the clean recording\" (F1 >= 0.95): {auc(good, quality):.4f}, without the "
          f"saturated ones {auc(good[whole], quality[whole]):.4f}; "
          f"for a beat in added noise: {auc(np.concatenate(beats_right), np.concatenate(beats_value)):.4f}")
    print(f"accepted: {100 * accepted[good].mean():.1f} % of the good, {100 * accepted[~good].mean():.1f} % of the bad, "
          f"{100 * accepted[f1 < 0.8].mean():.1f} % of those with F1 below 0.8")
    print(f"\n{'condition':16s} {'F1':>6s} {'good':>6s} {'quality':>8s} {'accepted':>9s} {'F1 then':>8s}  main reasons")
    for c in CONDITIONS:
        k = condition == c
        refused = [FAULTS[int(v) - 1] for v in fault[k] if v > 0]
        names = sorted(((refused.count(v), v) for v in set(refused)), reverse=True)[:3]
        print(f"{c:16s} {f1[k].mean():6.3f} {100 * good[k].mean():5.0f}% {np.median(quality[k]):8.2f} "
              f"{100 * accepted[k].mean():8.0f}% {f1[k & accepted].mean() if (k & accepted).any() else np.nan:8.3f}  "
              + ", ".join(f"{v} {n}" for n, v in names))


def options_of(options, name):
    return [option for option in options if option.startswith(name + "=")]


def compare(data, most, options):
    """The quality beside those of others, on the same signals."""
    from other_measures import indices, neurokit, two_detectors
    columns, whole = {}, []
    labels = {"ours": [], "NeuroKit2": []}
    for rate, batch in cases(data, most, False, options):
        theirs = [neurokit(x, rate)[2] for _, _, x, _, _ in batch]
        for condition in CONDITIONS:
            signals = [spoiled(n, condition, x, rate, h, SEED) for _, n, x, _, h in batch]
            judged, _ = run(rate, signals, options)
            _, beats = run(rate, signals, [*OFF, *options_of(options, "detector")])
            pairs = two_detectors(BENCHMARK, rate, signals, agreement)
            alone = condition.endswith("alone")
            for (d, n, x, peaks, h), r, b, y, clean, pair in zip(batch, judged, beats, signals, theirs, pairs):
                zhao, average, found = neurokit(y, rate)
                whole.append(not condition.startswith("saturated"))
                labels["ours"].append(agreement(peaks[:0] if alone else peaks, b[:, 0], 0.05 * rate)[0])
                labels["NeuroKit2"].append(agreement(clean[:0] if alone else clean, found, 0.05 * rate)[0])
                said = {"ours": r[1], "NeuroKit2 zhao2018": zhao, "NeuroKit2 averageQRS": average, "bSQI": pair,
                        **indices(y, rate)}
                for name, value in said.items():
                    columns.setdefault(name, []).append(value)
    print(f"{len(whole)} signals; AUC for \"the R peaks are those of the clean recording\" (F1 >= 0.95)")
    print(f"{'measure':22s} {'our R peaks':>14s} {'not saturated':>14s} {'NeuroKit2s':>14s} {'not saturated':>14s}")
    for name, values in columns.items():
        values, whole = np.nan_to_num(np.array(values)), np.array(whole)
        goods = [np.array(f1) >= 0.95 for f1 in labels.values()]
        print(f"{name:22s} " + " ".join(
            f"{auc(good, values):14.3f} {auc(good[whole], values[whole]):14.3f}" for good in goods))


def noisy_class(data, options):
    """CinC 2017 by class: the class of noisy recordings (~) is to be refused, the others are not."""
    import csv
    import glob

    from recordings import read
    with_class = {}
    for path in glob.glob(f"{data}/cinc2017/**/REFERENCE*.csv", recursive=True):
        with_class |= {row[0]: row[1] for row in csv.reader(open(path)) if len(row) > 1}
    groups = {}
    for header in sorted(glob.glob(f"{data}/cinc2017/**/A*.hea", recursive=True)):
        name = os.path.basename(header)[:-4]
        groups.setdefault(with_class.get(name, "N"), []).append(header)
    for name, headers in groups.items():
        accepted, qualities = [], []
        for first in range(0, len(headers), 200):
            signals = [read(header, 0) for header in headers[first:first + 200]]
            judged, _ = run(signals[0][0], [x for _, x in signals], options)
            accepted += [r[0] == 0 for r in judged]
            qualities += [r[1] for r in judged]
        print(f"class {name}: {len(headers)} recordings, {100 * np.mean(accepted):.1f} % accepted, "
              f"median quality {np.median(qualities):.2f}")
    if "~" not in groups:
        print("class ~ (noisy) is not among these recordings: refusal of real noise was not measured")


def ectopic(data, options):
    """MIT-BIH: what becomes of beats by their annotation."""
    import glob

    import wfdb
    kept, total, reports = {}, {}, np.zeros(len(FAULTS) + 1)
    for header in sorted(glob.glob(f"{data}/mitdb/*.hea")):
        record, annotation = wfdb.rdrecord(header[:-4], channels=[0]), wfdb.rdann(header[:-4], "atr")
        rate, size = record.fs, int(600 * record.fs)
        pieces = [record.p_signal[i:i + size, 0] for i in range(0, record.sig_len, size)]
        judged, beats = run(rate, pieces, options)
        for k, (r, b) in enumerate(zip(judged, beats)):
            reports += r[3:]
            for at, symbol in zip(annotation.sample - k * size, annotation.symbol):
                if symbol in "NLRAaJSVFejnEfQ/" and 0.5 * rate < at < len(pieces[k]) - 0.5 * rate:
                    total[symbol] = total.get(symbol, 0) + 1
                    if len(b) and np.abs(b[:, 0] - at).min() <= 0.1 * rate:
                        kept[symbol] = kept.get(symbol, 0) + 1
    print("MIT-BIH beats kept by annotation: " + ", ".join(
        f"{s} {100 * kept.get(s, 0) / n:.1f} % of {n}" for s, n in sorted(total.items(), key=lambda v: -v[1])))
    print("left out: " + ", ".join(f"{int(n)} {f}" for f, n in zip(FAULTS, reports[1:]) if n))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("what", choices=["features", "report", "compare", "noisy-class", "ectopic"])
    parser.add_argument("options", nargs="*", help="fields of the configuration: detector=1 least_quality=0.6")
    parser.add_argument("-o", "--output", default="features.npz")
    parser.add_argument("--most", type=int, default=200, help="recordings of each database, both halves together")
    arguments = parser.parse_intermixed_args()
    data, most, options = arguments.data, arguments.most, arguments.options
    match arguments.what:
        case "features": features(data, most, options, arguments.output)
        case "report": report(data, most, options)
        case "compare": compare(data, most, options)
        case "noisy-class": noisy_class(data, options)
        case "ectopic": ectopic(data, options)


if __name__ == "__main__":
    main()
