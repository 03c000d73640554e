"""A small artificial electrocardiogram for the vector scripts: Gaussian waves, wander, hum and noise; seeded."""
import numpy as np

# centre relative to R (s), width (s), height (mV)
WAVES = [(-0.17, 0.025, 0.12), (-0.03, 0.010, -0.12), (0.0, 0.011, 1.1), (0.028, 0.010, -0.25), (0.25, 0.045, 0.3)]


def beat_times(duration, seed=1, mean=0.8, spread=0.04):
    rng = np.random.default_rng(seed)
    times = [0.45]
    while times[-1] < duration - 0.45:
        times.append(times[-1] + mean + spread * rng.standard_normal())
    return np.array(times[:-1])


def ecg(duration, rate, seed=1, noise=0.02, wander=0.15, hum=0.02):
    rng = np.random.default_rng(seed + 1000)
    t = np.arange(int(duration * rate)) / rate
    x = np.zeros_like(t)
    for r in beat_times(duration, seed):
        for at, width, height in WAVES:
            x += height * np.exp(-0.5 * ((t - r - at) / width) ** 2)
    x += wander * np.sin(2 * np.pi * 0.23 * t + 0.4) + hum * np.sin(2 * np.pi * 50 * t)
    x += noise * rng.standard_normal(len(t))
    return x.astype(np.float32)
