"""Sparsity-assisted signal smoothing, written from the paper with general sparse matrices: majorisation-minimisation
run until it stands still or 20,000 times (Selesnick 2017, doi 10.1109/ICASSP.2017.7953017). Takes some ten minutes."""
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu, spsolve
from synthetic_ecg import ecg


def power(taps, times):
    out = np.array([1.0])
    for _ in range(times):
        out = np.convolve(out, taps)
    return out


def banded(taps, rows, columns):
    return sp.diags([float(v) for v in taps], list(range(len(taps))), shape=(rows, columns)).tocsc()


def matrices(d, fc, n, k):
    t = np.tan(np.pi * fc) ** (2 * d)
    p = banded(power([-1, 1], d), n - d, n)
    q = banded(np.sqrt(t) * power([1, 1], d), n - d, n)
    b = (p.T @ p).tocsc()
    a = (b + q.T @ q).tocsc()
    if k <= d:
        b1 = (p.T @ banded(power([-1, 1], d - k), n - d, n - k)).tocsc()
        difference = banded(power([-1, 1], k), n - k, n)
    else:
        k2 = 2 * d - k
        b1 = banded(power([-1, 1], k2), n - k2, n).T.tocsc()
        difference = (banded(power([-1, 1], d - k2), n - d, n - k2).T @ p).tocsc()
    assert abs(b - b1 @ difference).max() < 1e-12
    return a, b, b1, difference


def sass(y, d, fc, k, lam, tolerance=1e-10, limit=20000):
    a, b, b1, difference = matrices(d, fc, len(y), k)
    aat = (a @ a.T).tocsc()
    by = b @ y
    u = difference @ y
    for iteration in range(limit):
        weight = sp.diags(np.abs(u) / lam)
        z = splu((aat + b1 @ weight @ b1.T).tocsc()).solve(by)
        new = weight @ (b1.T @ z)
        change = np.max(np.abs(new - u))
        u = new
        if change < tolerance:
            break
    return y - spsolve(a, by - b1 @ u), iteration + 1


if __name__ == "__main__":
    x = ecg(2.0, 500, seed=9, noise=0.05)
    x = ((x - x.mean()) / x.std()).astype(np.float32)
    x.tofile("sass-input.f32")
    for d in (1, 2, 3):
        for k in range(1, 2 * d + 1):
            fc = 0.022 if d < 3 else 0.05
            y, iterations = sass(x.astype(np.float64), d, fc, k, 1.2)
            print(d, k, iterations)
            y.tofile(f"sass-{d}-{k}.f64")
