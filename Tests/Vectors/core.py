"""Golden values for ECGCore: xoshiro256** seeded by SplitMix64, after the definitions in Blackman and Vigna 2021.

    python Tests/Vectors/core.py

core-xoshiro.i32    for each seed of SEEDS the first 100 outputs, low half before high half
"""

from pathlib import Path

import numpy as np

SEEDS = [0, 1, 42, 2**63, 2**64 - 1]
MASK = 2**64 - 1


def splitmix64(seed):
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def rotl(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


def xoshiro256starstar(state):
    s = list(state)
    while True:
        yield (rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 45)


def check_reference():
    """The first outputs that the reference implementations are known to give."""
    mixer = splitmix64(1234567)
    # From the reference C code of SplitMix64 with seed 1234567.
    assert [next(mixer) for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    generator = xoshiro256starstar([1, 2, 3, 4])
    # From the reference C code of xoshiro256** with state 1, 2, 3, 4.
    assert [next(generator) for _ in range(4)] == [11520, 0, 1509978240, 1215971899390074240]


if __name__ == "__main__":
    check_reference()
    outputs = []
    for seed in SEEDS:
        mixer = splitmix64(seed)
        generator = xoshiro256starstar([next(mixer) for _ in range(4)])
        outputs += [next(generator) for _ in range(100)]
    np.array(outputs, "<u8").tofile(Path(__file__).parent / "core-xoshiro.i32")
