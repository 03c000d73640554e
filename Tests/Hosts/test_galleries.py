"""People enrolled after training: on the command line, in C, in C++ and in Python, with simulated recordings."""

import dataclasses
import json
import os
import stat
import subprocess

import h5py
import numpy as np
import pytest

from conftest import ECGID, EXAMPLES, cpp_program, ecgid


class Town:
    """A model of a study's people, calibrated on other people, and recordings of two more and of a stranger."""

    def __init__(self, study, folder):
        self.folder = folder
        self.model = folder / "calibrated.h5"
        others = folder / "others.h5"
        ecgid("prepare", "--people", "30", "--sessions", "2", "--simulation-seed", "5", "-o", others)
        self.study = study
        self.others = others
        self.calibration = json.loads(
            ecgid("calibrate", study.small, others, "--false-acceptance-rate", "0.1", "-o", self.model, "--json"))
        for person in ("Person_01", "Person_02", "Person_03"):
            self.recording(person, 1)
            self.recording(person, 2)

    def recording(self, person, session):
        """Of a third lot of people: session 1 to enrol, 2 a month later."""
        path = self.folder / f"{person}-{session}.f32"
        if not path.exists():
            ecgid("convert", "--people", "6", "--sessions", session, "--simulation-seed", "9", "--person", person,
                  "-o", path)
        return path


@pytest.fixture(scope="module")
def town(study, tmp_path_factory) -> Town:
    return Town(study, tmp_path_factory.mktemp("town"))


def answer(status, *arguments):
    done = subprocess.run([ECGID, *map(str, arguments), "--json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_calibration_states_its_evidence(town):
    found = town.calibration
    # People who are called as those whom the model knows are left out, too: they may be the same.
    assert found["people"] + found["tooFewBeats"] + found["seenPeople"] == 30 and found["seenPeople"] == 7
    assert found["comparisons"] == found["people"] * (found["people"] - 1)
    low, high = found["falseAcceptanceInterval"]
    assert 0 <= low <= found["falseAcceptances"] / found["comparisons"] <= high and high > 0
    assert found["genuineComparisons"] == found["genuinePeople"] == found["people"]
    with h5py.File(town.model) as file:
        group = file["ecg/verification"]
        rates, scores = group["impostor_rates"][:], group["impostor_scores"][:]
        assert list(group["beat_counts"]) == [1, 2, 4, 8, 16]
        assert (np.diff(rates) < 0).all() and (np.diff(scores, axis=1) >= 0).all()
        assert group.attrs["people"] == found["people"]
    assert "false acceptances" in ecgid("info", town.model)
    # Nothing but the calibration changed: the classifier still is what it was.
    assert json.loads(ecgid("info", town.model, "--json"))["labels"] == json.loads(
        ecgid("info", town.study.small, "--json"))["labels"]


def test_calibration_refuses_people_whom_the_model_has_seen(town, study):
    text = ecgid("calibrate", study.small, study.beats, "--false-acceptance-rate", "0.1", "-o", town.folder / "no.h5",
                 status=1)
    assert "people" in text and not (town.folder / "no.h5").exists()
    text = ecgid("calibrate", study.small, town.others, "--false-acceptance-rate", "0.001", "-o", town.folder / "no.h5",
                 status=1)
    assert "cannot be promised" in text and not (town.folder / "no.h5").exists()


def test_enrol_identify_and_turn_away(town, tmp_path):
    gallery = tmp_path / "people.gallery"
    for name, person in (("Ada", "Person_01"), ("Ève", "Person_02")):
        enrolled = answer(0, "enrol", "--gallery", gallery, "--person", name, town.model, town.recording(person, 1),
                          "--rate", "500")
        assert enrolled["templates"] == 1
    assert stat.S_IMODE(os.stat(gallery).st_mode) == 0o600
    said = {(person, session): answer(
                0, "identify", "--gallery", gallery, town.model, town.recording(person, session), "--rate", "500")
            for person in ("Person_01", "Person_02", "Person_03") for session in (1, 2)}
    assert said["Person_01", 1]["person"] == said["Person_01", 1]["mostLike"] == "Ada"
    assert said["Person_02", 1]["person"] == "Ève"
    for session in (1, 2):
        assert said["Person_03", session].get("person") is None
    for match in said.values():
        assert (match.get("person") is not None) == (match["falseAcceptanceProbability"] <= 0.1)
        assert (match.get("person") is not None) == (match["score"] >= match["threshold"])
        assert match["templates"] == 2 and match["beats"] in (1, 2, 4, 8, 16)
    probe = town.recording("Person_01", 1)
    assert answer(0, "verify", "--gallery", gallery, "--person", "Ada", town.model, probe, "--rate", "500")["person"]
    assert answer(2, "verify", "--gallery", gallery, "--person", "Ève", town.model, probe, "--rate",
                  "500").get("person") is None
    assert "nobody called" in ecgid(
        "verify", "--gallery", gallery, "--person", "Bob", town.model, probe, "--rate", "500", status=1)

    # Names and templates go on request alone, and nothing of them stays in the file.
    assert {entry["person"] for entry in answer(0, "gallery", "list", gallery)} == {"Ada", "Ève"}
    before = gallery.read_bytes()
    ecgid("gallery", "remove", gallery, "--person", "Ada")
    assert b"Ada" in before and b"Ada" not in gallery.read_bytes()
    assert stat.S_IMODE(os.stat(gallery).st_mode) == 0o600 and os.listdir(tmp_path) == ["people.gallery"]
    assert "nobody called" in ecgid("gallery", "remove", gallery, "--person", "Ada", status=1)
    assert answer(0, "identify", "--gallery", gallery, town.model, probe, "--rate", "500").get("person") is None


def test_the_file_that_is_replaced_is_overwritten(town, tmp_path):
    gallery = tmp_path / "people.gallery"
    ecgid("enrol", "--gallery", gallery, "--person", "Ada", town.model, town.recording("Person_01", 1), "--rate", "500")
    with open(gallery, "rb") as old:
        ecgid("gallery", "remove", gallery, "--person", "Ada")
        assert set(old.read()) == {0}


def test_programs_at_once_lose_nobody(town, tmp_path):
    gallery = tmp_path / "people.gallery"
    names = [f"Ada {number}" for number in range(6)]
    programs = [
        subprocess.Popen(
            [ECGID, "enrol", "--gallery", gallery, "--person", name, town.model, town.recording("Person_01", 1),
             "--rate", "500"], stdout=subprocess.DEVNULL)
        for name in names]
    assert [program.wait(timeout=300) for program in programs] == [0] * len(names)
    people = json.loads(ecgid("gallery", "list", gallery, "--json"))
    assert sorted(person["person"] for person in people) == names
    assert os.listdir(tmp_path) == ["people.gallery"]


def test_poor_and_short_recordings_enrol_nobody(town, tmp_path):
    gallery = tmp_path / "people.gallery"
    noise, short = tmp_path / "noise.f32", tmp_path / "short.f32"
    np.random.default_rng(4).normal(0, 0.3, 10000).astype("<f4").tofile(noise)
    good = town.recording("Person_01", 1)
    np.fromfile(good, "<f4")[:3000].tofile(short)
    for bad, reason in ((noise, "noise.f32: poor signal"), (short, "8 are needed")):
        text = ecgid("enrol", "--gallery", gallery, "--person", "Ada", town.model, good, bad, "--rate", "500", status=1)
        assert reason in text and not gallery.exists()
    ecgid("enrol", "--gallery", gallery, "--person", "Ada", town.model, good, "--rate", "500")
    said = answer(3, "verify", "--gallery", gallery, "--person", "Ada", town.model, noise, "--rate", "500")
    assert said["quality"] < 0.5 and said["poorSignal"]
    text = ecgid("enrol", "--gallery", gallery, "--person", "x" * 48, town.model, good, "--rate", "500", status=1)
    assert "47 bytes" in text


def test_galleries_of_another_model_and_damaged_ones_are_refused(town, study, tmp_path):
    gallery = tmp_path / "people.gallery"
    good = town.recording("Person_01", 1)
    ecgid("enrol", "--gallery", gallery, "--person", "Ada", town.model, good, "--rate", "500")
    # A model that was only calibrated anew makes the same embeddings.
    assert answer(0, "identify", "--gallery", gallery, study.small, good, "--rate", "500")["verdict"] == "not sure"
    text = ecgid("identify", "--gallery", gallery, study.model, good, "--rate", "500", status=1)
    assert "another model" in text
    content = bytearray(gallery.read_bytes())
    content[200] ^= 1
    gallery.write_bytes(content)
    assert "damaged" in ecgid("identify", "--gallery", gallery, town.model, good, "--rate", "500", status=1)


def test_c_example_says_what_ecgid_says(town, tmp_path):
    gallery = tmp_path / "people.gallery"
    recordings = [town.recording(f"Person_0{i}", 1) for i in (1, 2)]
    probes = [town.recording("Person_01", 1), town.recording("Person_02", 2), town.recording("Person_03", 2)]
    for name, recording in zip(("Ada", "Eve"), recordings):
        ecgid("enrol", "--gallery", gallery, "--person", name, town.model, recording, "--rate", "500")
    done = subprocess.run([EXAMPLES / "gallery", town.model, "500", *recordings, *probes], capture_output=True,
                          text=True, timeout=120)
    lines = [line for line in done.stdout.splitlines() if ": as Ada" in line]
    assert len(lines) == 3, done.stdout + done.stderr
    for line, probe in zip(lines, probes):
        said = answer(0, "identify", "--gallery", gallery, town.model, probe, "--rate", "500")
        told = f"it is {said['person']}" if said.get("person") else {
            "rejected": "nobody I know", "not sure": "not sure"}[said["verdict"]]
        assert f"; {told} ({said['score']:.3f} after {said['beats']} beats" in line
    assert done.returncode == 1


class TestPython:
    def test_agrees_with_ecgid(self, town, tmp_path):
        import ecg

        path = tmp_path / "people.gallery"
        with ecg.Model(town.model) as model, ecg.Gallery(model, capacity=4) as gallery:
            assert model.false_acceptance_rate == 0.1
            for name, person in (("Ada", "Person_01"), ("Ève", "Person_02")):
                beats = gallery.enrol(name, np.fromfile(town.recording(person, 1), "<f4"), 500)
                assert beats >= 8 and gallery.people[name] == [beats]
            gallery.save(path)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
            for person in ("Person_01", "Person_02", "Person_03"):
                recording = town.recording(person, 2)
                samples = np.fromfile(recording, "<f4")
                match = gallery.identify(samples, 500)
                said = answer(0, "identify", "--gallery", path, town.model, recording, "--rate", "500")
                assert match.verdict == said["verdict"] and match.person == said.get("person")
                assert match.most_like == said["mostLike"] and match.beats == said["beats"]
                assert match.score == pytest.approx(said["score"], abs=1e-6)
                # The same beats, one after another: once accepted, always accepted.
                found = model.preprocess(samples, 500).values
                verdicts = [gallery.identify_beats(found[:n]).verdict for n in range(1, len(found) + 1)]
                changes = [a for a, b in zip(verdicts, verdicts[1:]) if a != b]
                assert len(changes) <= 1 and verdicts[-1] == match.verdict
                assert gallery.verify("Ada", samples, 500).templates == 1

    def test_keeps_removes_and_refuses(self, town, tmp_path):
        import ecg

        samples = np.fromfile(town.recording("Person_01", 1), "<f4")
        with ecg.Model(town.model) as model:
            gallery = ecg.Gallery(model, capacity=2)
            gallery.enrol("Ada", samples, 500)
            gallery.enrol("Ada", samples, 500)
            with pytest.raises(ecg.EcgError, match="too small"):
                gallery.enrol("Eve", samples, 500)
            content = gallery.to_bytes()
            # A link in the place of the file that is being written leads nowhere.
            link, elsewhere = tmp_path / ".people.gallery.part", tmp_path / "elsewhere"
            elsewhere.write_bytes(b"mine")
            link.symlink_to(elsewhere)
            gallery.save(tmp_path / "people.gallery")
            assert (tmp_path / "people.gallery").read_bytes() == content and elsewhere.read_bytes() == b"mine"
            assert stat.S_IMODE(os.stat(tmp_path / "people.gallery").st_mode) == 0o600 and not link.is_symlink()
            again = ecg.Gallery.from_bytes(model, content, capacity=1)
            assert again.to_bytes() == content and again.people == gallery.people and len(again) == 2
            for damaged in (content[:-1], content + b"\0", content[:40] + b"x" + content[41:], b""):
                with pytest.raises(ecg.EcgError):
                    ecg.Gallery.from_bytes(model, damaged)
            gallery.remove("Ada")
            assert gallery.people == {}
            for call in (lambda: gallery.remove("Ada"), lambda: gallery.verify("Ada", samples, 500)):
                with pytest.raises(KeyError):
                    call()
            for name in ("", "x" * 48, "a\0b"):
                with pytest.raises(ValueError):
                    gallery.enrol(name, samples, 500)
            with pytest.raises(ecg.SignalError):
                gallery.enrol("Eve", np.random.default_rng(4).normal(0, 0.3, 10000), 500)
            gallery.close()
            with pytest.raises(ValueError, match="closed"):
                gallery.people


class TestStream:
    """A stream says of a gallery what the gallery says of the same beats."""

    def test_agrees_with_the_gallery(self, town):
        import ecg

        with ecg.Model(town.model) as model, ecg.Gallery(model, capacity=4) as gallery:
            stream = ecg.Stream(model, 500)
            enrolling = stream.push(np.fromfile(town.recording("Person_01", 1), "<f4")) + stream.finish()
            assert {event.match for event in enrolling} == {None}
            beats = np.stack([event.values for event in enrolling if event.values is not None])
            assert stream.enrol(gallery, "Ada") == len(beats) >= 8 and gallery.people == {"Ada": [len(beats)]}
            gallery.enrol("Eve", np.fromfile(town.recording("Person_02", 1), "<f4"), 500)
            by_beats = ecg.Gallery(model)
            by_beats.enrol_beats("Ada", beats)
            assert by_beats.identify_beats(beats[:1]).score == pytest.approx(
                gallery.verify_beats("Ada", beats[:1]).score, abs=1e-6)
            verdicts = []
            for person, session, claimed in (
                    ("Person_01", 1, None), ("Person_01", 2, None), ("Person_02", 2, None), ("Person_03", 2, None),
                    ("Person_01", 1, "Eve")):
                stream.reset()
                stream.set_gallery(gallery, claimed)
                told, found = [], []
                for piece in np.array_split(np.fromfile(town.recording(person, session), "<f4"), 400):
                    told += stream.push(piece)
                for event in told + stream.finish():
                    if event.values is not None:
                        found.append(event.values)
                    if not found:
                        assert event.match.verdict == "not sure" and event.match.beats == 0
                        continue
                    beats = np.stack(found)
                    expected = gallery.verify_beats(claimed, beats) if claimed else gallery.identify_beats(beats)
                    assert event.match == dataclasses.replace(expected, score=event.match.score)
                    assert event.match.score == pytest.approx(expected.score, abs=1e-6)
                verdicts.append((event.match.verdict, event.match.person))
            assert verdicts[0] == ("accepted", "Ada") and verdicts[3] == verdicts[4] == ("rejected", None)

    def test_lends_a_gallery_and_gives_it_back(self, town):
        import ecg

        samples = np.fromfile(town.recording("Person_01", 1), "<f4")
        with ecg.Model(town.model) as model, ecg.Stream(model, 500) as stream:
            gallery = ecg.Gallery(model)
            with pytest.raises(KeyError):
                stream.set_gallery(gallery, "Ada")
            with pytest.raises(ecg.EcgError, match="beat"):
                stream.enrol(gallery, "Ada")
            gallery.enrol("Ada", samples, 500)
            stream.set_gallery(gallery)
            assert stream.push(samples)[-1].match.person == "Ada"
            stream.set_gallery(gallery)                          # one more try
            stream.reset()
            gallery.remove("Ada")
            assert {event.match.verdict for event in stream.push(samples) if event.beats} == {"rejected"}
            gallery.close()
            with pytest.raises(ValueError, match="closed"):
                stream.push(samples)
            stream.set_gallery(None)
            stream.reset()
            assert stream.push(samples)[-1].match is None
            with ecg.Model(town.model) as twin, ecg.Gallery(twin) as foreign:
                for call in (lambda: stream.set_gallery(foreign), lambda: stream.enrol(foreign, "Ada")):
                    with pytest.raises(ecg.EcgError, match="another model"):
                        call()

    def test_c_example_knows_its_owner(self, town):
        import ecg

        people = ("Person_01", 1), ("Person_01", 1), ("Person_01", 2), ("Person_02", 2)
        owner, *others = [town.recording(*who) for who in people]
        done = subprocess.run([EXAMPLES / "wearer", town.model, "500", owner, *others], capture_output=True, text=True,
                              timeout=120)
        lines = done.stdout.splitlines()
        assert len(lines) == 4 and "enrolled by 16 beats" in lines[0], done.stdout + done.stderr
        with ecg.Model(town.model) as model, ecg.Gallery(model) as gallery, ecg.Stream(model, 500) as stream:
            beats = [event.values for event in stream.push(np.fromfile(owner, "<f4")) if event.values is not None]
            gallery.enrol_beats("owner", np.stack(beats[:16]))
            accepted = []
            for line, other in zip(lines[1:], others):
                stream.reset()
                stream.set_gallery(gallery)
                events = stream.push(np.fromfile(other, "<f4"))
                match = next((event.match for event in events if event.match.verdict != "not sure"), None)
                accepted.append(match is not None and match.verdict == "accepted")
                told = {"accepted": "the owner", "rejected": "somebody else"}[match.verdict] if match else "not sure yet"
                assert f": {told}" in line and (match is None or f"score {match.score:.3f} of {match.beats}" in line)
        assert accepted[0] and not accepted[-1] and done.returncode == 1

    def test_cpp_stream(self, town, tmp_path):
        program = cpp_program(
            tmp_path, """
            int main(int, char **arguments) {
              const std::vector<float> samples = read(arguments[2]);
              ecg::Model model(arguments[1]);
              ecg::Gallery gallery(model, 3);
              ecg::Stream stream(model, 500.0);
              auto ignore = [](const ecg_stream_event &) {};
              stream.push(samples.data(), samples.size(), ignore);
              unsigned beats = stream.enrol(gallery, "Ada");
              for (const char *person : {"", "Ada"}) {
                stream.reset();
                stream.set_gallery(gallery, person);
                stream.push(samples.data(), samples.size(), ignore);
                std::printf("%s %d\\n", stream.match().person, stream.match().verdict);
              }
              stream.unset_gallery();
              try {
                stream.match();
              } catch (const ecg::Error &error) {
                std::printf("%d %u\\n", error.status(), beats);
              }
            }
            """)
        done = subprocess.run([program, town.model, town.recording("Person_01", 1)], capture_output=True,
                              text=True, timeout=120)
        lines = done.stdout.splitlines()
        assert lines[:2] == ["Ada 1", "Ada 1"], done.stdout + done.stderr
        status, beats = map(int, lines[2].split())
        assert status == -1 and beats >= 8


def test_cpp_gallery(town, tmp_path):
    program = cpp_program(
        tmp_path, """
        int main(int, char **arguments) {
          ecg::Model model(arguments[1]);
          ecg::Session session(model, 60, 500);
          auto beats = [&](const char *path) {
            std::vector<float> samples = read(path);
            return session.preprocess(samples.data(), samples.size(), 500);
          };
          ecg::Gallery first(model, 3), gallery(std::move(first));
          gallery.enrol(session, "Ada", beats(arguments[2]));
          gallery.enrol(session, "Eve", beats(arguments[3]));
          ecg::Gallery copy(model, 2);
          copy.load(gallery.save());
          gallery.remove("Ada");
          ecg_match match = copy.identify(session, beats(arguments[4]));
          std::printf("%zu %zu %s %s %d\\n", gallery.template_count(), copy.template_count(), match.person,
                      copy.person(match.template_index).c_str(),
                      copy.verify(session, "Eve", beats(arguments[4])).verdict);
        }
        """)
    done = subprocess.run(
        [program, town.model, town.recording("Person_01", 1), town.recording("Person_02", 1),
         town.recording("Person_01", 1)], capture_output=True, text=True, timeout=120)
    assert done.stdout == "1 2 Ada Ada 2\n", done.stdout + done.stderr


def test_a_model_without_its_training_people(town, study, tmp_path):
    """The same galleries and answers; nobody's name is left, and naming somebody without a gallery is an error."""
    device, header = tmp_path / "device.h5", tmp_path / "device.h"
    ecgid("export", town.model, "--without-classes", "-o", device, "--c", header, "--gallery", "3")
    people = ecgid("info", study.small, "--field", "labels").split()
    content = device.read_bytes() + header.read_bytes()
    assert device.stat().st_size < town.model.stat().st_size
    assert not [person for person in people if person.encode() + b"\0" in content]
    assert json.loads(ecgid("info", device, "--json"))["labels"] == []

    gallery = tmp_path / "people.gallery"
    ecgid("enrol", "--gallery", gallery, "--person", "Ada", town.model, town.recording("Person_01", 1), "--rate", "500")
    recording = town.recording("Person_01", 2)
    found, expected = (
        json.loads(ecgid("identify", "--gallery", gallery, model, recording, "--rate", "500", "--json"))
        for model in (device, town.model))
    assert found == expected
    assert "--gallery" in ecgid("identify", device, recording, "--rate", "500", status=1)
    assert "--protocol" in ecgid("evaluate", device, town.others, status=1)

    import ecg

    samples = np.fromfile(recording, "<f4")
    with ecg.Model(device) as model:
        assert model.labels == []
        with pytest.raises(ecg.EcgError, match="names nobody"):
            model.identify(samples, 500)
        with ecg.Stream(model, 500) as stream:
            events = stream.push(samples)
            assert events[-1].beats > 1 and {(event.label, event.most_like) for event in events} == {(None, None)}
            with pytest.raises(ecg.EcgError, match="names nobody"):
                stream.probabilities
