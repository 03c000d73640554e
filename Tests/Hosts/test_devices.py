"""libecg on each of its targets says what it says here: AArch64 Linux under qemu-user, WebAssembly under Node.js, Cortex-M
bare metal under qemu-system-arm. What is missing is skipped by name; `make device-test` installs it."""

import base64
import json
import re
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from conftest import FORMS, ROOT, ecgid, needs, run

FIRMWARE = ROOT / "c-examples/firmware"


def build(target):
    folder = ROOT / "build" / target
    run(ROOT / "Scripts/build-device", folder, target, timeout=1200)
    return folder


def compile_answer(compiler, library, out, linked="shared"):
    libraries = [library / "libecg.a"] if linked == "static" else ["-L", library, "-lecg", f"-Wl,-rpath,{library}"]
    run(*compiler, "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include",
        ROOT / "Tests/Hosts/answer.c", *libraries, "-lm", "-o", out)
    return out


def compare(here, there, tolerance):
    """Each line of two runs of answer.c: what the network says within `tolerance`, other numbers within 1e-5, whole ones
    exactly."""
    here, there = here.splitlines(), there.splitlines()
    assert len(here) == len(there) > 100
    for one, other in zip(here, there):
        (name, value), (other_name, other_value) = one.split(), other.split()
        assert name == other_name
        if name in ("person", "peak"):
            assert value == other_value, (one, other)
        else:
            difference = abs(float(value) - float(other_value)) / max(1, abs(float(value)))
            assert difference < (tolerance if name in ("probability", "outlier") else 1e-5), (one, other)


def alike(here, there):
    """Whether two texts are the same but for the last digit of their fractions."""
    here, there = here.split(), there.split()

    def same(one, other):
        if one == other:
            return True
        numbers = [re.fullmatch(r"-?\d+\.(\d+)(\D*)", word) for word in (one, other)]
        if not all(numbers) or numbers[0][2] != numbers[1][2]:
            return False
        one, other = (float(word.removesuffix(number[2])) for word, number in zip((one, other), numbers))
        return abs(one - other) < 1.5 * 10.0 ** -len(numbers[0][1])

    return len(here) == len(there) and all(map(same, here, there))


@pytest.fixture(scope="session")
def expected(study, tmp_path_factory):
    """What answer.c says here of the small model, by the form of its weights."""
    program = compile_answer(["cc"], ROOT / "build/device", tmp_path_factory.mktemp("answer") / "answer")
    recording = study.recording(study.known, ".f32")
    answers = {form: run(program, study.weights(form), recording, 500) for form in FORMS}
    assert answers["float32"] != answers["int8"]
    return answers


# ---- This machine ----------------------------------------------------------------------------------------------------

SANITIZERS = {"plain": [], "sanitized": ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]}


@pytest.mark.parametrize("flags", SANITIZERS)
@pytest.mark.parametrize("linked", ["static", "shared"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compilers_and_sanitizers(study, expected, tmp_path, compiler, linked, flags):
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    library = ROOT / "build/device"
    program = compile_answer([compiler, *SANITIZERS[flags]], library, tmp_path / "answer", linked=linked)
    for form in FORMS:
        assert run(program, study.weights(form), study.recording(study.known, ".f32"), 500) == expected[form]


# (Clang of the Swift toolchain cannot link its thread sanitizer without libdispatch.)
@pytest.mark.parametrize(
    "compiler, sanitizer", [("gcc", "address,undefined"), ("gcc", "thread"), ("clang", "address,undefined")])
def test_misuse_under_sanitizers(study, tmp_path, compiler, sanitizer):
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    program = tmp_path / "torture"
    run(compiler, "-std=c11", "-O1", "-g", f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-I", ROOT / "include",
        ROOT / "Tests/Torture/torture.c", ROOT / "build/device/libecg.a", "-lm", "-lpthread", "-o", program)
    run(program, study.small, study.recording(study.known, ".f32"), 500, 20)


def test_misuse_with_sizes_of_32_bits(study, tmp_path):
    """As on a Cortex-M: an Int of 32 bits holds less than what callers and files may name."""
    empty = tmp_path / "empty.c"
    empty.write_text("int main(void) { return 0; }\n")
    if subprocess.run(["gcc", "-m32", empty, "-o", tmp_path / "empty"], capture_output=True).returncode != 0:
        pytest.skip("needs gcc -m32: make device-test installs it")
    program = tmp_path / "torture"
    run("gcc", "-m32", "-no-pie", "-std=c11", "-O1", "-I", ROOT / "include", ROOT / "Tests/Torture/torture.c",
        build("i686") / "libecg.a", "-lm", "-lpthread", "-o", program)
    run(program, study.small, study.recording(study.known, ".f32"), 500, 300)


# ---- AArch64 Linux ---------------------------------------------------------------------------------------------------

QEMU = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]


@pytest.fixture(scope="session")
def aarch64():
    return build("aarch64-linux")


@needs("aarch64-linux-gnu-gcc", "qemu-aarch64")
class TestAArch64:
    def test_shows_and_needs_what_it_may(self, aarch64):
        run(ROOT / "Scripts/check-symbols", aarch64 / "libecg.so", "aarch64-linux-gnu-")

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("linked", ["static", "shared"])
    def test_agrees_with_this_machine(self, study, aarch64, expected, tmp_path, linked, form):
        program = compile_answer(["aarch64-linux-gnu-gcc"], aarch64, tmp_path / "answer", linked)
        answer = run(*QEMU, program, study.weights(form), study.recording(study.known, ".f32"), 500)
        compare(expected[form], answer, FORMS[form])

    def test_examples(self, study, aarch64, tmp_path):
        # All but host.cpp, which shows nothing more of the machine and needs a C++ library for it.
        programs = [tmp_path / name for name in ("identify", "no_malloc", "r_peaks", "stream")]
        run("make", "-C", ROOT / "c-examples", "CC=aarch64-linux-gnu-gcc", f"LIBRARY={aarch64}", f"OUT={tmp_path}",
            *programs)
        recording = study.recording(study.known, ".f32")
        said = json.loads(ecgid("identify", study.small, recording, "--rate", "500", "--json"))
        status = 1 if said["isStranger"] else 0
        assert f"most like      {said['mostLike']}\n" in run(
            *QEMU, programs[0], study.small, recording, 500, status=status)
        assert f"person   {said['mostLike']}\n" in run(*QEMU, programs[1], study.small, recording, 500)
        for program, arguments in ((programs[2], [500]), (programs[3], [study.small, 500])):
            with open(recording, "rb") as samples:
                there = run(*QEMU, program, *arguments, stdin=samples)
            with open(recording, "rb") as samples:
                here = run(ROOT / "build/examples" / program.name, *arguments, stdin=samples)
            assert len(here.splitlines()) > 10 and alike(here, there)


# ---- WebAssembly -----------------------------------------------------------------------------------------------------

def node(script, *arguments, status=0):
    return run("node", "--input-type=module", "-e", script, *arguments, status=status)


LOAD = """
import { readFileSync } from "node:fs";
import { Gallery, Library, Stream } from "%s";
const [wasm, modelFile, recording] = process.argv.slice(1);
const library = await Library.load(readFileSync(wasm));
const bytes = readFileSync(recording);
const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
""" % (ROOT / "javascript/ecg.mjs").as_uri()


@pytest.fixture(scope="session")
def wasm():
    if not Path("/usr/include/wasm32-wasi").is_dir():
        pytest.skip("needs wasi-libc: make device-test installs it")
    return build("wasm32") / "ecg.wasm"


@needs("node")
class TestWebAssembly:
    def test_shows_and_needs_what_it_may(self, wasm):
        said = json.loads(node(
            """import { readFileSync } from "node:fs";
            const module = new WebAssembly.Module(readFileSync(process.argv[1]));
            const names = (entries) => entries.map((entry) => entry.name).sort();
            console.log(JSON.stringify({ imports: names(WebAssembly.Module.imports(module)),
              exports: names(WebAssembly.Module.exports(module)) }));""", wasm))
        symbols = (ROOT / "Scripts/symbols.txt").read_text().split()
        assert said == {"imports": [], "exports": sorted([*symbols, "memory", "__heap_base"])}

    @pytest.mark.parametrize("form", FORMS)
    def test_agrees_with_this_machine(self, study, wasm, expected, form):
        recording = study.recording(study.known, ".f32")
        said = json.loads(run(
            "node", ROOT / "javascript/identify.mjs", wasm, study.weights(form), recording, 500))
        lines = [line.split() for line in expected[form].splitlines()]
        probabilities = [float(value) for name, value in lines if name == "probability"]
        numbers = {name: float(value) for name, value in lines if name in ("person", "quality", "outlier")}
        assert said["probabilities"] == pytest.approx(probabilities, abs=FORMS[form])
        assert said["probabilities"].index(said["probability"]) == numbers["person"]
        assert said["quality"] == pytest.approx(numbers["quality"], abs=1e-5)
        assert said["outlier"]["score"] == pytest.approx(numbers["outlier"], rel=FORMS[form])
        assert said["beats"] == sum(name == "peak" for name, _ in lines)

    def test_turns_strangers_away(self, study, wasm):
        recording = study.recording(study.stranger, ".f32")
        said = json.loads(run(
            "node", ROOT / "javascript/identify.mjs", wasm, study.small, recording, 500, status=1))
        assert said["person"] is None and said["outlier"]["isOutlier"]

    def test_answers_again_and_again_in_the_same_memory(self, study, wasm):
        said = json.loads(node(
            LOAD + """const model = library.model(readFileSync(modelFile));
            const answers = [], sizes = [];
            for (let round = 0; round < 20; round++) {
              answers.push(JSON.stringify(model.identify(samples, 500)));
              sizes.push(library.functions.memory.buffer.byteLength);
            }
            console.log(JSON.stringify({ answers: [...new Set(answers)].length, sizes: [...new Set(sizes)].length }));""",
            wasm, study.small, study.recording(study.known, ".f32")))
        assert said == {"answers": 1, "sizes": 1}

    def test_errors_are_those_of_the_header(self, study, wasm):
        said = json.loads(node(
            LOAD + """const model = library.model(readFileSync(modelFile));
            const status = (body) => { try { body(); return 0; } catch (error) { return error.status; } };
            const file = readFileSync(modelFile);
            const damaged = Uint8Array.from(file);
            damaged[damaged.length >> 1] ^= 1;
            console.log(JSON.stringify([
              status(() => model.identify(new Float32Array(5000), 500)),
              status(() => model.identify(samples, 1)),
              status(() => model.identify(new Float32Array(5000).fill(NaN), 500)),
              status(() => library.model(new Uint8Array(100))),
              status(() => library.model(file.subarray(0, file.length >> 1))),
              status(() => library.model(damaged).verify()),
              status(() => model.identify(samples, 500)),
            ]));""", wasm, study.small, study.recording(study.known, ".f32")))
        assert said == [-4, -2, -3, -12, -13, -18, 0]

    @pytest.mark.parametrize("kind", ["small", "calibrated", "classless"])
    def test_streams_and_galleries_tell_what_python_tells(self, study, wasm, kind):
        import ecg

        path = study.small if kind == "small" else ROOT / f"Tests/Fuzzing/Library/Models/{kind}.h5"
        recordings = [study.recording(person, ".f32") for person in (study.known, study.stranger)]
        said = json.loads(run("node", ROOT / "Tests/Hosts/streams.mjs", wasm, path, *recordings))
        ada, eve = (np.fromfile(recording, "<f4") for recording in recordings)
        with ecg.Model(path) as model, ecg.Gallery(model, 5) as gallery:
            stream = ecg.Stream(model, 500, beats=5, window=8, interval=0.5)
            assert said["labels"] == model.labels
            assert said["enrolled"] == gallery.enrol("Ada", ada[:4000], 500)
            gallery.enrol("Ève", eve, 500)
            for samples, identified, verified in zip((ada, eve), said["identified"], said["verified"]):
                self.same(identified, gallery.identify(samples, 500))
                self.same(verified, gallery.verify("Ada", samples, 500))
            stream.set_gallery(gallery)
            events = stream.push(ada) + stream.gap(10000)
            stream.set_gallery(gallery, "Ève")
            events += stream.push(eve)
            assert said["fromStream"] == stream.enrol(gallery, "Eva") > 1
            if model.labels:
                assert said["probabilities"] == pytest.approx(stream.probabilities, abs=1e-5)
            stream.set_gallery(None)
            events += stream.finish()
            assert len(said["events"]) == len(events) > 10
            for one, other in zip(said["events"], events):
                self.same(one.pop("match"), other.match)
                self.same({"label": one.pop("person"), **one}, other, without=["match"])
            assert {event["kind"] for event in said["events"]} == {"beat", "signal"}
            stream.reset()
            assert said["again"] == len(stream.push(eve)) and said["sizes"] == 1
            assert dict(said["people"]) == gallery.people and said["left"] == 2
            loaded = ecg.Gallery.from_bytes(model, base64.b64decode(said["saved"]))
            assert loaded.people == gallery.people
            assert loaded.identify(eve, 500).score == pytest.approx(gallery.identify(eve, 500).score, abs=1e-5)

    @staticmethod
    def same(said, expected, without=()):
        """An object of JavaScript's and a dataclass of Python's, with names in the style of each."""
        if expected is None:
            assert said is None
            return
        expected = {name: getattr(expected, name) for name in expected.__dataclass_fields__ if name not in without}
        said = {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name): value for name, value in said.items()}
        assert said.keys() == expected.keys()
        for name, value in expected.items():
            if isinstance(value, (float, np.ndarray)):
                assert said[name] == pytest.approx(value, abs=1e-5, rel=1e-5), name
            else:
                assert said[name] == value, name

    def test_memory_is_used_again(self, study, wasm):
        said = json.loads(node(
            LOAD + """const file = readFileSync(modelFile);
            const sizes = new Set();
            let zeros = true;
            for (let round = 0; round < 30; round++) {
              const model = library.model(file);
              const gallery = new Gallery(model, 1 + round % 7 * 30);
              const stream = new Stream(model, 100 + 50 * (round % 5));
              gallery.enrol("Ada", samples, 500);
              stream.setGallery(gallery);
              stream.push(samples);
              const open = round % 2 ? [stream, gallery, model] : [model, gallery, stream];
              for (const one of open) one.close();
              for (const { place, size } of open) zeros &&= library.view(Uint8Array, place, size).every((byte) => byte === 0);
              if (round >= 7) sizes.add(library.functions.memory.buffer.byteLength);
            }
            const model = library.model(file);
            if (Symbol.dispose) new Gallery(model)[Symbol.dispose]();
            model.close();
            model.close();
            console.log(JSON.stringify({ sizes: sizes.size, zeros, unused: library.unused,
              same: library.free === library.functions.__heap_base.value || library.free % 64 === 0 }));""",
            wasm, study.small, study.recording(study.known, ".f32")))
        assert said == {"sizes": 1, "zeros": True, "unused": [], "same": True}

    def test_errors_of_streams_and_galleries(self, study, wasm):
        classless, other = (ROOT / f"Tests/Fuzzing/Library/Models/{name}.h5" for name in ("classless", "band-pass"))
        said = json.loads(node(
            LOAD + """const [classless, other] = process.argv.slice(4).map((path) => library.model(readFileSync(path)));
            const model = library.model(readFileSync(modelFile));
            const thrown = (body) => {
              try { body(); return "nothing"; } catch (error) { return error.status ?? `${error.name}: ${error.message}`; }
            };
            const free = library.free, unused = JSON.stringify(library.unused);
            const refused = [
              thrown(() => new Gallery(model, 0)),
              thrown(() => new Gallery(model, 2 ** 32 + 1)),
              thrown(() => new Stream(model, 10)),
              thrown(() => new Stream(model, 500, { window: 1 })),
              thrown(() => new Stream(model, 500, { beats: 0.5 })),
              thrown(() => new Stream(model, 500, { speed: 1 })),
              thrown(() => library.model(new Uint8Array(1000))),
              thrown(() => Gallery.fromBytes(model, new Uint8Array(100))),
            ];
            const lost = library.free !== free || JSON.stringify(library.unused) !== unused;
            const gallery = new Gallery(model, 2), stream = new Stream(model, 500);
            const { values } = model.preprocess(samples, 500);
            gallery.enrolBeats("Ada", values);
            const saved = gallery.toBytes();
            const damaged = Uint8Array.from(saved);
            damaged[100] ^= 1;
            const far = await Library.load(readFileSync(wasm));
            const farGallery = new Gallery(far.model(readFileSync(modelFile)));
            const errors = [
              thrown(() => gallery.verify("Eve", samples, 500)),
              thrown(() => gallery.remove("Eve")),
              thrown(() => gallery.enrolBeats("", values)),
              thrown(() => gallery.enrolBeats(`A${String.fromCharCode(0)}`, values)),
              thrown(() => gallery.enrolBeats("x".repeat(48), values)),
              thrown(() => gallery.enrolBeats("Eve", [values[0].subarray(1)])),
              thrown(() => gallery.enrolBeats("Eve", [])),
              thrown(() => gallery.enrol("Eve", new Float32Array(5000), 500)),
              thrown(() => Gallery.fromBytes(model, damaged)),
              thrown(() => Gallery.fromBytes(other, saved)),
              thrown(() => stream.setGallery(new Gallery(other))),
              thrown(() => stream.setGallery(farGallery)),
              thrown(() => stream.setGallery(gallery, "Eve")),
              thrown(() => stream.enrol(gallery, "Eve")),
              thrown(() => stream.gap(-1)),
              thrown(() => stream.gap(2 ** 70)),
              thrown(() => new Stream(classless, 500).probabilities),
              thrown(() => classless.identify(samples, 500)),
              gallery.length,
            ];
            gallery.enrolBeats("Ada", values);
            errors.push(thrown(() => gallery.enrolBeats("Eve", values)), Gallery.fromBytes(model, gallery.toBytes(), 1).capacity);
            stream.finish();
            errors.push(thrown(() => stream.push(samples)), stream.probabilities);
            stream.reset();
            stream.setGallery(gallery);
            gallery.close();
            const closed = [thrown(() => stream.push(samples)), thrown(() => gallery.length)];
            stream.setGallery(null);
            closed.push(stream.push(samples).length > 3);
            model.close();
            for (const body of [() => stream.push(samples), () => model.identify(samples, 500), () => new Stream(model, 500)]) {
              closed.push(thrown(body));
            }
            console.log(JSON.stringify({ refused, lost, errors, closed }));""",
            wasm, study.small, study.recording(study.known, ".f32"), classless, other))
        assert said["refused"] == [
            "RangeError: a gallery with room for 0 templates", "RangeError: a gallery with room for 4294967297 templates", -2, -1,
            "RangeError: beats: 0.5 is no option of a stream", "RangeError: speed: 1 is no option of a stream", -12, -25]
        assert not said["lost"]
        assert said["errors"][:5] == [-27, -27, -1, "RangeError: a text with a zero in it", -1]
        assert said["errors"][5].startswith("RangeError: a beat of this model has ")
        assert said["errors"][6:] == [
            -1, -4, -25, -26, -26, "Error: this gallery lies in another library's memory", -27, -7, -1, -1, -28, -28, 1, -8, 2, -1,
            None]
        assert said["closed"] == [
            "Error: this gallery is closed", "Error: this gallery is closed", True, "Error: this model is closed",
            "Error: this model is closed", "Error: this model is closed"]


# ---- Cortex-M, bare metal --------------------------------------------------------------------------------------------

BOARDS = {"mps2-an500": "cortex-m7", "mps2-an386": "cortex-m4f"}


def recording_in_flash():
    """The samples of recording.h in millivolts, as main.c computes them."""
    text = (FIRMWARE / "recording.h").read_text()
    counts = [int(number) for number in re.search(r"\{(.*?)\}", text, re.S)[1].split(",") if number.strip()]
    step = struct.unpack("<f", struct.pack("<f", 0.001))[0]
    return struct.pack(f"<{len(counts)}f", *(step * count for count in counts))


@pytest.fixture(scope="session")
def libraries():
    return {board: build(target) for board, target in BOARDS.items()}


@needs("arm-none-eabi-gcc", "qemu-system-arm")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("board", BOARDS)
def test_firmware_names_the_person(study, libraries, tmp_path, board, form):
    library = libraries[board]
    model = study.weights(form)
    run(ROOT / "Scripts/check-symbols", library / "libecg.a", "arm-none-eabi-")
    header = tmp_path / "model.h"
    ecgid("export", model, "--c", header, "--seconds", "10", "--rate", "500")
    out = ROOT / "build/firmware" / f"{board}-{form}"
    said = run("make", "-s", "-B", "-C", FIRMWARE, f"BOARD={board}", f"MODEL={header}", f"OUT={out}", "run")
    (out / "report.txt").write_text(said)

    samples = tmp_path / "recording.f32"
    samples.write_bytes(recording_in_flash())
    expected = json.loads(ecgid("identify", model, samples, "--rate", "500", "--json"))
    lines = dict(line.split(None, 1) for line in said.splitlines() if not line.startswith("probability"))
    probabilities = dict(re.findall(r"^probability +(\S+) (\S+)$", said, re.M))
    assert lines["person"] == (expected.get("person") or "nobody I know")
    assert int(lines["beats"].split()[-1]) == expected["beats"]
    assert probabilities.keys() == expected["probabilities"].keys()
    for label, probability in expected["probabilities"].items():
        assert float(probabilities[label]) == pytest.approx(probability, abs=1e-5)
    assert float(lines["outlier"].split()[-1]) == pytest.approx(expected["outlierScore"], rel=1e-5)
    assert float(lines["quality"]) == pytest.approx(expected["quality"], abs=1e-5)
    # Budgets, so that growth does not go unseen.
    assert int(lines["stack"].split()[0]) < 16384
    assert int(re.search(r"^  code +(\d+) bytes", said, re.M)[1]) < 320 << 10
