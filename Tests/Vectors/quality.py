"""Measures of signal quality by NumPy and SciPy, on a noisy lead with a drift and one beat of another shape:

quality-input.f32           4,000 samples at 360 Hz, mV, far from 0 as raw leads are
quality-peaks.i32           where the beats are, in samples
quality-correlations.f64    each whole beat's Pearson correlation with the mean of the others, twice as BeatTemplate does
quality-noise.f64           root mean square beside the complex, after subtraction of a 20 ms moving mean
quality-rhythm.f64          median interval, median deviation from it as a share, share of time in plausible intervals

    python Tests/Vectors/quality.py
"""
import os

import numpy as np
from scipy.ndimage import uniform_filter1d

RATE, COUNT, BEFORE, AFTER = 360, 4000, 72, 72
FOLDER = os.path.dirname(__file__)
rng = np.random.default_rng(5)

t = np.arange(COUNT) / RATE
peaks = np.round((0.15 + np.cumsum(rng.normal(0.8, 0.06, 13)) - 0.6) * RATE).astype(int)
peaks = peaks[peaks < COUNT - 30]
x = 3.2 + 0.3 * np.sin(1.1 * t) + 0.04 * rng.standard_normal(COUNT)
for k, p in enumerate(peaks):
    width, sign = (0.04, -1) if k == 5 else (0.011, 1)  # one beat of another shape
    x += sign * (1 + 0.1 * rng.standard_normal()) * np.exp(-0.5 * ((t - p / RATE) / width) ** 2)
    x += 0.3 * np.exp(-0.5 * ((t - p / RATE - 0.25) / 0.045) ** 2)
x = x.astype(np.float32)

whole = [p for p in peaks if p >= BEFORE and p + AFTER <= COUNT]
beats = np.array([x[p - BEFORE:p + AFTER] for p in whole], float)
unit = beats - beats.mean(1, keepdims=True)
unit /= np.linalg.norm(unit, axis=1, keepdims=True)


def with_others(members):
    out = []
    for k, beat in enumerate(unit):
        others = [j for j in range(len(unit)) if members[j] and j != k]
        out.append(np.corrcoef(beat, unit[others].mean(0))[0, 1])
    return np.array(out)


first = with_others(np.ones(len(unit), bool))
correlations = with_others(first >= 0.5)

half = round(0.010 * RATE)
rest = x.astype(float) - uniform_filter1d(x.astype(float), 2 * half + 1)
noise = []
for p in whole:
    beside = [i for i in range(p - BEFORE, p + AFTER)
              if half <= i < COUNT - half and abs(i - p) > round(0.07 * RATE)]
    noise.append(np.sqrt(np.mean(rest[beside] ** 2)))

intervals = np.diff(peaks)
upper = lambda v: np.sort(v)[len(v) // 2]
middle = upper(intervals)
low, high = round(0.27 * RATE), round(2.2 * RATE)
covered = min(peaks[0], high) + min(COUNT - peaks[-1], high) + sum(i for i in intervals if low <= i <= high)

x.tofile(f"{FOLDER}/quality-input.f32")
peaks.astype("<i4").tofile(f"{FOLDER}/quality-peaks.i32")
correlations.tofile(f"{FOLDER}/quality-correlations.f64")
np.array(noise).tofile(f"{FOLDER}/quality-noise.f64")
np.array([middle, upper(abs(intervals - middle)) / middle, covered / COUNT]).tofile(f"{FOLDER}/quality-rhythm.f64")
