"""How well a model's embedding tells apart people that it was never trained on, between their recordings.

    embedding.py model.h5 beats.h5 … [--protocol develop|last|day|halves] [--beats-averaged 8] [--known]

People whom the model knows are left out, unless --known asks for them alone. Each file of beats has a gallery of its own; comparisons of
all are counted together.

A person is enrolled as the mean of the unit embeddings of all beats of the enrolment recordings; a probe is the mean of
the unit embeddings of so many consecutive beats of the probe recording (1, --beats-averaged, and the whole recording); its score
is the cosine between them.

  develop   a person's last recording is not looked at, the one before is the probe, those before that enrol: for choices
  last      the last recording is the probe, all others enrol
  day       the recordings of a person's last day are probes, those of other days enrol; all people are in the gallery
  halves    of each recording the first half of its beats enrols, the second half is the probe: for people with one only

Prints, for each number of beats: probes, rank-1 share, equal error rate over all pairs. Needs keras and h5py.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np


def read(path):
    with h5py.File(path) as file:
        group = file["prepared"]
        return {
            "beats": group["beats"][:], "person": group["person_of_beat"][:], "recording": group["recording_of_beat"][:],
            "date": group["recording_dates"].asstr()[:], "people": group["people"].asstr()[:],
        }


def embeddings(model_path, beats):
    model = keras.models.load_model(model_path, compile=False)
    last = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][-1]
    hidden = keras.Model(model.inputs, last.input)
    values = hidden.predict(beats.reshape(len(beats), *model.input_shape[1:]), batch_size=512, verbose=0)
    return unit(values)


def unit(values):
    return values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-12)


def divide(data, protocol):
    """For each person the recordings that enrol and those that are probes."""
    for person in range(len(data["people"])):
        if not data["wanted"][person]:
            continue
        own = [int(r) for r in np.unique(data["recording"][data["person"] == person])]
        if protocol == "halves":
            yield person, own[:1], own[:1]
            continue
        if protocol == "develop":
            own = own[:-1]
        if protocol == "day":
            days = [data["date"][r] for r in own]
            probes = [r for r, day in zip(own, days) if day == max(days) and len(set(days)) > 1]
        else:
            probes = own[-1:] if len(own) > 1 else []
        enrolled = [r for r in own if r not in probes]
        if enrolled and (probes or protocol == "day"):
            yield person, enrolled, probes


def equal_error_rate(genuine, impostor):
    thresholds = np.sort(np.concatenate([genuine, impostor]))
    misses = np.searchsorted(np.sort(genuine), thresholds, side="left") / len(genuine)
    alarms = 1 - np.searchsorted(np.sort(impostor), thresholds, side="left") / len(impostor)
    place = int(np.argmax(misses >= alarms))
    return (misses[place] + alarms[place]) / 2


def comparisons(vectors, data, protocol, count):
    """Scores of genuine and of impostor comparisons, how many probes were nearest to their own person, and the gallery's size."""
    people = list(divide(data, protocol))
    order = np.arange(len(vectors))
    half = {r: np.median(order[data["recording"] == r]) for r in np.unique(data["recording"])}
    is_late = np.array([place > half[r] for place, r in zip(order, data["recording"])])
    enrols = ~is_late if protocol == "halves" else np.ones(len(vectors), bool)
    gallery = unit(np.stack([vectors[np.isin(data["recording"], own) & enrols].mean(0) for _, own, _ in people]))
    genuine, impostor, hits = [], [], 0
    for place, (_, _, probes) in enumerate(people):
        for recording in probes:
            own = vectors[(data["recording"] == recording) & (is_late if protocol == "halves" else True)]
            if not len(own):
                continue
            size = len(own) if count == 0 else count
            groups = [own[i : i + size] for i in range(0, max(1, len(own) - size + 1), size)]
            for group in groups:
                scores = gallery @ unit(group.mean(0))
                hits += scores.argmax() == place
                genuine.append(scores[place])
                impostor.extend(np.delete(scores, place))
    return genuine, impostor, hits, len(people)


def figures(sets, protocol, count):
    """Of pairs (vectors, data): probes, hits, rank-1 share, equal error rate, people enrolled."""
    genuine, impostor, hits, people = [], [], 0, 0
    for vectors, data in sets:
        own, others, found, enrolled = comparisons(vectors, data, protocol, count)
        genuine += own
        impostor += others
        hits += found
        people += enrolled
    total = len(genuine)
    return total, hits, hits / total, equal_error_rate(np.array(genuine), np.array(impostor)), people


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("beats", nargs="+")
    parser.add_argument("--protocol", action="append", choices=["develop", "last", "day", "halves"])
    parser.add_argument("--beats-averaged", type=int, default=8)
    parser.add_argument("--known", action="store_true")
    arguments = parser.parse_args()
    with h5py.File(arguments.model) as file:
        known = file["ecg/labels"].asstr()[:]
    sets = []
    for path in arguments.beats:
        data = read(path)
        data["wanted"] = np.isin(data["people"], known) == arguments.known
        sets.append((embeddings(arguments.model, data["beats"]), data))
    for protocol in arguments.protocol or ["develop"]:
        for count in (1, arguments.beats_averaged, 0):
            total, hits, rate, error, people = figures(sets, protocol, count)
            what = f"{count or 'all'} beats"
            print(f"{protocol:8s} {what:9s} gallery {people:3d}: rank-1 {hits} of {total} = {rate:.1%}, EER {error:.2%}")
