"""The tables of Documentation/Performance.md from what `Benchmarks/run networks` printed: one network a row, in Markdown.

    Benchmarks/run networks | tee rows.tsv && python Benchmarks/peers/network_table.py <rows.tsv
"""

import re
import sys
from collections import defaultdict

# Peers of resnet1d as published compute square kernels of which one column acts; these do not.
INSTEAD = {"resnet1d": "resnet1d as 1-D"}
FLOAT32_PEERS = ["torch", "onnxruntime", "litert"]
INT8_PEERS = [f"{peer}, {how}" for peer in FLOAT32_PEERS[1:] for how in ("as it runs", "calibrated")]
PEER_NAMES = ["PyTorch", "ONNX Runtime", "LiteRT"]


def read(lines):
    """times[network and people, batch, form][library] in microseconds; notes are what is not a row."""
    times, notes = defaultdict(dict), []
    for line in lines:
        parts = line.rstrip("\n").split("\t")
        row = re.fullmatch(r"(.+), (\d+) people, batch (\d+)(?:, (\w+))?", parts[0])
        if row and len(parts) == 3:
            name, people, batch, form = row.groups()
            try:
                times[name, int(people), int(batch), form or "float32"][parts[1]] = float(parts[2])
            except ValueError:
                notes.append(" ".join(parts))
        elif parts[0].startswith("one core: "):
            notes.append(parts[0])
    return times, notes


def number(value):
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def ratio(one, other):
    return "–" if one is None or other is None else f"{one / other:.1f}"


def fastest(times, libraries):
    return min((times[library] for library in libraries if library in times), default=None)


def main():
    times, notes = read(sys.stdin)
    cases = list(dict.fromkeys(key[:2] for key in times if "ecg" in times[key]))
    for batch in (1, 16):
        print(f"\nMicroseconds for one beat, batch {batch}\n")
        print("| network | float32 | float16 | int8 |", " | ".join(PEER_NAMES),
              "| ONNX Runtime, int8: as it runs | calibrated | LiteRT, int8: as it runs | calibrated "
              "| fastest peer : ours, float32 | fastest peer : ours, int8 |")
        print("|" + "---|" * 13)
        for name, people in cases:
            ours = {form: times[name, people, batch, form].get("ecg") for form in ("float32", "float16", "int8")}
            peer = INSTEAD.get(name, name)
            plain, small = times[peer, people, batch, "float32"], times[peer, people, batch, "int8"]
            cells = [name if people == 90 else f"{name}, {people:,} people", *map(number, ours.values())]
            cells += [number(plain.get(library)) for library in FLOAT32_PEERS]
            cells += [number(small.get(library)) for library in INT8_PEERS]
            best = fastest(plain, FLOAT32_PEERS)
            least = min((time for time in (best, fastest(small, INT8_PEERS)) if time is not None), default=None)
            print("|", " | ".join([*cells, ratio(best, ours["float32"]), ratio(least, ours["int8"])]), "|")
    print("\nBounds: microseconds for one beat, batch 1\n")
    print("| network | weights | reading | multiplying | ours | of the bound |\n|---|---|---|---|---|---|")
    for name, people in cases:
        for form in ("float32", "int8"):
            row = times[name, people, 1, form]
            bounds = [row.get(f"bound by {what}") for what in ("reading", "multiplying")]
            bound = max((value for value in bounds if value is not None), default=None)
            share = f"{100 * bound / row['ecg']:.0f} %" if bound and "ecg" in row else "–"
            cells = [name if people == 90 else f"{name}, {people:,} people", form, *map(number, bounds)]
            print("|", " | ".join([*cells, number(row.get("ecg")), share]), "|")
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
