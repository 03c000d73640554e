"""The records of Records.swift read by the Python package wfdb: microseconds per record.

    ECG_DATA=folder ECG_BENCHMARK_RECORDS=folder python Benchmarks/peers/records.py
    python Benchmarks/peers/records.py memory RECORD        peak memory of reading one
"""

import glob
import os
import resource
import sys

import wfdb

from timing import measure

here = os.path.dirname(os.path.abspath(__file__))
data = os.environ.get("ECG_DATA", os.path.join(here, "../../../shared/data"))


if sys.argv[1:2] == ["memory"]:
    record = wfdb.rdrecord(sys.argv[2].removesuffix(".hea"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"read {record.record_name}, {record.p_signal.size} samples", "wfdb", f"{peak} MiB at most", sep="\t")
    sys.exit()

for name, pattern in [("ecg-id", "*/*"), ("cinc2017", "*"), ("mitdb", "*")]:
    records = [path[:-4] for path in sorted(glob.glob(os.path.join(data, name, pattern + ".hea")))][:200]
    if not records:
        continue
    for leads, channels in [("all leads", None), ("first lead", [0])]:
        def read():
            for record in records:
                wfdb.rdrecord(record, channels=channels)

        print(f"read {name}, {leads}", "wfdb", f"{measure(read) / len(records):.1f}", sep="\t")

made = os.environ.get("ECG_BENCHMARK_RECORDS", "")
for format in [8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524]:
    path = os.path.join(made, f"half_hour_{format}")
    if made and os.path.exists(path + ".hea"):
        print(f"read half an hour, format {format}", "wfdb", f"{measure(lambda: wfdb.rdrecord(path)):.1f}", sep="\t")
