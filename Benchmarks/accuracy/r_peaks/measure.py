"""R-peak detectors x conditions on the MIT-BIH records in a folder, ours beside others on the same samples.

    python Benchmarks/accuracy/r_peaks/measure.py ../shared/data/mitdb            everything, as tables
        --ours                       only our detectors (a minute or two)
        --cached                     of others only what is kept already; a dash for the rest
        --conditions clean "em 6 dB" "em"  those whose names begin so
        --records 100 118            only these
        --per-record                 misses and extras of every record, too
        --json FILE                  every figure
        --seed N                     of all that is random, 1

Needs `swift build -c release --product benchmark-peaks`. Answers of others are kept in .build/r-peaks, so that only ours
are computed again; a run that was interrupted goes on there.
"""
import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import argparse
import glob
import hashlib
import json
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import wfdb

from conditions import BEATS, CONDITIONS, NOISES, NORMAL, SNRS, Case
from peers import PEERS, detect, version
from score import Score, compare

ROOT = Path(__file__).resolve().parents[3]
OURS = ROOT / ".build/release/benchmark-peaks"
CACHE = ROOT / ".build/r-peaks"
TOLERANCES = (0.150, 0.075)


def recordings(folder, records, lead):
    for header in sorted(glob.glob(f"{folder}/*.hea")):
        name = os.path.basename(header)[:-4]
        if records and name not in records:
            continue
        record = wfdb.rdrecord(header[:-4])
        annotation = wfdb.rdann(header[:-4], "atr")
        beats = [(s, c in NORMAL) for s, c in zip(annotation.sample, annotation.symbol) if c in BEATS]
        # Ventricular flutter has no beats that could be found or missed.
        onsets = [s for s, c in zip(annotation.sample, annotation.symbol) if c == "["]
        ends = [s for s, c in zip(annotation.sample, annotation.symbol) if c == "]"]
        yield Case(
            name, float(record.fs), record.p_signal[:, lead], np.array([s for s, _ in beats], float),
            np.array([n for _, n in beats]), excluded=tuple(zip(onsets, ends)))


def our_names():
    return subprocess.run([OURS, "--list"], capture_output=True, check=True, text=True).stdout.split()


def our_answers(name, cases):
    """All cases of one condition at once."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{i}.f32" for i in range(len(cases))]
        for path, case in zip(paths, cases):
            case.signal.astype("<f4").tofile(path)
        out = subprocess.run([OURS, name, str(cases[0].rate), *paths], stdout=subprocess.PIPE, check=True, text=True)
    return [np.array(line.split(), int) for line in out.stdout.split("\n")[:len(cases)]]


def peer_answer(name, signal, rate, only_cached):
    warnings.filterwarnings("ignore")
    signal = np.asarray(signal, np.float32)
    key = hashlib.sha256(f"{name} {version(name)} {rate}".encode() + signal.tobytes()).hexdigest()[:32]
    path = CACHE / f"{key}.npy"
    if not path.exists():
        if only_cached:
            return None
        # Under a name of this process's own first, so that what an interruption leaves behind is never read.
        part = CACHE / f"{key}-{os.getpid()}.part.npy"
        np.save(part, detect(name, signal, rate))
        part.rename(path)
    return np.load(path)


def measure(arguments):
    """results[condition][detector][tolerance] = list of (record, Score)."""
    ours = our_names() if OURS.exists() else []
    detectors = ours + ([] if arguments.ours else list(PEERS))
    wanted = [c for c in CONDITIONS if not arguments.conditions or any(c.startswith(w) for w in arguments.conditions)]
    leads = {lead: list(recordings(arguments.folder, arguments.records, lead)) for lead in (0, 1)}
    if not leads[0]:
        sys.exit(f"{arguments.folder}: no records")
    CACHE.mkdir(parents=True, exist_ok=True)
    results = {}
    with ProcessPoolExecutor(arguments.workers) as pool:
        for condition in wanted:
            base = leads[1 if condition == "other lead" else 0]
            cases = [CONDITIONS[condition](case, arguments.seed) for case in base]
            pending = {} if arguments.ours else {
                name: [pool.submit(peer_answer, name, c.signal, c.rate, arguments.cached) for c in cases] for name in PEERS}
            answers = {name: our_answers(name, cases) for name in ours}
            for name, futures in pending.items():
                answers[name] = [f.result() for f in futures]
            results[condition] = {
                name: {
                    t: [(c.record, compare(c.reference, p, c.rate, t, c.start, c.excluded))
                        for c, p in zip(cases, answers[name])]
                    for t in TOLERANCES
                } for name in detectors if all(p is not None for p in answers[name])
            }
            print(f"{condition}: done", file=sys.stderr, flush=True)
    return results


def gross(scores):
    total = Score()
    for _, score in scores:
        total += score
    return total


def cell(by_detector, name):
    return pair(gross(by_detector[name][0.150])) if name in by_detector else "–"


def pair(score):
    return f"{100 * score.sensitivity:.2f} / {100 * score.predictivity:.2f}"


def table(title, heading, rows):
    print(f"\n{title}\n")
    print("| " + " | ".join(heading) + " |")
    print("|" + "---|" * len(heading))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def show(results, per_record):
    detectors = list(dict.fromkeys(name for by_detector in results.values() for name in by_detector))
    if "clean" in results:
        rows = []
        for name in results["clean"]:
            wide, narrow = (gross(results["clean"][name][t]) for t in TOLERANCES)
            rows.append([name, pair(wide), f"{wide.misses} + {wide.extras}", pair(narrow),
                         f"{wide.mean_error:.1f}", f"{wide.error_95:.1f}"])
        table("Clean: sensitivity / positive predictivity in %, location error in ms",
              ["detector", "150 ms", "missed + extra", "75 ms", "mean error", "95th percentile"], rows)
    for kind, name in NOISES.items():
        columns = [f"{kind} {snr} dB" for snr in SNRS if f"{kind} {snr} dB" in results]
        if columns:
            table(f"{name.capitalize()}, 150 ms", ["detector"] + columns,
                  [[d] + [cell(results[c], d) for c in columns] for d in detectors])
    others = [c for c in results if c != "clean" and c.split()[0] not in NOISES]
    for group in (others[:7], others[7:]):
        if group:
            table("Other conditions, 150 ms", ["detector"] + group,
                  [[d] + [cell(results[c], d) for c in group] for d in detectors])
    if per_record:
        for condition in results:
            scores = {d: by_tolerance[0.150] for d, by_tolerance in results[condition].items()}
            records = [record for record, _ in next(iter(scores.values()))]
            table(f"{condition}, 150 ms: missed + extra", ["detector"] + records,
                  [[d] + [f"{s.misses} + {s.extras}" for _, s in scores[d]] for d in scores])


def as_json(results):
    return {
        condition: {
            name: {
                f"{1000 * t:.0f} ms": {
                    "gross": figures(gross(scores)), "records": {r: figures(s) for r, s in scores}}
                for t, scores in by_tolerance.items()
            } for name, by_tolerance in by_detector.items()
        } for condition, by_detector in results.items()
    }


def figures(score):
    return {"hits": score.hits, "misses": score.misses, "extras": score.extras, "sensitivity": score.sensitivity,
            "positive_predictivity": score.predictivity, "mean_error_ms": score.mean_error,
            "error_95_ms": score.error_95}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--ours", action="store_true")
    parser.add_argument("--cached", action="store_true")
    parser.add_argument("--conditions", nargs="*")
    parser.add_argument("--records", nargs="*")
    parser.add_argument("--per-record", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    results = measure(arguments)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(as_json(results), indent=1))
    show(results, arguments.per_record)


if __name__ == "__main__":
    main()
