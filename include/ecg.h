/*
 * ecg.h - recognise a person by the heartbeat.                                    SPDX-License-Identifier: Apache-2.0
 *
 *   ecg_model *model;
 *   ecg_session *session;
 *   ecg_model_open("model.h5", &model);
 *   ecg_session_open(model, 30.0, 500.0, &session);           // recordings of up to 30 s at up to 500 Hz
 *
 *   size_t beat_count;
 *   float beats[64 * 200];
 *   ecg_preprocess(session, samples_mv, sample_count, 500.0, beats, 64, NULL, &beat_count);
 *
 *   ecg_identity who = {.struct_size = sizeof who};
 *   ecg_identify(session, beats, beat_count, &who, NULL);     // all beats decide together
 *   ecg_outlier stranger = {.struct_size = sizeof stranger};
 *   ecg_outlier_score(session, beats, beat_count, &stranger);
 *   if (stranger.is_outlier) puts("nobody I know");
 *   else printf("%s (%.1f %%)\n", ecg_model_label(model, who.person), 100 * who.probability);
 *
 *   ecg_session_close(session);
 *   ecg_model_close(model);
 *
 * Conventions
 *   Units       Samples are in millivolts, rates in hertz, durations in seconds. Any rate from 50 to 10,000 Hz is
 *               accepted: the library resamples to the model's rate.
 *   Errors      Every call that can fail returns an ecg_status: 0, or a negative code from the list below.
 *               Outputs are written only on success. Nothing aborts, traps, prints or reads the locale.
 *   Memory      ecg_..._open takes memory from the system and ecg_..._close returns it. ecg_..._init builds the same
 *               object in memory of the caller's, which nothing ever frees. Other calls take no memory at all.
 *   Threads     A model never changes and may be shared. A session belongs to one thread at a time.
 *   NULL        An optional pointer is marked "or NULL"; any other NULL gives ECG_ERROR_ARGUMENT.
 */
#ifndef ECG_H
#define ECG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ECG_API __attribute__((visibility("default")))
#else
#define ECG_API
#endif

/* ---- Version ---------------------------------------------------------------------------------------------------- */

#define ECG_ABI_VERSION 1

/* The library's version, "major.minor.patch", as a static string. */
ECG_API const char *ecg_version(void);

/* The ECG_ABI_VERSION the library was built with: compare it with the header's when loading at run time. */
ECG_API int32_t ecg_abi_version(void);

/* ---- Status ----------------------------------------------------------------------------------------------------- */

typedef int32_t ecg_status;

/* The one list of codes: name, number (never changed once released), text. */
#define ECG_STATUS_CODES(X)                                                                                            \
  X(ECG_OK, 0, "success")                                                                                              \
  X(ECG_ERROR_ARGUMENT, -1, "an argument is NULL, zero or out of range")                                               \
  X(ECG_ERROR_SAMPLING_RATE, -2, "the sampling rate is not between 50 and 10,000 Hz")                                  \
  X(ECG_ERROR_MISSING_SAMPLES, -3, "too many samples are missing (NaN) or infinite")                                   \
  X(ECG_ERROR_FLAT_SIGNAL, -4, "the signal is flat")                                                                   \
  X(ECG_ERROR_SIGNAL_TOO_SHORT, -5, "the signal is too short to find a beat in")                                       \
  X(ECG_ERROR_SIGNAL_TOO_LONG, -6, "the signal is longer than the session was made for")                               \
  X(ECG_ERROR_NO_BEATS, -7, "no usable beat was found")                                                                \
  X(ECG_ERROR_BUFFER_TOO_SMALL, -8, "the buffer or memory given is too small")                                         \
  X(ECG_ERROR_ALIGNMENT, -9, "the memory given is not aligned as required")                                            \
  X(ECG_ERROR_OUT_OF_MEMORY, -10, "the system gave no memory")                                                         \
  X(ECG_ERROR_FILE, -11, "the file cannot be opened or read")                                                          \
  X(ECG_ERROR_NOT_A_MODEL, -12, "this is not an HDF5 model file")                                                      \
  X(ECG_ERROR_TRUNCATED, -13, "the model file ends too early")                                                         \
  X(ECG_ERROR_UNSUPPORTED_HDF5, -14, "the model file uses an HDF5 feature outside the documented subset")              \
  X(ECG_ERROR_FORMAT_VERSION, -15, "the model file was written for a newer version of this library")                   \
  X(ECG_ERROR_MISSING_ENTRY, -16, "the model file lacks a group, dataset or attribute")                                \
  X(ECG_ERROR_MALFORMED, -17, "the model file has an entry of the wrong type, shape or value")                         \
  X(ECG_ERROR_DIGEST, -18, "the model file is damaged: its content does not match its digest")                         \
  X(ECG_ERROR_SELF_TEST, -19, "the model does not reproduce its known answer on this machine")                         \
  X(ECG_ERROR_GRAPH, -20, "the network's layers do not fit together")                                                  \
  X(ECG_ERROR_UNSUPPORTED_LAYER, -21, "the network has a layer this library does not know")                            \
  X(ECG_ERROR_CONFIGURATION, -22, "the preprocessing configuration is out of range")                                   \
  X(ECG_ERROR_NO_OUTLIER_REFERENCE, -23, "the model carries no outlier reference set")

#define ECG_STATUS_CONSTANT(name, value, text) name = value,
enum { ECG_STATUS_CODES(ECG_STATUS_CONSTANT) };
#undef ECG_STATUS_CONSTANT

/* The text of a status, as a static string; "unknown status" for any other number. */
ECG_API const char *ecg_status_string(ecg_status status);

#ifdef __cplusplus
}
#endif
#endif
