"""Makes Tests/Fuzzing/Library/Streams: a few signals for `Scripts/fuzz stream`, in the bytes that stream.c reads.

Run it from anywhere: python streams.py
"""

import pathlib
import struct

folder = pathlib.Path(__file__).parent / "Streams"
folder.mkdir(exist_ok=True)


def case(name, *operations, model=0, rate=0, extra=0, interval=0, lookahead=0, beats=0):
    """Numbers choose from the tables of stream.c."""
    head = bytes([model + 16 * rate, extra + 8 * interval + 64 * lookahead, beats])
    (folder / name).write_bytes(head + b"".join(operations))


def heart(count, scale=8):
    """An even number of samples of heartbeats."""
    pieces = []
    while count > 0:
        some = min(count, 510)
        pieces.append(bytes([2 | scale << 3, some // 2]))
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
everybody, ada, eve, enrol, nobody = [bytes([6 | choice << 3]) for choice in (1, 2, 3, 4, 5)]

for model in range(7):
    case(f"heart-{model}", heart(250), model=model)
    case(f"gallery-{model}", everybody, heart(180), enrol, ada, heart(50), nobody, heart(20), eve, heart(50), model=model)
case("decided", ada, heart(300), tell, everybody, heart(100), model=0, extra=1, interval=1)
case("rate-10000", heart(510), model=0, rate=15)
case("rate-odd", heart(900), rate=14)
case("rate-50", heart(150), rate=1)
case("rate-250", ada, heart(600), model=0, rate=13)
case("often", heart(300), interval=2, lookahead=0)
case("seldom", heart(1040), interval=6, lookahead=3, model=0)
case("by-default", heart(600), extra=7, interval=7, lookahead=2, beats=0)
case("long-window", heart(540), gap(255, 12), extra=6)
case("one-beat-decides", heart(250), beats=1)
case("gaps", heart(150), gap(7), heart(60), gap(100), tell, heart(60), gap(255, 20), heart(60))
case("for-ever", everybody, heart(200), gap(1, 31), heart(100), gap(255, 31), gap(255, 31), model=0)
case("missing-and-flat", heart(100), same(30), heart(60), same(40, 7), heart(60))
case("anew", everybody, heart(100), anew, heart(100), ended, heart(100), ended, model=0, extra=2)
case("odd-numbers", heart(150), bits(float("inf"), -float("inf"), float("nan"), 1e30, -1e30, 1e-45, -0.0, 9.9e8),
     heart(50), bits(*[1e8 * (-1) ** k for k in range(32)]), heart(50))
case("noise", *[values(*[((k * 7919 + n * 104729) % 2003 - 1001) / 1000 for k in range(32)]) for n in range(7)])
case("loud-and-soft", *[heart(50, scale) for scale in (8, 31, 1, 8, 16, 8, 0, 8)])
