#include "dispatch.h"
#include "ecg_network_kernels.h"

// The larger of two; a NaN in either stays a NaN.
static inline float larger(float largest, float value) {
  return value > largest || value != value ? value : largest;
}

// The part [first, end) of a window along one axis that lies inside.
typedef struct {
  ptrdiff_t first, end;
} range;

static inline range inside(ptrdiff_t position, int32_t stride, int32_t padding, int32_t window, int32_t size) {
  const ptrdiff_t first = position * stride - padding;
  const ptrdiff_t end = first + window;
  return (range){first < 0 ? 0 : first, end > size ? size : end};
}

ECG_CLONES
void ecg_max_pooling(const ecg_window *w, const float *restrict input, float *restrict output) {
  const ptrdiff_t channels = w->channels;
  for (int32_t y = 0; y < w->output_height; y++) {
    const range rows = inside(y, w->stride_height, w->padding_top, w->window_height, w->input_height);
    for (int32_t x = 0; x < w->output_width; x++, output += channels) {
      const range columns = inside(x, w->stride_width, w->padding_left, w->window_width, w->input_width);
      for (ptrdiff_t c = 0; c < channels; c++) output[c] = -__builtin_inff();
      for (ptrdiff_t row = rows.first; row < rows.end; row++) {
        const float *from = input + (row * w->input_width + columns.first) * channels;
        ptrdiff_t column = columns.first;
        for (; column + 2 <= columns.end; column += 2, from += 2 * channels)
          for (ptrdiff_t c = 0; c < channels; c++) output[c] = larger(output[c], larger(from[c], from[channels + c]));
        if (column < columns.end)
          for (ptrdiff_t c = 0; c < channels; c++) output[c] = larger(output[c], from[c]);
      }
    }
  }
}
