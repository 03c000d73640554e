"""Makes Tests/Fuzzing/Corpus: small files of every format, written by other people's libraries or byte by byte.

Needs numpy, scipy, wfdb (with soundfile) and pyedflib. Run it from anywhere: python corpus.py
"""

import datetime
import io
import pathlib
import tempfile

import numpy
import pyedflib
import scipy.io
import wfdb

corpus = pathlib.Path(__file__).parent / "Corpus"
corpus.mkdir(exist_ok=True)
random = numpy.random.default_rng(1)
time = numpy.arange(120) / 250
signals = numpy.stack([numpy.sin(2 * numpy.pi * 5 * time), 0.5 * numpy.cos(2 * numpy.pi * 3 * time)], axis=1)


def case(name, *files):
    """One case: for each file a line with its name, then its bytes."""
    blocks = [b"--- " + file.encode() + b"\n" + content for file, content in files]
    (corpus / name).write_bytes(b"".join(blocks))


def folder(names):
    return [(path.name, path.read_bytes()) for path in (pathlib.Path(name) for name in names)]


# WFDB signal formats that the Python package writes.
for format in [16, 24, 32, 80, 212, 508, 516, 524]:
    with tempfile.TemporaryDirectory() as place:
        wfdb.wrsamp("r", 250, ["mV", "mV"], ["I", "II"], p_signal=signals, fmt=[str(format)] * 2, write_dir=place)
        files = sorted(pathlib.Path(place).iterdir(), key=lambda path: path.suffix != ".hea")
        case(f"good-wfdb-{format}", *folder(files))

# Those that it does not: any bytes are samples.
for format in [61, 160, 310, 311]:
    header = f"r 2 250 30\nr.dat {format} 200 12 0 0 0 0 I\nr.dat {format} 200 12 0 0 0 0 II\n"
    case(f"good-wfdb-{format}", ("r.hea", header.encode()), ("r.dat", random.bytes(120)))

# Format 8, byte by byte: first differences of 8 bits.
differences = numpy.diff(numpy.rint(20 * signals[:, 0]).astype(int), prepend=0).astype(numpy.int8)
case("good-wfdb-8", ("r.hea", b"r 1 250 120\nr.dat 8 20 8 0 0 0 0 I\n"), ("r.dat", differences.tobytes()))

# Several samples a frame, an offset, a skew, a second file, comments, a date.
samples = random.integers(-500, 500, 3 * 40).astype("<i2")
header = b"r 2/100 125/250(3) 40 12:00:00 01/02/2003\nr.dat 16x2:1+8 200(10)/mV 12 0 0 0 0 I\n"
header += b"r.dat 16+8 200 12 0 0 0 0 II\n# Age: 30\n"
case("good-wfdb-frames", ("r.hea", header.replace(b"2/100", b"2")), ("r.dat", bytes(8) + samples.tobytes()))

# Several segments: fixed layout, and variable layout with a gap.
segment = lambda name: f"{name} 1 250 20\n{name}.dat 16 200 12 0 0 0 0 I\n".encode()
data = random.integers(-500, 500, 20).astype("<i2").tobytes()
case(
    "good-wfdb-segments-fixed", ("r.hea", b"r/2 1 250 40\na 20\nb 20\n"), ("a.hea", segment("a")), ("a.dat", data),
    ("b.hea", segment("b")), ("b.dat", data))
case(
    "good-wfdb-segments-variable", ("r.hea", b"r/4 1 250 50\nl 0\na 20\n~ 10\nb 20\n"),
    ("l.hea", b"l 1 250 0\n~ 0 200 12 0 0 0 0 I\n"), ("a.hea", segment("a")), ("a.dat", data),
    ("b.hea", segment("b")), ("b.dat", data))
case("wfdb-segments-of-itself", ("r.hea", b"r/2 1 250 40\nr 20\nr 20\n"))
case("wfdb-huge-gap", ("r.hea", b"r/2 1 250 1000000000020\na 20\n~ 1000000000000\n"), ("a.hea", segment("a")), ("a.dat", data))
case("wfdb-huge-promise", ("r.hea", b"r 1 250 1000000000000\nr.dat 16 200 12 0 0 0 0 I\n"), ("r.dat", data))
case("wfdb-many-signals", ("r.hea", b"r 1000000000 250 20\nr.dat 16 200 12 0 0 0 0 I\n"), ("r.dat", data))
case("wfdb-wide-frame", ("r.hea", b"r 1 250 20\nr.dat 16x1000000000 200 12 0 0 0 0 I\n"), ("r.dat", data))

# Annotations.
with tempfile.TemporaryDirectory() as place:
    wfdb.wrann(
        "r", "atr", numpy.array([10, 300, 5000, 900000, 900001]), symbol=["N", "V", "+", "N", "~"],
        subtype=numpy.array([0, 1, 0, 2, 0]), chan=numpy.array([0, 0, 1, 1, 0]), num=numpy.array([0, 3, 3, 3, 0]),
        aux_note=["", "", "(AFIB", "", "ab"], fs=360, write_dir=place)
    case("good-annotations", ("r.atr", (pathlib.Path(place) / "r.atr").read_bytes()))
case("good-annotations-plain", ("r.atr", bytes([18, 4, 77, 5, 0, 0])))

# EDF, EDF+ with annotations, BDF.
for kind, name in [
    (pyedflib.FILETYPE_EDF, "edf"), (pyedflib.FILETYPE_EDFPLUS, "edfplus"), (pyedflib.FILETYPE_BDF, "bdf"),
]:
    with tempfile.TemporaryDirectory() as place:
        path = pathlib.Path(place) / f"r.{name[:3]}"
        writer = pyedflib.EdfWriter(str(path), 2, file_type=kind)
        largest = 8388607 if name == "bdf" else 32767
        for k, label in enumerate(["I", "II"]):
            writer.setSignalHeader(k, dict(
                label=label, dimension="mV", sample_frequency=60, physical_max=2, physical_min=-2,
                digital_max=largest, digital_min=-largest - 1, prefilter="", transducer=""))
        writer.setStartdatetime(datetime.datetime(2004, 12, 7, 9, 30))
        writer.writeSamples([numpy.ascontiguousarray(signals[:, 0]), numpy.ascontiguousarray(signals[:, 1])])
        if name == "edfplus":
            writer.writeAnnotation(0.5, -1, "beat")
        writer.close()
        case(f"good-{name}", (path.name, path.read_bytes()))

# Matrices.
def saved(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


for kind in ["<f4", ">f8", "<i2", "|u1"]:
    array = (signals if "f" in kind else 100 + 100 * signals).astype(kind)
    case(f"good-npy-{kind[1:]}", ("r.npy", saved(lambda file: numpy.save(file, array))))
case("good-npy-fortran", ("r.npy", saved(lambda file: numpy.save(file, numpy.asfortranarray(signals.T)))))
case("npy-huge", ("r.npy", saved(lambda file: numpy.save(file, signals)).replace(b"(120, 2)", b"(1000000000000, 2)")[:600]))
for kind in ["f8", "f4", "i4", "i2", "u1"]:
    array = (signals.T if "f" in kind else 100 + 100 * signals.T).astype(kind)
    case(f"good-mat-{kind}", ("r.mat", saved(lambda file: scipy.io.savemat(file, {"val": array}, format="4"))))

# Text.
rows = "".join(f"{t:.3f},{a:.4f},{b:.4f}\n" for t, (a, b) in zip(time, signals))
case("good-csv", ("r.csv", ("time,I [mV],II [uV]\n" + rows).encode()))
case("good-tsv", ("r.tsv", ("I\tII\n" + "".join(f"{a:.3f}\t{b:.3f}\n" for a, b in signals)).encode()))
case("good-csv-comma", ("r.csv", ("I;II\n" + "".join(f"{a:.3f};{b:.3f}\n" for a, b in signals)).replace(".", ",").encode()))
case("good-txt", ("r.txt", "".join(f"{a:.3f}\n" for a in signals[:, 0]).encode()))
case("good-floats", ("r.f32", signals[:, 0].astype("<f4").tobytes()))

# Data sets.
case(
    "good-manifest", ("manifest.csv", b"person,recording,path,date,rate\nA,1,r.csv,2004-12-07,250\nB,1,s.txt,,250\n"),
    ("r.csv", b"I\n" + b"0.1\n0.2\n" * 20), ("s.txt", b"0.1\n0.3\n" * 20))
case(
    "good-ptb-xl",
    ("ptbxl_database.csv", b"ecg_id,patient_id,recording_date,filename_lr,filename_hr\n1,15709.0,1984-11-09 09:17:34,r,r\n"),
    ("r.hea", segment("r")), ("r.dat", data))
