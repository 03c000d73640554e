"""Areas under the ROC curve by scikit-learn, with and without ties, balanced and not.

Each case: scores of known people (label 0) and strangers (label 1), one after the other.
"""

import numpy as np
from sklearn.metrics import roc_auc_score

rng = np.random.default_rng(17)


def case(known, strangers, digits=None):
    scores = np.concatenate([known, strangers]).astype(np.float32)
    if digits is not None:
        scores = np.round(scores, digits).astype(np.float32)
    return scores, np.repeat([0, 1], [len(known), len(strangers)]).astype("<i4")


cases = [
    case(rng.normal(1, 0.2, 50), rng.normal(1.5, 0.4, 40)),
    case(rng.normal(1, 0.2, 300), rng.normal(1.1, 0.2, 7)),
    case(rng.normal(1, 0.2, 200), rng.normal(1.3, 0.3, 100), digits=1),
    case(rng.normal(1, 0.2, 60), rng.normal(1.3, 0.3, 60), digits=0),
    case([1], [2]),
    case([2], [1]),
    case([1], [1]),
    case([1, 1, 1], [1, 1]),
    case([0, 1, 2, 3], [1, 2]),
    case(rng.integers(0, 3, 41), rng.integers(0, 4, 23)),
    case(rng.lognormal(0, 1, 100), rng.lognormal(-1, 1, 30)),
]
np.concatenate([scores for scores, _ in cases]).astype("<f4").tofile("workflow-scores.f32")
np.concatenate([labels for _, labels in cases]).astype("<i4").tofile("workflow-strangers.i32")
np.array([len(scores) for scores, _ in cases], "<i4").tofile("workflow-sizes.i32")
np.array([roc_auc_score(labels, scores) for scores, labels in cases], "<f8").tofile("workflow-areas.f64")
