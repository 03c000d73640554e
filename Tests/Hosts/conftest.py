"""What the tests of commands and hosts share: the built programs, and one small model trained on simulated people."""

import json
import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ECGID = ROOT / ".build/release/ecgid"
EXAMPLES = ROOT / "build/examples"


def ecgid(*arguments, status=0):
    """Runs ecgid, expects its exit status, and returns what it printed on both streams."""
    done = subprocess.run([ECGID, *map(str, arguments)], capture_output=True, text=True, timeout=600)
    assert done.returncode == status, f"status {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout if status == 0 else done.stdout + done.stderr


def run(*command, status=0, timeout=300, **options):
    """Runs a program, expects its exit status (or one of several; None: any), and returns its standard output."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout, **options)
    expected = status if isinstance(status, tuple) else (status,)
    assert status is None or done.returncode in expected, f"{command[0]}: status {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def cpp_program(folder, main):
    """A program of ecg.hpp, linked to libecg.so; `main` may call `read` for the samples in a file."""
    source, program, library = folder / "program.cpp", folder / "program", ROOT / "build/device"
    source.write_text(
        """#include <cstdio>
        #include <vector>
        #include "ecg.hpp"
        static std::vector<float> read(const char *path) {
          std::vector<float> samples(100000);
          FILE *file = std::fopen(path, "rb");
          samples.resize(std::fread(samples.data(), sizeof(float), samples.size(), file));
          std::fclose(file);
          return samples;
        }
        """ + main)
    subprocess.run(
        ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include", source, "-o", program,
         "-L", library, "-lecg", f"-Wl,-rpath,{library}"], check=True)
    return program


def needs(*programs):
    """Skips a test, by name, where programs are missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}: make device-test installs them")


# How a model's weights are stored, and within what its answers are the same on every machine. Sums of int8 are exact, but a
# value that another machine rounds in its last digit may become the next byte; what holds is what ecg_session_verify says.
FORMS = {"float32": 1e-5, "int8": 1e-4}


class Study:
    """Recordings of simulated people, their beats, and models of most of them, trained when first asked for."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.beats = folder / "beats.h5"
        self.dataset = ["--people", "8", "--sessions", "3"]
        self.prepared = json.loads(ecgid("prepare", *self.dataset, "-o", self.beats, "--json"))

    def train(self, name: str, network: str, epochs: int) -> dict:
        return json.loads(
            ecgid("train", self.beats, "-o", self.folder / name, "--network", network, "--protocol", "last-recording",
                  "--strangers", "1", "--epochs", epochs, "--json"))

    @cached_property
    def trained(self) -> dict:
        return self.train("model.h5", "cnn1d", 3)

    @cached_property
    def model(self) -> Path:
        assert self.trained
        return self.folder / "model.h5"

    @cached_property
    def small(self) -> Path:
        """A model of the same people that fits a microcontroller."""
        self.train("small.h5", "compact1d", 10)
        return self.folder / "small.h5"

    @cached_property
    def compact(self) -> Path:
        """The small one with weights of 8 bits."""
        path = self.folder / "compact.h5"
        ecgid("export", self.small, "--weights", "i8", "--beats", self.beats, "-o", path)
        return path

    def weights(self, form: str) -> Path:
        """The small model in one of FORMS."""
        return {"float32": self.small, "int8": self.compact}[form]

    @cached_property
    def known(self) -> str:
        return ecgid("info", self.small, "--field", "labels").split()[0]

    @cached_property
    def stranger(self) -> str:
        return ecgid("info", self.small, "--field", "strangers").split()[0]

    def recording(self, person: str, suffix: str) -> Path:
        """A person's last recording, at 500 Hz."""
        path = self.folder / f"{person}{suffix}"
        if not path.exists():
            ecgid("convert", *self.dataset, "--person", person, "-o", path)
        return path


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Study:
    return Study(tmp_path_factory.mktemp("study"))
