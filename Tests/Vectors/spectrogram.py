"""Spectrograms: matplotlib's mlab.specgram in magnitude mode, as the Python project calls it.

spectrogram-LENGTH-beats.f32, -images.f32: beats at LENGTH / 0.4 s, and their spectrograms, frequency by instant.
"""
import numpy as np
from matplotlib import mlab
from synthetic_ecg import ecg

for length, count in ((200, 3), (201, 1), (50, 1)):
    # Always 500 samples a second: shorter beats are pieces of long ones.
    beats = []
    for seed in range(count):
        x = ecg(1.4, 500, seed=40 + seed, wander=0.1)
        beat = x[120:120 + length].astype(np.float64)
        beats.append(beat / np.linalg.norm(beat))
    beats = np.array(beats).astype(np.float32)
    images = [mlab.specgram(b.astype(np.float64), NFFT=50, noverlap=44, mode="magnitude")[0] for b in beats]
    print(length, images[0].shape)
    beats.tofile(f"spectrogram-{length}-beats.f32")
    np.array(images).astype(np.float32).tofile(f"spectrogram-{length}-images.f32")
