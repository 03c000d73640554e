"""What the tests of commands and hosts share: the built programs, and one small model trained on simulated people."""

import json
import os
import subprocess
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


class Study:
    """Recordings of simulated people, their beats, and a model of most of them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.beats = folder / "beats.h5"
        self.model = folder / "model.h5"
        self.dataset = ["--people", "8", "--sessions", "3"]
        self.prepared = json.loads(ecgid("prepare", *self.dataset, "-o", self.beats, "--json"))
        self.trained = json.loads(
            ecgid("train", self.beats, "-o", self.model, "--network", "cnn1d", "--protocol", "last-recording",
                  "--strangers", "1", "--epochs", "3", "--json"))
        self.known = ecgid("info", self.model, "--field", "labels").split()[0]
        self.stranger = ecgid("info", self.model, "--field", "strangers").split()[0]

    @property
    def small(self) -> Path:
        """A model of the same people that fits a microcontroller."""
        path = self.folder / "small.h5"
        if not path.exists():
            ecgid("train", self.beats, "-o", path, "--network", "cnn2d", "--protocol", "last-recording",
                  "--strangers", "1", "--epochs", "3", "--json")
        return path

    def recording(self, person: str, suffix: str) -> Path:
        """A person's last recording, at 500 Hz."""
        path = self.folder / f"{person}{suffix}"
        if not path.exists():
            ecgid("convert", *self.dataset, "--person", person, "-o", path)
        return path


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Study:
    return Study(tmp_path_factory.mktemp("study"))
