"""Small recordings in formats other than WFDB, and what independent readers make of them.

    python Tests/Vectors/formats.py

writes Tests/Vectors/formats/* (EDF and BDF by EDFlib through pyedflib, MATLAB by SciPy, arrays by NumPy, tables by
pandas) and Tests/Vectors/formats-*.f64: millivolts, lead after lead, as these packages read the files back.
"""

import os
import shutil
from datetime import datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import pyedflib
import scipy.io

here = os.path.dirname(os.path.abspath(__file__))
folder = os.path.join(here, "formats")
rng = np.random.default_rng(3)
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)


def path(name):
    return os.path.join(folder, name)


def save(name, leads):
    np.concatenate([np.asarray(lead, dtype="<f8").ravel() for lead in leads]).tofile(
        os.path.join(here, f"formats-{name}.f64"))


# EDF and BDF

UNITS = {"mV": 1.0, "uV": 1e-3, "V": 1e3}


def write_edf(name, kind, signals, seconds, annotations=(), record_seconds=1.0):
    """signals: (label, unit, rate, physical minimum, physical maximum, digital minimum, digital maximum)."""
    writer = pyedflib.EdfWriter(path(name), len(signals), file_type=kind)
    writer.setStartdatetime(datetime(2019, 2, 28, 23, 59, 58))
    writer.setSignalHeaders([
        {"label": label, "dimension": unit, "sample_frequency": rate, "physical_min": pmin, "physical_max": pmax,
         "digital_min": dmin, "digital_max": dmax, "transducer": "", "prefilter": ""}
        for label, unit, rate, pmin, pmax, dmin, dmax in signals])
    writer.setDatarecordDuration(record_seconds)
    stored = []
    for label, unit, rate, pmin, pmax, dmin, dmax in signals:
        samples = rng.integers(dmin, dmax + 1, int(rate * seconds)).astype(np.int32)
        samples[:2] = [dmin, dmax]
        stored.append(samples)
    writer.writeSamples(stored, digital=True)
    for onset, duration, text in annotations:
        writer.writeAnnotation(onset, duration, text)
    writer.close()
    read_edf(name)


def read_edf(name):
    reader = pyedflib.EdfReader(path(name))
    save(name.replace(".", "-"), [
        reader.readSignal(k) * UNITS[reader.getPhysicalDimension(k)] for k in range(reader.signals_in_file)
        if reader.getPhysicalDimension(k) in UNITS])
    reader.close()


ecg = [("ECG I", "mV", 500, -5, 5, -32768, 32767), ("ECG V5", "uV", 250, 3200.5, -3199.5, -2048, 2047),
       ("chest", "V", 100, -0.01, 0.02, 0, 1000), ("SaO2", "%", 10, 0, 100, 0, 1000)]
write_edf("plain.edf", pyedflib.FILETYPE_EDF, ecg, 3)
write_edf("plus.edf", pyedflib.FILETYPE_EDFPLUS, ecg, 3, [(0.5, -1, "lights off"), (1.25, 0.5, "Ruhe, müde")])
write_edf("wide.bdf", pyedflib.FILETYPE_BDFPLUS,
          [("A", "uV", 300, -262144, 262143, -8388608, 8388607), ("B", "mV", 100, -1, 1, -1000, 999999)], 2)
write_edf("tenths.edf", pyedflib.FILETYPE_EDF, [("ECG", "mV", 360, -2, 2, -100, 100)], 0.5, record_seconds=0.1)

# MATLAB version 4

def matlab(name, swap=False, **matrices):
    scipy.io.savemat(path(name), matrices, format="4")
    if swap:
        # SciPy writes the computer's own byte order, but reads both.
        swap_bytes(name)
    read = scipy.io.loadmat(path(name))
    save(name.replace(".", "-"), leads_of(read["val" if "val" in matrices else list(matrices)[-1]]))


def leads_of(array):
    array = np.asarray(array, dtype=float)
    array = array[:, None] if array.ndim == 1 else array
    return array if array.shape[0] < array.shape[1] else array.T


def swap_bytes(name):
    with open(path(name), "rb") as file:
        data = file.read()
    swapped, position = b"", 0
    while position < len(data):
        mopt, rows, columns, imaginary, length = np.frombuffer(data, "<i4", 5, position)
        size = [8, 4, 4, 2, 2, 1][mopt // 10 % 10]
        start = position + 20 + length
        end = start + rows * columns * size * (1 + imaginary)
        swapped += np.array([mopt + 1000, rows, columns, imaginary, length], ">i4").tobytes()
        swapped += data[position + 20:start]
        swapped += np.frombuffer(data[start:end], f"<u{size}").astype(f">u{size}").tobytes()
        position = end
    with open(path(name), "wb") as file:
        file.write(swapped)


for kind in ["f8", "f4", "i4", "i2", "u2", "u1"]:
    matrix = rng.integers(0 if kind[0] == "u" else -100, 200, (37, 3)).astype(kind) * np.array(1, kind)
    if kind[0] == "f":
        matrix = rng.normal(size=(37, 3)).astype(kind)
    matlab(f"{kind}.mat", x=matrix)
    matlab(f"{kind}-big.mat", swap=True, x=matrix)
matlab("several.mat", fs=np.array([[360.0]]), text="a text", larger=rng.normal(size=(2, 90)),
       z=rng.normal(size=(3, 50)) * 1j, val=rng.integers(-999, 999, (2, 41)).astype("i2"))
scipy.io.savemat(path("five.mat"), {"val": np.arange(9.0)}, format="5")

# NumPy

def numpy(name, array, version=None):
    with open(path(name), "wb") as file:
        np.lib.format.write_array(file, array, version=version)
    save(name.replace(".", "-"), leads_of(np.load(path(name)).squeeze()))


for kind in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    array = rng.normal(size=(29, 2)) if kind[0] == "f" else rng.integers(0 if kind[0] == "u" else -120, 120, (29, 2))
    numpy(f"{kind}.npy", array.astype("<" + kind))
    numpy(f"{kind}-big.npy", np.asfortranarray(array.astype(">" + kind)))
# All half-precision numbers that are finite: subnormal ones, both zeros.
half = np.arange(65536, dtype=np.uint16).view("<f2")
numpy("halves.npy", half[np.isfinite(half)][::29])
numpy("rows.npy", rng.normal(size=(3, 31)).astype("f4"))
numpy("fortran.npy", np.asfortranarray(rng.normal(size=(3, 31)).astype("f4")))
numpy("batch.npy", rng.normal(size=(1, 31, 3)).astype("f4"))
numpy("version2.npy", rng.normal(size=17).astype("f4"), version=(2, 0))
numpy("version3.npy", rng.normal(size=17).astype("f4"), version=(3, 0))
np.save(path("objects.npy"), np.array([{}, None], dtype=object), allow_pickle=True)
np.save(path("fields.npy"), np.zeros(4, dtype=[("a", "f4"), ("b", "f4")]))
np.save(path("complex.npy"), np.zeros(4, dtype="c16"))
np.savez(path("archive.npz"), x=np.zeros(4))

# Text

table = pd.DataFrame({"time_s": np.arange(60) / 250, "I": rng.normal(size=60), "II": rng.normal(size=60) * 1e-5})
table.loc[7, "I"] = np.nan
table.to_csv(path("pandas.csv"), index=False)
save("pandas-csv", [pd.read_csv(path("pandas.csv"))[name] for name in ["I", "II"]])

table = pd.DataFrame({"Zeit [ms]": np.round(np.arange(60) / 0.36, 1), "I [µV]": rng.normal(size=60) * 1000,
                      "II [mV]": rng.normal(size=60)})
table.to_csv(path("german.csv"), sep=";", decimal=",", index=False)
read = pd.read_csv(path("german.csv"), sep=";", decimal=",")
save("german-csv", [read["I [µV]"] / 1000, read["II [mV]"]])

np.savetxt(path("savetxt.txt"), rng.normal(size=(40, 2)))
save("savetxt-txt", np.loadtxt(path("savetxt.txt")).T)

# What decides between two neighbouring Floats: the decimal texts of their midpoints and of what lies just beside.
def nearest_float(text):
    """Correctly rounded, which NumPy's detour through 64 bits is not."""
    exact = Fraction(text)
    guess = np.float32(text)
    candidates = [np.nextafter(guess, np.float32(-np.inf)), guess, np.nextafter(guess, np.float32(np.inf))]
    return min(candidates, key=lambda f: (abs(Fraction(float(f)) - exact), int(f.view(np.uint32)) & 1))


texts = []
for low in (np.abs(rng.normal(size=150)) * 10.0 ** rng.integers(-12, 12, 150)).astype("f4"):
    middle = (float(low) + float(np.nextafter(low, np.float32(np.inf)))) / 2
    texts += [repr(float(low)), f"{middle:.30e}", f"{np.nextafter(middle, 0):.25e}", f"{np.nextafter(middle, 9e99):.17e}",
              f"{middle:.15f}"]
with open(path("numbers.txt"), "w") as file:
    file.write("\n".join(texts) + "\n")
np.array([nearest_float(text) for text in texts], "<f4").tofile(os.path.join(here, "formats-numbers.f32"))
