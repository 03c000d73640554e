"""Pan–Tompkins++: Khan and Imtiaz 2022, arXiv 2211.03171, for measurement.

What it changes in Pan and Tompkins 1985 (abstract of the paper): a wider passband of 5 to 18 Hz, a further smoothing before
the moving window, a third threshold, and rules for thresholds and search-back that depend on how the signal goes on.

The published figures come from the authors' program (github.com/Niaz-Imtiaz/Pan-Tompkins-Plus-Plus, 2022). Where the paper
leaves something open or the program does otherwise, this detector does as the program does:

- The smoothing ("N-point moving average" in the paper) is a flat-top window of 60 ms over the squared signal.
- The derivative is Pan and Tompkins' five points stretched to the sampling rate, forwards and backwards, so that its phase is
  zero and its gain that of a second derivative.
- A beat must pass in the integrated signal and in the band-passed one to be reported, but it is the integrated signal's beats
  alone from which intervals and search-back are counted.
- The band-passed signal is taken as it stands, not its magnitude, so that complexes that point downwards weigh less.
- Of beats closer than 0.2 s to the one before, the later is dropped; that step is in the program's evaluation.

The program takes 5 to 12 Hz at exactly 200 Hz, a rate that is not measured here; this takes 5 to 18 Hz at any.
"""
import numpy as np
from scipy.signal import butter, filtfilt, find_peaks
from scipy.signal.windows import flattop

PASSBAND = (5, 18)  # Hz
SMOOTHING = 0.060  # seconds, flat-top window
INTEGRATION = 0.150  # seconds, moving window
PEAK_DISTANCE = 0.231  # seconds between candidates, the lower one of a closer pair is left out
TRAINING = 2.0  # seconds from which the first thresholds are taken
BLIND = 0.360  # seconds after a beat that the search-back leaves out, and in which a peak may be a T wave
SLOPE = 0.070  # seconds before a peak over which its slope is taken
T_WAVE_SLOPE = 0.6  # of the last beat's slope
LONG_PAUSE = 1.4  # seconds without a beat after which the lowest threshold serves
PAUSE = 1.0  # seconds, or
MISSED = 1.66  # times the mean interval, after which the third threshold serves
CLOSEST = 0.2  # seconds between reported beats


def preprocess(signal, rate):
    """The band-passed signal and the integrated one, which lies half a moving window behind."""
    b, a = butter(3, PASSBAND, "bandpass", fs=rate)
    band_passed = filtfilt(b, a, signal)
    band_passed /= np.abs(band_passed).max()
    points = np.arange(1, 5.1, 160 / rate)  # five points at 200 Hz, a quarter farther apart than there
    derivative = np.interp(points, np.arange(1, 6), [1, 2, 0, -2, -1])
    slope = filtfilt(derivative, 1, band_passed)
    energy = (slope / slope.max()) ** 2
    window = flattop(int(SMOOTHING * rate))
    energy = np.convolve(np.pad(energy, len(window), "edge"), window / window.sum(), "same")[len(window):-len(window)]
    width = round(INTEGRATION * rate)
    return band_passed, np.convolve(energy, np.full(width, 1 / width))


class Levels:
    """Running estimates of the heights of beats and of noise in one of the two signals, and the thresholds between."""

    def __init__(self, training):
        self.beat = training.max() / 3
        self.noise = training.mean() / 2
        self.upper, self.lower = self.beat, self.noise

    def adapt(self):
        if self.beat != 0 or self.noise != 0:
            self.upper = self.noise + 0.25 * abs(self.beat - self.noise)
            self.lower = 0.4 * self.upper

    def saw_beat(self, height, weight=0.125):
        self.beat += weight * (height - self.beat)

    def saw_noise(self, height):
        self.noise += 0.125 * (height - self.noise)


class PanTompkinsPlusPlus:
    def __init__(self, signal, rate):
        self.band_passed, self.integrated = preprocess(signal, rate)
        self.seconds = lambda duration: round(duration * rate)
        training = 2 * int(rate) + 1
        self.integrated_levels = Levels(self.integrated[:training])
        self.band_passed_levels = Levels(self.band_passed[:training])
        self.candidates, _ = find_peaks(self.integrated, distance=self.seconds(PEAK_DISTANCE) + 1)
        self.beats = []  # in the integrated signal
        self.reported = []  # in the band-passed signal

    def run(self):
        for number, at in enumerate(self.candidates):
            # The mean of the last eight intervals, 0 before there are eight.
            self.interval = (self.beats[-1] - self.beats[-9]) / 8 if len(self.beats) >= 9 else 0
            self.search_back(number)
            height = self.integrated[at]
            _, band_passed_height = self.highest_before(at)
            if height >= self.integrated_levels.upper:
                if not self.is_t_wave(at):
                    self.add(at, self.band_passed_levels.upper, 0.125)
            else:
                self.integrated_levels.saw_noise(height)
                self.band_passed_levels.saw_noise(band_passed_height)
            self.integrated_levels.adapt()
            self.band_passed_levels.adapt()
        return self.reported

    def last(self):
        return self.beats[-1] if self.beats else 0

    def highest_before(self, at):
        """Position and height of the band-passed maximum in the moving window that ends at a place."""
        low = max(0, at - self.seconds(INTEGRATION))
        window = self.band_passed[low:at + 1]
        return (low + window.argmax(), window.max()) if len(window) else (at, -np.inf)

    def add(self, at, band_passed_threshold, weight, inclusive=True):
        """A beat of the integrated signal. It is reported if it stands out of the band-passed signal, too."""
        self.beats.append(at)
        place, height = self.highest_before(at)
        if height > band_passed_threshold or inclusive and height == band_passed_threshold:
            self.reported.append(place)
            self.band_passed_levels.saw_beat(height, weight)
        self.integrated_levels.saw_beat(self.integrated[at], weight)

    def search_back(self, number):
        """A beat between the last one and this candidate, if there has been none for too long."""
        at, last, interval = self.candidates[number], self.last(), self.interval
        gap = at - last
        low = last + self.seconds(BLIND)
        if gap >= self.seconds(LONG_PAUSE):
            thresholds = 0.2 * self.integrated_levels.lower, 0.2 * self.band_passed_levels.lower
        elif interval and (gap >= round(MISSED * interval) or gap > self.seconds(PAUSE)):
            thresholds = self.third_thresholds(number)
        else:
            return
        span = self.integrated[low:at + 1]
        if len(span) and span.max() > thresholds[0]:
            self.add(low + int(span.argmax()), thresholds[1], 0.75, inclusive=False)

    def third_thresholds(self, number):
        """Halfway between the lower threshold and half the mean from the third last beat to the third next candidate."""
        integrated, band_passed = self.integrated_levels.lower, self.band_passed_levels.lower
        if number + 3 < len(self.candidates):
            low, high = self.beats[-3] + self.seconds(BLIND), self.candidates[number + 3] + 1
            integrated = 0.5 * integrated + 0.25 * self.integrated[low:high].mean()
            low -= self.seconds(INTEGRATION)
            band_passed = 0.5 * band_passed + 0.25 * self.band_passed[low + 1:high].mean()
        return integrated, band_passed

    def is_t_wave(self, at):
        """Soon after a beat, and much less steep."""
        if len(self.beats) < 3:
            return False
        gap = at - self.last()
        if gap > self.seconds(BLIND) and gap > round(0.5 * self.interval):
            return False
        return abs(self.slope(at)) <= T_WAVE_SLOPE * abs(self.slope(self.last()))

    def slope(self, at):
        low = max(0, at - self.seconds(SLOPE))
        return (self.integrated[at] - self.integrated[low]) / max(1, at - low)


def detect(signal, rate):
    """Sample positions of the R peaks in a signal without missing samples."""
    if not np.ptp(signal) > 0:
        return np.zeros(0, int)
    found = PanTompkinsPlusPlus(np.asarray(signal, float), rate).run()
    kept, dropped = [], False
    for i, at in enumerate(found):
        dropped = i > 0 and not dropped and at - found[i - 1] < CLOSEST * rate
        if not dropped:
            kept.append(at)
    return np.unique(kept)
