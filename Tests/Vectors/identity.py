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
