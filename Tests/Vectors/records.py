"""Small WFDB records and what the Python package wfdb reads from them; and figures of real recordings, where they are.

    python Tests/Vectors/records.py [folder with mitdb, ecg-id, cinc2017, cpsc2018]

writes Tests/Vectors/records/*.{hea,dat,mat} and Tests/Vectors/records-*.f64: physical values (samples x signals) in the
units of the header, and per signal of each real record, in the order of their sorted paths, the sum of the stored values,
the first and the last physical value.
"""

import glob
import os
import shutil
import sys

import numpy as np
import scipy.io
import wfdb

here = os.path.dirname(os.path.abspath(__file__))
folder = os.path.join(here, "records")
rng = np.random.default_rng(2)


def save(name, values):
    np.asarray(values, dtype="<f8").tofile(os.path.join(here, f"records-{name}.f64"))


def golden(name):
    save(name, wfdb.rdrecord(os.path.join(folder, name)).p_signal)


def write(name, digital, fmt, gains, baselines, units, names, rate=500, comments=None, files=None):
    physical = (digital - np.array(baselines)) / np.array(gains)
    physical[digital == {"16": -32768, "212": -2048}[fmt]] = np.nan
    record = wfdb.Record(
        record_name=name, n_sig=digital.shape[1], fs=rate, sig_len=len(digital), d_signal=digital,
        fmt=[fmt] * digital.shape[1], adc_gain=gains, baseline=baselines, units=units, sig_name=names,
        file_name=files or [name + ".dat"] * digital.shape[1], adc_res=[12] * digital.shape[1],
        adc_zero=[0] * digital.shape[1], init_value=[int(v) for v in digital[0]],
        checksum=record_checksum(digital), block_size=[0] * digital.shape[1], comments=comments or [])
    record.wrheader(write_dir=folder)
    record.wr_dats(expanded=False, write_dir=folder)
    golden(name)


def record_checksum(digital):
    """The 16-bit sum of each column, as signed numbers."""
    return [(int(total) + 32768) % 65536 - 32768 for total in digital.astype(np.int64).sum(axis=0)]


shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)

# Format 16, three signals in millivolts, microvolts and volts, missing samples, the extreme values.
d = rng.integers(-32767, 32768, (257, 3))
d[3, 0] = d[100:110, 1] = -32768
d[5] = [32767, -32767, 32767]
write("sixteen", d, "16", [200.0, 2.44, 200000.0], [0, -17, 1024], ["mV", "uV", "V"], ["ECG I", "II", "V5"],
      comments=["Age: 25", "ECG date: 07.12.2004"])

# Format 212: an even and an odd number of samples in the file, the extreme values, missing samples.
for name, shape in [("pairs", (100, 2)), ("odd", (99, 1)), ("oddframes", (33, 3))]:
    d = rng.integers(-2047, 2048, shape)
    d[0], d[1], d[7, 0] = 2047, -2047, -2048
    write(name, d, "212", [200.0] * shape[1], [12] * shape[1], ["mV"] * shape[1], ["a", "b", "c"][: shape[1]], rate=360)

# Two signal files.
d = rng.integers(-500, 500, (64, 2))
write("twofiles", d, "16", [100.0, 50.0], [0, 3], ["mV", "mV"], ["x", "y"], files=["twofiles_1.dat", "twofiles_2.dat"])

# MATLAB version 4 as the PhysioNet challenges publish it: 24 bytes, then the samples as format 16.
d = rng.integers(-3000, 3000, (120, 4)).astype(np.int16)
scipy.io.savemat(os.path.join(folder, "challenge.mat"), {"val": np.asfortranarray(d.T)}, format="4")
assert open(os.path.join(folder, "challenge.mat"), "rb").read()[24:] == d.astype("<i2").tobytes()
with open(os.path.join(folder, "challenge.hea"), "w") as file:
    file.write("challenge 4 500 120 05-Feb-2020 11:39:16\n")
    for k, lead in enumerate(["I", "II", "aVR", "V1"]):
        file.write(f"challenge.mat 16+24 1000/mV 16 0 {d[0, k]} {record_checksum(d)[k]} 0 {lead}\n")
    file.write("#Age: 74\n#Sex: Male\n")
golden("challenge")

# Three samples of the second signal in every frame.
frames = rng.integers(-1000, 1000, (40, 4)).astype("<i2")
frames.tofile(os.path.join(folder, "frames.dat"))
with open(os.path.join(folder, "frames.hea"), "w") as file:
    file.write("frames 2 100 40\nframes.dat 16 200 12 0\nframes.dat 16x3 400 12 0\n")
record = wfdb.rdrecord(os.path.join(folder, "frames"), smooth_frames=False)
save("frames-slow", record.e_p_signal[0])
save("frames-fast", record.e_p_signal[1])

# Real recordings.
data = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../../shared/data")
for name, pattern in [("mitdb", "*"), ("ecg-id", "*/*"), ("cinc2017", "*"), ("cpsc2018", "*")]:
    rows = []
    for path in sorted(glob.glob(os.path.join(data, name, pattern + ".hea"))):
        stored = wfdb.rdrecord(path[:-4], physical=False)
        physical = wfdb.rdrecord(path[:-4]).p_signal
        for k in range(stored.n_sig):
            rows.append([stored.d_signal[:, k].astype(np.int64).sum(), physical[0, k], physical[-1, k]])
    if rows:
        save(f"real-{name}", rows)
