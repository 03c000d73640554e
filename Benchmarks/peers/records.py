"""The records of Records.swift read by the Python package wfdb: microseconds per record.

    ECG_DATA=folder python Benchmarks/peers/records.py
"""

import glob
import os
import time

import wfdb

here = os.path.dirname(os.path.abspath(__file__))
data = os.environ.get("ECG_DATA", os.path.join(here, "../../../shared/data"))


def measure(body):
    """Fastest call in a second, in microseconds of this thread's processor time."""
    body()
    times, end = [], time.perf_counter() + 1
    while len(times) < 5 or time.perf_counter() < end:
        start = time.thread_time()
        body()
        times.append(time.thread_time() - start)
    return min(times) * 1e6


for name, pattern in [("ecg-id", "*/*"), ("cinc2017", "*"), ("mitdb", "*")]:
    records = [path[:-4] for path in sorted(glob.glob(os.path.join(data, name, pattern + ".hea")))][:200]
    if not records:
        continue
    for leads, channels in [("all leads", None), ("first lead", [0])]:
        def read():
            for record in records:
                wfdb.rdrecord(record, channels=channels)

        print(f"read {name}, {leads}", "wfdb", f"{measure(read) / len(records):.1f}", sep="\t")
