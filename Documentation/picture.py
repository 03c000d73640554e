"""Draws Documentation/picture.png: the way from a recording to a person, on two simulated people.

    ecgid convert --people 2 --person Person_01 -o a.f32
    ecgid convert --people 2 --person Person_02 -o b.f32
    ecgid prepare --people 2 --sessions 3 -o beats.h5
    python3 picture.py a.f32 b.f32 beats.h5 picture.png       (numpy, matplotlib, h5py, PyWavelets)
"""

import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pywt

first, second, beats_path, output = sys.argv[1:]
signals = [np.fromfile(path, np.float32) for path in (first, second)]
with h5py.File(beats_path) as file:
    beats = file["prepared/beats"][:]
    person = file["prepared/person_of_beat"][:]

figure, axes = plt.subplots(2, 3, figsize=(11, 3.6), width_ratios=[3, 1, 1], layout="constrained")
colours = ["#1f5fa8", "#b8431f"]
time = np.arange(1500) / 500
for row, colour in enumerate(colours):
    axes[row, 0].plot(time, signals[row][1000:2500], color=colour, lw=0.8)
    mine = beats[person == row]
    axes[row, 1].plot(np.arange(-100, 100) * 2, mine[:40].T, color=colour, lw=0.4, alpha=0.35)
    axes[row, 1].plot(np.arange(-100, 100) * 2, mine.mean(0), color="black", lw=0.9)
    scalogram = pywt.cwt(mine.mean(0), np.arange(1, 65), "morl")[0]
    axes[row, 2].imshow(scalogram, aspect="auto", cmap="RdBu_r", vmin=-1.2, vmax=1.2)
    axes[row, 0].set_ylabel("mV")
    axes[row, 2].set(xticks=[], yticks=[])
    axes[row, 1].set_yticks([])
for axis, title in zip(axes[0], ["a recording …", "… its beats, aligned …", "… and what LeNet-5 sees"]):
    axis.set_title(title, fontsize=10)
axes[1, 0].set_xlabel("s")
axes[1, 1].set_xlabel("ms from the R peak")
figure.savefig(output, dpi=100)
