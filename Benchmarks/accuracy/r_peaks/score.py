"""Beat-by-beat comparison after ANSI/AAMI EC57, as `ecgid peaks --against` does it."""
from dataclasses import dataclass, field

import numpy as np


def match(reference, found, reach):
    """Pairs (index into reference, index into found) of the beats that lie within `reach` of each other.

    Both lists are walked together. The earlier of the two heads is paired with the other list's head, unless its own
    successor lies nearer to that head and has no better partner in the head's successor.
    """
    a, b = np.asarray(reference).tolist(), np.asarray(found).tolist()
    pairs = []
    i = j = 0
    never = float("inf")
    while i < len(a) and j < len(b):
        distance = abs(a[i] - b[j])
        if a[i] <= b[j]:
            successor = a[i + 1] if i + 1 < len(a) else never
            other = b[j + 1] if j + 1 < len(b) else never
            nearer = abs(successor - b[j]) if successor < never else never
            alternative = abs(other - successor) if other < never and successor < never else never
        else:
            successor = b[j + 1] if j + 1 < len(b) else never
            other = a[i + 1] if i + 1 < len(a) else never
            nearer = abs(successor - a[i]) if successor < never else never
            alternative = abs(other - successor) if other < never and successor < never else never
        if distance <= reach and (distance <= nearer or alternative < nearer):
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif a[i] <= b[j]:
            i += 1
        else:
            j += 1
    return pairs


@dataclass
class Score:
    """What a detector found and what it should have found."""
    hits: int = 0
    misses: int = 0
    extras: int = 0
    errors: list = field(default_factory=list)  # seconds, found minus reference, of the hits

    def __iadd__(self, other):
        self.hits += other.hits
        self.misses += other.misses
        self.extras += other.extras
        self.errors += other.errors
        return self

    @property
    def sensitivity(self):
        return self.hits / max(1, self.hits + self.misses)

    @property
    def predictivity(self):
        return self.hits / max(1, self.hits + self.extras)

    @property
    def mean_error(self):
        """Milliseconds, mean of the absolute values."""
        return 1000 * float(np.mean(np.abs(self.errors))) if self.errors else float("nan")

    @property
    def error_95(self):
        return 1000 * float(np.percentile(np.abs(self.errors), 95)) if self.errors else float("nan")


def compare(reference, found, rate, tolerance, start=0.0, excluded=()):
    """Scores `found` (samples, ascending). Beats before `start` (seconds) and within the excluded episodes (samples)
    count for nothing: a reference beat there is no miss, a found one that matches no counted beat no extra."""
    reference, found = np.asarray(reference, float), np.asarray(found, float)
    pairs = match(reference, found, tolerance * rate)

    def counts(positions):
        mask = positions >= start * rate
        for low, high in excluded:
            mask &= (positions < low) | (positions > high)
        return mask

    wanted, judged = counts(reference), counts(found)
    score = Score()
    matched = np.zeros(len(found), bool)
    for i, j in pairs:
        matched[j] = True
        if wanted[i]:
            score.hits += 1
            score.errors.append((found[j] - reference[i]) / rate)
    score.misses = int(wanted.sum()) - score.hits
    score.extras = int((judged & ~matched).sum())
    return score
