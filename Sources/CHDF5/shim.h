// libhdf5's constants are macros that call H5open(); Swift cannot import those, so each gets a one-line function.
#pragma once
#include <hdf5.h>

static inline hid_t ecg_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
