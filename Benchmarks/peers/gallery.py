"""How long a gallery of 100,000 templates takes to search, beside NumPy on one thread: python gallery.py model.h5

The time of the search is that of an identification in the large gallery less that in a gallery of one template, both of the
same single beat. The best of many runs counts. Needs the `ecg` package and libecg.
"""

import hashlib
import os
import struct
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import ecg


def best(call, runs=60):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def gallery_bytes(model, templates):
    """By Documentation/Galleries.md."""
    digest = ecg.Gallery(model, 1).to_bytes()[32:64]
    names = b"".join(b"%-12d" % i + bytes(36) + struct.pack("<I", 16) + bytes(12) for i in range(len(templates)))
    body = b"ecg-glry" + struct.pack("<IIQQ", 1, templates.shape[1], len(templates), 0) + digest + names
    body += templates.astype("<f4").tobytes()
    return body + hashlib.sha256(body).digest()


def main():
    count = 100_000
    with ecg.Model(sys.argv[1]) as model:
        rng = np.random.default_rng(1)
        templates = rng.normal(size=(count, model.embedding_length)).astype("<f4")
        templates /= np.linalg.norm(templates, axis=1, keepdims=True)
        beats = rng.normal(size=(16, model.beat_length)).astype("<f4")
        beats /= np.linalg.norm(beats, axis=1, keepdims=True)
        content = gallery_bytes(model, templates)
        start = time.perf_counter()
        large = ecg.Gallery.from_bytes(model, content, count)
        loading = time.perf_counter() - start
        small = ecg.Gallery.from_bytes(model, gallery_bytes(model, templates[:1]))
        one = best(lambda: small.identify_beats(beats[:1]))
        search = best(lambda: large.identify_beats(beats[:1])) - one
        probe = templates[7].copy()
        peer = best(lambda: np.argmax(templates @ probe))
        enrolling = ecg.Gallery(model, 1)

        def enrol():
            enrolling.enrol_beats("somebody", beats)
            enrolling.remove("somebody")

        print(f"{count} templates of {model.embedding_length} values, {len(content) / 1e6:.1f} MB")
        print(f"  search {search * 1e3:.2f} ms, NumPy {peer * 1e3:.2f} ms, one thread each")
        print(f"  loading, checksum included {loading * 1e3:.0f} ms")
        print(f"  enrolling by 16 beats {best(enrol) * 1e3:.2f} ms, one beat through the network {one * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
