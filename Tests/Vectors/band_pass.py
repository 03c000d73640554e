"""Band-pass and baseline removal: scipy.signal.butter in second-order sections, run by sosfiltfilt."""
import numpy as np
from scipy.signal import butter, sosfiltfilt
from synthetic_ecg import ecg

x = ecg(4.0, 500, seed=5)
x.tofile("band_pass-input.f32")
for name, order, low, high, rate in (
    ("2", 2, 0.5, 40, 500), ("1", 1, 1, 30, 500), ("3", 3, 0.5, 40, 500), ("4", 4, 1.0, 45, 500), ("5", 5, 5, 15, 360)):
    sos = butter(order, [low, high], "bandpass", output="sos", fs=rate)
    sosfiltfilt(sos, x.astype(np.float64)).tofile(f"band_pass-order{name}.f64")

for cutoff in (0.5, 1.0):
    sos = butter(2, cutoff, "highpass", output="sos", fs=500)
    sosfiltfilt(sos, x.astype(np.float64), padlen=round(500 / cutoff)).tofile(f"band_pass-high{cutoff}.f64")
