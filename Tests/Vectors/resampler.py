"""Resampling: scipy.signal.resample_poly (polyphase, Kaiser 5.0) with held end values, and the exact band-limited
answer for a rate without a small ratio."""
import numpy as np
from scipy.signal import resample_poly
from synthetic_ecg import ecg

for rate, up, down in ((360, 25, 18), (300, 5, 3), (1000, 1, 2), (250, 2, 1)):
    x = ecg(3.0, rate, seed=3)
    y = resample_poly(x.astype(np.float64), up, down, window=("kaiser", 5.0), padtype="edge")
    x.tofile(f"resampler-{rate}-input.f32")
    y.astype(np.float64).tofile(f"resampler-{rate}-output.f64")

# A rate that is no small ratio of 500 Hz: a sum of sines, which can be evaluated anywhere.
rate = 257.1234567
t = np.arange(1500) / rate
tones = lambda t: np.sin(2 * np.pi * 3.1 * t) + 0.5 * np.cos(2 * np.pi * 17.3 * t) + 0.2 * np.sin(2 * np.pi * 41.0 * t)
tones(t).astype(np.float32).tofile("resampler-odd-input.f32")
count = int(np.ceil(1500 * 500 / rate))
tones(np.arange(count) / 500).tofile("resampler-odd-output.f64")
