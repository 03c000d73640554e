"""How peers' scripts measure: as Library/Measure.swift does."""

import time


def measure(body, least=5):
    """Of at least so many calls in a second the fastest twentieth's slowest, in microseconds of this thread's processor
    time: where a hypervisor takes the processor away, the clock of single calls may stand still, so the fastest is none."""
    body()
    times, end = [], time.perf_counter() + 1
    while len(times) < least or time.perf_counter() < end:
        start = time.thread_time()
        body()
        times.append(time.thread_time() - start)
    return sorted(times)[len(times) // 20] * 1e6
