"""The C interface under everything a caller can do wrong: Tests/Torture/torture.c, linked both ways."""

import re
import subprocess

import pytest

from conftest import ROOT

LIBRARY = ROOT / "build/device"


@pytest.mark.parametrize("linked", ["static", "shared"])
def test_c_interface_answers_misuse_with_a_status(study, tmp_path, linked):
    program = tmp_path / "torture"
    library = [LIBRARY / "libecg.a"] if linked == "static" else ["-L", LIBRARY, "-lecg", f"-Wl,-rpath,{LIBRARY}"]
    subprocess.run(
        ["cc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include",
         ROOT / "Tests/Torture/torture.c", *library, "-lm", "-lpthread", "-o", program], check=True)
    flips = "400" if linked == "static" else "50"
    done = subprocess.run(
        [program, study.model, study.recording(study.known, ".f32"), "500", flips],
        capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    checks, failed = map(int, re.search(r"^(\d+) checks, (\d+) failed$", done.stdout, re.M).groups())
    assert checks > 7000 and failed == 0
