"""The commands on good and on bad input: what they say, their exit status, and what they leave behind."""

import json
import re
import shutil
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest

from conftest import ECGID, ecgid


def test_every_command_has_help_with_an_example():
    assert "prepare" in ecgid("--help")
    for command in ["records", "prepare", "train", "evaluate", "identify", "info", "peaks", "convert", "import", "export",
                    "calibrate", "enrol", "verify", "gallery"]:
        assert re.search(f"Examples?: ecgid {command} ", " ".join(ecgid(command, "--help").split())), command


def test_preparing_counts_what_it_made(study):
    with h5py.File(study.beats) as file:
        beats = file["prepared/beats"][:]
    assert study.prepared["people"] == 8
    assert study.prepared["recordings"] == 24
    assert study.prepared["beats"] == len(beats)
    assert np.allclose(np.linalg.norm(beats, axis=1), 1, atol=1e-5)


def test_preparing_twice_gives_the_same_bytes(study, tmp_path):
    again = tmp_path / "again.h5"
    ecgid("prepare", *study.dataset, "-o", again)
    assert again.read_bytes() == study.beats.read_bytes()


def test_training_twice_gives_the_same_weights(study, tmp_path):
    again = tmp_path / "again.h5"
    ecgid("train", study.beats, "-o", again, "--network", "cnn1d", "--protocol", "last-recording", "--strangers", "1",
          "--epochs", "3")
    assert again.read_bytes() == study.model.read_bytes()


def test_device_code_agrees_with_trainer(study):
    assert study.trained["deviceDifference"] < 1e-5


def test_evaluation_counts_the_test_part(study):
    result = json.loads(ecgid("evaluate", study.model, study.beats, "--json"))
    assert result["beats"]["count"] == study.trained["testBeats"]
    assert result["recordings"]["count"] == 7
    assert result["outliers"]["strangers"] == 1
    # Chance is one in seven; three epochs on simulated people do far better.
    assert result["beats"]["share"] > 0.4
    assert "one beat decides" in ecgid("evaluate", study.model, study.beats)


def test_evaluation_agrees_with_an_own_count(study):
    """Beats, split and probabilities recounted in Python, through libecg."""
    import ecg

    result = json.loads(ecgid("evaluate", study.model, study.beats, "--json"))
    with h5py.File(study.beats) as file:
        beats = file["prepared/beats"][:]
        person = file["prepared/person_of_beat"][:]
        recording = file["prepared/recording_of_beat"][:]
        people = [name.decode().rstrip("\0") for name in file["prepared/people"][:]]
    beat_hits = recording_hits = count = 0
    with ecg.Model(study.model) as model:
        for label in model.labels:
            mine = person == people.index(label)
            last = recording[mine].max()
            test = beats[mine & (recording == last)]
            hits = [model.identify_beats(beat[None]).most_like == label for beat in test]
            beat_hits += sum(hits)
            count += len(hits)
            recording_hits += model.identify_beats(test).most_like == label
    beats = result["beats"]
    assert (beats["correct"], beats["count"]) == (beat_hits, count)
    assert beats["share"] == pytest.approx(beat_hits / count)
    assert beats["interval"]["lower"] < beats["share"] < beats["interval"]["upper"]
    assert result["recordings"]["correct"] == recording_hits


def test_info_shows_network_people_and_origin(study):
    text = ecgid("info", study.model)
    for expected in ["cnn1d", "conv1d", "dense_1", "sampling_rate_hz", "last-recording", study.known]:
        assert expected in text
    assert json.loads(ecgid("info", study.model, "--json"))["labels"][0] == study.known


def test_keras_layout_is_readable_with_h5py(study):
    with h5py.File(study.model) as file:
        kernel = file["model_weights/conv1d/conv1d/kernel:0"]
        assert kernel.shape == (4, 1, 100) and kernel.dtype == "<f4"
        assert json.loads(file.attrs["model_config"])["class_name"] == "Sequential"


def test_interrupted_training_resumes_to_the_same_model(study, tmp_path):
    model = tmp_path / "model.h5"
    command = ["train", str(study.beats), "-o", str(model), "--network", "cnn1d", "--protocol", "last-recording",
               "--strangers", "1", "--epochs", "3"]
    running = subprocess.Popen([ECGID, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.6)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=300)
    if running.returncode == 0:
        pytest.skip("training ended before it could be interrupted")
    assert running.returncode == 130 and "--resume" in errors
    assert not model.exists()
    ecgid(*command, "--resume")
    assert model.read_bytes() == study.model.read_bytes()


def test_one_recording_is_converted_without_saying_whose(study, tmp_path):
    text, floats = study.recording(study.known, ".csv"), tmp_path / "recording.f32"
    ecgid("convert", text, "--rate", "500", "-o", floats)
    assert np.array_equal(np.fromfile(floats, np.float32), np.loadtxt(text, np.float32))


BAD = {
    "missing dataset": (["prepare", "/nowhere", "-o", "out.h5"], "/nowhere"),
    "missing model": (["info", "/nowhere.h5"], "/nowhere.h5"),
    "missing beats": (["train", "/nowhere.h5", "-o", "out.h5"], "/nowhere.h5"),
    "unknown network": (["train", "{beats}", "-o", "out.h5", "--network", "lenet9"], "lenet9"),
    "model instead of beats": (["train", "{model}", "-o", "out.h5"], "ecgid prepare"),
    "beats instead of model": (["info", "{beats}"], "{beats}"),
    "CSV without a rate": (["identify", "{model}", "{csv}"], "--rate"),
    "rate of 0": (["identify", "{model}", "{csv}", "--rate", "0"], "--rate"),
    "absurd rate": (["identify", "{model}", "{csv}", "--rate", "1e9"], "sampling rate"),
    "folder that is missing": (["prepare", "--people", "2", "--sessions", "2", "-o", "/nowhere/out.h5"], "/nowhere"),
    "nobody of that name": (["convert", "--people", "2", "--person", "Nobody", "-o", "out.csv"], "Nobody"),
    "memory for no time": (["export", "{model}", "--c", "out.h5", "--seconds", "0"], "--seconds"),
    "nobody of several": (["convert", "--people", "2", "-o", "out.csv"], "2 people: say whose, as in --person Person_01"),
    "one recording each": (
        ["train", "{single}", "-o", "out.h5", "--protocol", "last-recording"], "too few recordings"),
    "too many strangers": (["train", "{beats}", "-o", "out.h5", "--strangers", "7"], "at least 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_clear_error(study, tmp_path, case):
    arguments, expected = BAD[case]
    single = study.folder / "single.h5"
    if "{single}" in arguments and not single.exists():
        ecgid("prepare", "--people", "3", "--sessions", "1", "-o", single)
    names = {"beats": study.beats, "model": study.model, "single": single,
             "csv": study.recording(study.known, ".csv")}
    arguments = [argument.format(**names) for argument in arguments]
    arguments = [tmp_path / "out.h5" if argument == "out.h5" else argument for argument in arguments]
    done = subprocess.run([ECGID, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode not in (0, -11, -6, -4, 132, 133, 134, 139), done.stderr
    assert expected.format(**names) in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("samples", ["flat", "missing", "noise", "short", "empty", "text"])
def test_unusable_recordings_are_named(study, tmp_path, samples):
    path = tmp_path / "recording.csv"
    values = {
        "flat": ["0.5"] * 5000, "missing": ["nan"] * 5000, "short": ["0.1", "0.2"], "empty": [],
        "noise": [f"{v:.4f}" for v in np.random.default_rng(1).normal(0, 1e-3, 5000)], "text": ["hello", "world"],
    }[samples]
    path.write_text("\n".join(values))
    text = ecgid("identify", study.model, path, "--rate", "500", status=1)
    assert "recording.csv" in text


def test_damaged_recordings_do_not_stop_the_others(study, tmp_path):
    folder = tmp_path / "Person_01"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for number in (1, 2):
        beats = np.zeros(10000)
        beats[250::400] = 200
        samples = (np.convolve(beats, np.hanning(31), "same") + rng.normal(0, 3, 10000)).astype("<i2")
        checksum = int(np.int64(samples.astype(np.int64).sum()).astype(np.int16))
        (folder / f"rec_{number}.hea").write_text(
            f"rec_{number} 1 500 10000\nrec_{number}.dat 16 200 12 0 {samples[0]} {checksum} 0 ECG I\n")
        (folder / f"rec_{number}.dat").write_bytes(samples.tobytes())
    with open(folder / "rec_2.dat", "r+b") as file:
        file.truncate(19_998)
    result = json.loads(ecgid("prepare", tmp_path, "-o", tmp_path / "out.h5", "--json"))
    assert result["recordings"] == 1
    assert "19,998 bytes, the header promises 20,000" in result["unusable"]["Person_01/rec_2"]


@pytest.mark.skipif(shutil.which("mount") is None, reason="needs mount")
def test_full_disk_leaves_nothing_behind(study, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", disk], capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        text = ecgid("prepare", *study.dataset, "-o", disk / "beats.h5", status=1)
        assert "beats.h5" in text and "space" in text.lower()
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk])


def test_listing_recordings_gives_a_manifest(tmp_path):
    rng = np.random.default_rng(3)
    for number in (1, 2):
        folder = tmp_path / f"Person_0{number}"
        folder.mkdir()
        samples = rng.integers(-500, 500, 1000).astype("<i2")
        checksum = (int(samples.sum()) + 32768) % 65536 - 32768
        (folder / "rec_1.hea").write_text(
            f"rec_1 1 250 1000\nrec_1.dat 16 200 12 0 {samples[0]} {checksum} 0 ECG, raw\n# ECG date: 0{number}.02.2020\n")
        (folder / "rec_1.dat").write_bytes(samples.tobytes())
    listing = json.loads(ecgid("records", tmp_path, "--json"))
    assert listing["people"] == 2 and listing["seconds"] == 8 and listing["unreadable"] == 0
    assert listing["recordings"][1]["date"] == "2020-02-02"
    lead = {"name": "ECG, raw", "unit": "mV", "samplingRate": 250, "samples": 1000}
    assert listing["recordings"][0]["leads"] == [lead]
    assert "2 recordings of 2 people" in ecgid("records", tmp_path)

    manifest = tmp_path / "all.csv"
    manifest.write_text(ecgid("records", tmp_path, "--csv"))
    again = json.loads(ecgid("records", manifest, "--json"))
    assert again["recordings"] == listing["recordings"]
    assert again["seconds"] == 8

    (tmp_path / "Person_02/rec_1.dat").write_bytes(b"1234")
    text = ecgid("records", tmp_path, status=1)
    assert "1 recording cannot be read" in text and "Person_02/rec_1.dat: 4 bytes, the header promises 2,000" in text
    assert json.loads(ecgid("records", manifest, "--verify", "--json", status=1).rstrip())["unreadable"] == 1

    # Of the right length, yet not what the header tells of.
    (tmp_path / "Person_02/rec_1.dat").write_bytes(bytes(2000))
    ecgid("records", tmp_path)
    text = ecgid("records", tmp_path, "--verify", status=1)
    assert "Person_02/rec_1.dat" in text and "the first sample is 0, the header says" in text


def test_listing_says_what_a_manifest_lacks(tmp_path):
    (tmp_path / "m.csv").write_text("name,file\na,b\n")
    text = ecgid("records", tmp_path / "m.csv", status=1)
    assert 'needs the columns "person", "recording", "path"; the heading (line 1) has "name", "file"' in text
