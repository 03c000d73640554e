"""Recordings made worse in known ways. Everything random comes from the seed, the record's name and the kind of noise."""
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.signal import butter, lfilter, resample_poly, sosfilt

SNRS = (24, 18, 12, 6, 0, -6)
NOISES = {"em": "electrode motion", "ma": "muscle artefact", "bw": "baseline wander"}
# The codes of header ecgmap.h of the WFDB library for which isqrs() holds.
BEATS = frozenset("NLRBAaJSVrFejnE/fQ?!")
NORMAL = frozenset("NLRej")


@dataclass
class Case:
    """One recording in one condition."""
    record: str
    rate: float
    signal: np.ndarray  # mV; NaN where nothing was measured
    reference: np.ndarray  # samples
    normal: np.ndarray  # which reference beats are normal ones
    excluded: tuple = ()  # episodes (samples) in which beats count neither way
    start: float = 0.0  # seconds from which beats count


def generator(seed, record, kind):
    return np.random.default_rng([seed, zlib.crc32(f"{record} {kind}".encode())])


def band(rng, count, rate, low, high, order=2):
    """Gaussian noise of unit power between two frequencies."""
    settle = int(4 * rate / low)
    if high < 0.49 * rate:
        sos = butter(order, [low, high], "bandpass", fs=rate, output="sos")
    else:
        sos = butter(order, low, "highpass", fs=rate, output="sos")
    x = sosfilt(sos, rng.standard_normal(count + settle))[settle:]
    return x / x.std()


def baseline_wander(rng, count, rate):
    """A random walk confined to 0.05 to 0.7 Hz, and breathing whose rate and depth drift."""
    settle = int(60 * rate)
    walk = np.cumsum(rng.standard_normal(count + settle))
    sos = butter(2, [0.05, 0.7], "bandpass", fs=rate, output="sos")
    walk = sosfilt(sos, walk)[settle:]
    breath_rate = 0.25 * np.exp(0.15 * band(rng, count, rate, 0.01, 0.05, 1))
    depth = np.abs(1 + 0.5 * band(rng, count, rate, 0.01, 0.05, 1))
    breathing = depth * np.sin(2 * np.pi * np.cumsum(breath_rate) / rate)
    return walk / walk.std() + 0.7 * breathing


def muscle_artefact(rng, count, rate):
    """Gaussian noise of 20 to 150 Hz whose strength comes and goes over seconds, on a little movement."""
    strength = np.exp(0.6 * band(rng, count, rate, 0.05, 0.5, 1) + 0.3 * band(rng, count, rate, 0.5, 3, 1))
    return strength * band(rng, count, rate, 20, 150) + 0.25 * band(rng, count, rate, 1, 15)


def electrode_motion(rng, count, rate):
    """Abrupt steps that recover exponentially, single and double deflections as wide as a QRS complex and wider, and
    irregular movement, all of 0.5 to 10 Hz for the most part."""
    x = 0.5 * band(rng, count, rate, 0.5, 10, 1)
    for _ in range(rng.poisson(0.25 * count / rate)):
        at = rng.integers(count)
        recovery = rng.uniform(0.1, 1.2)
        tail = np.exp(-np.arange(min(count - at, int(6 * recovery * rate))) / (recovery * rate))
        x[at:at + len(tail)] += rng.laplace(0, 1.5) * tail
    for _ in range(rng.poisson(0.8 * count / rate)):
        at, width = rng.integers(count), rng.uniform(0.02, 0.12)
        reach = int(4 * width * rate)
        low, high = max(0, at - reach), min(count, at + reach + 1)
        t = (np.arange(low, high) - at) / (width * rate)
        shape = np.exp(-t * t / 2) if rng.random() < 0.5 else -t * np.exp((1 - t * t) / 2)
        x[low:high] += rng.laplace(0, 1.5) * shape
    return x


SIMULATED = {"em": electrode_motion, "ma": muscle_artefact, "bw": baseline_wander}


@lru_cache(maxsize=12)
def noise_of(record, kind, count, rate, seed):
    """The same noise at every signal-to-noise ratio."""
    return SIMULATED[kind](generator(seed, record, kind), count, rate)


def trimmed_mean(values, share=0.05):
    values = np.sort(values)
    cut = int(share * len(values))
    return values[cut:len(values) - cut].mean()


def signal_power(case):
    """P²/8 with P the mean peak-to-peak amplitude of the normal complexes (± 50 ms) of the first five minutes."""
    half = int(0.05 * case.rate)
    beats = case.reference[case.normal & (case.reference > half) & (case.reference < 300 * case.rate)].astype(int)
    spans = [np.ptp(case.signal[b - half:b + half + 1]) for b in beats]
    return trimmed_mean(spans) ** 2 / 8


def noise_power(noise, rate):
    """The mean square of what deviates from the mean of each second of the first five minutes."""
    seconds = noise[:int(300 * rate) // int(rate) * int(rate)].reshape(-1, int(rate))
    return trimmed_mean(seconds.std(axis=1)) ** 2


def noise_stress(case, kind, snr, seed):
    """The protocol of the WFDB program nst: five minutes without noise, then two minutes with and two without by turns.

    Signal and noise are measured as nst does. Beats count from the fifth minute on, as in the program bxb.
    """
    count, rate = len(case.signal), case.rate
    noise = noise_of(case.record, kind, count, rate, seed)
    gain = np.sqrt(signal_power(case) / noise_power(noise, rate) / 10 ** (snr / 10))
    signal = case.signal.astype(float)
    for low in range(int(300 * rate), count, int(240 * rate)):
        part = slice(low, min(count, low + int(120 * rate)))
        # Like nst, no step where noise sets in.
        signal[part] += gain * (noise[part] - noise[low])
    return replace(case, signal=signal, start=300.0)


def resampled(case, rate):
    ratio = {128: (16, 45), 250: (25, 36), 500: (25, 18), 1000: (25, 9)}[rate]
    level = np.median(case.signal)
    signal = resample_poly(case.signal.astype(float) - level, *ratio) + level
    return replace(case, rate=float(rate), signal=signal, reference=case.reference * rate / case.rate)


def hum(case, seed):
    """0.2 mV of 50 Hz whose frequency and amplitude drift a little."""
    rng = generator(seed, case.record, "hum")
    count = len(case.signal)
    frequency = 50 + 0.05 * band(rng, count, case.rate, 0.01, 0.05, 1)
    amplitude = 0.2 * (1 + 0.1 * band(rng, count, case.rate, 0.01, 0.05, 1))
    return replace(case, signal=case.signal + amplitude * np.sin(2 * np.pi * np.cumsum(frequency) / case.rate))


def clipped(case, seed):
    level = np.median(case.signal)
    return replace(case, signal=np.clip(case.signal, level - 1, level + 1))


def coarse(case, seed):
    """8 of the 12 bits that cover ± 5.12 mV: steps of 0.04 mV."""
    return replace(case, signal=np.floor(case.signal / 0.04) * 0.04)


def dropouts(case, seed, value):
    """Half a second without signal every ten seconds on average. Beats there, and within 0.1 s, count neither way."""
    rng = generator(seed, case.record, "dropouts")
    signal = case.signal.astype(float)
    width, margin = int(0.5 * case.rate), int(0.1 * case.rate)
    excluded = []
    for _ in range(int(len(signal) / case.rate / 10)):
        at = rng.integers(0, len(signal) - width)
        signal[at:at + width] = value
        excluded.append((at - margin, at + width + margin))
    return replace(case, signal=signal, excluded=tuple(excluded))


def flipped(case, seed):
    """Electrodes exchanged after a third of the time and again after two thirds."""
    signal = case.signal.astype(float)
    third = len(signal) // 3
    signal[third:2 * third] *= -1
    return replace(case, signal=signal)


def spikes(case, seed):
    """A pacemaker that captures nothing: 72 a minute, 2 mV, a sample wide with a recovery of 5 ms."""
    rng = generator(seed, case.record, "spikes")
    signal = case.signal.astype(float)
    tail = 2 * np.exp(-np.arange(int(0.03 * case.rate)) / (0.005 * case.rate))
    at = rng.uniform(0, 60 / 72)
    while at * case.rate < len(signal) - len(tail):
        low = int(at * case.rate)
        signal[low:low + len(tail)] += tail
        at += 60 / 72
    return replace(case, signal=signal)


CONDITIONS = {"clean": lambda case, seed: case}
for _kind in NOISES:
    for _snr in SNRS:
        CONDITIONS[f"{_kind} {_snr} dB"] = lambda case, seed, k=_kind, s=_snr: noise_stress(case, k, s, seed)
CONDITIONS["inverted"] = lambda case, seed: replace(case, signal=-case.signal)
for _rate in (128, 250, 500, 1000):
    CONDITIONS[f"{_rate} Hz"] = lambda case, seed, r=_rate: resampled(case, r)
CONDITIONS["x 0.1"] = lambda case, seed: replace(case, signal=0.1 * case.signal)
CONDITIONS["x 10"] = lambda case, seed: replace(case, signal=10 * case.signal)
CONDITIONS["hum"] = hum
CONDITIONS["clipped"] = clipped
CONDITIONS["8 bit"] = coarse
CONDITIONS["missing"] = lambda case, seed: dropouts(case, seed, np.nan)
CONDITIONS["flat"] = lambda case, seed: dropouts(case, seed, 0.0)
CONDITIONS["flipped"] = flipped
CONDITIONS["spikes"] = spikes
CONDITIONS["other lead"] = lambda case, seed: case  # of the record's second signal; see measure.py
