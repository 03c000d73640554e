"""Golden values for galleries, by NumPy in double precision: templates, cosines, and what scores of calibrated scales mean."""

import pathlib

import numpy as np
from scipy.stats import beta

folder = pathlib.Path(__file__).parent
rng = np.random.default_rng(64)


def save(name, values, dtype):
    np.asarray(values).astype(dtype).tofile(folder / f"gallery-{name}")


def unit(values):
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def means():
    """Seven people of five beats each, and three probes; 37 values, a multiple of nothing."""
    embeddings = (rng.normal(size=(7, 1, 37)) + 0.8 * rng.normal(size=(7, 5, 37))).astype("<f4")
    embeddings *= np.exp(rng.normal(size=(7, 5, 1))).astype("<f4")
    probes = (embeddings[[2, 5, 0], :3] + rng.normal(size=(3, 3, 37))).astype("<f4")
    templates = unit(unit(embeddings.astype("<f8")).mean(axis=1))
    directions = unit(unit(probes.astype("<f8")).mean(axis=1))
    save("embeddings.f32", embeddings, "<f4")
    save("probes.f32", probes, "<f4")
    save("templates.f64", templates, "<f8")
    save("scores.f64", directions @ templates.T, "<f8")


def scale():
    """Rates of 40 people's impostor scores at three looks, and the probabilities and thresholds that follow."""
    people, beat_counts = 40, [1, 2, 4]
    scores = np.stack([np.tanh(rng.normal(size=people * (people - 1)) * s) for s in (0.6, 0.5, 0.4)]).astype("<f4")
    count = scores.shape[1]
    rates = np.geomspace(1, 1 / (count + 1), 30).astype("<f4")
    rates[0], rates[-1] = 1, np.nextafter(np.float32(1 / (count + 1)), np.float32(1))
    table = np.empty((3, rates.size), "<f4")
    for look in range(3):
        for index, rate in enumerate(rates):
            # The least of the scores that occur, or just above the highest, with (1 + those as high) / (1 + all) <= rate.
            candidates = np.append(np.sort(scores[look]), np.nextafter(scores[look].max(), np.float32(2)))
            found = [(1 + (scores[look] >= s).sum()) / (count + 1) for s in candidates]
            table[look, index] = candidates[np.argmax(np.asarray(found) <= rate)]
    queries = np.linspace(-1, 1, 41).astype("<f4")
    templates = [1, 2, 10, 1000]
    probabilities = np.empty((3, len(templates), queries.size))
    thresholds = np.empty((3, len(templates)), "<f4")
    promised = 0.08
    for look in range(3):
        for t, n in enumerate(templates):
            def told(score):
                reached = np.flatnonzero(score >= table[look])
                rate = float(rates[reached[-1]]) if reached.size else 1.0
                return (1 + people * min(1, 3 * n * rate)) / (people + 1)

            probabilities[look, t] = [told(q) for q in queries]
            within = [s for s in table[look] if told(s) <= promised]
            thresholds[look, t] = min(within) if within else 2
    save("scale-rates.f32", rates, "<f4")
    save("scale-scores.f32", table, "<f4")
    save("scale-beats.i32", beat_counts, "<i4")
    save("scale-queries.f32", queries, "<f4")
    save("scale-templates.i32", templates, "<i4")
    save("scale-probabilities.f64", probabilities, "<f8")
    save("scale-thresholds.f32", thresholds, "<f4")
    save("scale-impostors.f32", scores, "<f4")


def intervals():
    """Clopper and Pearson's, of fractions of successes, too: successes, trials, lower, upper."""
    cases = [(0, 1), (0, 55), (0.02, 55), (1, 55), (2.75, 55), (54.5, 55), (55, 55), (3, 1300), (0.4, 7), (1, 1)]
    rows = []
    for x, n in cases:
        lower = beta.ppf(0.025, x, n - x + 1) if x > 0 else 0
        upper = beta.ppf(0.975, x + 1, n - x) if x < n else 1
        rows.append((x, n, lower, upper))
    save("intervals.f64", rows, "<f8")


if __name__ == "__main__":
    means()
    scale()
    intervals()
