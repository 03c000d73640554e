"""The C interface under everything a caller can do wrong: Tests/Torture/torture.c, linked both ways."""

import re
import subprocess

import pytest

from conftest import ROOT

LIBRARY = ROOT / "build/device"


def build(folder, linked, *options):
    program = folder / "torture"
    library = [LIBRARY / "libecg.a"] if linked == "static" else ["-L", LIBRARY, "-lecg", f"-Wl,-rpath,{LIBRARY}"]
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include",
         ROOT / "Tests/Torture/torture.c", *options, *library, "-lm", "-lpthread", "-o", program], check=True)
    return program


def torture(program, model, recording, flips):
    done = subprocess.run(
        [program, model, recording, "500", str(flips)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    checks, failed = map(int, re.search(r"^(\d+) checks, (\d+) failed$", done.stdout, re.M).groups())
    assert checks > 7000 and failed == 0
    return done.stdout


@pytest.mark.parametrize("linked", ["static", "shared"])
def test_c_interface_answers_misuse_with_a_status(study, tmp_path, linked):
    flips = 400 if linked == "static" else 50
    torture(build(tmp_path, linked), study.model, study.recording(study.known, ".f32"), flips)


@pytest.mark.parametrize("model", ["graph", "recurrent", "spectrogram", "sass", "calibrated"])
def test_so_it_does_with_networks_of_every_kind(study, tmp_path, model):
    models = ROOT / "Tests/Fuzzing/Library/Models"
    torture(build(tmp_path, "static"), models / f"{model}.h5", study.recording(study.known, ".f32"), 400)


def test_so_it_does_with_a_model_without_classes(study, tmp_path):
    model = ROOT / "Tests/Fuzzing/Library/Models/classless.h5"
    said = torture(build(tmp_path, "static"), model, study.recording(study.known, ".f32"), 400)
    assert "names nobody" in said
