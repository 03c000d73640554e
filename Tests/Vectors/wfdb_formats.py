"""Small WFDB records in every signal format, of several segments, with skew, offsets and several samples per frame, and
what the Python package wfdb reads from them.

    python Tests/Vectors/wfdb_formats.py

writes Tests/Vectors/wfdb_formats/*, and wfdb_formats.f64: for every record in cases.txt, in order, lead by lead, the
physical values in the units of the header. cases.txt has a line per record: its name and the samples of each lead.

Signal files are written by wfdb where it can (16, 24, 32, 80, 212, 508, 516, 524), otherwise here from signal(5).
"""

import os
import shutil

import numpy as np
import wfdb
from wfdb.io._signal import wr_dat_file

here = os.path.dirname(os.path.abspath(__file__))
folder = os.path.join(here, "wfdb_formats")
rng = np.random.default_rng(212)

BITS = {8: 32, 16: 16, 24: 24, 32: 32, 61: 16, 80: 8, 160: 16, 212: 12, 310: 10, 311: 10, 508: 8, 516: 16, 524: 24}
WRITTEN_BY_WFDB = [16, 24, 32, 80, 212, 508, 516, 524]
cases, golden = [], []


def pack(fmt, d):
    """The bytes of signal(5) for samples in the order of the file."""
    d = np.asarray(d, dtype=np.int64)
    if fmt == 61:
        return d.astype(">i2").tobytes()
    if fmt == 160:
        return (d + 32768).astype("<u2").tobytes()
    if fmt in (310, 311):
        data = b""
        for start in range(0, len(d), 3):
            group = [int(v) & 1023 for v in d[start:start + 3]]
            a, b, c = group + [0] * (3 - len(group))
            if fmt == 310:
                pairs = [a << 1 | (c & 31) << 11, b << 1 | (c >> 5) << 11]
                cell = b"".join(p.to_bytes(2, "little") for p in pairs)
                data += cell[: {1: 2, 2: 4, 3: 4}[len(group)]]
            else:
                cell = (a | b << 10 | c << 20).to_bytes(4, "little")
                data += cell[: {1: 2, 2: 3, 3: 4}[len(group)]]
        return data
    raise ValueError(fmt)


def signal_file(name, fmt, signals, spf, offset=0, initial=None):
    """`signals` is a list of arrays, each with spf[k] samples per frame."""
    path = os.path.join(folder, name)
    if fmt in WRITTEN_BY_WFDB:
        wr_dat_file(name, str(fmt), None, offset if fmt < 500 else 0, True, [s.copy() for s in signals], spf, folder)
        return
    frames = len(signals[0]) // spf[0]
    if fmt == 8:
        signals = [np.diff(s, prepend=first) for s, first in zip(signals, initial)]
    rows = np.concatenate([s.reshape(frames, n) for s, n in zip(signals, spf)], axis=1).reshape(-1)
    data = rows.astype("i1").tobytes() if fmt == 8 else pack(fmt, rows)
    with open(path, "wb") as file:
        file.write(b"\xAA" * offset + data)


def values(fmt, count):
    """Random samples with the extreme ones and a missing one among them."""
    if fmt == 8:
        return np.cumsum(rng.integers(-128, 128, count))
    lowest = -(1 << BITS[fmt] - 1)
    d = rng.integers(lowest + 1, -lowest, count)
    d[:2] = [-lowest - 1, lowest + 1][: len(d[:2])]
    if count > 4:
        d[4] = lowest
    return d


def checksum(d):
    return (int(d.astype(np.int64).sum()) + 32768) % 65536 - 32768


def header(name, frames, lines, rate=250, comments=()):
    with open(os.path.join(folder, name + ".hea"), "w") as file:
        file.write(f"{name} {len(lines)} {rate} {frames}\n" + "".join(line + "\n" for line in lines))
        file.write("".join(f"# {c}\n" for c in comments))


def line(file, fmt, d, spf=1, skew=0, offset=0, gain="200", zero=0, name="lead"):
    modifiers = (f"x{spf}" if spf > 1 else "") + (f":{skew}" if skew else "") + (f"+{offset}" if offset else "")
    initial = int(d[0])
    if fmt == 8:
        initial = int(d[0]) - 5
    return f"{file} {fmt}{modifiers} {gain} 12 {zero} {initial} {checksum(d)} 0 {name}"


def read(name):
    record = wfdb.rdrecord(os.path.join(folder, name), smooth_frames=False)
    signals = [np.asarray(s, dtype="<f8") for s in record.e_p_signal]
    cases.append(" ".join([name] + [str(len(s)) for s in signals]))
    golden.extend(signals)
    return record


def record(name, fmt, frames, spf, skew=None, offset=0, rate=250, length=True):
    skew = skew or [0] * len(spf)
    signals = [values(fmt, frames * n) for n in spf]
    initial = [int(s[0]) - 5 for s in signals]  # of format 8: the first difference is 5
    signal_file(name + ".dat", fmt, signals, spf, offset, initial)
    lines = [
        line(name + ".dat", fmt, d, n, s, offset, ["200", "1e3(-7)", "0.5/mV", "2.44(1024)/mV"][k % 4], 3 * k, f"s{k}")
        for k, (d, n, s) in enumerate(zip(signals, spf, skew))
    ]
    header(name, frames if length else "", lines, rate)
    # What wfdb is to read; it must be what went into the file.
    expected = []
    for k, (d, n, late) in enumerate(zip(signals, spf, skew)):
        gain, baseline = [(200, 3 * k), (1000, -7), (0.5, 3 * k), (2.44, 1024)][k % 4]
        missing = None if fmt == 8 else -(1 << BITS[fmt] - 1)
        physical = np.where(d == missing, np.nan, (d - baseline) / gain)
        expected.append(np.concatenate([physical[late * n:], np.full(late * n, np.nan)]))
    if any(skew):
        # wfdb 4.3.1 fails for formats 8 and 5xx, and takes frames for samples in what it marks as missing at the end.
        if fmt != 8 and fmt < 500:
            found = wfdb.rdrecord(os.path.join(folder, name), smooth_frames=False).e_p_signal
            for a, b, n, late in zip(found, expected, spf, skew):
                assert np.array_equal(a[: len(a) - late * n], b[: len(b) - late * n], equal_nan=True), name
        cases.append(" ".join([name] + [str(len(s)) for s in expected]))
        golden.extend(expected)
    else:
        found = read(name).e_p_signal
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(found, expected)), name


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)

for fmt in BITS:
    record(f"f{fmt}_1", fmt, 61, [1])
    record(f"f{fmt}_2", fmt, 60, [1, 1])
    record(f"f{fmt}_3", fmt, 59, [1, 1, 1])
    record(f"f{fmt}_frames", fmt, 20, [2, 2] if fmt > 500 else [1, 3, 2])
    record(f"f{fmt}_skew", fmt, 30, [2, 2] if fmt > 500 else [1, 2], skew=[0, 3])
for fmt in (212, 310, 311):
    for frames in range(1, 8):
        record(f"f{fmt}_end{frames}", fmt, frames, [1])
record("offset16", 16, 40, [1, 1], offset=24)
record("offset212", 212, 41, [1], offset=7)
record("offset310", 310, 41, [1, 2], offset=5)
# The length is left to the files.
for fmt in (8, 16, 24, 61, 160, 212):
    record(f"open{fmt}", fmt, 33, [1, 1], length=False)
# FLAC in several blocks (of 4,096 samples), frames across them; a byte offset counts samples there. These are the only
# records that are not in cases.txt, as formulas say what they hold.
k = np.arange(9000)
long = [k * 7919 % 101 - 50, k * k % 211 - 100]
signal_file("blocks.dat", 516, long, [3, 3])
header("blocks", 3000, [line("blocks.dat", 516, d, 3, name=f"s{n}") for n, d in enumerate(long)])
header("blocksoffset", 2000, [line("blocks.dat", 516, d[3000:], 3, offset=3000) for d in long])
for name, start in [("blocks", 0), ("blocksoffset", 3000)]:
    found = wfdb.rdrecord(os.path.join(folder, name), smooth_frames=False).e_p_signal
    assert all(np.array_equal(a, b[start:] / 200) for a, b in zip(found, long))

# Files of different formats, signals of different rates.
a, b, c, d, e = (values(f, n) for f, n in [(16, 50), (16, 100), (212, 50), (8, 50), (524, 150)])
signal_file("mixed1.dat", 16, [a, b], [1, 2])
signal_file("mixed2.dat", 212, [c], [1])
signal_file("mixed3.dat", 8, [d], [1], initial=[int(d[0]) - 5])
signal_file("mixed4.dat", 524, [e], [3])
header("mixed", 50, [
    line("mixed1.dat", 16, a, name="a"), line("mixed1.dat", 16, b, 2, name="b"), line("mixed2.dat", 212, c, name="c"),
    line("mixed3.dat", 8, d, name="d"), line("mixed4.dat", 524, e, 3, name="e")])
read("mixed")


# Records of several segments.
def segment(name, fmt, frames, names, gains, spf=None):
    spf = spf or [1] * len(names)
    signals = [values(fmt, frames * n) for n in spf]
    signal_file(name + ".dat", fmt, signals, spf)
    header(name, frames, [
        line(name + ".dat", fmt, s, n, gain=g, name=t) for s, n, g, t in zip(signals, spf, gains, names)])


def join(name, signals, segments, layout=None):
    total = sum(n for _, n in segments)
    with open(os.path.join(folder, name + ".hea"), "w") as file:
        file.write(f"{name}/{len(segments)} {signals} 250 {total}\n")
        file.write("".join(f"{n} {count}\n" for n, count in segments))


segment("seg1", 16, 30, ["I", "II"], ["200", "100"])
segment("seg2", 212, 25, ["I", "II"], ["200", "100"])
segment("seg3", 516, 40, ["I", "II"], ["200", "100"])
join("fixed", 2, [("seg1", 30), ("seg2", 25), ("seg1", 30), ("seg3", 40)])
read("fixed")

with open(os.path.join(folder, "variable_layout.hea"), "w") as file:
    file.write("variable_layout 3 250 0\n~ 0 200/mV 0 0 0 0 0 V\n~ 0x2 200/mV 0 0 0 0 0 II\n~ 0 200/mV 0 0 0 0 0 I\n")
    file.write("# of the layout\n")
segment("part1", 16, 31, ["I", "V"], ["200", "50(-3)"])
segment("part2", 212, 22, ["II"], ["100"], [2])
segment("part3", 80, 17, ["V", "I", "II"], ["25", "12.5", "10(5)"], [1, 1, 2])
join("variable", 3, [
    ("variable_layout", 0), ("part1", 31), ("~", 13), ("part2", 22), ("part3", 17), ("~", 4), ("part1", 31)])
read("variable")

with open(os.path.join(here, "wfdb_formats", "cases.txt"), "w") as file:
    file.write("\n".join(cases) + "\n")
np.concatenate(golden).tofile(os.path.join(here, "wfdb_formats.f64"))
