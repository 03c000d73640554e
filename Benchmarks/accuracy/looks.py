"""What looking several times gives: beats until somebody is accepted, beside a number of beats that is fixed beforehand.

    looks.py cinc.h5 ecgid.h5 embedder.h5 …          prepared beats that calibrate, those that judge, models (seeds) of one kind

Thresholds come from people of the first file whom the model has not seen, divided as `ecgid calibrate` divides them: of each the
last 16 beats are the probe, those before the template. They are judged twice:

  alike           half of these people calibrate, the other half is judged; 50 divisions by chance
  others          all of them calibrate, the second file is judged: everybody is enrolled by all recordings but the last, one
                  template, and the first 16 beats of that one verify as everybody in turn

Rates are shares of comparisons, (1 + accepted) / (1 + all); `ecgid` itself keeps rates of people, which is stricter ("promised").

  fixed n         one look, at n beats
  union           looks at 1, 2, 4, 8, 16, each with a fifth of the rate
  joint           the same looks, each with the largest rate at which all together stay within it on the people who calibrate
  promised        the same looks, by the rule of ecg.h for one template

Means and standard deviations over the models; impostors are summed over them. Needs keras and h5py.
"""

import sys

import h5py
import numpy as np

from embedding import embeddings, read, unit

LOOKS = (1, 2, 4, 8, 16)
TEMPLATE_BEATS = 8


def probes(vectors):
    """The directions of the first 1, 2, 4, … beats."""
    return np.stack([unit(vectors[:count].mean(0)) for count in LOOKS])


def calibrating(data, vectors, seen):
    """Templates and probes of people whom the model has not seen, of the recording that has the most beats."""
    templates, looks = [], []
    for person, name in enumerate(data["people"]):
        own = data["recording"][data["person"] == person]
        if name in seen or not len(own):
            continue
        beats = vectors[data["recording"] == np.bincount(own).argmax()]
        if len(beats) >= LOOKS[-1] + TEMPLATE_BEATS:
            templates.append(unit(beats[:-LOOKS[-1]].mean(0)))
            looks.append(probes(beats[-LOOKS[-1]:]))
    return np.einsum("plv,tv->lpt", np.stack(looks), np.stack(templates))


def impostors(scores):
    """Looks × comparisons of two people."""
    return scores[:, ~np.eye(scores.shape[1], dtype=bool)]


def judging(data, vectors):
    """Looks × people × templates."""
    templates, looks = [], []
    for person in range(len(data["people"])):
        own = np.unique(data["recording"][data["person"] == person])
        last = vectors[data["recording"] == own[-1]] if len(own) > 1 else []
        if len(last) >= LOOKS[-1]:
            templates.append(unit(vectors[np.isin(data["recording"], own[:-1])].mean(0)))
            looks.append(probes(last))
    return np.einsum("plv,tv->lpt", np.stack(looks), np.stack(templates))


def threshold(scores, rate):
    """The least score that keeps (1 + as high) / (1 + all) within the rate; beyond all scores where none does."""
    allowed = int(rate * (len(scores) + 1)) - 1
    return np.inf if allowed < 0 else np.nextafter(np.sort(scores)[::-1][allowed], np.inf)


def joint(scores, rate):
    low, high = 0.0, rate
    for _ in range(20):
        middle = (low + high) / 2
        limits = np.array([threshold(look, middle) for look in scores])
        accepted = (scores >= limits[:, None]).any(0).sum()
        low, high = (middle, high) if (1 + accepted) / (1 + scores.shape[1]) <= rate else (low, middle)
    return np.array([threshold(look, low) for look in scores])


def procedures(scores, rate):
    """Names, and a threshold for each look."""
    people, others = scores.shape[1], impostors(scores)
    for look, count in enumerate(LOOKS):
        limits = np.full(len(LOOKS), np.inf)
        limits[look] = threshold(others[look], rate)
        yield f"fixed {count}", limits
    yield "union", np.array([threshold(look, rate / len(LOOKS)) for look in others])
    yield "joint", joint(others, rate)
    share = (rate * (people + 1) - 1) / (people * len(LOOKS))
    if share * (others.shape[1] + 1) >= 1:
        yield "promised", np.array([threshold(look, share) for look in others])


def judge(scores, limits):
    """Share of genuine accepted, beats until then, beats until a decision, impostors accepted, all impostors."""
    accepted = scores >= limits[:, None, None]
    first = np.where(accepted.any(0), np.array(LOOKS)[accepted.argmax(0)], 0)
    genuine, impostor = np.diag(first), first[~np.eye(len(first), dtype=bool)]
    used = np.isfinite(limits) * np.array(LOOKS)
    spent = np.where(genuine > 0, genuine, used.max())
    return (genuine > 0).mean(), genuine[genuine > 0].mean(), spent.mean(), (impostor > 0).sum(), len(impostor)


def main(calibration, judgement, models):
    calibration, judgement = read(calibration), read(judgement)
    chance = np.random.default_rng(1)
    results = {}
    for path in models:
        with h5py.File(path) as file:
            seen = set(file["ecg/labels"].asstr()[:])
        known = calibrating(calibration, embeddings(path, calibration["beats"]), seen)
        scores = judging(judgement, embeddings(path, judgement["beats"]))
        people = known.shape[1]
        print(f"{path}: {people} people calibrate, {scores.shape[1]} others are judged", flush=True)
        orders = [chance.permutation(people) for _ in range(50)]
        for rate in (0.01, 0.001):
            alike = {}
            for order in orders:
                one, other = order[:people // 2], order[people // 2:]
                for name, limits in procedures(known[:, one][:, :, one], rate):
                    alike.setdefault(name, []).append(judge(known[:, other][:, :, other], limits))
            for name, rows in alike.items():
                rows = np.array(rows)
                results.setdefault(("alike", rate, name), []).append([*np.nanmean(rows[:, :3], 0), *rows[:, 3:].sum(0)])
            for name, limits in procedures(known, rate):
                results.setdefault(("others", rate, name), []).append(judge(scores, limits))
    print("\n| judged | rate | looks | genuine accepted, % | beats until then | beats until decided | impostors accepted |")
    print("|---|---|---|---|---|---|---|")
    for (who, rate, name), rows in sorted(results.items(), key=lambda item: (item[0][0], -item[0][1])):
        rows = np.array(rows)
        mean, spread = rows.mean(0), rows.std(0, ddof=1) if len(rows) > 1 else np.zeros(5)
        wrong, total = rows[:, 3].sum(), rows[:, 4].sum()
        print(f"| {who} | {100 * rate:g} % | {name} | {100 * mean[0]:.1f} ± {100 * spread[0]:.1f} | {mean[1]:.1f} | "
              f"{mean[2]:.1f} | {100 * wrong / total:.2f} % |")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
