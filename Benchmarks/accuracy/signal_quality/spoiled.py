"""Recordings spoiled in known ways. Everything random comes from the seed, the recording's name and the condition."""
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../r_peaks"))
from conditions import SIMULATED, SNRS, band, generator  # noqa: E402


def added(kind, snr):
    """Noise over the whole recording; signal power is P²/8 with P the QRS complexes' amplitude, as in WFDB's nst."""
    def make(x, rate, height, rng):
        noise = SIMULATED[kind](rng, len(x), rate)
        return x + noise / noise.std() * height / np.sqrt(8) / 10 ** (snr / 20)
    return make


def hum(share):
    """50 Hz of so many QRS heights, peak to peak."""
    def make(x, rate, height, rng):
        frequency = 50 + 0.05 * band(rng, len(x), rate, 0.01, 0.05, 1)
        return x + share * height / 2 * np.sin(2 * np.pi * np.cumsum(frequency) / rate)
    return make


def saturated(share):
    """An amplifier whose range ends at so many QRS heights around the median."""
    def make(x, rate, height, rng):
        middle = np.median(x)
        return np.clip(x, middle - share * height / 2, middle + share * height / 2)
    return make


def lead_off(share):
    """The lead hangs at the rail for one stretch, this share of the recording."""
    def make(x, rate, height, rng):
        y, length = x.copy(), int(share * len(x))
        start = rng.integers(0, len(x) - length + 1)
        y[start:start + length] = np.median(x) + 4 * height
        return y
    return make


def flat(share):
    """Without signal, but with the converter's noise of a few microvolts, for this share of the recording."""
    def make(x, rate, height, rng):
        y, length = x.copy(), int(share * len(x))
        start = rng.integers(0, len(x) - length + 1)
        y[start:start + length] = x[start] + rng.normal(0, 0.003, length)
        return y
    return make


def noise_only(kind):
    """No heart at all."""
    def make(x, rate, height, rng):
        if kind == "white":
            noise = rng.standard_normal(len(x))
        elif kind == "hum":
            noise = np.sin(2 * np.pi * 50 * np.arange(len(x)) / rate) + 0.02 * rng.standard_normal(len(x))
        else:
            noise = SIMULATED[kind](rng, len(x), rate)
        return noise / noise.std() * height / np.sqrt(8)
    return make


CONDITIONS = {"clean": lambda x, rate, height, rng: x}
CONDITIONS |= {f"{kind} {snr} dB": added(kind, snr) for kind in SIMULATED for snr in SNRS}
CONDITIONS |= {f"hum {share}": hum(share) for share in (0.1, 0.3, 1, 3)}
CONDITIONS |= {f"saturated {share}": saturated(share) for share in (1, 0.5, 0.2)}
CONDITIONS |= {f"lead off {share}": lead_off(share) for share in (0.25, 0.5, 0.75)}
CONDITIONS |= {f"flat {share}": flat(share) for share in (0.25, 0.5, 0.75, 1)}
CONDITIONS |= {f"{kind} alone": noise_only(kind) for kind in ("white", "ma", "em", "bw", "hum")}


def spoiled(name, condition, x, rate, height, seed):
    return CONDITIONS[condition](x, rate, height, generator(seed, name, condition))
