"""Lists of beats and how they match, by implementations that know nothing of ours.

    python beat_comparison.py

- `far`: beats of one list at least 300 ms apart, as hearts beat; the pairs are those of an assignment that has as many pairs
  within the tolerance as possible and, among those, the least total distance (scipy's linear_sum_assignment). Counts are
  also held against wfdb.processing.compare_annotations here.
- `dense`: beats much nearer to each other than the tolerance, for which no rule finds the most pairs in one walk; only the
  largest possible number of pairs (scipy's maximum_bipartite_matching).

beat_comparison-far.i32, per case: tolerance, counts of reference, found and pairs, then reference, found, pairs (reference
index, found index). beat_comparison-dense.i32 likewise with the number of pairs and no pairs.
"""
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching
from wfdb.processing import compare_annotations

rng = np.random.default_rng(5)


def assignment(reference, found, tolerance):
    """Most pairs first, then least distance."""
    distance = np.abs(reference[:, None] - found[None, :]).astype(float)
    impossible = 1e6
    cost = np.where(distance <= tolerance, distance, impossible)
    rows, columns = linear_sum_assignment(cost)
    return [(i, j) for i, j in zip(rows, columns) if cost[i, j] < impossible]


def most(reference, found, tolerance):
    near = csr_matrix(np.abs(reference[:, None] - found[None, :]) <= tolerance)
    return int((maximum_bipartite_matching(near, perm_type="column") >= 0).sum())


far, dense = [], []
for case in range(40):
    tolerance = int(rng.choice([27, 54, 75, 150]))
    apart = 2 * tolerance + 1
    count = int(rng.integers(0, 40))
    reference = np.cumsum(rng.integers(apart, 4 * apart, count))
    keep = rng.random(count) > 0.2
    # Some exactly at the tolerance, some just beyond it.
    shift = rng.choice([-tolerance - 1, -tolerance, tolerance, tolerance + 1, *range(-10, 11)], count)
    found = reference[keep] + shift[keep]
    extra = rng.integers(0, max(1, reference[-1] if count else 1), int(rng.integers(0, 12)))
    found = np.unique(np.maximum(0, np.concatenate([found, extra])))
    pairs = assignment(reference, found, tolerance)
    assert len(pairs) == most(reference, found, tolerance)
    if len(reference) and len(found):
        # wfdb compares with "less than" and the window is in whole samples.
        other = compare_annotations(reference, found, tolerance + 1)
        assert other.tp == len(pairs), (case, other.tp, len(pairs))
    far += [tolerance, len(reference), len(found), len(pairs), *reference, *found, *np.ravel(pairs).astype(int)]
for case in range(40):
    tolerance = 54
    reference = np.unique(rng.integers(0, 1500, int(rng.integers(1, 60))))
    found = np.unique(rng.integers(0, 1500, int(rng.integers(1, 60))))
    dense += [tolerance, len(reference), len(found), most(reference, found, tolerance), *reference, *found]
np.array(far, "<i4").tofile("beat_comparison-far.i32")
np.array(dense, "<i4").tofile("beat_comparison-dense.i32")
print(len(far), len(dense))
