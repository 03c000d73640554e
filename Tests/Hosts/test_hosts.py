"""The C, C++ and Python hosts say what the trainer says."""

import json
import re
import subprocess

import numpy as np
import pytest

from conftest import ECGID, EXAMPLES, cpp_program, ecgid


def said_by_ecgid(study, person):
    return json.loads(
        ecgid("identify", study.model, study.recording(person, ".f32"), "--rate", "500", "--json"))


def run(program, *arguments):
    return subprocess.run([EXAMPLES / program, *map(str, arguments)], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("suffix", [".csv", ".f32"])
@pytest.mark.parametrize("who", ["known", "stranger"])
def test_c_example_agrees_with_trainer(study, who, suffix):
    person = getattr(study, who)
    expected = said_by_ecgid(study, person)
    done = run("identify", study.model, study.recording(person, suffix), 500)
    assert done.returncode == (1 if expected.get("person") is None else 0), done.stderr
    lines = dict(re.split(r"\s{2,}", line, maxsplit=1) for line in done.stdout.splitlines())
    assert lines["most like"] == expected["mostLike"]
    assert int(lines["beats"]) == expected["beats"]
    assert float(lines["probability"]) == pytest.approx(expected["probability"], abs=1e-4)
    assert float(lines["outlier score"].split()[0]) == pytest.approx(expected["outlierScore"], abs=2e-3)
    assert lines["verdict"] == (expected.get("person") or "nobody I know")


def test_example_without_malloc_agrees_with_trainer(study):
    done = run("no_malloc", study.model, study.recording(study.known, ".f32"), 500)
    assert done.returncode == 0, done.stderr
    assert f"person   {said_by_ecgid(study, study.known)['mostLike']}" in done.stdout


def test_r_peaks_of_a_stream(study):
    import ecg

    recording = study.recording(study.known, ".f32")
    samples = np.fromfile(recording, np.float32)
    with open(recording, "rb") as stream:
        done = subprocess.run([EXAMPLES / "r_peaks", "500"], stdin=stream, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    times = [float(line.split()[0]) for line in done.stdout.splitlines()]
    whole = ecg.find_r_peaks(samples, 500)
    assert len(times) > 10 and np.allclose(times, whole.positions / 500, atol=6e-4)
    assert ((whole.confidences >= 0) & (whole.confidences <= 1)).all()
    detector = ecg.RPeakDetector(500)
    parts = [detector.push(samples[i : i + 33]).positions for i in range(0, samples.size, 33)]
    parts.append(detector.finish().positions)
    assert np.array_equal(np.concatenate(parts), whole.positions)
    with pytest.raises(ecg.EcgError):
        detector.push(samples)
    with pytest.raises(ecg.EcgError):
        ecg.RPeakDetector(49)


def test_c_stream_tells_what_python_tells(study):
    import ecg

    recording = study.recording(study.known, ".f32")
    with open(recording, "rb") as samples:
        done = subprocess.run(
            [EXAMPLES / "stream", study.model, "500"], stdin=samples, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [line.split(None, 3) for line in done.stdout.splitlines()[1:]]
    with ecg.Model(study.model) as model, ecg.Stream(model, 500) as stream:
        events = stream.push(np.fromfile(recording, "<f4")) + stream.finish()
    assert [line[2] for line in lines] == [event.kind for event in events]
    for line, event in zip(lines, events):
        assert float(line[0]) == pytest.approx(event.position / 500, abs=1e-3)
        assert f"quality {event.quality:.2f}" in line[3]
        if event.kind == "beat":
            assert (f"left out: {event.fault}" if event.fault else f"from {event.beats} beats") in line[3]
    assert events[-1].most_like == said_by_ecgid(study, study.known)["mostLike"] and events[-1].most_like in lines[-1][3]


def test_cpp_stream_tells_what_python_tells(study, tmp_path):
    import ecg

    program = cpp_program(
        tmp_path, """
        int main(int, char **arguments) {
          const std::vector<float> samples = read(arguments[2]);
          ecg::Model model(arguments[1]);
          ecg_stream_options options{};
          options.beat_count = 5;
          ecg::Stream first(model, 500.0, options), stream(std::move(first));
          auto tell = [&](const ecg_stream_event &event) {
            std::printf("%d %llu %u %d %.9g\\n", event.kind, (unsigned long long)event.position, event.beat_count,
                        event.person, event.probability);
            if (event.kind != ECG_EVENT_BEAT || event.fault != ECG_FAULT_NONE) return;
            float square = 0;
            for (float value : stream.beat()) square += value * value;
            if (std::abs(square - 1) > 1e-4f || stream.beat().size() != model.info().beat_length) std::puts("no beat");
            if (stream.probabilities().at(event.person) != event.probability) std::puts("another probability");
          };
          stream.push(samples.data(), samples.size(), tell);
          stream.gap(100000, tell);
          stream.push(samples.data(), samples.size(), tell);
          stream.finish(tell);
          stream.reset();
          stream.push(samples.data(), 10, tell);
        }
        """)
    recording = study.recording(study.known, ".f32")
    done = subprocess.run([program, study.model, recording], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    samples = np.fromfile(recording, "<f4")
    with ecg.Model(study.model) as model:
        stream = ecg.Stream(model, 500, beats=5)
        events = stream.push(samples) + stream.gap(100000) + stream.push(samples) + stream.finish()
        expected = [
            f"{1 if event.kind == 'beat' else 2} {event.position} {event.beats} "
            f"{model.labels.index(event.most_like) if event.beats else -1} {event.probability:.9g}" for event in events]
    assert done.stdout.splitlines() == expected


def test_cpp_example_agrees_with_trainer(study):
    expected = said_by_ecgid(study, study.known)
    done = run("host", study.model, study.recording(study.known, ".f32"), 500)
    assert done.returncode in (0, 1), done.stderr
    assert f"most like {expected['mostLike']}" in done.stdout


@pytest.fixture
def poor(study, tmp_path):
    """Noise in which beats can be imagined, as the three hosts and ecgid read it."""
    path = tmp_path / "poor.f32"
    np.random.default_rng(4).normal(0, 0.3, 10000).astype("<f4").tofile(path)
    return path


def test_all_hosts_refuse_a_poor_signal_with_the_reason(study, poor):
    import ecg

    text = ecgid("identify", study.model, poor, "--rate", "500", status=3)
    fault = re.search(r"poor signal \((.+?)\), quality (\d\.\d\d)", text)
    assert fault, text
    said = subprocess.run(
        [ECGID, "identify", study.model, poor, "--rate", "500", "--json"], capture_output=True, text=True)
    assert said.returncode == 3
    expected = json.loads(said.stdout)
    assert expected["poorSignal"] == fault[1] and expected["quality"] < 0.5
    done = run("identify", study.model, poor, 500)
    assert done.returncode == 3 and "poor signal" in done.stderr
    assert f"reason         {fault[1]}" in done.stderr
    for reason, count in expected["leftOut"].items():
        assert f"left out       {count} {reason}" in done.stderr
    done = run("host", study.model, poor, 500)
    assert done.returncode == 2 and f"poor signal" in done.stderr and fault[1] in done.stderr
    with ecg.Model(study.model) as model, pytest.raises(ecg.SignalError, match="poor signal") as caught:
        model.identify(np.fromfile(poor, "<f4"), 500)
    signal = caught.value.signal
    assert caught.value.status == -24 and signal.fault == fault[1]
    assert signal.quality == pytest.approx(expected["quality"], abs=1e-6)
    assert signal.left_out == expected["leftOut"] and signal.r_peak_count == expected["rPeaks"]


def test_c_example_explains_errors(study, tmp_path):
    missing = run("identify", study.folder / "none.h5", study.recording(study.known, ".csv"), 500)
    assert missing.returncode == 2 and "cannot be opened" in missing.stderr
    flat = tmp_path / "flat.csv"
    flat.write_text("1.0\n" * 5000)
    done = run("identify", study.model, flat, 500)
    assert done.returncode == 2 and "the signal is flat" in done.stderr
    done = run("identify", study.model, study.recording(study.known, ".csv"), 0)
    assert done.returncode == 2 and "sampling rate" in done.stderr + done.stdout or "argument" in done.stderr


def test_library_needs_nothing_but_libc_and_libm():
    linked = subprocess.run(["ldd", EXAMPLES / "identify"], capture_output=True, text=True).stdout
    names = {line.split()[0].split("/")[-1].split(".so")[0] for line in linked.splitlines() if line.strip()}
    assert names <= {"linux-vdso", "libecg", "libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"}, linked


class TestPython:
    def test_agrees_with_trainer(self, study):
        import ecg

        expected = said_by_ecgid(study, study.known)
        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        with ecg.Model(study.model) as model:
            model.verify()
            answer = model.identify(samples, fs=500)
            assert answer.most_like == expected["mostLike"]
            assert answer.beats == expected["beats"]
            assert answer.is_outlier == (expected.get("person") is None)
            assert answer.outlier.score == pytest.approx(expected["outlierScore"], rel=1e-5)
            for label, probability in zip(model.labels, answer.probabilities):
                assert probability == pytest.approx(expected["probabilities"][label], abs=1e-5)
            assert answer.probabilities.sum() == pytest.approx(1, abs=1e-5)

    def test_beats_are_unit_vectors_with_r_in_place(self, study):
        import ecg

        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        with ecg.Model(study.model) as model:
            beats = model.preprocess(samples, 500)
            assert beats.values.shape == (len(beats.r_peaks), model.beat_length)
            assert np.allclose(np.linalg.norm(beats.values, axis=1), 1, atol=1e-5)
            assert (np.diff(beats.r_peaks) > 100).all()
            assert beats.qualities.shape == beats.r_peaks.shape
            assert beats.qualities.min() >= 0.8 and beats.qualities.max() <= 1
            assert beats.signal.fault is None and beats.signal.quality > 0.8
            assert beats.signal.r_peak_count == len(beats.r_peaks) + sum(beats.signal.left_out.values())
            again = model.identify_beats(beats.values)
            assert np.array_equal(again.probabilities, model.identify(samples, 500).probabilities)
            assert np.array_equal(model.identify_beats(beats).probabilities, again.probabilities)

    def test_stream_agrees_with_the_whole(self, study):
        import ecg

        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        with ecg.Model(study.model) as model:
            stream = ecg.Stream(model, 500, window=20, beats=1000)
            # Told by the window that is the whole recording so far: these beats are those of that recording.
            events = [event for event in stream.push(samples[:2500]) if event.kind == "beat"]
            start = model.preprocess(samples[:2500], 500)
            told = [event for event in events if event.fault is None]
            count = len(told)
            assert count >= 3
            assert [event.position for event in told] == list(start.r_peaks[:count])
            assert np.array_equal([event.values for event in told], start.values[:count])
            assert [event.quality for event in told] == [pytest.approx(value) for value in start.qualities[:count]]
            answer = model.identify_beats(start.values[:count])
            assert np.allclose(stream.probabilities, answer.probabilities, atol=1e-6)
            assert told[-1].most_like == answer.most_like and told[-1].label == answer.label
            assert told[-1].probability == pytest.approx(answer.probability, abs=1e-6)
            assert told[-1].outlier_score == pytest.approx(answer.outlier.score, rel=1e-6)
            assert told[-1].is_outlier == answer.is_outlier and told[-1].beats == count

            events += stream.push(samples[2500:]) + stream.finish()
            whole = model.preprocess(samples, 500)
            positions = np.array([event.position for event in events if event.kind == "beat" and event.fault is None])
            close = np.abs(positions[:, None] - whole.r_peaks[None]).min(axis=0) <= 10
            assert close.mean() > 0.9
            assert events[-1].most_like == model.identify(samples, 500).most_like

    def test_pieces_gaps_and_restarts_of_a_stream(self, study):
        import ecg

        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        with ecg.Model(study.model) as model:
            stream = ecg.Stream(model, 500)
            whole = stream.push(samples) + stream.gap(3000) + stream.push(samples.astype(float)) + stream.finish()
            with pytest.raises(ecg.EcgError):
                stream.push(samples)
            stream.reset()
            assert stream.probabilities is None
            pieces, random = [], np.random.default_rng(3)
            with_gap = np.concatenate([samples, np.full(3000, np.nan), samples])
            start = 0
            while start < with_gap.size:
                end = start + int(random.integers(0, 900))
                pieces += stream.push(with_gap[start:end])
                start = end
            assert pieces + stream.finish() == whole
            assert any(event.signal and "missing" in event.signal for event in whole)
            stream.reset()
            events = stream.gap(2**60)
            assert [event.signal for event in events] and stream.push(samples)[-1].position > 2**60
            with pytest.raises(ecg.EcgError):
                stream.gap(2**63)
            stream.close()
            with pytest.raises(ValueError):
                stream.push(samples)

    def test_stream_refuses_bad_options(self, study):
        import ecg

        with ecg.Model(study.model) as model:
            for options in [{"beats": 0}, {"beats": 1001}, {"window": 1.0}, {"window": float("nan")}, {"interval": -1},
                            {"lookahead": 0.1}, {"interval": 20}]:
                with pytest.raises((ValueError, ecg.EcgError)):
                    ecg.Stream(model, 500, **options)
            with pytest.raises(ecg.EcgError):
                ecg.Stream(model, 49)
            stream = ecg.Stream(model, 500)
            with pytest.raises(ValueError):
                stream.push(np.zeros((2, 500)))
            with pytest.raises(ValueError):
                stream.gap(-1)
        with pytest.raises(ValueError):
            stream.push(np.zeros(500))

    def test_double_and_strided_input_give_the_same(self, study):
        import ecg

        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        strided = np.repeat(samples.astype(np.float64), 2)[::2]
        with ecg.Model(study.model) as model:
            assert np.array_equal(
                model.identify(strided, 500).probabilities, model.identify(samples, 500).probabilities)

    def test_errors_carry_status_and_text(self, study, tmp_path):
        import ecg

        with pytest.raises(ecg.EcgError, match="missing.h5: .*cannot be opened"):
            ecg.Model(tmp_path / "missing.h5")
        foreign = tmp_path / "foreign.h5"
        foreign.write_bytes(b"not a model" * 100)
        with pytest.raises(ecg.EcgError) as caught:
            ecg.Model(foreign)
        assert caught.value.status == -12
        damaged = tmp_path / "damaged.h5"
        content = bytearray(study.model.read_bytes())
        content[-5] ^= 1
        damaged.write_bytes(content)
        with pytest.raises(ecg.EcgError) as caught:
            ecg.Model(damaged)
        assert caught.value.status == -18
        with ecg.Model(study.model) as model:
            for samples, fs, status in [
                (np.zeros(5000), 500, -4), (np.full(5000, np.nan), 500, -3), (np.zeros(5000), 0, -2),
                (np.zeros(10), 500, -5), (np.zeros(0), 500, -5), (np.zeros(5000), 1e9, -2),
            ]:
                with pytest.raises(ecg.EcgError) as caught:
                    model.identify(samples, fs)
                assert caught.value.status == status, (samples.shape, fs, caught.value)
            with pytest.raises(ValueError):
                model.identify(np.zeros((2, 5000)), 500)
            with pytest.raises(ValueError):
                model.identify_beats(np.zeros((2, 7)))

    def test_threads_share_a_model(self, study):
        from concurrent.futures import ThreadPoolExecutor

        import ecg

        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        with ecg.Model(study.model) as model, ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: model.identify(samples, 500).probabilities, range(12)))
            assert all(np.array_equal(answers[0], answer) for answer in answers)

    def test_longer_recordings_take_the_place_of_shorter_ones(self, study):
        import ecg

        samples = np.fromfile(study.recording(study.known, ".f32"), np.float32)
        with ecg.Model(study.model) as model:
            for seconds in (5, 8, 12, 12, 8):
                model.preprocess(samples[: 500 * seconds], 500)
                assert len(model._sessions) == 1
            model.preprocess(np.tile(samples, 70), 500)
            assert len(model._sessions) == 1 and model._sessions[0][0] == 12
