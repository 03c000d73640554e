"""The heart model of McSharry et al. (2003) solved by SciPy (DOP853, tolerance 1e-11), with known intervals.

    python Tests/Vectors/simulator.py

writes simulator-z.f64: millivolts, one value per millisecond, for the parameters below.
"""

import os

import numpy as np
from scipy.integrate import solve_ivp

here = os.path.dirname(os.path.abspath(__file__))
step = 0.001
lead_in, beats = 420, [812, 900, 1011, 650]
angles = np.radians([-70.0, -15.0, 0.0, 15.0, 100.0])
heights = np.array([0.15, -0.1, 1.2, -0.25, 0.3])
widths = np.array([0.25, 0.1, 0.08, 0.1, 0.4])
mean_velocity = 2 * np.pi / 0.85
strengths = heights * mean_velocity / widths**2
breath_amplitude, breath_frequency = 0.1, 0.25


def slope(t, state, velocity):
    x, y, z = state
    attraction = 1 - np.hypot(x, y)
    distance = np.angle(np.exp(1j * (np.arctan2(y, x) - angles)))
    push = -np.sum(strengths * distance * np.exp(-(distance**2) / (2 * widths**2)))
    baseline = breath_amplitude * np.sin(2 * np.pi * breath_frequency * t)
    return [attraction * x - velocity * y, attraction * y + velocity * x, push - (z - baseline)]


state, start, z = [-1.0, 0.0, 0.0], 0, []
for steps, turn in [(lead_in, np.pi)] + [(n, 2 * np.pi) for n in beats]:
    times = (start + np.arange(steps + 1)) * step
    solution = solve_ivp(
        slope, (times[0], times[-1]), state, method="DOP853", t_eval=times, rtol=1e-11, atol=1e-13, max_step=0.005,
        args=(turn / (steps * step),))
    z.extend(solution.y[2, :-1])
    state, start = solution.y[:, -1], start + steps
np.asarray(z, dtype="<f8").tofile(os.path.join(here, "simulator-z.f64"))
