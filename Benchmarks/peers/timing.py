"""How peers' scripts measure."""

import time


def measure(body, least=5):
    """Fastest of at least so many calls in a second, in microseconds of this thread's processor time."""
    body()
    times, end = [], time.perf_counter() + 1
    while len(times) < least or time.perf_counter() < end:
        start = time.thread_time()
        body()
        times.append(time.thread_time() - start)
    return min(times) * 1e6
