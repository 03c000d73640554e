"""Formats other than WFDB: makes large files in a folder, unless they are there, and reads them with other packages.

    python Benchmarks/peers/formats.py FOLDER

prints microseconds of processor time for all leads as 32-bit floats.
"""

import os
import sys

import numpy as np
import pandas as pd
import pyedflib
import scipy.io

from timing import measure

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(1)


def path(name):
    return os.path.join(folder, name)


def missing(name):
    return not os.path.exists(path(name))


def make_edf(name, kind, leads, rate, seconds, bits):
    writer = pyedflib.EdfWriter(path(name), leads, file_type=kind)
    writer.setSignalHeaders([
        {"label": f"L{k}", "dimension": "mV", "sample_frequency": rate, "physical_min": -10, "physical_max": 10,
         "digital_min": -2 ** (bits - 1), "digital_max": 2 ** (bits - 1) - 1, "transducer": "", "prefilter": ""}
        for k in range(leads)])
    block = [rng.integers(-3000, 3000, rate * 600).astype(np.int32) for _ in range(leads)]
    for _ in range(seconds // 600):
        writer.writeSamples(block, digital=True)
    writer.close()


signal = (rng.normal(size=(1_000_000, 2)) * 0.5).astype("f4")
if missing("two.csv"):
    pd.DataFrame({"time_s": np.arange(len(signal)) / 500, "I": signal[:, 0], "II": signal[:, 1]}).to_csv(
        path("two.csv"), index=False, float_format="%.4f")
if missing("one.csv"):
    pd.DataFrame({"I": signal[:, 0]}).to_csv(path("one.csv"), index=False, float_format="%.4f")
if missing("savetxt.txt"):
    np.savetxt(path("savetxt.txt"), signal[:300_000])
if missing("array.npy"):
    np.save(path("array.npy"), signal)
if missing("matrix.mat"):
    scipy.io.savemat(path("matrix.mat"), {"val": (signal.T * 1000).astype("i2")}, format="4")
if missing("day.edf"):
    make_edf("day.edf", pyedflib.FILETYPE_EDFPLUS, 3, 250, 86400, 16)
if missing("quarter.bdf"):
    make_edf("quarter.bdf", pyedflib.FILETYPE_BDFPLUS, 3, 250, 21600, 24)
if missing("twelve.edf"):
    make_edf("twelve.edf", pyedflib.FILETYPE_EDF, 12, 500, 3600, 16)


def report(name, package, read):
    print(f"read {name}", package, f"{measure(read, least=3):.1f}", sep="\t")


def read_edf(name):
    reader = pyedflib.EdfReader(path(name))
    leads = [reader.readSignal(k).astype("f4") for k in range(reader.signals_in_file)]
    reader.close()
    return leads


for name in ["two.csv", "one.csv"]:
    report(name, "pandas", lambda: pd.read_csv(path(name)).to_numpy("f4"))
    report(name, "numpy", lambda: np.loadtxt(path(name), delimiter=",", skiprows=1, dtype="f4"))
report("savetxt.txt", "pandas", lambda: pd.read_csv(path("savetxt.txt"), sep=" ", header=None).to_numpy("f4"))
report("savetxt.txt", "numpy", lambda: np.loadtxt(path("savetxt.txt"), dtype="f4"))
report("array.npy", "numpy", lambda: np.ascontiguousarray(np.load(path("array.npy")).T))
report("matrix.mat", "scipy", lambda: np.ascontiguousarray(scipy.io.loadmat(path("matrix.mat"))["val"], "f4"))
for name in ["day.edf", "quarter.bdf", "twelve.edf"]:
    report(name, "EDFlib", lambda: read_edf(name))
