"""Trains networks and judges them by every protocol, over several seeds; writes one table in Markdown.

    python protocols.py --beats ecg-id.h5 --others cinc2017.h5 --folder results \\
        --network compact1d --network deepecg,beats=long.h5,others=long-cinc.h5,epochs=40 > protocols.md

Closed-set models are trained on what enrols and nothing else, subject-disjoint ones on the people of --others alone. A
network may have its own beats (prepared otherwise; several files of others are a.h5:b.h5), epochs and batch:
name,key=value,… Finished runs are not repeated: each is a file in --folder, and the table is made of whatever is there.
Needs nothing but Python and ecgid.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

# Protocol and what trains for it.
CLOSED = {
    "random-beats": "pooled-beats", "first-second": "first-second", "last-recording": "last-recording",
    "same-day-single-shot": "first-second", "same-day-last-out": "same-day-last-out",
    "other-day-single-shot": "first-second", "other-day-last-out": "other-day-last-out",
    "short-term-single-shot": "first-second", "short-term-last-out": "short-term-last-out",
    "long-term-single-shot": "first-second", "long-term-last-out": "long-term-last-out",
}
STRANGERS = 10
PROBES = ("1", "5", "recording")


def parsed(text):
    name, *pairs = text.split(",")
    return name, dict(pair.split("=", 1) for pair in pairs)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--ecgid", default=".build/release/ecgid")
parser.add_argument("--beats", required=True, help="people who are recognised")
parser.add_argument(
    "--others", nargs="+", help="people who train subject-disjoint models; without it there are none of these")
parser.add_argument("--network", type=parsed, action="append", required=True, metavar="NAME,KEY=VALUE,…")
parser.add_argument("--protocol", action="append", choices=CLOSED, help="all, if left out")
parser.add_argument("--kind", action="append", choices=["closed", "disjoint"], help="both, if left out")
parser.add_argument("--seeds", type=int, default=5)
parser.add_argument("--threads", default=os.environ.get("OMP_NUM_THREADS", "1"))
parser.add_argument("--folder", type=pathlib.Path, required=True)
parser.add_argument("--table-only", action="store_true", help="train nothing, evaluate nothing")
arguments = parser.parse_args()
protocols = arguments.protocol or list(CLOSED)
arguments.folder.mkdir(parents=True, exist_ok=True)


def ecgid(*words):
    environment = dict(os.environ, OMP_NUM_THREADS=arguments.threads)
    return subprocess.run([arguments.ecgid, *map(str, words)], env=environment, capture_output=True, text=True)


def model(network, settings, training, seed):
    """The weights file, trained unless it is there; `training` is a protocol, one with strangers, or "others"."""
    file = arguments.folder / f"{network}-{training}-{seed}.h5"
    if file.exists():
        return file
    beats = settings["others"] if training == "others" else [settings["beats"]]
    words = ["train", *beats, "-o", file, "--network", network, "--seed", seed, "--outliers", "none"]
    if training == "others":
        words += ["--protocol", "pooled-beats", "--beats-per-person", "all"]
    else:
        words += ["--protocol", training.removesuffix("+strangers")]
        if training.endswith("+strangers"):
            words += ["--strangers", STRANGERS]
    prefix = "others-" if training == "others" else ""
    for option in ("epochs", "batch-size", "early-stopping"):
        if value := settings.get(prefix + option, settings.get(option)):
            words += [f"--{option}", value]
    print(*words, file=sys.stderr, flush=True)
    answer = ecgid(*words)
    if answer.returncode:
        sys.exit(answer.stderr)
    return file


def run(network, settings, protocol, kind, seed):
    """The figures, computed unless they are there."""
    file = arguments.folder / f"{network}-{protocol}-{kind}-{seed}.json"
    if file.exists():
        return json.loads(file.read_text())
    if arguments.table_only:
        return None
    training = "others" if kind.startswith("disjoint") else CLOSED[protocol]
    if kind == "closed+strangers":
        training += "+strangers"
    words = ["evaluate", model(network, settings, training, seed), settings["beats"], "--protocol", protocol,
             "--seed", seed, "--enrol-everybody", "--json"]
    if kind.startswith("disjoint"):
        words.append("--subject-disjoint")
    if kind.endswith("+strangers"):
        words += ["--strangers", STRANGERS]
    answer = ecgid(*words)
    if answer.returncode:
        print(f"{network}, {protocol}, {kind}, seed {seed}: {answer.stderr.strip()}", file=sys.stderr)
        return None
    whole = file.with_suffix(".part")
    whole.write_text(answer.stdout)
    whole.rename(file)
    return json.loads(answer.stdout)


def cell(estimates, scale=100, digits=1):
    """Mean and standard deviation over seeds; the interval's ends are means over seeds, too."""
    found = [e for e in estimates if e["value"] is not None]
    if not found:
        return "–"
    values = [scale * e["value"] for e in found]
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ± {statistics.stdev(values):.{digits}f}"
    ends = [(scale * e["lower"], scale * e["upper"]) for e in found if e["lower"] is not None]
    if ends:
        low, high = (statistics.mean(side) for side in zip(*ends))
        text += f" [{low:.{digits}f}, {high:.{digits}f}]"
    return text


kinds = arguments.kind or ["closed"] + ["disjoint"] * bool(arguments.others)
rows, open_rows = [], []
for network, settings in arguments.network:
    settings = {"beats": arguments.beats, "others": arguments.others} | settings
    if isinstance(settings["others"], str):
        settings["others"] = settings["others"].split(":")
    wanted = [(protocol, kind) for protocol in protocols for kind in kinds]
    if "last-recording" in protocols:
        wanted += [("last-recording", f"{kind}+strangers") for kind in kinds]
    for protocol, kind in wanted:
        results = [run(network, settings, protocol, kind, seed) for seed in range(1, arguments.seeds + 1)]
        results = [result for result in results if result]
        if not results:
            continue
        for probe in PROBES:
            lengths = [l for r in results for l in r["lengths"] if l["probe"] == probe and l["probes"]]
            if not lengths:
                continue
            who = [network, protocol, kind.removesuffix("+strangers"), str(len(results)), probe]
            if kind.endswith("+strangers"):
                sets = [length["openSet"] for length in lengths]
                open_rows.append(who + [
                    f"{sets[0]['knownProbes']} / {sets[0]['strangerProbes']}",
                    cell([s["detectionAndIdentification"][0]["rate"] for s in sets]),
                    cell([s["equalErrorRate"] for s in sets]), cell([s["auroc"] for s in sets], 1, 4)])
            else:
                rows.append(who + [
                    f"{lengths[0]['people']} of {results[0]['enrolled']}", str(lengths[0]["probes"]),
                    cell([l["ranks"][0] for l in lengths]), cell([l["equalErrorRate"] for l in lengths]),
                    cell([l["trueAcceptance"][0]["rate"] for l in lengths]),
                    cell([l["trueAcceptance"][1]["rate"] for l in lengths]), cell([l["auroc"] for l in lengths], 1, 4)])


def table(heading, rows):
    print("| " + " | ".join(heading) + " |\n|" + "---|" * len(heading))
    for row in rows:
        print("| " + " | ".join(row) + " |")


table(["network", "protocol", "people", "seeds", "beats a probe", "probing", "probes", "rank 1, %", "EER, %",
       "TAR at FAR 1 %", "TAR at FAR 0.1 %", "AUROC"], rows)
if open_rows:
    print(f"\n{STRANGERS} strangers:\n")
    table(["network", "protocol", "people", "seeds", "beats a probe", "probes known / strangers'", "DIR at FAR 1 %",
           "EER, %", "AUROC"], open_rows)
