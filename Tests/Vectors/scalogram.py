"""Scalograms: PyWavelets' cwt with the Morlet wavelet, resized by scikit-image."""
import numpy as np
import pywt
from skimage.transform import resize
from synthetic_ecg import ecg

for length in (200, 180, 201, 50):
    beats = []
    for seed in range(3 if length == 200 else 1):
        x = ecg(1.4, length / 0.4, seed=20 + seed, wander=0.1)
        start = int(0.25 * length / 0.4)
        beat = x[start:start + length].astype(np.float64)
        beats.append(beat / np.linalg.norm(beat))
    beats = np.array(beats).astype(np.float32)
    images = [resize(pywt.cwt(b.astype(np.float64), np.arange(1, 65), "morl")[0], (64, 64)) for b in beats]
    beats.tofile(f"scalogram-{length}-beats.f32")
    np.array(images).astype(np.float32).tofile(f"scalogram-{length}-images.f32")
