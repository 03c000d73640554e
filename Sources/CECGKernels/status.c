#include "../../include/ecg.h"
#include "ecg_kernels.h"

const char *ecg_kernel_status_text(int32_t status) {
#define ECG_STATUS_CASE(name, value, text)                                                                             \
  case value:                                                                                                          \
    return text;
  switch (status) { ECG_STATUS_CODES(ECG_STATUS_CASE) }
#undef ECG_STATUS_CASE
  return "unknown status";
}

const char *ecg_kernel_fault_text(int32_t fault) {
#define ECG_FAULT_CASE(name, value, text)                                                                              \
  case value:                                                                                                          \
    return text;
  switch (fault) { ECG_FAULTS(ECG_FAULT_CASE) }
#undef ECG_FAULT_CASE
  return "unknown fault";
}
