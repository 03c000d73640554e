"""Golden values for the local outlier factor, from scikit-learn.

The tree searches measure distances by differences; the brute-force search's dot products lose digits between near
points, so they are avoided.
"""

import pathlib

import numpy as np
from sklearn.neighbors import LocalOutlierFactor

folder = pathlib.Path(__file__).parent
rng = np.random.default_rng(20)


def save(name, values, dtype):
    np.asarray(values).astype(dtype).tofile(folder / f"identity-{name}")


def case(name, references, queries, neighbours, metric="euclidean"):
    lof = LocalOutlierFactor(n_neighbors=neighbours, novelty=True, algorithm="ball_tree", metric=metric)
    lof.fit(references.astype(np.float64))
    distances = lof.kneighbors()[0]
    save(f"{name}-references.f32", references, "<f4")
    save(f"{name}-queries.f32", queries, "<f4")
    save(f"{name}-k-distances.f64", distances[:, -1], "<f8")
    save(f"{name}-densities.f64", lof._lrd, "<f8")
    save(f"{name}-scores.f64", -lof.score_samples(queries.astype(np.float64)), "<f8")


def clusters(count, dimensions, spread):
    centres = rng.normal(size=(4, dimensions))
    return (centres[np.arange(count) % 4] + spread * rng.normal(size=(count, dimensions))).astype("<f4")


def unit(values):
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype("<f4")


def with_queries(references):
    """Near ones, the references themselves, and far ones."""
    dimensions = references.shape[1]
    near = references[:6] + 0.05 * rng.normal(size=(6, dimensions))
    far = 3 * rng.normal(size=(6, dimensions))
    return references, np.concatenate([near, references[6:9], far]).astype("<f4")


def stored(name, form, metric):
    """References in fewer bits: the scores are those of the values that these stand for."""
    references, queries = with_queries(clusters(60, 46, 0.3))
    if form == "f16":
        halves = references.astype("<f2")
        references = halves.astype("<f4")
        save(f"{name}-halves.i32", halves.view("<u2"), "<i4")
    else:
        scales = (np.abs(references).max(axis=1, keepdims=True) / 127).astype("<f4")
        values = np.rint(references / scales)
        references = (scales * values).astype("<f4")
        save(f"{name}-bytes.i32", values, "<i4")
        save(f"{name}-scales.f32", scales, "<f4")
    case(name, references, queries, 20, metric)


def later(name, neighbours, rates):
    """Scores of each recording but a person's first, against earlier ones, and thresholds by trying every score."""
    people = np.repeat(np.arange(14), [3] * 10 + [1, 1, 2, 5])
    recordings = np.arange(len(people))
    rows = np.repeat(recordings, 9)
    centres = rng.normal(size=(14, 6))[people] + 0.2 * rng.normal(size=(len(people), 6))
    beats = (centres[rows] + 0.3 * rng.normal(size=(len(rows), 6))).astype("<f4")
    is_reference = np.arange(len(rows)) % 9 < 7
    first = np.array([recordings[people == person][0] for person in people])
    place = (recordings - first)[rows]
    count = np.bincount(people)[people[rows]]
    scores = np.full(len(rows), np.nan)
    for step in range(1, 5):
        kept = is_reference & ((count <= step) | (place < step))
        lof = LocalOutlierFactor(n_neighbors=neighbours, novelty=True, algorithm="ball_tree")
        lof.fit(beats[kept].astype(np.float64))
        scores[place == step] = -lof.score_samples(beats[place == step].astype(np.float64))
    scored = np.unique(rows[place > 0])

    def share_above(threshold):
        shares = [np.mean(scores[rows == recording] > threshold) for recording in scored]
        return (1 + sum(shares)) / (1 + len(scored))

    found = [[t for t in np.sort(scores[place > 0]) if share_above(t) <= rate] for rate in rates]
    save(f"{name}-features.f32", beats, "<f4")
    save(f"{name}-owners.i32", np.stack([is_reference, people[rows], rows], axis=1), "<i4")
    save(f"{name}-scores.f64", scores, "<f8")
    save(f"{name}-thresholds.f64", [(r, t[0] if t else np.nan) for r, t in zip(rates, found)], "<f8")


if __name__ == "__main__":
    case("2d-k5", *with_queries(clusters(300, 2, 0.3)), 5)
    case("46d-k20", *with_queries(unit(clusters(60, 46, 0.3))), 20)
    case("46d-k20-manhattan", *with_queries(unit(clusters(60, 46, 0.3))), 20, "manhattan")
    case("200d-k1", *with_queries(unit(clusters(40, 200, 0.2))), 1)
    # Every reference twice, a few of them nine times, so that k-distances of zero occur.
    base = clusters(40, 3, 0.3)
    case("3d-k5-duplicates", *with_queries(np.concatenate([base, base, np.repeat(base[:3], 7, axis=0)])), 5)
    # More tiles and blocks than one, not a multiple of either.
    case("4d-k20-many", *with_queries(clusters(601, 4, 0.5)), 20)
    later("later", 10, [0.03, 0.05, 0.1, 0.2, 0.5])
    for metric in ["euclidean", "manhattan"]:
        stored(f"46d-k20-f16-{metric}", "f16", metric)
        stored(f"46d-k20-i8-{metric}", "i8", metric)
