// The loops of sparsity-assisted signal smoothing: banded products, and the banded factorisation of each iteration.
// Bands are stored one after another: band k holds the entries (i, i - k) of a matrix at [k * stride + i].
#include "dispatch.h"
#include "ecg_kernels.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { SMALL = 40 };  // a signal this short shows every edge row and an interior row for d <= 3

static void differences(double step, double scale, int times, double out[8]) {
  memset(out, 0, 8 * sizeof *out);
  out[0] = scale;
  for (int k = 0; k < times; k++)
    for (int i = k + 1; i >= 0; i--) out[i] = step * out[i] + (i > 0 ? out[i - 1] : 0);
}

// out (SMALL x SMALL) = left' * right, where row i of `left` and `right` holds its taps from column i on.
static void gram(const double *left, int left_taps, const double *right, int right_taps, int rows,
                 double out[SMALL][SMALL]) {
  memset(out, 0, sizeof(double[SMALL][SMALL]));
  for (int i = 0; i < rows; i++)
    for (int a = 0; a < left_taps; a++)
      for (int b = 0; b < right_taps; b++) out[i + a][i + b] += left[a] * right[b];
}

void ecg_sass_design(ecg_sass *f, int order, int sparse_order, double cutoff) {
  memset(f, 0, sizeof *f);
  const int d = order, k = sparse_order, n = SMALL;
  f->order = d;
  f->sparse_order = k;
  const double t = tan(3.14159265358979323846 * cutoff);
  double p[8], q[8], part[8];
  differences(-1, 1, d, p);
  double root = 1;
  for (int i = 0; i < d; i++) root *= t;
  differences(1, root, d, q);
  double a[SMALL][SMALL], b[SMALL][SMALL], columns[SMALL][SMALL];
  gram(p, d + 1, p, d + 1, n - d, a);
  gram(q, d + 1, q, d + 1, n - d, b);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) a[i][j] += b[i][j];
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      b[i][j] = 0;
      for (int l = 0; l < n; l++) b[i][j] += a[i][l] * a[l][j];
    }
  const int middle = n / 2;
  for (int j = 0; j <= d; j++) f->filter[j] = a[middle][middle - j];
  for (int j = 0; j <= 2 * d; j++) f->square[j] = b[middle][middle - j];
  for (int i = 0; i < 2 * d; i++)
    for (int j = 0; j <= 2 * d; j++) {
      f->square_head[i][j] = i - j >= 0 ? b[i][i - j] : 0;
      f->square_tail[i][j] = b[n - 2 * d + i][n - 2 * d + i - j];
    }
  for (int i = 0; i < d; i++)
    for (int j = 0; j <= d; j++) {
      f->filter_head[i][j] = i - j >= 0 ? a[i][i - j] : 0;
      f->filter_tail[i][j] = a[n - d + i][n - d + i - j];
    }
  // Column j of B1 lies in rows j - left ... j - left + taps - 1.
  f->taps = 2 * d - k + 1;
  f->left = k < d ? d - k : 0;
  f->shrinks = k <= d ? k : 2 * d - k;
  if (k <= d) {
    differences(-1, 1, d - k, part);
    gram(p, d + 1, part, d - k + 1, n - d, columns);
    const int m = n - k;
    for (int e = 0; e < f->taps; e++) {
      f->column[e] = columns[middle - f->left + e][middle];
      for (int j = 0; j < f->left; j++) {
        const int head = j - f->left + e, tail = m - f->left + j - f->left + e;
        f->column_head[j][e] = head >= 0 ? columns[head][j] : 0;
        f->column_tail[j][e] = tail < n ? columns[tail][m - f->left + j] : 0;
      }
    }
  } else {
    differences(-1, 1, 2 * d - k, f->column);
  }
}

static const double *column(const ecg_sass *f, ptrdiff_t j, ptrdiff_t columns) {
  if (j < f->left) return f->column_head[j];
  if (j >= columns - f->left) return f->column_tail[j - (columns - f->left)];
  return f->column;
}

static double filter_entry(const ecg_sass *f, ptrdiff_t i, int k, ptrdiff_t n) {
  if (i < f->order) return f->filter_head[i][k];
  if (i >= n - f->order) return f->filter_tail[i - (n - f->order)][k];
  return f->filter[k];
}

// out[i] = sum of c[e] * x[i + e]
INLINE void correlate(const int taps, const double *c, const double *restrict x, ptrdiff_t count,
                      double *restrict out) {
  double w[8];
#pragma clang loop unroll(full)
  for (int e = 0; e < taps; e++) w[e] = c[e];
  for (ptrdiff_t i = 0; i < count; i++) {
    double sum = w[0] * x[i];
#pragma clang loop unroll(full)
    for (int e = 1; e < taps; e++) sum += w[e] * x[i + e];
    out[i] = sum;
  }
}

INLINE void correlate_any(int taps, const double *c, const double *x, ptrdiff_t count, double *out) {
  switch (taps) {
  case 1: correlate(1, c, x, count, out); break;
  case 2: correlate(2, c, x, count, out); break;
  case 3: correlate(3, c, x, count, out); break;
  case 4: correlate(4, c, x, count, out); break;
  case 5: correlate(5, c, x, count, out); break;
  case 6: correlate(6, c, x, count, out); break;
  }
}

// out[i] = sum over the row of B1 * x
ECG_CLONES void ecg_sass_spread(const ecg_sass *f, ptrdiff_t n, const double *x, double *out) {
  const ptrdiff_t columns = n - f->shrinks;
  const int taps = f->taps, left = f->left;
  const ptrdiff_t margin = taps + left;
  for (ptrdiff_t i = 0; i < n; i++) {
    if (i == margin) i = n - margin;
    double sum = 0;
    for (int e = 0; e < taps; e++) {
      const ptrdiff_t j = i + left - e;
      if (j >= 0 && j < columns) sum += column(f, j, columns)[e] * x[j];
    }
    out[i] = sum;
  }
  double reversed[8];
  for (int e = 0; e < taps; e++) reversed[e] = f->column[taps - 1 - e];
  correlate_any(taps, reversed, x + margin + left - (taps - 1), n - 2 * margin, out + margin);
}

// out[j] = column j of B1, times z
ECG_CLONES void ecg_sass_gather(const ecg_sass *f, ptrdiff_t n, const double *z, double *out) {
  const ptrdiff_t columns = n - f->shrinks;
  const int taps = f->taps, left = f->left;
  for (ptrdiff_t j = 0; j < columns; j++) {
    if (j == left) j = columns - left;
    if (j >= columns) break;
    const double *c = column(f, j, columns);
    double sum = 0;
    for (int e = 0; e < taps; e++) {
      const ptrdiff_t i = j - left + e;
      if (i >= 0 && i < n) sum += c[e] * z[i];
    }
    out[j] = sum;
  }
  correlate_any(taps, f->column, z, columns - 2 * left, out + left);
}

// P' P y: the numerator of the high-pass filter
ECG_CLONES void ecg_sass_numerator(const ecg_sass *f, ptrdiff_t n, const double *y, double *scratch, double *out) {
  const int d = f->order;
  double p[8];
  differences(-1, 1, d, p);
  for (ptrdiff_t i = 0; i < n - d; i++) {
    double sum = 0;
    for (int e = 0; e <= d; e++) sum += p[e] * y[i + e];
    scratch[i] = sum;
  }
  for (ptrdiff_t i = 0; i < n; i++) {
    double sum = 0;
    for (int e = 0; e <= d; e++) {
      const ptrdiff_t row = i - e;
      if (row >= 0 && row < n - d) sum += p[e] * scratch[row];
    }
    out[i] = sum;
  }
}

// The lower bands of A A + B1 diag(w) B1'
ECG_CLONES void ecg_sass_assemble(const ecg_sass *f, ptrdiff_t n, const double *w, double *bands) {
  const ptrdiff_t columns = n - f->shrinks;
  const int width = 2 * f->order, taps = f->taps, left = f->left;
  const ptrdiff_t margin = taps + left + width;
  for (int k = 0; k <= width; k++) {
    double *band = bands + k * n;
    for (ptrdiff_t i = 0; i < n; i++) {
      if (i == margin) i = n - margin;
      double sum = i < width        ? f->square_head[i][k]
                   : i >= n - width ? f->square_tail[i - (n - width)][k]
                                    : f->square[k];
      for (int e = k; e < taps; e++) {
        const ptrdiff_t j = i + left - e;
        if (j < 0 || j >= columns) continue;
        const double *c = column(f, j, columns);
        sum += w[j] * c[e] * c[e - k];
      }
      band[i] = sum;
    }
    // Row i takes column i + left - e with the product of its entries e and e - k.
    const int pairs = taps - k;
    double products[8];
    for (int e = k; e < taps; e++) products[taps - 1 - e] = f->column[e] * f->column[e - k];
    if (pairs > 0) correlate_any(pairs, products, w + margin + left - (taps - 1), n - 2 * margin, band + margin);
    const double constant = f->square[k];
    for (ptrdiff_t i = margin; i < n - margin; i++) band[i] = (pairs > 0 ? band[i] : 0) + constant;
  }
}

// The lower bands of A
void ecg_sass_filter_bands(const ecg_sass *f, ptrdiff_t n, double *bands) {
  for (int k = 0; k <= f->order; k++)
    for (ptrdiff_t i = 0; i < n; i++) bands[k * n + i] = filter_entry(f, i, k, n);
}

// MARK: banded LDL'

// Replaces the bands by L's (below the diagonal) and 1 / D (the diagonal), and x by inverse(L) x.
INLINE int factor(const int width, ptrdiff_t n, double *bands, double *x) {
  double s[7][7], y[7];  // the part of the matrix that the columns before have changed: s[r][c] at (i + r, i + c)
#pragma clang loop unroll(full)
  for (int r = 0; r < width; r++) {
#pragma clang loop unroll(full)
    for (int c = 0; c <= r; c++) s[r][c] = bands[(r - c) * n + r];
    y[r] = x[r];
  }
  for (ptrdiff_t i = 0; i < n; i++) {
    const int full = i + width < n;
#pragma clang loop unroll(full)
    for (int c = 0; c <= width; c++) s[width][c] = full ? bands[(width - c) * n + i + width] : 0;
    y[width] = full ? x[i + width] : 0;
    const double pivot = s[0][0];
    if (!(pivot > 0)) return 0;
    const double inverse = 1 / pivot;
    double l[7], below[7];
#pragma clang loop unroll(full)
    for (int r = 1; r <= width; r++) {
      below[r] = s[r][0];
      l[r] = below[r] * inverse;
    }
    bands[i] = inverse;
    x[i] = y[0];
#pragma clang loop unroll(full)
    for (int r = 1; r <= width; r++) {
      if (i + r < n) bands[r * n + i + r] = l[r];
#pragma clang loop unroll(full)
      for (int c = 1; c <= r; c++) s[r - 1][c - 1] = s[r][c] - l[r] * below[c];
      y[r - 1] = y[r] - l[r] * x[i];
    }
  }
  return 1;
}

// In both substitutions the next row waits for this one's result, which therefore stays in a register and comes last.
INLINE void forward(const int width, ptrdiff_t n, const double *restrict bands, double *x) {
  for (ptrdiff_t i = 0; i < width; i++)
    for (int k = 1; k <= i; k++) x[i] -= bands[k * n + i] * x[i - k];
  double last = x[width - 1];
  for (ptrdiff_t i = width; i < n; i++) {
    double sum = x[i];
#pragma clang loop unroll(full)
    for (int k = width; k >= 2; k--) sum -= bands[k * n + i] * x[i - k];
    last = x[i] = sum - bands[n + i] * last;
  }
}

INLINE void backward(const int width, ptrdiff_t n, const double *restrict bands, double *x) {
  for (ptrdiff_t i = n - 1; i >= n - width; i--) {
    double sum = x[i] * bands[i];
    for (int k = 1; k < n - i; k++) sum -= bands[k * n + i + k] * x[i + k];
    x[i] = sum;
  }
  double last = x[n - width];
  for (ptrdiff_t i = n - width - 1; i >= 0; i--) {
    double sum = x[i] * bands[i];
#pragma clang loop unroll(full)
    for (int k = width; k >= 2; k--) sum -= bands[k * n + i + k] * x[i + k];
    last = x[i] = sum - bands[n + i + 1] * last;
  }
}

ECG_CLONES int ecg_banded_factor(int width, ptrdiff_t n, double *bands, double *x) {
  switch (width) {
  case 1: return factor(1, n, bands, x);
  case 2: return factor(2, n, bands, x);
  case 3: return factor(3, n, bands, x);
  case 4: return factor(4, n, bands, x);
  case 6: return factor(6, n, bands, x);
  default: return 0;
  }
}

ECG_CLONES void ecg_banded_forward(int width, ptrdiff_t n, const double *bands, double *x) {
  switch (width) {
  case 1: forward(1, n, bands, x); break;
  case 2: forward(2, n, bands, x); break;
  case 3: forward(3, n, bands, x); break;
  case 4: forward(4, n, bands, x); break;
  case 6: forward(6, n, bands, x); break;
  }
}

ECG_CLONES void ecg_banded_backward(int width, ptrdiff_t n, const double *bands, double *x) {
  switch (width) {
  case 1: backward(1, n, bands, x); break;
  case 2: backward(2, n, bands, x); break;
  case 3: backward(3, n, bands, x); break;
  case 4: backward(4, n, bands, x); break;
  case 6: backward(6, n, bands, x); break;
  }
}

// MARK: interior-point steps (see SASS.swift for the equations)

typedef double lanes __attribute__((vector_size(64), aligned(8)));
enum { LANES = 8 };

// Macros, since a function that takes or returns a vector has no calling convention common to all clones.
#define load(p) (*(const lanes *)(p))
#define store(p, v) (*(lanes *)(p) = (v))
#define larger(a, b) __builtin_elementwise_max(a, b)  // ignores what is not a number
INLINE double total(const double *v) {
  double sum = 0;
  for (int i = 0; i < LANES; i++) sum += v[i];
  return sum;
}
INLINE double largest(const double *v) {
  double most = 0;
  for (int i = 0; i < LANES; i++) most = v[i] > most ? v[i] : most;
  return most;
}

// weight = w / (1 + delta w) with w = up / (lambda - v) + down / (lambda + v);
// right = weight (v - delta (up - down)), what the affine step's right-hand side spreads.
ECG_CLONES void ecg_sass_weights(ptrdiff_t padded, double lambda, double delta, const double *v, const double *up,
                             const double *down, double *weight, double *right) {
  for (ptrdiff_t j = 0; j < padded; j += LANES) {
    const lanes x = load(v + j), a = load(up + j), b = load(down + j);
    const lanes w = a / (lambda - x) + b / (lambda + x);
    const lanes e = w / (1 + delta * w);
    store(weight + j, e);
    store(right + j, e * (x - delta * (a - b)));
  }
}

// The affine step from q = B1' z: replaces q by the step of v. Returns the largest ratio that limits the step's
// length; adds to *curvature what the gap gains with the square of the length.
ECG_CLONES double ecg_sass_affine(ptrdiff_t padded, double lambda, double delta, const double *v, const double *up,
                              const double *down, const double *weight, double *q, double *curvature) {
  lanes most = {0}, sum = {0};
  for (ptrdiff_t j = 0; j < padded; j += LANES) {
    const lanes x = load(v + j), a = load(up + j), b = load(down + j), qj = load(q + j);
    const lanes u = a - b;
    const lanes next = load(weight + j) * (qj - x + delta * u);
    const lanes step = qj - x - delta * (next - u);
    const lanes high = step / (lambda - x), low = -step / (lambda + x);
    const lanes da = a * (high - 1), db = b * (low - 1);
    most = larger(most, larger(larger(high, low), larger(1 - high, 1 - low)));
    sum += step * (db - da);
    store(q + j, step);
  }
  *curvature = total((const double *)&sum);
  return largest((const double *)&most);
}

// Centring and second-order correction: right = what the corrected right-hand side spreads, shift = its part of u.
ECG_CLONES void ecg_sass_correction(ptrdiff_t padded, double lambda, double delta, double centre, const double *v,
                                const double *up, const double *down, const double *affine, double *right,
                                double *shift) {
  for (ptrdiff_t j = 0; j < padded; j += LANES) {
    const lanes x = load(v + j), a = load(up + j), b = load(down + j), step = load(affine + j);
    const lanes high = 1 / (lambda - x), low = 1 / (lambda + x);
    const lanes w = a * high + b * low;
    const lanes damping = 1 / (1 + delta * w);
    const lanes ea = centre + step * (a * (step * high - 1)), eb = centre - step * (b * (-step * low - 1));
    const lanes e = (ea * high - eb * low) * damping;
    store(shift + j, e);
    store(right + j, w * damping * (x - delta * (a - b)) - e);
  }
}

// The corrected step from q = B1' z: replaces q by the step of v, weight and affine by the steps of up and down.
// Returns the largest ratio that limits the step's length.
ECG_CLONES double ecg_sass_direction(ptrdiff_t padded, double lambda, double delta, double centre, const double *v,
                                 const double *up, const double *down, const double *shift, double *q,
                                 double *weight, double *affine) {
  lanes most = {0};
  for (ptrdiff_t j = 0; j < padded; j += LANES) {
    const lanes x = load(v + j), a = load(up + j), b = load(down + j), before = load(affine + j), qj = load(q + j);
    const lanes high = 1 / (lambda - x), low = 1 / (lambda + x);
    const lanes u = a - b;
    const lanes next = load(weight + j) * (qj - x + delta * u) + load(shift + j);
    const lanes step = qj - x - delta * (next - u);
    const lanes ea = centre + before * (a * (before * high - 1)), eb = centre - before * (b * (-before * low - 1));
    const lanes da = (ea + a * step) * high - a, db = (eb - b * step) * low - b;
    most = larger(most, larger(larger(step * high, -step * low), larger(-da / a, -db / b)));
    store(q + j, step);
    store(weight + j, da);
    store(affine + j, db);
  }
  return largest((const double *)&most);
}

// Goes `length` along the step; returns the duality gap, sum of up (lambda - v) + down (lambda + v).
ECG_CLONES double ecg_sass_advance(ptrdiff_t padded, double lambda, double length, const double *step, const double *da,
                               const double *db, double *v, double *up, double *down) {
  lanes sum = {0};
  for (ptrdiff_t j = 0; j < padded; j += LANES) {
    const lanes x = load(v + j) + length * load(step + j);
    const lanes a = load(up + j) + length * load(da + j), b = load(down + j) + length * load(db + j);
    sum += a * (lambda - x) + b * (lambda + x);
    store(v + j, x);
    store(up + j, a);
    store(down + j, b);
  }
  return total((const double *)&sum);
}
