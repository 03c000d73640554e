"""Makes Tests/Fuzzing/Library/Galleries: a few saved galleries for `Scripts/fuzz gallery`, with what is done to them, in the
bytes that gallery.c reads. Their checksums are left to gallery.c.

Run it from anywhere: python galleries.py
"""

import pathlib
import struct

folder = pathlib.Path(__file__).parent / "Galleries"
folder.mkdir(exist_ok=True)
DIMENSIONS = 6
ENROL, REMOVE, REMOVE_ANY, IDENTIFY, VERIFY, THERE_AND_BACK, AGAIN = range(7)
RIGHT_CHECKSUM, RIGHT_MODEL = 1, 2
ROOM = {1: 0, 2: 4, 5: 8, 20: 12}


def operation(kind, choice=0):
    return kind + 8 * choice


def gallery(*people, version=1, dimensions=DIMENSIONS, count=None, reserved=0):
    """Names with a template each, of unit length."""
    records = b"".join(struct.pack("<48sI12x", name, 9) for name in people)
    values = b"".join(
        struct.pack(f"<{dimensions}f", *[float(place == number % dimensions) for place in range(dimensions)])
        for number in range(len(people)))
    header = b"ecg-glry" + struct.pack("<IIQQ32x", version, dimensions, len(people) if count is None else count, reserved)
    return header + records + values + bytes(32)


def case(name, content, *operations, flags=RIGHT_CHECKSUM | RIGHT_MODEL, room=20):
    (folder / name).write_bytes(bytes([flags | ROOM[room], len(operations), *operations]) + content)


EVERYTHING = [operation(kind, choice) for choice in (0, 1, 3) for kind in range(7)]
case("empty", gallery(), *EVERYTHING)
case("one", gallery(b"Ada"), *EVERYTHING)
case("several", gallery(b"Ada", b"Ada", b"Eve", "Ève".encode(), b"Bob"), *EVERYTHING)
case("apart", gallery(b"Ada", b"Eve", b"Ada", b"Eve", b"Ada"), operation(VERIFY), operation(REMOVE), operation(IDENTIFY),
     operation(REMOVE), operation(THERE_AND_BACK), operation(AGAIN))
case("full", gallery(b"Ada", b"Eve"), operation(ENROL), operation(REMOVE), operation(ENROL, 3), operation(IDENTIFY, 7), room=2)
case("too-many", gallery(*[b"%d" % number for number in range(6)]), operation(ENROL), operation(AGAIN), room=5)
case("longest-name", gallery(b"x" * 47), *EVERYTHING)
case("name-without-end", gallery(b"x" * 48), operation(ENROL))
case("name-with-control", gallery(b"A\nB"), operation(ENROL))
case("no-name", gallery(b""), operation(ENROL))
case("other-model", gallery(b"Ada"), *EVERYTHING, flags=RIGHT_CHECKSUM)
case("damaged", gallery(b"Ada"), operation(ENROL), operation(AGAIN), flags=RIGHT_MODEL)
case("newer", gallery(b"Ada", version=2), operation(AGAIN))
case("other-dimensions", gallery(b"Ada", dimensions=7), operation(AGAIN))
case("huge-count", gallery(b"Ada", count=2**64 - 1), operation(AGAIN))
case("reserved", gallery(b"Ada", reserved=1), operation(AGAIN))
case("cut", gallery(b"Ada", b"Eve")[:150], operation(AGAIN))
case("enrol-alone", b"", *[operation(ENROL, choice) for choice in range(4)], operation(IDENTIFY, 3), operation(VERIFY, 3),
     operation(REMOVE), operation(THERE_AND_BACK))
