"""What recognising people by an embedding loses in a stream, beside whole recordings: rank 1 and equal error rate.

    stream_embedding.py ecg-id/ embedder.h5 …        models (seeds) of people other than these

The same recordings go through `Model.preprocess` at once and through `Stream` as they would come. People are enrolled by all
recordings but the last, which is the probe, as embedding.py does; either by whole recordings, or by streams, or by whole recordings
with streams as probes. Needs keras, h5py, the package in python/ (ECG_LIBRARY names libecg.so) and ecgid in .build/release.
"""

import sys

import numpy as np

import ecg
from embedding import embeddings, figures
from stream import RATE, recordings, samples_of


def beats(model, samples):
    """Those of the whole recording and those of a stream; empty when there are none."""
    empty = np.empty((0, model.beat_length), np.float32)
    try:
        whole = model.preprocess(samples, RATE).values
    except ecg.SignalError:
        whole = empty
    stream = ecg.Stream(model, RATE)
    told = [event.values for event in stream.push(samples) + stream.finish() if event.values is not None]
    return whole, np.stack(told) if told else empty


def main(dataset, paths):
    model = ecg.Model(paths[0])  # all prepare beats alike
    signals = [(row["person"], number, samples_of(row, dataset)) for number, row in enumerate(recordings(dataset))]
    found = [(person, number, *beats(model, samples)) for person, number, samples in signals if samples is not None]
    # The same recordings for both, or the figures would be of other probes.
    found = [one for one in found if len(one[2]) and len(one[3])]
    people = sorted({one[0] for one in found})
    last = {person: max(one[1] for one in found if one[0] == person) for person in people}
    counts = [sum(len(one[chain]) for one in found) for chain in (2, 3)]
    print(f"{len(found)} recordings of {len(people)} people, {counts[0]} beats of whole recordings, {counts[1]} of streams")
    both = np.concatenate([one[chain] for one in found for chain in (2, 3)])
    of = np.array([(people.index(one[0]), one[1], chain) for one in found for chain in (2, 3) for _ in one[chain]])
    is_last = np.array([last[people[person]] == number for person, number, _ in of])
    rows = {}
    for path in paths:
        vectors = embeddings(path, both)
        for name, enrols, probes in (("whole, whole", 2, 2), ("whole, stream", 2, 3), ("stream, stream", 3, 3)):
            chosen = of[:, 2] == np.where(is_last, probes, enrols)
            data = {"person": of[chosen, 0], "recording": of[chosen, 1], "people": people, "wanted": [True] * len(people)}
            for count in (1, 8, 0):
                rows.setdefault((count, name), []).append(figures([(vectors[chosen], data)], "last", count))
    print("| beats a probe | enrolled by, probed by | rank 1 | of | EER |\n|---|---|---|---|---|")
    for (count, name), results in sorted(rows.items(), key=lambda item: item[0][0] or 1000):
        hits, total = sum(result[1] for result in results), sum(result[0] for result in results)
        errors = ", ".join(f"{100 * result[3]:.2f}" for result in results)
        print(f"| {count or 'all'} | {name} | {100 * hits / total:.1f} % | {hits} of {total} | {errors} % |")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
