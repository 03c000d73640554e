"""Recognition figures by scikit-learn and NumPy.

Cases, in the order of recognition-shapes.i32 (templates, probes, people): whose each template and each probe is
(recognition-people.i32; people without a template are strangers), scores row by row (recognition-scores.f32), and weights of
people for four draws (recognition-weights.i32).

recognition-expected.f64 holds for each case and for everybody once and each draw: cumulative match rates 1 to 5, then for
verification and for the open set: equal error rate, area under the curve, and the accepted (in the open set: accepted and
rightly named) share of genuine probes at false acceptance rates of 10 %, 1 % and 0.1 %. NaN is undefined.

recognition-bootstrap.f64: for the first case and seed 7, 300 draws of people, the 2.5th and 97.5th percentile of rank 1 and of
verification's equal error rate; draws by an xoshiro256** of our own here.
"""

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

rng = np.random.default_rng(606)
RATES = (0.1, 0.01, 0.001)


def case(people, gallery, probes_each, skill, digits=None):
    """People numbered at random; `gallery` of them have templates."""
    numbers = rng.permutation(people)
    templates = numbers[:gallery]
    probes = np.concatenate([np.full(rng.integers(1, probes_each + 1), p) for p in numbers])
    ease = rng.normal(skill, 0.5, people)
    scores = np.tanh(rng.normal(0, 0.5, (len(probes), gallery)) + rng.normal(0, 0.2, (len(probes), 1)))
    for row, person in enumerate(probes):
        scores[row, templates == person] = np.tanh(rng.normal(ease[person] / 2, 0.4))
    if digits is not None:
        scores = scores.round(digits)
    weights = np.stack([np.bincount(rng.integers(0, people, people), minlength=people) for _ in range(4)])
    return templates, probes, scores.astype(np.float32), weights


def curve_figures(genuine, accepted, weights_genuine, impostors, weights_impostors):
    """`accepted`: whether a genuine score counts where it is accepted."""
    keep_g, keep_i = weights_genuine > 0, weights_impostors > 0
    if not keep_g.any() or not keep_i.any():
        return [np.nan] * (2 + len(RATES))
    scores = np.concatenate([genuine[keep_g], impostors[keep_i]]).astype(float)
    labels = np.repeat([1, 0], [keep_g.sum(), keep_i.sum()])
    weights = np.concatenate([weights_genuine[keep_g], weights_impostors[keep_i]])
    fpr, tpr, thresholds = roc_curve(labels, scores, sample_weight=weights, drop_intermediate=False)
    d = 1 - tpr - fpr
    i = np.nonzero(d <= 0)[0][0]
    equal = fpr[i - 1] + d[i - 1] / (d[i - 1] - d[i]) * (fpr[i] - fpr[i - 1])
    result = [equal, roc_auc_score(labels, scores, sample_weight=weights)]
    for rate in RATES:
        if rate * len(impostors) < 1:
            result.append(np.nan)
            continue
        # Rates as ratios of whole numbers: the cumulative sums of scikit-learn may miss a rate by a rounding.
        total = weights_impostors.sum()
        share = np.array([weights_impostors[impostors >= t].sum() / total for t in thresholds])
        threshold = thresholds[np.nonzero(share <= rate)[0][-1]]
        good = accepted & (genuine >= threshold)
        result.append(weights_genuine[good].sum() / weights_genuine.sum())
    return result


def figures(templates, probes, scores, weights):
    known = np.isin(probes, templates)
    column = {p: c for c, p in enumerate(templates)}
    own_column = np.array([column.get(p, -1) for p in probes])
    rows = np.nonzero(known)[0]
    own = scores[rows, own_column[rows]]
    rank = (scores[rows] >= own[:, None]).sum(1)
    w = weights[probes[rows]]
    result = [w[rank <= k].sum() / w.sum() if w.sum() else np.nan for k in range(1, 6)]

    others = np.ones((len(rows), len(templates)), bool)
    others[np.arange(len(rows)), own_column[rows]] = False
    pair = w[:, None] * weights[templates][None, :]
    result += curve_figures(own, np.ones(len(own), bool), w, scores[rows][others], pair[others])

    best = scores.max(1)
    named = (scores[rows] == best[rows, None]).sum(1) == 1
    named &= own == best[rows]
    result += curve_figures(best[known], named, w, best[~known], weights[probes[~known]])
    return result


cases = [
    case(12, 12, 4, 2.0),
    case(30, 22, 6, 2.5),
    case(40, 30, 40, 2.0),
    case(9, 6, 5, 1.0, digits=1),
    case(25, 20, 30, 3.0, digits=2),
    case(8, 5, 3, 0.0, digits=0),
    case(6, 6, 2, 30.0),
    case(3, 2, 1, 1.0),
]
np.array([[len(t), len(p), w.shape[1]] for t, p, _, w in cases], "<i4").tofile("recognition-shapes.i32")
np.concatenate([np.concatenate([t, p]) for t, p, _, _ in cases]).astype("<i4").tofile("recognition-people.i32")
np.concatenate([s.ravel() for _, _, s, _ in cases]).astype("<f4").tofile("recognition-scores.f32")
np.concatenate([w.ravel() for _, _, _, w in cases]).astype("<i4").tofile("recognition-weights.i32")
np.concatenate([
    figures(t, p, s, weights) for t, p, s, w in cases for weights in [np.ones(w.shape[1], int), *w]
]).astype("<f8").tofile("recognition-expected.f64")

MASK = (1 << 64) - 1


def xoshiro(seed):
    state = []
    for _ in range(4):
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        state.append(z ^ (z >> 31))
    rotate = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
    while True:
        yield (rotate((state[1] * 5) & MASK, 7) * 9) & MASK
        t = (state[1] << 17) & MASK
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= t
        state[3] = rotate(state[3], 45)


templates, probes, scores, weights = cases[0]
people = weights.shape[1]
drawn = []
for draw in range(300):
    numbers = xoshiro((7 + draw * 0x9E3779B97F4A7C15) & MASK)
    counts = np.bincount([next(numbers) * people >> 64 for _ in range(people)], minlength=people)
    values = figures(templates, probes, scores, counts)
    drawn.append([values[0], values[5]])
np.nanpercentile(np.array(drawn), [2.5, 97.5], axis=0).T.astype("<f8").tofile("recognition-bootstrap.f64")
