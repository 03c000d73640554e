"""WFDB annotation files: some that the Python package wfdb writes, some built here from annot(5), and what wfdb reads.

    python Tests/Vectors/annotations.py [folder with mitdb]

writes Tests/Vectors/annotations/*.atr, beside each a .json with rows [sample, code, subtype, channel, number, text] as
wfdb reads them, and annotations-mitdb.i32: for each file of mitdb, in order, the number of annotations and a hash of
all their fields.
"""

import glob
import json
import os
import shutil
import struct
import sys

import numpy as np
import pandas as pd
import wfdb

here = os.path.dirname(os.path.abspath(__file__))
folder = os.path.join(here, "annotations")
rng = np.random.default_rng(5)


def read(name):
    a = wfdb.rdann(os.path.join(folder, name), "atr", return_label_elements=["label_store"])
    # Codes and lengths of text are single bytes to wfdb; it keeps zeros at the end of texts.
    texts = [t.split("\0")[0] for t in a.aux_note]
    rows = zip(a.sample, a.label_store, a.subtype, a.chan, a.num, texts)
    return [[*map(int, row[:5]), row[5]] for row in rows], a


def golden(name):
    rows, _ = read(name)
    with open(os.path.join(folder, name + ".json"), "w") as file:
        json.dump(rows, file, indent=None, separators=(",", ":"))


def encode(rows, remarks=()):
    """The bytes of annot(5): fields in the order SUB, CHN, NUM, AUX, each only if it is needed."""
    data = b""

    def word(code, value):
        return struct.pack("<H", code << 10 | value & 1023)

    def skip(interval):
        return word(59, 0) + struct.pack("<HH", interval >> 16 & 0xFFFF, interval & 0xFFFF)

    def aux(text):
        text = text.encode()
        return word(63, len(text)) + text + b"\0" * (len(text) % 2)

    for remark in remarks:
        data += word(22, 0) + aux(remark)
    if remarks:
        data += skip(-1) + word(0, 1)
    time, channel, number = 0, 0, 0
    for sample, code, subtype, chan, num, text in rows:
        interval = sample - time
        while interval > 1023 or interval < 0:
            step = min(interval, 2**31 - 1)
            data += skip(step)
            interval -= step
        data += word(code, interval)
        data += word(61, subtype) if subtype else b""
        data += word(62, chan) if chan != channel else b""
        data += word(60, num) if num != number else b""
        data += aux(text) if text else b""
        time, channel, number = sample, chan, num
    return data + word(0, 0)


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)
codes = [code for code in range(1, 42) if code not in (15, 17)]
symbols = dict(zip(wfdb.io.annotation.ann_label_table["label_store"], wfdb.io.annotation.ann_label_table["symbol"]))

# Every code, every field, intervals around the limits of a word and of a long interval.
steps = [5, 1022, 1023, 1024, 1, 0, 65535, 65536, 2**31 - 1, 2**31, 2**31 + 1022] + list(rng.integers(1, 3000, 60))
samples = np.cumsum(steps)
n = len(samples)
chosen = (codes * 2)[:n]
fields = dict(
    subtype=rng.integers(-128, 128, n), chan=rng.integers(0, 3, n), num=rng.integers(0, 4, n),
    aux_note=[["", "(N", "(AFIB", "x" * 255, "(VT\0"][k % 5] for k in range(n)])
fields["subtype"][10:40] = 0
fields["chan"][20] = 255
wfdb.wrann("everything", "atr", samples, symbol=[symbols[c] for c in chosen], write_dir=folder, **fields)
golden("everything")

# The same by the specification, with negative numbers (which wfdb reads, but does not write), the sampling rate and a
# definition of a code.
rows = [
    [int(s), int(c), int(a), int(b), int(d), t.rstrip("\0")]
    for s, c, a, b, d, t in zip(samples, chosen, *(fields[k] for k in ["subtype", "chan", "num", "aux_note"]))
]
assert rows == read("everything")[0]
rows[30][4], rows[31][4] = -128, -1
rows.append([rows[-1][0] + 7, 42, 0, 0, 0, ""])
remarks = ["## time resolution: 360", "## annotation type definitions", "42 w some wave", "## end of definitions"]
with open(os.path.join(folder, "specification.atr"), "wb") as file:
    file.write(encode(rows, remarks))
found, annotation = read("specification")
assert found == rows and annotation.fs == 360
assert annotation.custom_labels == [(42, "w", "some wave")]
golden("specification")

# The sampling rate and definitions as wfdb writes them, byte for byte reproducible.
table = pd.DataFrame(
    {"label_store": [42, 43], "symbol": ["w", "y"], "description": ["some wave", "another one, odd"]})
wfdb.wrann(
    "remarks", "atr", np.array([10, 500, 2000]), symbol=["N", "w", "y"], custom_labels=table, fs=257.5,
    write_dir=folder)
golden("remarks")
wfdb.wrann("rate", "atr", np.array([1]), symbol=["N"], fs=500, write_dir=folder)
golden("rate")


def digest(a):
    value = 0
    for row in zip(a.sample, a.label_store, a.subtype, a.chan, a.num, a.aux_note):
        for number in [*map(int, row[:5]), *row[5].encode("latin-1")]:
            value = (value * 31 + number) % 2**32
    return value - 2**32 if value >= 2**31 else value


data = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../../shared/data")
figures = []
for path in sorted(glob.glob(os.path.join(data, "mitdb/*.atr"))):
    a = wfdb.rdann(path[:-4], "atr", return_label_elements=["label_store"])
    figures += [len(a.sample), digest(a)]
if figures:
    np.array(figures, dtype="<i4").tofile(os.path.join(here, "annotations-mitdb.i32"))
