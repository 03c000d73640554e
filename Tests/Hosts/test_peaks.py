"""`ecgid peaks`: what it finds, the annotation files that it writes, and how it compares with reference annotations."""

import json
import sys

import numpy as np
import pytest

from conftest import ROOT, ecgid

RATE = 250


def annotation_bytes(beats, code=1):
    """Annotations of one code in the MIT format of annot(5)."""
    words, last = [], 0
    for beat in beats:
        interval, last = beat - last, beat
        if interval > 1023:
            words += [59 << 10, interval >> 16, interval & 0xFFFF]
            interval = 0
        words.append(code << 10 | interval)
    return np.array(words + [0], "<u2").tobytes()


def read_annotations(path):
    """(sample, code) of each annotation; other fields are passed over."""
    words = np.fromfile(path, "<u2").tolist()
    sample, at, found = 0, 0, []
    while words[at] != 0:
        code, value = words[at] >> 10, words[at] & 1023
        at += 1
        if code == 59:
            sample += words[at] << 16 | words[at + 1]
            at += 2
        elif code == 63:
            at += (value + 1) // 2
        elif code < 50:
            sample += value
            found.append((sample, code))
    return found


def beats_of(count):
    """Positions of beats whose intervals wander."""
    rng = np.random.default_rng(count)
    return np.cumsum(rng.integers(int(0.7 * RATE), int(1.1 * RATE), count))


def write_record(folder, name, beats):
    """A WFDB record of narrow complexes on noise, in format 16."""
    rng = np.random.default_rng(7)
    count = int(beats[-1] + RATE)
    impulses = np.zeros(count)
    impulses[beats] = 200
    samples = (np.convolve(impulses, np.hanning(17), "same") + rng.normal(0, 2, count)).astype("<i2")
    checksum = int(np.int64(samples.astype(np.int64).sum()).astype(np.int16))
    (folder / f"{name}.hea").write_text(
        f"{name} 1 {RATE} {count}\n{name}.dat 16 200 12 0 {samples[0]} {checksum} 0 II\n")
    (folder / f"{name}.dat").write_bytes(samples.tobytes())


@pytest.fixture
def folder(tmp_path):
    for name, count in [("one", 40), ("two", 70)]:
        beats = beats_of(count)
        write_record(tmp_path, name, beats)
        (tmp_path / f"{name}.atr").write_bytes(annotation_bytes(beats))
    return tmp_path


def test_finds_every_beat(folder):
    result = json.loads(ecgid("peaks", folder / "one", "--json"))
    (entry,) = result["recordings"]
    assert np.abs(np.array(entry["peaks"]) - beats_of(40)).max() <= 2
    intervals = np.diff(entry["peaks"]) / RATE
    assert entry["meanHeartRate"] == pytest.approx(60 / intervals.mean())
    assert entry["shortestInterval"] == pytest.approx(intervals.min())
    assert entry["longestInterval"] == pytest.approx(intervals.max())
    assert entry["lead"] == "II" and entry["samplingRate"] == RATE
    assert "40" in ecgid("peaks", folder / "one.hea")


def test_compares_every_beat_of_a_folder(folder):
    # Beats that nobody could find, and one that the reference lacks.
    beats = beats_of(40)
    (folder / "one.atr").write_bytes(annotation_bytes(sorted([*beats[1:], beats[3] + 90, beats[9] + 90])))
    result = json.loads(ecgid("peaks", folder, "--against", "atr", "--json"))
    one, two = (entry["agreement"] for entry in result["recordings"])
    assert (one["truePositives"], one["falseNegatives"], one["falsePositives"]) == (39, 2, 1)
    assert (two["truePositives"], two["falseNegatives"], two["falsePositives"]) == (70, 0, 0)
    assert result["total"]["sensitivity"] == pytest.approx(109 / 111)
    assert result["total"]["positivePredictivity"] == pytest.approx(109 / 110)
    assert result["total"]["meanAbsoluteErrorMilliseconds"] <= 8
    text = ecgid("peaks", folder, "--against", "atr")
    assert "98.20 %" in text and "99.09 %" in text
    later = json.loads(ecgid("peaks", folder, "--against", "atr", "--from", "12.5", "--json"))["total"]
    assert later["beats"] == (beats[1:] >= 12.5 * RATE).sum() + (beats_of(70) >= 12.5 * RATE).sum()
    close = json.loads(ecgid("peaks", folder / "two", "--against", "atr", "--tolerance", "1e-4", "--json"))["total"]
    assert close["truePositives"] == close["beats"] - close["falseNegatives"] and close["falseNegatives"] >= 0


def test_other_annotations_than_beats_do_not_count(folder):
    (folder / "one.atr").write_bytes(annotation_bytes(beats_of(40), code=28))
    result = json.loads(ecgid("peaks", folder / "one", "--against", "atr", "--json"))
    assert result["total"]["beats"] == 0 and "sensitivity" not in result["total"]


def test_writes_annotations_that_others_read(folder, tmp_path):
    def peaks(name):
        return json.loads(ecgid("peaks", folder / name, "--json"))["recordings"][0]["peaks"]

    ecgid("peaks", folder / "one", "--annotations", "mine")
    assert read_annotations(folder / "one.mine") == [(peak, 1) for peak in peaks("one")]
    ecgid("peaks", folder / "two", "-o", tmp_path / "other.qrs")
    assert read_annotations(tmp_path / "other.qrs") == [(peak, 1) for peak in peaks("two")]
    ecgid("peaks", folder, "-o", tmp_path / "all")
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["one.qrs", "two.qrs"]
    assert read_annotations(tmp_path / "all/two.qrs") == [(peak, 1) for peak in peaks("two")]
    # Compared with themselves they agree in every sample.
    result = json.loads(ecgid("peaks", folder / "one", "--against", "mine", "--json"))
    assert result["total"]["falseNegatives"] == result["total"]["falsePositives"] == 0
    assert result["total"]["absoluteError95Milliseconds"] == 0


def test_raw_samples_need_a_rate(folder):
    samples = np.fromfile(folder / "one.dat", "<i2").astype("<f4") / 200
    samples.tofile(folder / "one.f32")
    result = json.loads(ecgid("peaks", folder / "one.f32", "--rate", RATE, "--json"))
    assert len(result["recordings"][0]["peaks"]) == 40
    assert "--rate" in ecgid("peaks", folder / "one.f32", status=1)


def test_one_bad_recording_does_not_stop_the_others(folder):
    with open(folder / "one.dat", "r+b") as file:
        file.truncate(100)
    (folder / "two.atr").unlink()
    result = json.loads(ecgid("peaks", folder, "--json"))
    assert [entry["recording"] for entry in result["recordings"]] == ["two"]
    assert "100 bytes" in result["unusable"]["one"]
    assert "two.atr" in ecgid("peaks", folder, "--against", "atr", status=1)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        (["--annotations", "atr"], "reference"),
        (["-o", "{folder}/one.atr"], "reference"),
        (["--annotations", "mine", "--against", "mine"], "--against"),
        (["--annotations", "dat"], "no name for annotations"),
        (["--annotations", "../x"], "no name for annotations"),
        (["-o", "{folder}/one.dat"], "100.qrs"),
        (["--tolerance", "0"], "--tolerance"),
        (["--from", "-1"], "--from"),
        (["--detector", "guess"], "guess"),
        (["--lead", "V9"], "V9"),
        (["-o", "{folder}/one.hea/x", "--annotations", "qrs"], "qrs"),
    ],
)
def test_bad_options_change_nothing(folder, arguments, expected):
    (folder / "one.mine").write_bytes((folder / "one.atr").read_bytes())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    arguments = [argument.format(folder=folder) for argument in arguments]
    status = 64 if expected in ("--tolerance", "--from", "guess") else 1
    assert expected in ecgid("peaks", folder / "one", *arguments, status=status)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_benchmark_pairs_beats_as_ecgid_does():
    """Against the pairs of Tests/Vectors/beat_comparison.py, which ecgid's own pairing is held against, too."""
    sys.path.insert(0, str(ROOT / "Benchmarks/accuracy/r_peaks"))
    from score import match

    values = np.fromfile(ROOT / "Tests/Vectors/beat_comparison-far.i32", "<i4").tolist()
    cases = 0
    while values:
        tolerance, references, found, pairs = values[:4]
        lists = values[4:4 + references], values[4 + references:4 + references + found]
        end = 4 + references + found + 2 * pairs
        expected = values[4 + references + found:end]
        assert match(*lists, tolerance) == list(zip(expected[::2], expected[1::2]))
        values = values[end:]
        cases += 1
    assert cases == 40
