"""Makes Tests/Fuzzing/Library/Streams: a few signals for `Scripts/fuzz stream`, in the bytes that stream.c reads.

Run it from anywhere: python streams.py
"""

import pathlib
import struct

folder = pathlib.Path(__file__).parent / "Streams"
folder.mkdir(exist_ok=True)


def case(name, *operations, model=0, rate=0, window=0, interval=0, lookahead=0, beats=0):
    """Numbers choose from the tables of stream.c."""
    head = bytes([model + 4 * rate, window + 8 * interval + 64 * lookahead, beats])
    (folder / name).write_bytes(head + b"".join(operations))


def heart(count, scale=8):
    """A multiple of four samples of heartbeats."""
    pieces = []
    while count > 0:
        some = min(count, 1020)
        pieces.append(bytes([2 | scale << 3, some // 4]))
        count -= some
    return b"".join(pieces)


def values(*millivolts):
    return bytes([0 | (len(millivolts) - 1) << 3]) + b"".join(struct.pack(">h", round(1000 * v)) for v in millivolts)


def bits(*numbers):
    return bytes([1 | (len(numbers) - 1) << 3]) + b"".join(struct.pack("<f", number) for number in numbers)


def same(count, level=0):
    """A level in 1/16 mV; 0 is missing."""
    return bytes([4 | level << 3, count // 2])


def gap(count, shift=0):
    return bytes([5 | shift << 3, count])


tell, anew, ended = bytes([6]), bytes([7]), bytes([7 | 1 << 3])

for model in range(4):
    case(f"heart-{model}", heart(1000), model=model)
case("rate-10000", heart(5000), rate=7)
case("rate-odd", heart(1200), rate=5)
case("often", heart(600), interval=3, window=1, lookahead=1)
case("seldom", heart(1240), interval=5, window=4, lookahead=3)
case("one-beat-decides", heart(1000), beats=1)
case("gaps", heart(400), gap(7), heart(300), gap(200), tell, heart(400), gap(255, 20), heart(300))
case("for-ever", heart(400), gap(1, 31), heart(200), gap(255, 31), gap(255, 31))
case("missing-and-flat", heart(400), same(120), heart(200), same(400, 7), heart(400))
case("anew", heart(400), anew, heart(300), ended, heart(320), ended)
case("odd-numbers", heart(300), bits(float("inf"), -float("inf"), float("nan"), 1e30, -1e30, 1e-45, -0.0, 9.9e8),
     heart(300), bits(*[1e8 * (-1) ** k for k in range(32)]), heart(300))
case("noise", *[values(*[((k * 7919 + n * 104729) % 2003 - 1001) / 1000 for k in range(32)]) for n in range(30)])
case("loud-and-soft", *[heart(100, scale) for scale in (8, 31, 1, 8, 16, 8, 0, 8, 8, 8, 31, 31)])
