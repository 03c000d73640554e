"""How well linear discriminants name the beats of prepared files: a quick judge of preparation, without a network.

    python discriminants.py beats.h5 …

Protocol develop-recording: people with three or more recordings; the last one stays unseen, the last but one is the test.
"""

import sys

import h5py
import numpy
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

for name in sys.argv[1:]:
    with h5py.File(name) as file:
        prepared = file["prepared"]
        beats = prepared["beats"][:]
        person = prepared["person_of_beat"][:]
        recording = prepared["recording_of_beat"][:]
        owner = prepared["recording_people"][:]
    trained, tested = numpy.zeros(len(beats), bool), numpy.zeros(len(beats), bool)
    for who in numpy.unique(owner):
        theirs = [k for k in numpy.flatnonzero(owner == who) if (recording == k).any()]
        if len(theirs) >= 3:
            trained |= numpy.isin(recording, theirs[:-2])
            tested |= recording == theirs[-2]
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(beats[trained], person[trained])
    probability = model.predict_proba(beats[tested])
    right = model.classes_[probability.argmax(1)] == person[tested]
    together = []
    for k in numpy.unique(recording[tested]):
        own = recording[tested] == k
        best = model.classes_[numpy.log(probability[own] + 1e-12).sum(0).argmax()]
        together.append(best == person[tested][own][0])
    print(f"{name}: {100 * right.mean():.1f} % of {len(right)} beats, {sum(together)} of {len(together)} recordings")
