"""The local outlier factor of Library/Outliers.swift in scikit-learn, one thread: microseconds of processor time for one
vector among 2,000 references, 20 neighbours.

    python Benchmarks/peers/outliers.py

Needs scikit-learn.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from sklearn.neighbors import LocalOutlierFactor

from timing import measure


for dimensions in (64, 200, 3000):
    random = np.random.default_rng(1)
    references = random.random((2000, dimensions), dtype=np.float32)
    query = random.random((1, dimensions), dtype=np.float32)
    for algorithm in ("brute", "kd_tree"):
        factor = LocalOutlierFactor(n_neighbors=20, novelty=True, algorithm=algorithm).fit(references)
        time_taken = measure(lambda: factor.score_samples(query))
        print(f"outlier score, 2,000 references of {dimensions} values", f"scikit-learn, {algorithm}",
              round(time_taken, 1), sep="\t", flush=True)
