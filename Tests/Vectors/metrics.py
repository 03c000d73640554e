"""Evaluation figures by scikit-learn and NumPy.

Cases of classification, in the order of metrics-shapes.i32 (beats, classes): probabilities of all beats
(metrics-probabilities.f32), true classes (metrics-truths.i32), and what is expected of them (metrics-expected.f64):

    accuracy, log loss, top-5, Brier score, expected calibration error,
    macro and weighted precision, recall, F1 (zero_division=np.nan),
    then for each class: precision, recall, F1, support, TP, FP, TN, FN, specificity, negative predictive value,
    fall-out, false discovery rate,
    then for each of ten calibration bins: beats, mean confidence, accuracy (NaN when it is empty).

Curves (metrics-roc-…): scores of known people and of strangers one after the other, sizes as (known, strangers,
points, corners); points as threshold, false-alarm rate, detection rate; and areas.

Outliers (metrics-outliers-…): training, known and strange features, and for k = 1 and 20 scikit-learn's scores of
known and strange ones and the area under their curve. With k = 1 many scores are 1 but for rounding, so the area is of scores
rounded to four digits: otherwise the last bit decides.

Intervals (metrics-intervals.f64, metrics-groups.i32, sizes): Wilson's interval with an effective number of answers.
"""

import warnings

import numpy as np
from scipy.stats import norm
from sklearn.calibration import calibration_curve
from sklearn.metrics import (accuracy_score, brier_score_loss, confusion_matrix, log_loss,
                             precision_recall_fscore_support, roc_auc_score, roc_curve, top_k_accuracy_score)
from sklearn.neighbors import LocalOutlierFactor

warnings.simplefilter("ignore")
rng = np.random.default_rng(404)


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return (powers / powers.sum(1, keepdims=True)).astype(np.float32)


def noisy(beats, classes, skill, truths=None):
    truths = rng.integers(0, classes, beats) if truths is None else np.asarray(truths)
    logits = rng.normal(0, 1, (beats, classes))
    logits[np.arange(beats), truths] += skill
    return softmax(logits), truths


def ties(beats, classes):
    """Probabilities in quarters: many are equal, and some are 0 or 1."""
    counts = rng.multinomial(4, np.full(classes, 1 / classes), beats)
    return (counts / 4).astype(np.float32), rng.integers(0, classes, beats)


absent = rng.choice([0, 1, 3, 6], 80)  # classes 2, 4, 5, 7 have no beats
never_named, truths = noisy(60, 6, 2.0)
never_named[:, 4] = 0  # nobody is ever taken for 4
never_named /= never_named.sum(1, keepdims=True)
cases = [
    noisy(200, 10, 2.5),
    noisy(500, 40, 3.0),
    noisy(80, 8, 2.0, absent),
    (never_named, truths),
    ties(120, 7),
    noisy(50, 2, 1.0),
    noisy(30, 5, 1.0, np.full(30, 3)),  # a single class in the data
    (np.ones((5, 1), np.float32), np.zeros(5, int)),  # a single class altogether
    noisy(1, 6, 0.0),
    (np.eye(12, dtype=np.float32), np.arange(12)),  # certain and right
    (np.roll(np.eye(12, dtype=np.float32), 1, 0), np.arange(12)),  # certain and wrong
]


def expected(probabilities, truths):
    beats, classes = probabilities.shape
    labels = np.arange(classes)
    named = probabilities.argmax(1)
    matrix = confusion_matrix(truths, named, labels=labels)
    tp = np.diag(matrix)
    fp, fn = matrix.sum(0) - tp, matrix.sum(1) - tp
    tn = matrix.sum() - tp - fp - fn
    precision, recall, f1, support = precision_recall_fscore_support(truths, named, labels=labels, zero_division=np.nan)
    # In double precision: of float32 values scikit-learn takes the logarithms and means in float32.
    exact = probabilities.astype(float)
    epsilon = np.finfo(np.float32).eps
    clipped = np.clip(exact, epsilon, np.float32(1) - epsilon)
    averages = [
        value for kind in ("macro", "weighted")
        for value in precision_recall_fscore_support(
            truths, named, labels=labels, average=kind, zero_division=np.nan)[:3]]
    if not np.nansum(support[~np.isnan(precision)]):
        # Nobody with beats was ever named: scikit-learn then ignores the weights, we call the weighted mean undefined.
        averages[3] = np.nan
    if classes > 2:
        loss = log_loss(truths, clipped, labels=labels)
        top = top_k_accuracy_score(truths, probabilities, k=5, labels=labels) if classes > 5 else 1.0
        brier = brier_score_loss(truths, exact, labels=labels, scale_by_half=False)
    elif classes == 2:
        loss = log_loss(truths, clipped, labels=labels)
        top = 1.0
        brier = brier_score_loss(truths, exact, labels=labels, scale_by_half=False)
    else:  # scikit-learn takes no single class
        loss, top, brier = -np.log(clipped[:, 0]).mean(), 1.0, 0.0
    confidence = probabilities.max(1)
    correct = named == truths
    bins = []
    edges = np.linspace(0, 1, 11)
    place = np.searchsorted(edges[1:-1], confidence.astype(float))
    error = 0.0
    for b in range(10):
        mine = place == b
        bins += [mine.sum(), confidence[mine].mean(dtype=float) if mine.any() else np.nan,
                 correct[mine].mean() if mine.any() else np.nan]
        if mine.any():
            error += mine.mean() * abs(confidence[mine].mean(dtype=float) - correct[mine].mean())
    # The bins are those of scikit-learn.
    true, mean = calibration_curve(correct, confidence.astype(float), n_bins=10)
    filled = np.array(bins).reshape(10, 3)
    filled = filled[filled[:, 0] > 0]
    assert np.allclose(filled[:, 1], mean) and np.allclose(filled[:, 2], true)
    people = np.stack([precision, recall, f1, support, tp, fp, tn, fn, tn / (tn + fp), tn / (tn + fn),
                       fp / (fp + tn), fp / (fp + tp)], 1)
    return np.concatenate([[accuracy_score(truths, named), loss, top, brier, error], averages, people.ravel(), bins])


np.array([p.shape for p, _ in cases], "<i4").tofile("metrics-shapes.i32")
np.concatenate([p.ravel() for p, _ in cases]).astype("<f4").tofile("metrics-probabilities.f32")
np.concatenate([t for _, t in cases]).astype("<i4").tofile("metrics-truths.i32")
np.concatenate([expected(p, t) for p, t in cases]).astype("<f8").tofile("metrics-expected.f64")


def curve(known, strangers, digits=None):
    scores = np.concatenate([known, strangers]).astype(np.float32)
    if digits is not None:
        scores = np.round(scores, digits).astype(np.float32)
    return scores, np.repeat([0, 1], [len(known), len(strangers)])


curves = [
    curve(rng.normal(1, 0.2, 50), rng.normal(1.5, 0.4, 40)),
    curve(rng.normal(1, 0.2, 300), rng.normal(1.1, 0.2, 7)),
    curve(rng.normal(1, 0.2, 200), rng.normal(1.3, 0.3, 100), digits=1),
    curve(rng.normal(1, 0.2, 60), rng.normal(1.3, 0.3, 60), digits=0),
    curve([1], [2]),
    curve([2], [1]),
    curve([1], [1]),
    curve([1, 1, 1], [1, 1]),
    curve([0, 1, 2, 3], [1, 2]),
    curve(rng.integers(0, 3, 41), rng.integers(0, 4, 23)),
    curve(rng.lognormal(0, 1, 100), rng.lognormal(-1, 1, 30)),
]
sizes, points, areas = [], [], []
for scores, labels in curves:
    every = np.stack(roc_curve(labels, scores, drop_intermediate=False), 1)[:, [2, 0, 1]]
    bends = np.stack(roc_curve(labels, scores, drop_intermediate=True), 1)[:, [2, 0, 1]]
    sizes.append([(labels == 0).sum(), (labels == 1).sum(), len(every), len(bends)])
    points += [every, bends]
    areas.append(roc_auc_score(labels, scores))
np.array(sizes, "<i4").tofile("metrics-roc-sizes.i32")
np.concatenate([s for s, _ in curves]).astype("<f4").tofile("metrics-roc-scores.f32")
np.concatenate(points).astype("<f8").tofile("metrics-roc-points.f64")
np.array(areas, "<f8").tofile("metrics-roc-areas.f64")

# Beats of eight known people and of three strangers, 12 values each.
centres = rng.normal(0, 1, (11, 12))
def beats(people, each):
    return np.concatenate([centres[p] + rng.normal(0, 0.35, (each, 12)) for p in people]).astype(np.float32)
training, known, strange = beats(range(8), 30), beats(range(8), 10), beats(range(8, 11), 12)
values = []
for k in (1, 20):
    factor = LocalOutlierFactor(n_neighbors=k, novelty=True).fit(training.astype(float))
    scores = -factor.score_samples(np.concatenate([known, strange]).astype(float))
    values += [scores, [roc_auc_score(np.repeat([0, 1], [len(known), len(strange)]), scores.round(4))]]
training.astype("<f4").tofile("metrics-outliers-training.f32")
known.astype("<f4").tofile("metrics-outliers-known.f32")
strange.astype("<f4").tofile("metrics-outliers-strange.f32")
np.concatenate(values).astype("<f8").tofile("metrics-outliers-expected.f64")


def interval(correct, count):
    people, total = len(count), count.sum()
    share = correct.sum() / total
    worth = total**2 / (count**2).sum()
    if 0 < share < 1 and people > 1:
        # Linearised ratio estimator over groups, as survey packages compute it.
        residuals = (correct - share * count) / total
        variance = people * residuals.var(ddof=1)
        worth = min(total, share * (1 - share) / variance) if variance > 0 else total
    z = norm.ppf(0.975)
    centre = (share + z**2 / (2 * worth)) / (1 + z**2 / worth)
    half = z / (1 + z**2 / worth) * np.sqrt(share * (1 - share) / worth + z**2 / (4 * worth**2))
    return max(0, centre - half), min(1, centre + half)


groups = []
for people, most in [(2, 30), (5, 12), (52, 30), (52, 1), (300, 3)]:
    count = rng.integers(1, most + 1, people)
    groups.append((rng.binomial(count, rng.beta(4, 1, people)), count))
groups += [(np.array([7, 7, 7]), np.array([7, 7, 7])), (np.array([0, 0]), np.array([4, 9])),
           (np.array([3]), np.array([5])), (np.array([1, 1]), np.array([2, 2]))]
np.array([len(c) for c, _ in groups], "<i4").tofile("metrics-group-sizes.i32")
np.concatenate([np.stack([c, n], 1).ravel() for c, n in groups]).astype("<i4").tofile("metrics-groups.i32")
np.array([interval(c, n) for c, n in groups], "<f8").tofile("metrics-intervals.f64")
