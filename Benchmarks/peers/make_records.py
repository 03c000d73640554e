"""Writes WFDB records for the benchmark of records: half an hour of two leads at 360 Hz in every signal format, and a day
of two leads at 250 Hz in three of them.

    python Benchmarks/peers/make_records.py FOLDER
"""

import os
import sys

import numpy as np
from wfdb.io._signal import wr_dat_file

folder = sys.argv[1]
BITS = {8: 12, 16: 12, 24: 16, 32: 16, 61: 12, 80: 8, 160: 12, 212: 12, 310: 10, 311: 10, 508: 8, 516: 12, 524: 16}
rng = np.random.default_rng(1)


def signal(frames, bits, rate):
    """Something like two leads: beats, wandering, noise; within so many bits, in steps of less than 128."""
    time = np.arange(frames) / rate
    phase = (time * 1.2) % 1
    beat = np.exp(-(((phase - 0.3) / 0.02) ** 2)) + 0.2 * np.exp(-(((phase - 0.6) / 0.05) ** 2))
    leads = []
    for k in range(2):
        wave = (1 - 0.4 * k) * beat + 0.1 * np.sin(2 * np.pi * 0.25 * time + k) + 0.01 * rng.standard_normal(frames)
        leads.append(np.round(wave * 0.4 * 2 ** (bits - 1) / 1.5).astype(np.int64))
    if bits <= 12:
        for k, lead in enumerate(leads):
            leads[k] = lead[0] + np.concatenate([[0], np.cumsum(np.clip(np.diff(lead), -128, 127))])
            limit = 2 ** (bits - 1) - 1
            leads[k] = np.clip(leads[k], -limit, limit)
    return leads


def pack(fmt, rows):
    """The bytes of signal(5) for samples in the order of the file; the number of samples is a multiple of 6."""
    if fmt == 61:
        return rows.astype(">i2").tobytes()
    if fmt == 160:
        return (rows + 32768).astype("<u2").tobytes()
    a, b, c = (rows[k::3] & 1023 for k in range(3))
    if fmt == 310:
        pairs = np.stack([a << 1 | (c & 31) << 11, b << 1 | (c >> 5) << 11], axis=1)
        return pairs.astype("<u2").tobytes()
    return (a | b << 10 | c << 20).astype("<u4").tobytes()


def record(name, fmt, frames, rate):
    leads = signal(frames, BITS[fmt], rate)
    file = name + ".dat"
    if fmt == 8:
        rows = np.stack([np.diff(lead, prepend=lead[0]) for lead in leads], axis=1)
        rows.astype("i1").tofile(os.path.join(folder, file))
    elif fmt in (61, 160, 310, 311):
        with open(os.path.join(folder, file), "wb") as output:
            output.write(pack(fmt, np.stack(leads, axis=1).reshape(-1)))
    else:
        wr_dat_file(file, str(fmt), np.stack(leads, axis=1), None, False, None, None, folder)
    with open(os.path.join(folder, name + ".hea"), "w") as output:
        output.write(f"{name} 2 {rate} {frames}\n")
        for k, lead in enumerate(leads):
            total = (int(lead.sum()) + 32768) % 65536 - 32768
            output.write(f"{file} {fmt} 200/mV 12 0 {lead[0]} {total} 0 lead {k}\n")


for fmt in BITS:
    record(f"half_hour_{fmt}", fmt, 648_000, 360)
for fmt in (16, 212, 516):
    record(f"day_{fmt}", fmt, 21_600_000, 250)
