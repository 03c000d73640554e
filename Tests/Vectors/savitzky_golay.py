"""Savitzky-Golay smoothing: scipy.signal.savgol_filter(mode="interp")."""
import numpy as np
from scipy.signal import savgol_filter
from synthetic_ecg import ecg

x = ecg(1.0, 200, seed=7)
x.tofile("savitzky_golay-input.f32")
for window, order in ((11, 1), (11, 3), (5, 0), (21, 5), (3, 2)):
    savgol_filter(x.astype(np.float64), window, order, mode="interp").tofile(f"savitzky_golay-{window}-{order}.f64")
