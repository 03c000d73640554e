// libhdf5's constants are macros that call H5open(); Swift cannot import those, so each gets a one-line function.
#pragma once
#include <hdf5.h>

static inline hid_t ecg_h5_float32(void) { return H5T_IEEE_F32LE; }
static inline hid_t ecg_h5_float64(void) { return H5T_IEEE_F64LE; }
// A type that the caller closes: libhdf5 names none of 16 bits.
static inline hid_t ecg_h5_float16(void) {
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}
static inline hid_t ecg_h5_int8(void) { return H5T_STD_I8LE; }
static inline hid_t ecg_h5_int32(void) { return H5T_STD_I32LE; }
static inline hid_t ecg_h5_int64(void) { return H5T_STD_I64LE; }
static inline hid_t ecg_h5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t ecg_h5_string(void) { return H5T_C_S1; }
static inline hid_t ecg_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t ecg_h5_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t ecg_h5_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t ecg_h5_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline size_t ecg_h5_variable(void) { return H5T_VARIABLE; }
static inline unsigned ecg_h5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned ecg_h5_read_write(void) { return H5F_ACC_RDWR; }

// libhdf5 prints its error stack to stderr; the trainer turns failures into its own errors instead.
static inline void ecg_h5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
