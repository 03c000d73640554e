"""Whether a calibrated model keeps its promise on other people, at other electrodes: python promise.py calibrated.h5 ecg-id/

Everybody of ECG-ID is enrolled by all recordings but the last, one template each; the last one then verifies as every enrolled
person in turn. Counts the verdicts. Needs the `ecg` package, libecg and wfdb.
"""

import pathlib
import re
import sys
from collections import Counter

import wfdb

import ecg


def recordings(person):
    return sorted((path.with_suffix("") for path in person.glob("*.dat")),
                  key=lambda path: int(re.search(r"\d+$", path.name)[0]))


def signal(path):
    """Lead 0 in millivolts; None when it is not what the header describes (wfdb reads damaged files without a word)."""
    record = wfdb.rdrecord(str(path), physical=False)
    if record.d_signal[0, 0] != record.init_value[0]:
        return None
    return record.dac()[:, 0]


def main():
    model = ecg.Model(sys.argv[1])
    gallery = ecg.Gallery(model)
    probes = {}
    for person in sorted(pathlib.Path(sys.argv[2]).glob("Person_*")):
        beats = []
        for path in recordings(person):
            samples = signal(path)
            if samples is None:
                continue
            try:
                beats.append(model.preprocess(samples, 500).values[:16])
            except ecg.EcgError as error:
                print(f"{path.name} of {person.name}: {error}", file=sys.stderr)
        enrolling = [some for some in beats[:-1] if len(some) >= 8]
        if not enrolling:
            continue
        for some in enrolling:
            gallery.enrol_beats(person.name, some)
        probes[person.name] = beats[-1]

    genuine, impostor, deceivers, fewest = Counter(), Counter(), set(), Counter()
    for name, beats in probes.items():
        for claimed in probes:
            verdict = gallery.verify_beats(claimed, beats).verdict
            (genuine if claimed == name else impostor)[verdict] += 1
            if verdict == "accepted" and claimed != name:
                deceivers.add(name)
        count = next((n for n in (1, 2, 4, 8, 16) if gallery.verify_beats(name, beats[:n]).verdict == "accepted"), None)
        fewest[count] += 1
    print(f"{len(probes)} people, {len(gallery)} templates")
    print("genuine ", dict(genuine), "by how many beats:", dict(fewest))
    accepted = impostor["accepted"]
    total = impostor.total()
    print("impostor", dict(impostor), f"{100 * accepted / total:.2f} % accepted, of {len(deceivers)} people's recordings")


main()
