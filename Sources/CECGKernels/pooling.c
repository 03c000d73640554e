#include "dispatch.h"
#include "ecg_network_kernels.h"
#include <math.h>

// The larger of each pair; a NaN in either stays a NaN.
ECG_CLONES
static void take_larger(float *restrict largest, const float *restrict values, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float value = values[i];
    largest[i] = value > largest[i] || value != value ? value : largest[i];
  }
}

void ecg_max_pooling(const ecg_window *w, const float *input, float *output) {
  const ptrdiff_t channels = w->channels;
  for (int32_t y = 0; y < w->output_height; y++) {
    const ptrdiff_t top = (ptrdiff_t)y * w->stride_height - w->padding_top;
    const ptrdiff_t first_row = top < 0 ? 0 : top;
    const ptrdiff_t bottom = top + w->window_height;
    const ptrdiff_t end_row = bottom > w->input_height ? w->input_height : bottom;
    for (int32_t x = 0; x < w->output_width; x++, output += channels) {
      const ptrdiff_t left = (ptrdiff_t)x * w->stride_width - w->padding_left;
      const ptrdiff_t first = left < 0 ? 0 : left;
      const ptrdiff_t right = left + w->window_width;
      const ptrdiff_t end = right > w->input_width ? w->input_width : right;
      for (ptrdiff_t c = 0; c < channels; c++) output[c] = -INFINITY;
      for (ptrdiff_t row = first_row; row < end_row; row++)
        for (ptrdiff_t column = first; column < end; column++)
          take_larger(output, input + (row * w->input_width + column) * channels, channels);
    }
  }
}
