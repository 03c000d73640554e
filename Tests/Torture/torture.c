/* torture.c - everything a caller can do wrong, written from ecg.h alone.
 *
 *   cc -std=c11 -Wall -Wextra -Werror -I../../include torture.c ../../build/device/libecg.a -lm -lpthread -o torture
 *   ./torture model.h5 recording.f32 [sampling rate, 500 Hz] [byte flips, 2000]
 *
 * The recording must have usable beats. Every check is counted; failures are printed, and the exit status is 1 when
 * there were any. A trap inside the library names the check during which it came.
 */
#define _DEFAULT_SOURCE
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ecg.h"

/* ---- Counting --------------------------------------------------------------------------------------------------- */

static size_t checks, failures;
static char current[200];

static void now(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(current, sizeof current, format, arguments);
  va_end(arguments);
}

static void check(bool holds, const char *what) {
  checks++;
  if (holds) return;
  failures++;
  printf("FAILED %s: %s\n", current, what);
}

#define CHECK(condition) check(condition, #condition)

static void expect(ecg_status status, ecg_status expected) {
  char text[120];
  snprintf(text, sizeof text, "status %d instead of %d", (int)status, (int)expected);
  check(status == expected, text);
}

/* A status that the header lists for this call; the list ends with ECG_OK, which is always fine. */
static void expect_any(ecg_status status, const ecg_status *allowed) {
  bool found = status == ECG_OK;
  for (; *allowed != ECG_OK; allowed++) found |= status == *allowed;
  char text[120];
  snprintf(text, sizeof text, "status %d (%s) is not one that this call may give", (int)status,
           ecg_status_string(status));
  check(found, text);
}

static void trapped(int number) {
  char text[300];
  int size = snprintf(text, sizeof text, "FAILED signal %d during: %s\n", number, current);
  if (write(STDOUT_FILENO, text, (size_t)size) != size) _exit(3);
  _exit(2);
}

static void require(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "cannot go on: %s\n", what);
  exit(2);
}

/* ---- Memory whose borders bite ----------------------------------------------------------------------------------- */

typedef struct {
  unsigned char *start; /* aligned to 64; the byte behind start + size, rounded up to 64, is not accessible */
  size_t size;
  void *map;
  size_t map_size;
} block;

static block take(size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t rounded = (size + 63) / 64 * 64;
  size_t pages = (rounded + page - 1) / page * page;
  block result = {.size = size, .map_size = pages + 2 * page};
  result.map = mmap(NULL, result.map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(result.map != MAP_FAILED, "no memory");
  unsigned char *first = result.map;
  mprotect(first, page, PROT_NONE);
  mprotect(first + page + pages, page, PROT_NONE);
  result.start = first + page + pages - rounded;
  return result;
}

static void give_back(block memory) { munmap(memory.map, memory.map_size); }

/* Floats that end exactly at memory that is not accessible. */
static float *floats_at_border(block memory, size_t count) {
  return (float *)(void *)(memory.start + (memory.size + 63) / 64 * 64 - count * sizeof(float));
}

enum { POISON = 0xa5 };

static void poison(void *memory, size_t size) { memset(memory, POISON, size); }

static bool is_poisoned(const void *memory, size_t size) {
  const unsigned char *bytes = memory;
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != POISON) return false;
  }
  return true;
}

static uint64_t random_state = 1;

/* xorshift64*: Vigna 2016, doi 10.1145/2845077. */
static uint64_t draw(void) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return random_state * 2685821657736338717u;
}

/* ---- What all parts use -------------------------------------------------------------------------------------------- */

static const char *model_path;
static block file; /* the model's bytes */
static float *samples;
static size_t sample_count;
static double rate, seconds;

static ecg_model *model;
static ecg_session *session;
static ecg_model_info info;
static size_t capacity;
static float *beats;
static size_t beat_count;
static ecg_identity identity; /* nothing was written to it, nor to the probabilities, when the model names nobody */
static float *probabilities;
static ecg_outlier outlier;

/* Whether the model names people by itself. If not, it serves galleries alone: whatever names somebody is answered by
 * ECG_ERROR_NO_CLASSES and writes nothing, everything else is as with any model. */
static bool names_people(void) { return info.person_count > 0; }

/* What a call answers that names somebody, when nothing else is wrong. */
static ecg_status naming(void) { return names_people() ? ECG_OK : ECG_ERROR_NO_CLASSES; }

static const double bad_rates[] = {0, -1, 49, 49.999, 10000.001, 10001, 1e9, 1e300, -1e300, (double)NAN,
                                   (double)INFINITY, -(double)INFINITY, 5e-324};
static const double good_rates[] = {50, 50.001, 128, 250, 300, 333.333, 360, 499.999, 500, 1000, 9999.999, 10000};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void *read_whole(const char *path, size_t *size, block *memory) {
  FILE *stream = fopen(path, "rb");
  require(stream != NULL, path);
  fseek(stream, 0, SEEK_END);
  *size = (size_t)ftell(stream);
  rewind(stream);
  *memory = take(*size);
  require(fread(memory->start, 1, *size, stream) == *size, path);
  fclose(stream);
  return memory->start;
}

static void prepare(void) {
  now("preparing");
  ecg_status status = ecg_model_open(model_path, &model);
  require(status == ECG_OK, ecg_status_string(status));
  status = ecg_session_open(model, seconds, rate, &session);
  require(status == ECG_OK, ecg_status_string(status));
  info.struct_size = sizeof info;
  expect(ecg_model_describe(model, &info), ECG_OK);
  capacity = ecg_session_beat_capacity(session);
  require(capacity > 0, "no capacity for beats");
  beats = malloc(capacity * info.beat_length * sizeof *beats);
  probabilities = malloc(info.person_count * sizeof *probabilities + 1);
  require(beats && probabilities, "no memory");
  status = ecg_preprocess(session, samples, sample_count, rate, beats, capacity, NULL, &beat_count, NULL);
  require(status == ECG_OK && beat_count > 2, "the recording has too few usable beats");
  identity.struct_size = sizeof identity;
  expect(ecg_identify(session, beats, beat_count, &identity, probabilities), naming());
  CHECK(names_people() ? identity.probability > 0 : identity.person == 0 && identity.probability == 0);
  outlier.struct_size = sizeof outlier;
  expect(ecg_outlier_score(session, beats, beat_count, &outlier),
         info.outlier_reference_count ? ECG_OK : ECG_ERROR_NO_OUTLIER_REFERENCE);
}

/* ---- Version and status -------------------------------------------------------------------------------------------- */

static void version_and_status(void) {
  now("version");
  CHECK(ecg_abi_version() == ECG_ABI_VERSION);
  int major, minor, patch;
  CHECK(sscanf(ecg_version(), "%d.%d.%d", &major, &minor, &patch) == 3);
  now("status texts");
#define ECG_CHECK_TEXT(name, value, text) CHECK(name == value && strcmp(ecg_status_string(name), text) == 0);
  ECG_STATUS_CODES(ECG_CHECK_TEXT)
#undef ECG_CHECK_TEXT
  const ecg_status unknown[] = {1, -29, -1000, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < COUNT(unknown); i++) CHECK(strcmp(ecg_status_string(unknown[i]), "unknown status") == 0);
  now("fault texts");
#define ECG_CHECK_TEXT(name, value, text) CHECK(name == value && strcmp(ecg_fault_string(name), text) == 0);
  ECG_FAULTS(ECG_CHECK_TEXT)
#undef ECG_CHECK_TEXT
  const int32_t no_fault[] = {-1, 11, 1000, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < COUNT(no_fault); i++) CHECK(strcmp(ecg_fault_string(no_fault[i]), "unknown fault") == 0);
}

/* ---- Structs: sizes that are too small, right and larger ------------------------------------------------------------- */

typedef ecg_status (*filler)(void *target);

static ecg_status describe(void *target) { return ecg_model_describe(model, target); }
static ecg_status identify(void *target) { return ecg_identify(session, beats, beat_count, target, NULL); }
static ecg_status score(void *target) { return ecg_outlier_score(session, beats, beat_count, target); }
static ecg_status preprocess(void *target) {
  float *found = malloc(capacity * info.beat_length * sizeof *found);
  size_t count;
  ecg_status status = ecg_preprocess(session, samples, sample_count, rate, found, capacity, NULL, &count, target);
  free(found);
  return status;
}

/* `first` is the size of the struct's first version, `size` that of today's. */
static void struct_sizes(const char *name, filler fill, uint32_t first, uint32_t size) {
  union {
    uint32_t struct_size;
    double alignment;
    unsigned char bytes[256];
  } target;
  const uint32_t small[] = {0, 1, 4, first / 2, first - 1};
  for (size_t i = 0; i < COUNT(small); i++) {
    now("%s with struct_size %u", name, (unsigned)small[i]);
    poison(&target, sizeof target);
    target.struct_size = small[i];
    expect(fill(&target), ECG_ERROR_ARGUMENT);
    CHECK(target.struct_size == small[i]);
    CHECK(is_poisoned(target.bytes + 4, sizeof target - 4));
  }
  const uint32_t large[] = {first, size - 4, size, size + 1, size + 64, UINT32_MAX};
  for (size_t i = 0; i < COUNT(large); i++) {
    if (large[i] < first) continue;
    now("%s with struct_size %u", name, (unsigned)large[i]);
    poison(&target, sizeof target);
    target.struct_size = large[i];
    expect(fill(&target), ECG_OK);
    CHECK(target.struct_size == large[i]);
    uint32_t written = large[i] < size ? large[i] : size;
    CHECK(is_poisoned(target.bytes + written, sizeof target - written));
    CHECK(!is_poisoned(target.bytes + written - 4, 4));
  }
  now("%s with NULL", name);
  if (fill != preprocess) expect(fill(NULL), ECG_ERROR_ARGUMENT);
}

/* ---- Model ----------------------------------------------------------------------------------------------------------- */

static const ecg_status model_errors[] = {
    ECG_ERROR_ALIGNMENT,     ECG_ERROR_BUFFER_TOO_SMALL, ECG_ERROR_NOT_A_MODEL,   ECG_ERROR_TRUNCATED,
    ECG_ERROR_UNSUPPORTED_HDF5, ECG_ERROR_FORMAT_VERSION, ECG_ERROR_MISSING_ENTRY, ECG_ERROR_MALFORMED,
    ECG_ERROR_GRAPH,         ECG_ERROR_UNSUPPORTED_LAYER, ECG_ERROR_CONFIGURATION, ECG_OK};

static void model_opening(void) {
  ecg_model *other, *untouched;
  poison(&untouched, sizeof untouched);
  other = untouched;
  now("ecg_model_open with NULL");
  expect(ecg_model_open(NULL, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_open(model_path, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_model_open(NULL, NULL), ECG_ERROR_ARGUMENT);
  now("ecg_model_open on what is no file");
  expect(ecg_model_open("", &other), ECG_ERROR_FILE);
  expect(ecg_model_open("/nowhere/model.h5", &other), ECG_ERROR_FILE);
  expect(ecg_model_open("/", &other), ECG_ERROR_FILE);
  expect(ecg_model_open("/dev/null", &other), ECG_ERROR_FILE);
  char long_path[10000];
  memset(long_path, 'x', sizeof long_path - 1);
  long_path[sizeof long_path - 1] = 0;
  expect(ecg_model_open(long_path, &other), ECG_ERROR_FILE);
  CHECK(other == untouched);
  now("ecg_model_close(NULL)");
  ecg_model_close(NULL);
  ecg_model_close(NULL);
  CHECK(true);

  now("ecg_model_describe");
  expect(ecg_model_describe(NULL, &info), ECG_ERROR_ARGUMENT);
  CHECK(info.format_version >= 1 && info.embedding_length >= 1 && info.beat_length >= 1 && info.parameter_count >= 1);
  CHECK(info.sampling_rate >= 50 && info.sampling_rate <= 10000);
  now("ecg_model_label");
  CHECK(ecg_model_label(NULL, 0) == NULL);
  const int32_t nobody[] = {-1, INT32_MIN, INT32_MAX, (int32_t)info.person_count};
  for (size_t i = 0; i < COUNT(nobody); i++) CHECK(ecg_model_label(model, nobody[i]) == NULL);
  for (uint32_t i = 0; i < info.person_count; i++) {
    const char *label = ecg_model_label(model, (int32_t)i);
    CHECK(label != NULL && strlen(label) > 0);
  }
}

/* Identifies the beats with a session of a model made from bytes. */
static void model_in_own_memory(void) {
  size_t size, untouched_size;
  ecg_model *other, *untouched;
  poison(&untouched, sizeof untouched);
  poison(&untouched_size, sizeof untouched_size);
  other = untouched;
  size = untouched_size;

  now("ecg_model_size with bad arguments");
  expect(ecg_model_size(NULL, file.size, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_model_size(file.start, 0, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_model_size(file.start, SIZE_MAX, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_model_size(file.start, file.size, NULL), ECG_ERROR_ARGUMENT);
  for (size_t offset = 1; offset < ECG_ALIGNMENT; offset++) {
    expect(ecg_model_size(file.start + offset, file.size - offset, &size), ECG_ERROR_ALIGNMENT);
  }
  CHECK(size == untouched_size);
  now("ecg_model_size");
  expect(ecg_model_size(file.start, file.size, &size), ECG_OK);
  CHECK(size > 0 && size < 64u << 20);

  now("ecg_model_init with bad arguments");
  block memory = take(size + ECG_ALIGNMENT);
  poison(memory.start, memory.size);
  expect(ecg_model_init(NULL, file.size, memory.start, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_init(file.start, 0, memory.start, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_init(file.start, SIZE_MAX, memory.start, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_init(file.start, file.size, NULL, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_init(file.start, file.size, memory.start, 0, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_init(file.start, file.size, memory.start, SIZE_MAX, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_model_init(file.start, file.size, memory.start, size, NULL), ECG_ERROR_ARGUMENT);
  for (size_t offset = 1; offset < ECG_ALIGNMENT; offset++) {
    expect(ecg_model_init(file.start, file.size, memory.start + offset, size, &other), ECG_ERROR_ALIGNMENT);
    expect(ecg_model_init(file.start + offset, file.size - offset, memory.start, size, &other), ECG_ERROR_ALIGNMENT);
  }
  CHECK(is_poisoned(memory.start, memory.size));
  now("ecg_model_init in too little memory");
  for (size_t less = 1; less < size; less = less < 130 ? less + 1 : less * 2) {
    poison(memory.start, memory.size);
    expect(ecg_model_init(file.start, file.size, memory.start, size - less, &other), ECG_ERROR_BUFFER_TOO_SMALL);
    CHECK(is_poisoned(memory.start + size - less, memory.size - (size - less)));
  }
  CHECK(other == untouched);

  now("ecg_model_init in just enough memory");
  poison(memory.start, memory.size);
  expect(ecg_model_init(file.start, file.size, memory.start, size, &other), ECG_OK);
  CHECK(is_poisoned(memory.start + size, ECG_ALIGNMENT));
  give_back(memory);
  memory = take(size);
  expect(ecg_model_init(file.start, file.size, memory.start, size, &other), ECG_OK);
  ecg_model_close(other); /* leaves it alone */
  ecg_model_close(other);
  ecg_model_info same = {.struct_size = sizeof same};
  expect(ecg_model_describe(other, &same), ECG_OK);
  CHECK(memcmp(&same, &info, sizeof same) == 0);

  now("a model from bytes answers as an opened one");
  ecg_session *own;
  expect(ecg_session_open(other, seconds, rate, &own), ECG_OK);
  ecg_identity who = {.struct_size = sizeof who};
  float *values = malloc(info.person_count * sizeof *values + 1);
  expect(ecg_identify(own, beats, beat_count, &who, values), naming());
  CHECK(memcmp(&who, &identity, sizeof who) == 0);
  CHECK(memcmp(values, probabilities, info.person_count * sizeof *values) == 0);
  if (info.outlier_reference_count) {
    ecg_outlier stranger = {.struct_size = sizeof stranger};
    expect(ecg_outlier_score(own, beats, beat_count, &stranger), ECG_OK);
    CHECK(memcmp(&stranger, &outlier, sizeof stranger) == 0);
  }
  expect(ecg_session_verify(own), ECG_OK);
  free(values);
  ecg_session_close(own);
  give_back(memory);
}

/* ---- Detector -------------------------------------------------------------------------------------------------------- */

typedef struct {
  uint64_t positions[10000];
  float confidences[10000];
  size_t count;
} peak_list;

/* Pushes the recording in pieces of `piece` samples through a detector in just enough memory. */
static void detect(double detector_rate, const float *signal, size_t count, size_t piece, peak_list *peaks) {
  size_t size;
  ecg_detector *detector;
  expect(ecg_detector_size(detector_rate, &size), ECG_OK);
  block memory = take(size);
  poison(memory.start, size);
  expect(ecg_detector_init(detector_rate, memory.start, size, &detector), ECG_OK);
  peaks->count = 0;
  for (size_t start = 0; start < count; start += piece) {
    size_t some = count - start < piece ? count - start : piece, found = SIZE_MAX;
    size_t room = ECG_DETECTOR_CAPACITY(some, detector_rate);
    require(peaks->count + room <= COUNT(peaks->positions), "more R peaks than a heart can have");
    expect(ecg_detector_push(detector, signal + start, some, peaks->positions + peaks->count,
                             peaks->confidences + peaks->count, room, &found), ECG_OK);
    CHECK(found <= room);
    peaks->count += found;
  }
  size_t found = SIZE_MAX;
  expect(ecg_detector_finish(detector, peaks->positions + peaks->count, peaks->confidences + peaks->count,
                             ECG_DETECTOR_FINISH_CAPACITY, &found), ECG_OK);
  CHECK(found <= ECG_DETECTOR_FINISH_CAPACITY);
  peaks->count += found;
  for (size_t i = 0; i < peaks->count; i++) {
    CHECK(peaks->positions[i] < count && peaks->confidences[i] >= 0 && peaks->confidences[i] <= 1);
    CHECK(i == 0 || (double)(peaks->positions[i] - peaks->positions[i - 1]) >= 0.2 * detector_rate);
  }
  give_back(memory);
}

static void detector_arguments(void) {
  size_t size = 77, found = 77;
  uint64_t positions[64];
  float some[10] = {0};
  unsigned char zeros[ECG_ALIGNMENT] = {0};
  ecg_detector *detector, *untouched;
  poison(&untouched, sizeof untouched);
  detector = untouched;
  block own = take(61440);
  now("ecg_detector_... with bad arguments");
  expect(ecg_detector_size(rate, NULL), ECG_ERROR_ARGUMENT);
  for (size_t i = 0; i < COUNT(bad_rates); i++) {
    expect(ecg_detector_size(bad_rates[i], &size), ECG_ERROR_SAMPLING_RATE);
    expect(ecg_detector_init(bad_rates[i], own.start, own.size, &detector), ECG_ERROR_SAMPLING_RATE);
  }
  CHECK(size == 77);
  for (size_t i = 0; i < COUNT(good_rates); i++) {
    now("a detector at %g Hz", good_rates[i]);
    expect(ecg_detector_size(good_rates[i], &size), ECG_OK);
    CHECK(size > 1000 && size < 61440);
    block memory = take(size + ECG_ALIGNMENT);
    for (size_t less = 1; less < size; less = less < 130 ? less + 1 : less * 2) {
      poison(memory.start, memory.size);
      expect(ecg_detector_init(good_rates[i], memory.start, size - less, &detector), ECG_ERROR_BUFFER_TOO_SMALL);
      CHECK(is_poisoned(memory.start + size - less, memory.size - (size - less)));
    }
    expect(ecg_detector_init(good_rates[i], memory.start, size, &detector), ECG_OK);
    CHECK(is_poisoned(memory.start + size, ECG_ALIGNMENT));
    give_back(memory);
  }
  now("ecg_detector_init with bad arguments");
  detector = untouched;
  expect(ecg_detector_init(rate, NULL, size, &detector), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_init(rate, own.start, 0, &detector), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_init(rate, own.start, SIZE_MAX, &detector), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_init(rate, own.start, own.size, NULL), ECG_ERROR_ARGUMENT);
  for (size_t offset = 1; offset < ECG_ALIGNMENT; offset++) {
    expect(ecg_detector_init(rate, own.start + offset, own.size - offset, &detector),
           ECG_ERROR_ALIGNMENT);
  }
  CHECK(detector == untouched);

  now("ecg_detector_push with bad arguments");
  expect(ecg_detector_push(NULL, some, 10, positions, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_push((ecg_detector *)(void *)zeros, some, 10, positions, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_finish(NULL, positions, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_init(rate, own.start, own.size, &detector), ECG_OK);
  expect(ecg_detector_push(detector, NULL, 10, positions, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_push(detector, some, SIZE_MAX, positions, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_push(detector, some, SIZE_MAX / 2, positions, NULL, 64, &found), ECG_ERROR_BUFFER_TOO_SMALL);
  expect(ecg_detector_push(detector, some, 10, NULL, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_push(detector, some, 10, positions, NULL, 64, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_push(detector, some, 10, positions, NULL, 3, &found), ECG_ERROR_BUFFER_TOO_SMALL);
  expect(ecg_detector_finish(detector, NULL, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_finish(detector, positions, NULL, 64, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_detector_finish(detector, positions, NULL, ECG_DETECTOR_FINISH_CAPACITY - 1, &found),
         ECG_ERROR_BUFFER_TOO_SMALL);
  CHECK(found == 77);
  expect(ecg_detector_push(detector, some, 10, positions, NULL, 64, &found), ECG_OK);
  CHECK(found == 0);
  expect(ecg_detector_finish(detector, positions, NULL, 64, &found), ECG_OK);
  expect(ecg_detector_finish(detector, positions, NULL, 64, &found), ECG_OK);
  CHECK(found == 0);
  now("ecg_detector_push after the end");
  expect(ecg_detector_push(detector, some, 10, positions, NULL, 64, &found), ECG_ERROR_ARGUMENT);
  give_back(own);
}

static void detector_streams(void) {
  static peak_list whole, pieces;
  now("a recording through a detector");
  detect(rate, samples, sample_count, sample_count, &whole);
  CHECK(whole.count >= beat_count);
  const size_t sizes[] = {1, 2, 7, 64, 1000};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    now("a recording through a detector, %zu samples at a time", sizes[i]);
    detect(rate, samples, sample_count, sizes[i], &pieces);
    CHECK(pieces.count == whole.count);
    CHECK(memcmp(pieces.positions, whole.positions, whole.count * sizeof *whole.positions) == 0);
    CHECK(memcmp(pieces.confidences, whole.confidences, whole.count * sizeof *whole.confidences) == 0);
  }
  float *odd = malloc(sample_count * sizeof *odd);
  for (size_t i = 0; i < COUNT(good_rates); i++) {
    now("bit patterns through a detector at %g Hz", good_rates[i]);
    for (size_t k = 0; k < sample_count; k++) {
      uint32_t bits = (uint32_t)(draw() >> 32);
      memcpy(odd + k, &bits, sizeof bits);
    }
    detect(good_rates[i], odd, sample_count, 1 + draw() % 500, &pieces);
  }
  free(odd);
}

/* ---- Stream ---------------------------------------------------------------------------------------------------------- */

typedef struct {
  ecg_stream_event events[4000];
  size_t count;
} event_list;

/* Everything that can be told now. */
static void tell(ecg_stream *stream, event_list *list) {
  for (;;) {
    ecg_stream_event event;
    poison(&event, sizeof event);
    event.struct_size = sizeof event;
    ecg_status status = ecg_stream_next(stream, &event);
    expect(status, ECG_OK);
    CHECK(event.kind == ECG_EVENT_NONE || event.kind == ECG_EVENT_BEAT || event.kind == ECG_EVENT_SIGNAL);
    CHECK(event.quality >= 0 && event.quality <= 1 && event.fault >= 0 && event.fault <= 10);
    CHECK((event.beat_count == 0 || !names_people()) == (event.person == -1));
    CHECK(event.person < (int32_t)info.person_count && (event.person >= 0 || event.probability == 0));
    CHECK(event.probability >= 0 && event.probability <= 1 && event.outlier_score >= 0);
    CHECK(event.is_outlier >= -1 && event.is_outlier <= 1);
    CHECK((event.is_outlier == -1) == (event.beat_count == 0 || info.outlier_reference_count == 0));
    float *beat = malloc(info.beat_length * sizeof *beat), *values = malloc(info.person_count * sizeof *values + 1);
    bool usable = event.kind == ECG_EVENT_BEAT && event.fault == ECG_FAULT_NONE;
    status = ecg_stream_beat(stream, beat, info.beat_length);
    if (event.kind == ECG_EVENT_BEAT) expect(status, usable ? ECG_OK : ECG_ERROR_NO_BEATS);
    if (usable) CHECK(event.beat_count > 0 && event.signal == ECG_OK);
    status = ecg_stream_probabilities(stream, values, info.person_count);
    expect(status, !names_people() ? ECG_ERROR_NO_CLASSES : event.beat_count ? ECG_OK : ECG_ERROR_NO_BEATS);
    if (status == ECG_OK) CHECK(values[event.person] == event.probability);
    free(beat);
    free(values);
    if (status != naming() && status != ECG_ERROR_NO_BEATS) return;
    if (event.kind == ECG_EVENT_NONE) return;
    require(list->count < COUNT(list->events), "more events than a heart can have");
    list->events[list->count++] = event;
  }
}

/* Pushes a signal in pieces of `piece` samples, of random ones up to that when `random`. */
static void push_all(ecg_stream *stream, const float *signal, size_t count, size_t piece, bool random,
                     event_list *list) {
  size_t start = 0;
  while (start < count) {
    size_t some = random ? 1 + draw() % piece : piece, taken = SIZE_MAX;
    if (some > count - start) some = count - start;
    expect(ecg_stream_push(stream, signal + start, some, &taken), ECG_OK);
    CHECK(taken <= some);
    if (taken > some) return;
    start += taken;
    tell(stream, list);
  }
}

static void stream_whole(double at, const ecg_stream_options *options, const float *signal, size_t count, size_t piece,
                         bool random, event_list *list) {
  size_t size;
  ecg_stream *stream;
  expect(ecg_stream_size(model, at, options, &size), ECG_OK);
  block memory = take(size);
  poison(memory.start, size);
  expect(ecg_stream_init(model, at, options, memory.start, size, &stream), ECG_OK);
  list->count = 0;
  push_all(stream, signal, count, piece, random, list);
  expect(ecg_stream_finish(stream), ECG_OK);
  tell(stream, list);
  for (size_t i = 0; i < list->count; i++) CHECK(list->events[i].position <= count);
  ecg_stream_close(stream); /* leaves it alone */
  expect(ecg_stream_reset(stream), ECG_OK);
  give_back(memory);
}

static bool same_events(const event_list *a, const event_list *b) {
  return a->count == b->count && memcmp(a->events, b->events, a->count * sizeof *a->events) == 0;
}

static ecg_stream *stream_of_structs;
static ecg_status next(void *target) { return ecg_stream_next(stream_of_structs, target); }

static void stream_arguments(void) {
  size_t size = 77, taken = 77;
  float some[10] = {0};
  ecg_stream *stream, *untouched;
  ecg_stream_event event = {.struct_size = sizeof event};
  unsigned char zeros[ECG_ALIGNMENT] = {0};
  poison(&untouched, sizeof untouched);
  stream = untouched;
  now("ecg_stream_... with NULL");
  expect(ecg_stream_open(NULL, rate, NULL, &stream), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_open(model, rate, NULL, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_size(NULL, rate, NULL, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_size(model, rate, NULL, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push(NULL, some, 10, &taken), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push((ecg_stream *)(void *)zeros, some, 10, &taken), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push((ecg_stream *)(void *)session, some, 10, &taken), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_gap(NULL, 1), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_finish(NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_reset(NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_next(NULL, &event), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_probabilities(NULL, probabilities, info.person_count), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_beat(NULL, some, 10), ECG_ERROR_ARGUMENT);
  ecg_stream_close(NULL);
  for (size_t i = 0; i < COUNT(bad_rates); i++) {
    now("a stream at %g Hz", bad_rates[i]);
    expect(ecg_stream_open(model, bad_rates[i], NULL, &stream), ECG_ERROR_SAMPLING_RATE);
    expect(ecg_stream_size(model, bad_rates[i], NULL, &size), ECG_ERROR_SAMPLING_RATE);
  }
  const ecg_stream_options first = {.struct_size = sizeof first};
  const uint32_t small[] = {0, 1, 4, 8, 24, sizeof first - 1};
  for (size_t i = 0; i < COUNT(small); i++) {
    now("ecg_stream_options with struct_size %u", (unsigned)small[i]);
    ecg_stream_options options = first;
    options.struct_size = small[i];
    expect(ecg_stream_open(model, rate, &options, &stream), ECG_ERROR_ARGUMENT);
    expect(ecg_stream_size(model, rate, &options, &size), ECG_ERROR_ARGUMENT);
  }
  const double bad_seconds[] = {-1, 1e-300, 0.05, 61, 1e9, 1e300, (double)NAN, (double)INFINITY, -(double)INFINITY};
  for (size_t i = 0; i < COUNT(bad_seconds); i++) {
    for (int field = 0; field < 3; field++) {
      now("ecg_stream_options with %g s in field %d", bad_seconds[i], field);
      ecg_stream_options options = first;
      *(field == 0 ? &options.window_seconds : field == 1 ? &options.interval_seconds : &options.lookahead_seconds) =
          bad_seconds[i];
      expect(ecg_stream_open(model, rate, &options, &stream), ECG_ERROR_ARGUMENT);
      expect(ecg_stream_size(model, rate, &options, &size), ECG_ERROR_ARGUMENT);
    }
  }
  const uint32_t bad_counts[] = {1001, INT32_MAX, UINT32_MAX};
  for (size_t i = 0; i < COUNT(bad_counts); i++) {
    ecg_stream_options options = first;
    options.beat_count = bad_counts[i];
    expect(ecg_stream_size(model, rate, &options, &size), ECG_ERROR_ARGUMENT);
  }
  CHECK(stream == untouched && size == 77 && taken == 77);

  now("ecg_stream_init with bad arguments");
  expect(ecg_stream_size(model, rate, NULL, &size), ECG_OK);
  CHECK(size > 1000 && size < 64u << 20);
  block memory = take(size + ECG_ALIGNMENT);
  poison(memory.start, memory.size);
  expect(ecg_stream_init(NULL, rate, NULL, memory.start, size, &stream), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_init(model, rate, NULL, NULL, size, &stream), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_init(model, rate, NULL, memory.start, 0, &stream), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_init(model, rate, NULL, memory.start, SIZE_MAX, &stream), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_init(model, rate, NULL, memory.start, size, NULL), ECG_ERROR_ARGUMENT);
  for (size_t offset = 1; offset < ECG_ALIGNMENT; offset++) {
    expect(ecg_stream_init(model, rate, NULL, memory.start + offset, size, &stream), ECG_ERROR_ALIGNMENT);
  }
  CHECK(is_poisoned(memory.start, memory.size));
  for (size_t less = 1; less < size; less = less < 130 ? less + 1 : less * 2) {
    now("ecg_stream_init in %zu bytes less", less);
    poison(memory.start, memory.size);
    expect(ecg_stream_init(model, rate, NULL, memory.start, size - less, &stream), ECG_ERROR_BUFFER_TOO_SMALL);
    CHECK(is_poisoned(memory.start + size - less, memory.size - (size - less)));
  }
  CHECK(stream == untouched);
  expect(ecg_stream_init(model, rate, NULL, memory.start, size, &stream), ECG_OK);
  CHECK(is_poisoned(memory.start + size, ECG_ALIGNMENT));

  now("ecg_stream_push with bad arguments");
  expect(ecg_stream_push(stream, NULL, 10, &taken), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push(stream, some, SIZE_MAX, &taken), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push(stream, some, SIZE_MAX, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push(stream, some, SIZE_MAX / 2, NULL), ECG_ERROR_BUFFER_TOO_SMALL);
  CHECK(taken == 77);
  expect(ecg_stream_push(stream, some, 0, &taken), ECG_OK);
  CHECK(taken == 0);
  expect(ecg_stream_push(stream, some, 10, NULL), ECG_OK);
  now("ecg_stream_gap without end");
  expect(ecg_stream_gap(stream, UINT64_MAX), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_gap(stream, (uint64_t)1 << 63), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_gap(stream, (uint64_t)1 << 62), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_gap(stream, ((uint64_t)1 << 62) - 20), ECG_OK);
  taken = 77;
  expect(ecg_stream_push(stream, some, 10, NULL), ECG_ERROR_BUFFER_TOO_SMALL);
  expect(ecg_stream_push(stream, some, 10, &taken), ECG_OK);
  CHECK(taken == 0);
  static event_list list;
  list.count = 0;
  tell(stream, &list);
  expect(ecg_stream_push(stream, some, 1, NULL), ECG_OK);
  expect(ecg_stream_gap(stream, 100), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_next(stream, &event), ECG_OK);
  CHECK(event.kind == ECG_EVENT_NONE && event.position == ((uint64_t)1 << 62) - 9);
  now("ecg_stream_... without beats and after the end");
  expect(ecg_stream_probabilities(stream, probabilities, info.person_count),
         names_people() ? ECG_ERROR_NO_BEATS : ECG_ERROR_NO_CLASSES);
  expect(ecg_stream_beat(stream, some, 10), ECG_ERROR_NO_BEATS);
  expect(ecg_stream_finish(stream), ECG_OK);
  expect(ecg_stream_finish(stream), ECG_OK);
  expect(ecg_stream_push(stream, some, 1, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_push(stream, some, 1, &taken), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_gap(stream, 1), ECG_ERROR_ARGUMENT);
  tell(stream, &list);
  expect(ecg_stream_reset(stream), ECG_OK);
  stream_of_structs = stream;
  struct_sizes("ecg_stream_event", next, sizeof event, sizeof event);

  now("too little room for a beat and for probabilities");
  list.count = 0;
  push_all(stream, samples, sample_count, 100, false, &list);
  expect(ecg_stream_next(stream, &event), ECG_OK);
  CHECK(event.beat_count > 0);
  float *values = malloc(info.person_count * sizeof *values + 1);
  poison(values, info.person_count * sizeof *values);
  expect(ecg_stream_probabilities(stream, NULL, 10), ECG_ERROR_ARGUMENT);
  if (names_people())
    expect(ecg_stream_probabilities(stream, values, info.person_count - 1), ECG_ERROR_BUFFER_TOO_SMALL);
  else
    expect(ecg_stream_probabilities(stream, values, 0), ECG_ERROR_NO_CLASSES);
  expect(ecg_stream_probabilities(stream, values, SIZE_MAX), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_beat(stream, NULL, 10), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_beat(stream, values, SIZE_MAX), ECG_ERROR_ARGUMENT);
  CHECK(is_poisoned(values, info.person_count * sizeof *values));
  free(values);
  give_back(memory);
}

/* Hours of random bits are much work; so many seconds tell as much. */
static size_t some_seconds(double at, double most) {
  return at * most < (double)sample_count ? (size_t)(at * most) : sample_count;
}

static void streams(void) {
  static event_list whole, pieces;
  now("a recording through a stream");
  stream_whole(rate, NULL, samples, sample_count, sample_count, false, &whole);
  CHECK(whole.count >= beat_count / 2);
  CHECK(whole.events[whole.count - 1].person == (names_people() ? identity.person : -1));
  const size_t sizes[] = {1, 2, 7, 64, 1000, 4999};
  for (size_t i = 0; i < COUNT(sizes); i++) {
    for (int random = 0; random < 2; random++) {
      now("a recording through a stream, %s%zu samples at a time", random ? "up to " : "", sizes[i]);
      stream_whole(rate, NULL, samples, sample_count, sizes[i], random, &pieces);
      CHECK(same_events(&pieces, &whole));
    }
  }
  now("a stream from the system's memory, twice");
  ecg_stream *stream;
  expect(ecg_stream_open(model, rate, NULL, &stream), ECG_OK);
  for (int round = 0; round < 2; round++) {
    pieces.count = 0;
    push_all(stream, samples, sample_count, 300, true, &pieces);
    expect(ecg_stream_finish(stream), ECG_OK);
    tell(stream, &pieces);
    CHECK(same_events(&pieces, &whole));
    expect(ecg_stream_reset(stream), ECG_OK);
  }
  ecg_stream_close(stream);

  const ecg_stream_options options[] = {
      {sizeof *options, 1, 0, 0, 0},     {sizeof *options, 1000, 0, 0, 0},   {sizeof *options, 0, 3.5, 1, 1},
      {sizeof *options, 0, 60, 0, 0},    {sizeof *options, 0, 12, 10, 0.5}, {sizeof *options, 3, 17, 10, 5},
      {sizeof *options, 0, 4, 0.25, 0.5}, {sizeof *options + 8, 0, 0, 0, 0}};
  for (size_t i = 0; i < COUNT(options); i++) {
    now("a recording through a stream with options %zu", i);
    stream_whole(rate, &options[i], samples, sample_count, sample_count, false, &whole);
    stream_whole(rate, &options[i], samples, sample_count, 700, true, &pieces);
    CHECK(same_events(&pieces, &whole) && whole.count > 0);
  }
}

static void odd_streams(void) {
  static event_list list;
  float *odd = malloc(sample_count * sizeof *odd);
  for (size_t i = 0; i < COUNT(good_rates); i++) {
    now("bit patterns through a stream at %g Hz", good_rates[i]);
    for (size_t k = 0; k < sample_count; k++) {
      uint32_t bits = (uint32_t)(draw() >> 32);
      memcpy(odd + k, &bits, sizeof bits);
    }
    stream_whole(good_rates[i], NULL, odd, some_seconds(good_rates[i], 12), 1 + draw() % 500, true, &list);
    now("a recording through a stream at %g Hz", good_rates[i]);
    stream_whole(good_rates[i], NULL, samples, some_seconds(good_rates[i], 12), 1 + draw() % 500, true, &list);
  }
  const float values[] = {NAN, INFINITY, -INFINITY, 1e30f, -3.4e38f, 1e-40f, 1e-45f, -0.0f, 5, 1e6f};
  for (size_t i = 0; i < COUNT(values); i++) {
    const size_t every[] = {1, 2, 97, 1000};
    for (size_t k = 0; k < COUNT(every); k++) {
      now("every %zu-th sample of a stream is %g", every[k], (double)values[i]);
      memcpy(odd, samples, sample_count * sizeof *odd);
      for (size_t s = 0; s < sample_count; s += every[k]) odd[s] = values[i];
      stream_whole(rate, NULL, odd, some_seconds(rate, 9), 200, true, &list);
      if (every[k] == 1) CHECK(list.count > 0 && list.events[list.count - 1].beat_count == 0);
    }
  }
  free(odd);
  now("gaps of all sizes");
  ecg_stream *stream;
  expect(ecg_stream_open(model, rate, NULL, &stream), ECG_OK);
  list.count = 0;
  for (int round = 0; round < 40; round++) {
    expect(ecg_stream_gap(stream, draw() >> (10 + draw() % 50)), ECG_OK);
    if (round % 3) tell(stream, &list);
    size_t taken, start = draw() % sample_count, some = 1 + draw() % (sample_count - start);
    expect(ecg_stream_push(stream, samples + start, some, &taken), ECG_OK);
    CHECK(taken <= some);
    tell(stream, &list);
    list.count = 0;
  }
  ecg_stream_close(stream);
}

/* ---- Galleries -------------------------------------------------------------------------------------------------------- */

static ecg_gallery *gallery;

static ecg_status find(void *target) { return ecg_gallery_identify(session, gallery, beats, beat_count, target); }
static ecg_status verify(void *target) { return ecg_verify(session, gallery, "Ada", beats, beat_count, target); }

static size_t templates_of(const ecg_gallery *any) {
  size_t count = SIZE_MAX;
  expect(ecg_gallery_count(any, &count, NULL), ECG_OK);
  return count;
}

static void gallery_arguments(void) {
  size_t size, untouched_size;
  ecg_gallery *other, *untouched;
  poison(&untouched, sizeof untouched);
  poison(&untouched_size, sizeof untouched_size);
  other = untouched;
  size = untouched_size;
  now("ecg_gallery_size with bad arguments");
  expect(ecg_gallery_size(NULL, 1, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_size((const ecg_model *)session, 1, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_size(model, 0, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_size(model, SIZE_MAX, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_size(model, SIZE_MAX / 64, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_size(model, 1, NULL), ECG_ERROR_ARGUMENT);
  CHECK(size == untouched_size);
  now("ecg_gallery_open with bad arguments");
  expect(ecg_gallery_open(NULL, 1, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_open(model, 0, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_open(model, SIZE_MAX, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_open(model, 1, NULL), ECG_ERROR_ARGUMENT);
  ecg_gallery_close(NULL);
  ecg_gallery_close((ecg_gallery *)session);
  CHECK(other == untouched);

  now("ecg_gallery_init");
  expect(ecg_gallery_size(model, 3, &size), ECG_OK);
  block memory = take(size + ECG_ALIGNMENT);
  poison(memory.start, memory.size);
  expect(ecg_gallery_init(NULL, 3, memory.start, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_init(model, 0, memory.start, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_init(model, SIZE_MAX, memory.start, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_init(model, 3, NULL, size, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_init(model, 3, memory.start, 0, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_init(model, 3, memory.start, SIZE_MAX, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_init(model, 3, memory.start, size, NULL), ECG_ERROR_ARGUMENT);
  for (size_t less = 1; less <= size; less = less * 2 + 1)
    expect(ecg_gallery_init(model, 3, memory.start, size - less, &other), ECG_ERROR_BUFFER_TOO_SMALL);
  for (size_t offset = 1; offset < ECG_ALIGNMENT; offset++)
    expect(ecg_gallery_init(model, 3, memory.start + offset, size, &other), ECG_ERROR_ALIGNMENT);
  CHECK(other == untouched);
  CHECK(is_poisoned(memory.start, memory.size));
  expect(ecg_gallery_init(model, 3, memory.start, size, &gallery), ECG_OK);
  CHECK(is_poisoned(memory.start + size, ECG_ALIGNMENT));
  CHECK(templates_of(gallery) == 0);

  now("ecg_gallery_enrol with bad arguments");
  char text[60];
  memset(text, 'x', sizeof text);
  expect(ecg_gallery_enrol(NULL, session, "Ada", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol((ecg_gallery *)session, session, "Ada", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, NULL, "Ada", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, (ecg_session *)gallery, "Ada", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, NULL, beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "A\nB", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "\x7f", beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, text, beats, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "Ada", NULL, beat_count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, 0), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, SIZE_MAX), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, SIZE_MAX / info.beat_length), ECG_ERROR_ARGUMENT);
  const float odd[] = {(float)NAN, (float)INFINITY, -(float)INFINITY, 3e38f, 2.5f};
  float kept = beats[info.beat_length + 3];
  for (size_t i = 0; i < COUNT(odd); i++) {
    beats[info.beat_length + 3] = odd[i];
    expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_ERROR_ARGUMENT);
  }
  beats[info.beat_length + 3] = kept;
  CHECK(templates_of(gallery) == 0);
  ecg_model *twin;
  ecg_session *foreign;
  expect(ecg_model_open(model_path, &twin), ECG_OK);
  expect(ecg_session_open(twin, seconds, rate, &foreign), ECG_OK);
  expect(ecg_gallery_enrol(gallery, foreign, "Ada", beats, beat_count), ECG_ERROR_OTHER_MODEL);
  ecg_match match = {.struct_size = sizeof match};
  expect(ecg_gallery_identify(foreign, gallery, beats, beat_count, &match), ECG_ERROR_OTHER_MODEL);
  expect(ecg_verify(foreign, gallery, "Ada", beats, beat_count, &match), ECG_ERROR_OTHER_MODEL);
  ecg_session_close(foreign);
  ecg_model_close(twin);

  now("an empty gallery");
  expect(ecg_gallery_identify(session, gallery, beats, beat_count, &match), ECG_OK);
  CHECK(match.verdict != ECG_VERDICT_ACCEPTED && match.template_index == -1 && match.template_count == 0);
  CHECK(match.person[0] == 0);
  expect(ecg_verify(session, gallery, "Ada", beats, beat_count, &match), ECG_ERROR_UNKNOWN_PERSON);
  expect(ecg_gallery_remove(gallery, "Ada"), ECG_ERROR_UNKNOWN_PERSON);
  CHECK(ecg_gallery_person(gallery, 0, NULL) == NULL);

  now("a full gallery");
  text[ECG_PERSON_SIZE - 1] = 0;
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, text, beats, 1), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, 2), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Eve", beats, 1), ECG_ERROR_BUFFER_TOO_SMALL);
  CHECK(is_poisoned(memory.start + size, ECG_ALIGNMENT));
  size_t templates, people;
  expect(ecg_gallery_count(gallery, &templates, &people), ECG_OK);
  CHECK(templates == 3 && people == 2);
  expect(ecg_gallery_count(gallery, NULL, NULL), ECG_OK);
  expect(ecg_gallery_count(NULL, &templates, &people), ECG_ERROR_ARGUMENT);
  uint32_t made_from[3];
  for (size_t i = 0; i < 2; i++) CHECK(strcmp(ecg_gallery_person(gallery, i, &made_from[i]), "Ada") == 0);
  CHECK(strcmp(ecg_gallery_person(gallery, 2, &made_from[2]), text) == 0);
  CHECK(made_from[0] == beat_count && made_from[1] == 2 && made_from[2] == 1);
  CHECK(ecg_gallery_person(gallery, 3, NULL) == NULL && ecg_gallery_person(gallery, SIZE_MAX, NULL) == NULL);
  CHECK(ecg_gallery_person(NULL, 0, NULL) == NULL);
  struct_sizes("ecg_match of ecg_gallery_identify", find, sizeof match, sizeof match);
  struct_sizes("ecg_match of ecg_verify", verify, sizeof match, sizeof match);

  now("ecg_verify with bad arguments");
  expect(ecg_verify(NULL, gallery, "Ada", beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_verify(session, NULL, "Ada", beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_verify(session, gallery, NULL, beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_verify(session, gallery, "", beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_verify(session, gallery, "ada", beats, beat_count, &match), ECG_ERROR_UNKNOWN_PERSON);
  expect(ecg_verify(session, gallery, "Ada", NULL, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_verify(session, gallery, "Ada", beats, 0, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_verify(session, gallery, "Ada", beats, SIZE_MAX, &match), ECG_ERROR_ARGUMENT);
  now("ecg_gallery_identify with bad arguments");
  expect(ecg_gallery_identify(NULL, gallery, beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_identify(session, NULL, beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_identify(session, gallery, NULL, beat_count, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_identify(session, gallery, beats, 0, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_identify(session, gallery, beats, SIZE_MAX, &match), ECG_ERROR_ARGUMENT);
  for (size_t i = 0; i < COUNT(odd); i++) {
    beats[3] = odd[i];
    expect(ecg_gallery_identify(session, gallery, beats, beat_count, &match), ECG_ERROR_ARGUMENT);
    expect(ecg_verify(session, gallery, "Ada", beats, beat_count, &match), ECG_ERROR_ARGUMENT);
  }
  now("odd beats");
  expect(ecg_preprocess(session, samples, sample_count, rate, beats, capacity, NULL, &beat_count, NULL), ECG_OK);

  now("a gallery that was closed");
  ecg_gallery_close(gallery);
  for (size_t i = 0; i < size; i++) CHECK(memory.start[i] == 0);
  CHECK(is_poisoned(memory.start + size, ECG_ALIGNMENT));
  ecg_gallery_close(gallery);
  expect(ecg_gallery_count(gallery, &templates, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_ERROR_ARGUMENT);
  give_back(memory);
}

/* A template is what it was made from; removing people leaves nothing of them. */
static void galleries(void) {
  now("enrolling and removing");
  size_t size;
  expect(ecg_gallery_size(model, 4, &size), ECG_OK);
  block memory = take(size);
  expect(ecg_gallery_init(model, 4, memory.start, size, &gallery), ECG_OK);
  unsigned char *empty = malloc(size);
  memcpy(empty, memory.start, size);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_OK);
  ecg_match match = {.struct_size = sizeof match};
  expect(ecg_gallery_identify(session, gallery, beats, beat_count, &match), ECG_OK);
  CHECK(match.template_index == 0 && match.score <= 1.00001f && match.score >= -1.00001f);
  CHECK(match.beat_count >= 1 && match.beat_count <= beat_count && match.template_count == 1);
  CHECK(match.false_acceptance_probability > 0 && match.false_acceptance_probability <= 1);
  CHECK((match.verdict == ECG_VERDICT_ACCEPTED) == (match.person[0] != 0));
  if (info.calibration_people == 0) {
    CHECK(match.verdict == ECG_VERDICT_NOT_SURE && match.threshold > 1 && match.score > 0.9999f);
    CHECK(match.beat_count == beat_count && match.false_acceptance_probability == 1);
  } else {
    CHECK((match.verdict == ECG_VERDICT_ACCEPTED) ==
          (match.false_acceptance_probability <= info.false_acceptance_rate));
  }
  ecg_match again = {.struct_size = sizeof again};
  expect(ecg_verify(session, gallery, "Ada", beats, beat_count, &again), ECG_OK);
  CHECK(memcmp(&match, &again, sizeof match) == 0);
  expect(ecg_gallery_enrol(gallery, session, "Eve", beats, 1), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, 1), ECG_OK);
  expect(ecg_gallery_remove(gallery, "Ada"), ECG_OK);
  CHECK(templates_of(gallery) == 1 && strcmp(ecg_gallery_person(gallery, 0, NULL), "Eve") == 0);
  expect(ecg_gallery_remove(gallery, "Eve"), ECG_OK);
  CHECK(memcmp(empty, memory.start, size) == 0);
  free(empty);
  give_back(memory);
}

/* ---- A stream with a gallery ------------------------------------------------------------------------------------------ */

static ecg_stream *stream_of_matches;
static ecg_status match_of_stream(void *target) { return ecg_stream_match(stream_of_matches, target); }

static void stream_gallery_arguments(void) {
  ecg_stream *stream;
  ecg_match match = {.struct_size = sizeof match}, untouched;
  uint32_t count = 77;
  expect(ecg_stream_open(model, rate, NULL, &stream), ECG_OK);
  expect(ecg_gallery_open(model, 2, &gallery), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_OK);
  untouched = match;
  now("ecg_stream_set_gallery with bad arguments");
  expect(ecg_stream_set_gallery(NULL, gallery, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery((ecg_stream *)session, gallery, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, (ecg_gallery *)session, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, (ecg_gallery *)stream, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, NULL, "Ada"), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, gallery, ""), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, gallery, "A\nB"), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, gallery, "Eve"), ECG_ERROR_UNKNOWN_PERSON);
  expect(ecg_stream_match(stream, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_set_gallery(stream, NULL, NULL), ECG_OK);
  expect(ecg_stream_match(stream, &match), ECG_ERROR_ARGUMENT);
  now("ecg_stream_enrol with bad arguments");
  expect(ecg_stream_enrol(stream, gallery, "Eve", &count), ECG_ERROR_NO_BEATS);
  expect(ecg_stream_enrol(NULL, gallery, "Eve", &count), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_enrol(stream, NULL, "Eve", &count), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_enrol(stream, (ecg_gallery *)session, "Eve", &count), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_enrol(stream, gallery, NULL, &count), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_enrol(stream, gallery, "", &count), ECG_ERROR_ARGUMENT);
  ecg_model *twin;
  ecg_gallery *foreign;
  expect(ecg_model_open(model_path, &twin), ECG_OK);
  expect(ecg_gallery_open(twin, 2, &foreign), ECG_OK);
  expect(ecg_stream_set_gallery(stream, foreign, NULL), ECG_ERROR_OTHER_MODEL);
  expect(ecg_stream_enrol(stream, foreign, "Eve", &count), ECG_ERROR_OTHER_MODEL);
  ecg_gallery_close(foreign);
  ecg_model_close(twin);
  CHECK(count == 77 && templates_of(gallery) == 1 && memcmp(&match, &untouched, sizeof match) == 0);

  now("ecg_stream_match");
  expect(ecg_stream_set_gallery(stream, gallery, "Ada"), ECG_OK);
  expect(ecg_stream_match(stream, &match), ECG_OK);
  CHECK(match.verdict == ECG_VERDICT_NOT_SURE && match.beat_count == 0 && match.template_index == -1);
  CHECK(match.person[0] == 0 && match.false_acceptance_probability == 1);
  expect(ecg_stream_match(NULL, &match), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_match(stream, NULL), ECG_ERROR_ARGUMENT);
  stream_of_matches = stream;
  struct_sizes("ecg_match of ecg_stream_match", match_of_stream, sizeof match, sizeof match);

  now("a gallery that was closed in static memory while a stream had it");
  size_t size;
  static event_list list;
  list.count = 0;
  expect(ecg_gallery_size(model, 2, &size), ECG_OK);
  block memory = take(size);
  expect(ecg_gallery_init(model, 2, memory.start, size, &foreign), ECG_OK);
  expect(ecg_gallery_enrol(foreign, session, "Ada", beats, beat_count), ECG_OK);
  expect(ecg_stream_set_gallery(stream, foreign, NULL), ECG_OK);
  ecg_gallery_close(foreign);
  expect(ecg_stream_set_gallery(stream, foreign, NULL), ECG_ERROR_ARGUMENT);
  push_all(stream, samples, sample_count, 100, false, &list);
  expect(ecg_stream_match(stream, &match), ECG_OK);
  CHECK(match.verdict != ECG_VERDICT_ACCEPTED);
  expect(ecg_stream_enrol(stream, foreign, "Eve", NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_stream_enrol(stream, gallery, "Eve", NULL), ECG_OK);
  expect(ecg_stream_enrol(stream, gallery, "Eve", &count), ECG_ERROR_BUFFER_TOO_SMALL);
  ecg_stream_close(stream);
  ecg_gallery_close(gallery);
  give_back(memory);
}

/* Event for event what ecg_gallery_identify says of the same beats; and a template as ecg_gallery_enrol makes it. */
static void stream_galleries(void) {
  now("a recording through a stream with a gallery");
  size_t told = 0, length = info.beat_length;
  float *collected = malloc(capacity * length * sizeof *collected);
  ecg_stream *stream;
  expect(ecg_stream_open(model, rate, NULL, &stream), ECG_OK);
  expect(ecg_gallery_open(model, 3, &gallery), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Eve", beats, 1), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_OK);
  expect(ecg_stream_set_gallery(stream, gallery, NULL), ECG_OK);
  for (size_t start = 0; start <= sample_count; start += 50) {
    size_t some = sample_count - start < 50 ? sample_count - start : 50;
    if (some > 0) expect(ecg_stream_push(stream, samples + start, some, NULL), ECG_OK);
    if (some < 50) expect(ecg_stream_finish(stream), ECG_OK);
    ecg_stream_event event = {.struct_size = sizeof event};
    while (ecg_stream_next(stream, &event) == ECG_OK && event.kind != ECG_EVENT_NONE) {
      if (event.kind == ECG_EVENT_SIGNAL && event.beat_count == 0) told = 0;
      if (event.kind == ECG_EVENT_BEAT && event.fault == ECG_FAULT_NONE && told < capacity)
        expect(ecg_stream_beat(stream, collected + length * told++, length), ECG_OK);
      if (told == 0) continue;
      ecg_match match = {.struct_size = sizeof match}, expected = match;
      expect(ecg_stream_match(stream, &match), ECG_OK);
      expect(ecg_gallery_identify(session, gallery, collected, told, &expected), ECG_OK);
      CHECK(match.verdict == expected.verdict && match.template_index == expected.template_index);
      CHECK(match.beat_count == expected.beat_count && match.template_count == expected.template_count);
      CHECK(fabsf(match.score - expected.score) < 1e-6f && strcmp(match.person, expected.person) == 0);
    }
  }
  CHECK(told > 1);
  now("enrolling from a stream");
  uint32_t enrolled = 0;
  expect(ecg_stream_enrol(stream, gallery, "Ada", &enrolled), ECG_OK);
  CHECK(enrolled == told && templates_of(gallery) == 3);
  ecg_gallery *other;
  expect(ecg_gallery_open(model, 1, &other), ECG_OK);
  expect(ecg_gallery_enrol(other, session, "Ada", collected, told), ECG_OK);
  size_t size = 96 + 3 * (64 + 4 * (size_t)info.embedding_length), other_size = size, at = 0;
  unsigned char *saved = malloc(size), *expected = malloc(size);
  expect(ecg_gallery_save(gallery, saved, size, &size), ECG_OK);
  expect(ecg_gallery_save(other, expected, other_size, &other_size), ECG_OK);
  for (size_t i = 0; i < info.embedding_length; i++) { /* Eve has one template, Ada's second one is the last */
    float a, b;
    at = 64 + 3 * 64 + 4 * (2 * (size_t)info.embedding_length + i);
    memcpy(&a, saved + at, sizeof a);
    memcpy(&b, expected + 128 + 4 * i, sizeof b);
    CHECK(fabsf(a - b) < 1e-6f);
  }
  free(saved);
  free(expected);
  free(collected);
  ecg_gallery_close(other);
  ecg_stream_close(stream);
  ecg_gallery_close(gallery);
}

static const ecg_status gallery_errors[] = {ECG_ERROR_NOT_A_GALLERY, ECG_ERROR_FORMAT_VERSION, ECG_OK};

static void saved_galleries(void) {
  now("ecg_gallery_save");
  expect(ecg_gallery_open(model, 3, &gallery), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count), ECG_OK);
  expect(ecg_gallery_enrol(gallery, session, "Eve", beats, 1), ECG_OK);
  size_t size = 0, count;
  expect(ecg_gallery_save(NULL, NULL, 0, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_save(gallery, NULL, 0, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_save(gallery, NULL, 0, &size), ECG_OK);
  CHECK(size == 96 + 2 * (64 + 4 * (size_t)info.embedding_length));
  block saved = take(size + 1), copy = take(size + 1);
  poison(saved.start, saved.size);
  count = 7;
  for (size_t less = 1; less <= size; less++)
    expect(ecg_gallery_save(gallery, saved.start, size - less, &count), ECG_ERROR_BUFFER_TOO_SMALL);
  CHECK(count == 7 && is_poisoned(saved.start, saved.size));
  unsigned char *bytes = saved.start + 1; /* no alignment is asked for */
  expect(ecg_gallery_save(gallery, bytes, size, &count), ECG_OK);
  CHECK(count == size);
  expect(ecg_gallery_saved_count(bytes, size, &count), ECG_OK);
  CHECK(count == 2);

  now("ecg_gallery_load with bad arguments");
  ecg_gallery *other;
  expect(ecg_gallery_open(model, 2, &other), ECG_OK);
  expect(ecg_gallery_load(NULL, bytes, size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_load(other, NULL, size), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_load(other, bytes, 0), ECG_ERROR_NOT_A_GALLERY);
  expect(ecg_gallery_load(other, bytes, SIZE_MAX), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_saved_count(NULL, size, &count), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_saved_count(bytes, size, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_gallery_saved_count(bytes, SIZE_MAX, &count), ECG_ERROR_ARGUMENT);
  CHECK(templates_of(other) == 0);
  now("ecg_gallery_load");
  expect(ecg_gallery_load(other, bytes, size), ECG_OK);
  CHECK(templates_of(other) == 2);
  expect(ecg_gallery_save(other, copy.start, size, &count), ECG_OK);
  CHECK(count == size && memcmp(copy.start, bytes, size) == 0);
  ecg_gallery *small;
  expect(ecg_gallery_open(model, 1, &small), ECG_OK);
  expect(ecg_gallery_load(small, bytes, size), ECG_ERROR_BUFFER_TOO_SMALL);
  CHECK(templates_of(small) == 0);
  ecg_gallery_close(small);
  now("a saved gallery cut short, or longer");
  for (size_t some = 0; some < size; some++) {
    expect(ecg_gallery_load(other, bytes, some), ECG_ERROR_NOT_A_GALLERY);
    expect_any(ecg_gallery_saved_count(bytes, some, &count), gallery_errors);
  }
  memcpy(copy.start, bytes, size);
  copy.start[size] = 0;
  expect(ecg_gallery_load(other, copy.start, size + 1), ECG_ERROR_NOT_A_GALLERY);
  for (size_t i = 0; i < size; i++) {
    now("a saved gallery with byte %zu changed", i);
    memcpy(copy.start, bytes, size);
    for (int bit = 0; bit < 8; bit += 7) {
      copy.start[i] = (unsigned char)(bytes[i] ^ 1 << bit);
      ecg_status status = ecg_gallery_load(other, copy.start, size);
      check(status != ECG_OK, "a damaged gallery is refused");
      expect_any(status, gallery_errors);
    }
  }
  CHECK(templates_of(other) == 2);
  expect(ecg_gallery_save(other, copy.start, size, &count), ECG_OK);
  CHECK(memcmp(copy.start, bytes, size) == 0);
  ecg_gallery_close(other);
  ecg_gallery_close(gallery);
  give_back(saved);
  give_back(copy);
}

/* ---- Session --------------------------------------------------------------------------------------------------------- */

static const ecg_status session_errors[] = {ECG_ERROR_ARGUMENT, ECG_ERROR_SAMPLING_RATE, ECG_ERROR_OUT_OF_MEMORY,
                                            ECG_OK};

static void session_opening(void) {
  ecg_session *other, *untouched;
  poison(&untouched, sizeof untouched);
  other = untouched;
  size_t size, untouched_size;
  poison(&untouched_size, sizeof untouched_size);
  size = untouched_size;
  unsigned char stack[ECG_ALIGNMENT * 2];
  unsigned char *little = stack + (ECG_ALIGNMENT - (uintptr_t)stack % ECG_ALIGNMENT);

  now("ecg_session_... with NULL");
  expect(ecg_session_open(NULL, seconds, rate, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_session_open(model, seconds, rate, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_session_size(NULL, seconds, rate, &size), ECG_ERROR_ARGUMENT);
  expect(ecg_session_size(model, seconds, rate, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_session_init(NULL, seconds, rate, little, 64, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_session_init(model, seconds, rate, NULL, 64, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_session_init(model, seconds, rate, little, 0, &other), ECG_ERROR_ARGUMENT);
  expect(ecg_session_init(model, seconds, rate, little, 64, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_session_init(model, seconds, rate, little, SIZE_MAX, &other), ECG_ERROR_ARGUMENT);
  CHECK(ecg_session_beat_capacity(NULL) == 0);
  expect(ecg_session_verify(NULL), ECG_ERROR_ARGUMENT);
  ecg_session_close(NULL);
  ecg_session_close(NULL);

  for (size_t i = 0; i < COUNT(bad_rates); i++) {
    now("a session at %g Hz", bad_rates[i]);
    expect(ecg_session_open(model, seconds, bad_rates[i], &other), ECG_ERROR_SAMPLING_RATE);
    expect(ecg_session_size(model, seconds, bad_rates[i], &size), ECG_ERROR_SAMPLING_RATE);
    expect(ecg_session_init(model, seconds, bad_rates[i], little, 64, &other), ECG_ERROR_SAMPLING_RATE);
  }
  const double bad_seconds[] = {0, -1, -1e300, (double)NAN, (double)INFINITY, -(double)INFINITY};
  for (size_t i = 0; i < COUNT(bad_seconds); i++) {
    now("a session for %g s", bad_seconds[i]);
    expect(ecg_session_open(model, bad_seconds[i], rate, &other), ECG_ERROR_ARGUMENT);
    expect(ecg_session_size(model, bad_seconds[i], rate, &size), ECG_ERROR_ARGUMENT);
    expect(ecg_session_init(model, bad_seconds[i], rate, little, 64, &other), ECG_ERROR_ARGUMENT);
  }
  CHECK(other == untouched && size == untouched_size);

  const double odd_seconds[] = {5e-324, 1e-9, 0.1, 1, 3.999999, 1e5, 1e7, 999999999, 1e9, 1e12, 1e18, 1e300};
  for (size_t i = 0; i < COUNT(odd_seconds); i++) {
    now("a session for %g s", odd_seconds[i]);
    other = untouched;
    ecg_status status = ecg_session_open(model, odd_seconds[i], rate, &other);
    expect_any(status, session_errors);
    CHECK((status == ECG_OK) == (other != untouched));
    if (status == ECG_OK) {
      CHECK(ecg_session_beat_capacity(other) > 0);
      ecg_session_close(other);
    }
    expect_any(ecg_session_size(model, odd_seconds[i], rate, &size), session_errors);
    expect_any(ecg_session_size(model, odd_seconds[i], 10000, &size), session_errors);
  }
}

/* The recording's beats and answers with a session in `size` bytes, and that nothing around them is touched. */
static void session_in_memory(size_t size, double tolerance) {
  block memory = take(size + 2 * ECG_ALIGNMENT);
  poison(memory.start, memory.size);
  ecg_session *own;
  expect(ecg_session_init(model, seconds, rate, memory.start + ECG_ALIGNMENT, size, &own), ECG_OK);
  ecg_session_close(own); /* leaves it alone */
  CHECK(ecg_session_beat_capacity(own) == capacity);
  expect(ecg_session_verify(own), ECG_OK);
  float *found = malloc(capacity * info.beat_length * sizeof *found);
  float *values = malloc(info.person_count * sizeof *values + 1);
  size_t count;
  expect(ecg_preprocess(own, samples, sample_count, rate, found, capacity, NULL, &count, NULL), ECG_OK);
  CHECK(count == beat_count && memcmp(found, beats, count * info.beat_length * sizeof *found) == 0);
  ecg_identity who = {.struct_size = sizeof who};
  expect(ecg_identify(own, found, count, &who, values), naming());
  CHECK(who.person == identity.person && fabs(who.probability - identity.probability) <= tolerance);
  double difference = 0;
  for (uint32_t i = 0; i < info.person_count; i++) difference = fmax(difference, fabs(values[i] - probabilities[i]));
  CHECK(difference <= tolerance);
  if (info.outlier_reference_count) {
    ecg_outlier stranger = {.struct_size = sizeof stranger};
    expect(ecg_outlier_score(own, found, count, &stranger), ECG_OK);
    CHECK(fabs(stranger.score - outlier.score) <= 1e-5 * outlier.score);
  }
  CHECK(is_poisoned(memory.start, ECG_ALIGNMENT));
  CHECK(is_poisoned(memory.start + ECG_ALIGNMENT + size, ECG_ALIGNMENT));
  free(found);
  free(values);
  give_back(memory);
}

static void session_in_own_memory(void) {
  size_t least;
  now("ecg_session_size");
  expect(ecg_session_size(model, seconds, rate, &least), ECG_OK);
  ecg_session *other, *untouched;
  poison(&untouched, sizeof untouched);
  other = untouched;
  block memory = take(least + ECG_ALIGNMENT);
  poison(memory.start, memory.size);
  now("ecg_session_init in misaligned memory");
  for (size_t offset = 1; offset < ECG_ALIGNMENT; offset++) {
    expect(ecg_session_init(model, seconds, rate, memory.start + offset, least, &other), ECG_ERROR_ALIGNMENT);
  }
  CHECK(is_poisoned(memory.start, memory.size));
  now("ecg_session_init in too little memory");
  for (size_t less = 1; less < least; less = less < 130 ? less + 1 : less * 2) {
    poison(memory.start + least - less, memory.size - (least - less));
    expect(ecg_session_init(model, seconds, rate, memory.start, least - less, &other), ECG_ERROR_BUFFER_TOO_SMALL);
    CHECK(is_poisoned(memory.start + least - less, memory.size - (least - less)));
  }
  CHECK(other == untouched);
  give_back(memory);
  const size_t more[] = {0, 1, 63, 64, least / 10, least, 2 * least, 8 * least, 20 * least};
  for (size_t i = 0; i < COUNT(more); i++) {
    now("a session in %zu bytes more than the least", more[i]);
    session_in_memory(least + more[i], 1e-6);
  }
}

static void sessions_do_not_depend_on_each_other(void) {
  now("a session after another was closed");
  ecg_session *first, *second;
  expect(ecg_session_open(model, seconds, rate, &first), ECG_OK);
  expect(ecg_session_open(model, seconds / 2, rate, &second), ECG_OK);
  ecg_session_close(second);
  ecg_identity who = {.struct_size = sizeof who};
  expect(ecg_identify(first, beats, beat_count, &who, NULL), naming());
  CHECK(memcmp(&who, &identity, sizeof who) == 0);
  ecg_session_close(first);
}

/* ---- Preprocessing ----------------------------------------------------------------------------------------------------- */

static const ecg_status preprocess_errors[] = {
    ECG_ERROR_ARGUMENT,       ECG_ERROR_SAMPLING_RATE, ECG_ERROR_MISSING_SAMPLES,  ECG_ERROR_FLAT_SIGNAL,
    ECG_ERROR_SIGNAL_TOO_SHORT, ECG_ERROR_SIGNAL_TOO_LONG, ECG_ERROR_NO_BEATS, ECG_ERROR_POOR_SIGNAL,
    ECG_ERROR_BUFFER_TOO_SMALL, ECG_OK};

static uint32_t beats_left_out(const ecg_signal_report *report) {
  return report->beats_at_border + report->beats_at_gap + report->beats_flat + report->beats_of_odd_amplitude +
         report->beats_clipped + report->beats_noisy + report->beats_wandering + report->beats_ectopic +
         report->beats_unlike;
}

/* Preprocesses into poisoned outputs; on failure they must stay so, on success only what is promised may change.
 * What it finds goes through the other calls, too. */
static ecg_status try_samples(ecg_session *in, const float *values, size_t count, double at, size_t room) {
  size_t beat_bytes = info.beat_length * sizeof(float);
  float *found = malloc((room + 1) * beat_bytes);
  size_t *peaks = malloc((room + 1) * sizeof *peaks);
  size_t found_count, untouched_count;
  ecg_signal_report report, untouched_report;
  require(found && peaks, "no memory");
  poison(found, (room + 1) * beat_bytes);
  poison(peaks, (room + 1) * sizeof *peaks);
  poison(&found_count, sizeof found_count);
  untouched_count = found_count;
  poison(&report, sizeof report);
  report.struct_size = sizeof report;
  untouched_report = report;
  ecg_status status = ecg_preprocess(in, values, count, at, found, room, peaks, &found_count, &report);
  expect_any(status, preprocess_errors);
  size_t written = 0;
  if (status == ECG_OK) {
    written = found_count;
    CHECK(found_count >= 1 && found_count <= room);
    if (written > room) written = room;
    bool ascending = true, unit = true;
    for (size_t i = 0; i < written; i++) {
      ascending &= peaks[i] < count && (i == 0 || peaks[i] > peaks[i - 1]);
      double squares = 0;
      for (uint32_t k = 0; k < info.beat_length; k++) {
        squares += (double)found[i * info.beat_length + k] * found[i * info.beat_length + k];
      }
      unit &= fabs(squares - 1) < 1e-4;
    }
    CHECK(ascending);
    CHECK(unit);
    CHECK(report.r_peak_count == found_count + beats_left_out(&report));
    CHECK(report.quality >= 0 && report.quality <= 1 && report.fault == ECG_FAULT_NONE);
    float *qualities = malloc((found_count + 1) * sizeof *qualities);
    poison(qualities, (found_count + 1) * sizeof *qualities);
    expect(ecg_beat_quality(in, qualities, found_count), ECG_OK);
    bool in_range = true;
    for (size_t i = 0; i < found_count; i++) in_range &= qualities[i] >= 0 && qualities[i] <= 1;
    CHECK(in_range);
    CHECK(is_poisoned(qualities + found_count, sizeof *qualities));
    poison(qualities, (found_count + 1) * sizeof *qualities);
    expect(ecg_beat_quality(in, qualities, found_count - 1), ECG_ERROR_BUFFER_TOO_SMALL);
    CHECK(is_poisoned(qualities, (found_count + 1) * sizeof *qualities));
    free(qualities);
    CHECK(report.denoising_converged == 0 || report.denoising_converged == 1);
    ecg_identity who = {.struct_size = sizeof who};
    expect(ecg_identify(in, found, found_count, &who, NULL), naming());
    if (names_people()) {
      CHECK(who.person >= 0 && who.person < (int32_t)info.person_count);
      CHECK(who.probability > 0 && who.probability <= 1);
    }
  } else {
    CHECK(found_count == untouched_count);
    float none;
    expect(ecg_beat_quality(in, &none, 1), in ? ECG_ERROR_NO_BEATS : ECG_ERROR_ARGUMENT);
    if (status == ECG_ERROR_NO_BEATS || status == ECG_ERROR_POOR_SIGNAL) {
      /* The report says why. */
      size_t left = report.r_peak_count - beats_left_out(&report);
      CHECK(status == ECG_ERROR_NO_BEATS ? left == 0 && report.fault == ECG_FAULT_NONE : report.fault != ECG_FAULT_NONE);
      CHECK(report.quality >= 0 && report.quality <= 1);
    } else {
      CHECK(memcmp(&report, &untouched_report, sizeof report) == 0);
    }
  }
  CHECK(is_poisoned((unsigned char *)found + written * beat_bytes, (room + 1 - written) * beat_bytes));
  CHECK(is_poisoned(peaks + written, (room + 1 - written) * sizeof *peaks));
  free(found);
  free(peaks);
  return status;
}

static void preprocess_arguments(void) {
  float *found = malloc(capacity * info.beat_length * sizeof *found);
  size_t count = 77;
  now("ecg_preprocess with NULL");
  expect(ecg_preprocess(NULL, samples, sample_count, rate, found, capacity, NULL, &count, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_preprocess(session, NULL, sample_count, rate, found, capacity, NULL, &count, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_preprocess(session, samples, sample_count, rate, NULL, capacity, NULL, &count, NULL), ECG_ERROR_ARGUMENT);
  expect(ecg_preprocess(session, samples, sample_count, rate, found, capacity, NULL, NULL, NULL), ECG_ERROR_ARGUMENT);
  CHECK(count == 77);
  free(found);
  now("ecg_beat_quality with NULL");
  float value;
  expect(ecg_beat_quality(NULL, &value, 1), ECG_ERROR_ARGUMENT);
  expect(ecg_beat_quality(session, NULL, 1), ECG_ERROR_ARGUMENT);
  expect(ecg_beat_quality(session, NULL, 0), ECG_ERROR_ARGUMENT);
  expect(ecg_beat_quality(session, &value, SIZE_MAX), ECG_ERROR_ARGUMENT);

  now("ecg_preprocess with too little room");
  for (size_t room = 0; room < beat_count; room++) {
    expect(try_samples(session, samples, sample_count, rate, room), ECG_ERROR_BUFFER_TOO_SMALL);
  }
  now("ecg_preprocess with just enough room");
  expect(try_samples(session, samples, sample_count, rate, beat_count), ECG_OK);

  for (size_t i = 0; i < COUNT(bad_rates); i++) {
    now("ecg_preprocess at %g Hz", bad_rates[i]);
    expect(try_samples(session, samples, sample_count, bad_rates[i], capacity), ECG_ERROR_SAMPLING_RATE);
  }
  for (size_t i = 0; i < COUNT(good_rates); i++) {
    now("ecg_preprocess at %g Hz", good_rates[i]);
    ecg_status status = try_samples(session, samples, sample_count, good_rates[i], capacity);
    CHECK(status != ECG_ERROR_SAMPLING_RATE && status != ECG_ERROR_ARGUMENT);
    if (good_rates[i] < rate * 0.9) expect(status, ECG_ERROR_SIGNAL_TOO_LONG);
    ecg_session *own;
    now("a session at %g Hz", good_rates[i]);
    double own_seconds = (double)sample_count / good_rates[i];
    if (own_seconds > 60) own_seconds = 60;
    expect(ecg_session_open(model, own_seconds, good_rates[i], &own), ECG_OK);
    size_t own_count = (size_t)(own_seconds * good_rates[i]);
    if (own_count > sample_count) own_count = sample_count;
    status = try_samples(own, samples, own_count, good_rates[i], ecg_session_beat_capacity(own));
    CHECK(status != ECG_ERROR_BUFFER_TOO_SMALL && status != ECG_ERROR_SIGNAL_TOO_LONG);
    ecg_session_close(own);
  }
}

static void sample_counts(void) {
  size_t second = (size_t)rate;
  size_t middle[] = {second / 10, second / 5, second / 2, second, 2 * second, 3 * second, 4 * second, 5 * second,
                     info.beat_length};
  block memory = take(sample_count * sizeof(float));
  for (size_t i = 0; i < COUNT(middle); i++) {
    for (size_t count = middle[i] - 1; count <= middle[i] + 1 && count <= sample_count; count++) {
      now("%zu samples", count);
      float *end = floats_at_border(memory, count);
      memcpy(end, samples, count * sizeof *end);
      ecg_status status = try_samples(session, end, count, rate, capacity);
      CHECK(status != ECG_ERROR_BUFFER_TOO_SMALL && status != ECG_ERROR_SIGNAL_TOO_LONG);
    }
  }
  for (size_t count = 0; count < 3; count++) {
    now("%zu samples", count);
    expect(try_samples(session, floats_at_border(memory, count), count, rate, capacity), ECG_ERROR_SIGNAL_TOO_SHORT);
  }
  give_back(memory);

  const size_t huge[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / 4, SIZE_MAX / 8 + 1,
                         1000000000, UINT32_MAX};
  for (size_t i = 0; i < COUNT(huge); i++) {
    now("%zu samples", huge[i]);
    ecg_status status = try_samples(session, samples, huge[i], rate, capacity);
    CHECK(status == ECG_ERROR_ARGUMENT || status == ECG_ERROR_SIGNAL_TOO_LONG);
  }
  now("the longest signal of a session");
  size_t longest = (size_t)floor(seconds * rate);
  memory = take((longest + 3) * sizeof(float));
  for (size_t extra = 0; extra <= 3; extra++) {
    float *end = floats_at_border(memory, longest + extra);
    for (size_t i = 0; i < longest + extra; i++) end[i] = samples[i % sample_count];
    ecg_status status = try_samples(session, end, longest + extra, rate, capacity);
    if (extra == 0) expect(status, ECG_OK);
    CHECK(status == ECG_OK || status == ECG_ERROR_SIGNAL_TOO_LONG);
    if (extra == 3) expect(status, ECG_ERROR_SIGNAL_TOO_LONG);
  }
  give_back(memory);
  now("huge capacity");
  float *found = malloc(capacity * info.beat_length * sizeof *found);
  size_t count;
  expect(ecg_preprocess(session, samples, sample_count, rate, found, SIZE_MAX / 2, NULL, &count, NULL), ECG_OK);
  CHECK(count == beat_count && memcmp(found, beats, count * info.beat_length * sizeof *found) == 0);
  free(found);

  now("a session for a short recording");
  const double tiny_seconds[] = {0.01, 1, 4, 5};
  for (size_t i = 0; i < COUNT(tiny_seconds); i++) {
    ecg_session *tiny;
    expect(ecg_session_open(model, tiny_seconds[i], rate, &tiny), ECG_OK);
    if (seconds > 8) expect(try_samples(tiny, samples, sample_count, rate, capacity), ECG_ERROR_SIGNAL_TOO_LONG);
    size_t part = (size_t)(tiny_seconds[i] * rate);
    ecg_status status = try_samples(tiny, samples, part, rate, ecg_session_beat_capacity(tiny));
    CHECK(status != ECG_ERROR_BUFFER_TOO_SMALL && status != ECG_ERROR_SIGNAL_TOO_LONG);
    now("the beats of a recording in a session for a short one");
    ecg_identity who = {.struct_size = sizeof who};
    expect(ecg_identify(tiny, beats, beat_count, &who, NULL), naming());
    CHECK(memcmp(&who, &identity, sizeof who) == 0);
    ecg_session_close(tiny);
  }
}

static void odd_samples(void) {
  const float odd[] = {NAN,    INFINITY, -INFINITY, 1e30f, -1e30f, 3.4e38f, -3.4e38f, 1e-40f, 1e-45f,
                       -0.0f, 0,        1e6f,      1e10f, 5,      -5000};
  float *values = malloc(sample_count * sizeof *values);
  for (size_t i = 0; i < COUNT(odd); i++) {
    const size_t every[] = {1, 2, 3, 97, 1000, sample_count};
    for (size_t k = 0; k < COUNT(every); k++) {
      now("every %zu-th sample is %g", every[k], odd[i]);
      memcpy(values, samples, sample_count * sizeof *values);
      for (size_t s = 0; s < sample_count; s += every[k]) values[s] = odd[i];
      ecg_status status = try_samples(session, values, sample_count, rate, capacity);
      if (every[k] == 1) CHECK(status != ECG_OK);
      if (every[k] == 1 && isnan(odd[i])) expect(status, ECG_ERROR_MISSING_SAMPLES);
      if (every[k] == 1 && odd[i] == 0) expect(status, ECG_ERROR_FLAT_SIGNAL);
    }
    now("a run of %g", odd[i]);
    memcpy(values, samples, sample_count * sizeof *values);
    for (size_t s = sample_count / 3; s < sample_count / 2; s++) values[s] = odd[i];
    try_samples(session, values, sample_count, rate, capacity);
  }
  const double scales[] = {1e-45, 1e-38, 1e-20, 1e-6, 1e-3, 1e3, 1e6, 1e20, 1e37, -1};
  for (size_t i = 0; i < COUNT(scales); i++) {
    now("all samples times %g", scales[i]);
    for (size_t s = 0; s < sample_count; s++) values[s] = (float)(samples[s] * scales[i]);
    try_samples(session, values, sample_count, rate, capacity);
  }
  for (int round = 0; round < 20; round++) {
    now("random bits, round %d", round);
    for (size_t s = 0; s < sample_count; s++) {
      uint32_t bits = (uint32_t)(draw() >> 32);
      memcpy(&values[s], &bits, sizeof bits);
    }
    try_samples(session, values, sample_count, rate, capacity);
  }
  for (int round = 0; round < 20; round++) {
    now("noise and steps, round %d", round);
    float level = 0;
    for (size_t s = 0; s < sample_count; s++) {
      if (draw() % 200 == 0) level = (float)((double)(int64_t)draw() / 9e18 * pow(10, round - 10));
      values[s] = level + (float)((double)(int64_t)draw() / 9e18 * (round % 3));
    }
    try_samples(session, values, sample_count, rate, capacity);
  }
  free(values);
}

/* ---- Beats ------------------------------------------------------------------------------------------------------------- */

static void odd_beats(void) {
  ecg_identity who, untouched_who;
  ecg_outlier stranger, untouched_stranger;
  poison(&who, sizeof who);
  poison(&stranger, sizeof stranger);
  who.struct_size = sizeof who;
  stranger.struct_size = sizeof stranger;
  untouched_who = who;
  untouched_stranger = stranger;
  size_t probability_bytes = info.person_count * sizeof(float);
  float *values = malloc(probability_bytes + 1);
  poison(values, probability_bytes);
  const ecg_status refused = info.outlier_reference_count ? ECG_ERROR_ARGUMENT : ECG_ERROR_NO_OUTLIER_REFERENCE;
  const ecg_status unnamed = names_people() ? ECG_ERROR_ARGUMENT : ECG_ERROR_NO_CLASSES; /* where both are so */

  now("ecg_recognise with NULL");
  CHECK(ecg_recognise(NULL, beats, beat_count, &who, values, &stranger) == ECG_ERROR_ARGUMENT);
  CHECK(ecg_recognise(session, NULL, beat_count, &who, values, &stranger) != ECG_OK);
  CHECK(ecg_recognise(session, beats, beat_count, NULL, values, &stranger) == ECG_ERROR_ARGUMENT);
  CHECK(ecg_recognise(session, beats, beat_count, &who, values, NULL) == ECG_ERROR_ARGUMENT);
  now("ecg_identify and ecg_outlier_score with NULL");
  expect(ecg_identify(NULL, beats, beat_count, &who, values), ECG_ERROR_ARGUMENT);
  expect(ecg_identify(session, NULL, beat_count, &who, values), ECG_ERROR_ARGUMENT);
  expect(ecg_identify(session, beats, beat_count, NULL, values), ECG_ERROR_ARGUMENT);
  expect(ecg_outlier_score(NULL, beats, beat_count, &stranger), ECG_ERROR_ARGUMENT);
  expect(ecg_outlier_score(session, beats, beat_count, NULL), ECG_ERROR_ARGUMENT);
  CHECK(ecg_outlier_score(session, NULL, beat_count, &stranger) != ECG_OK);
  const size_t counts[] = {0, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / info.beat_length,
                           SIZE_MAX / info.beat_length + 1, SIZE_MAX / info.beat_length / 4,
                           SIZE_MAX / info.beat_length / 4 + 1};
  for (size_t i = 0; i < COUNT(counts); i++) {
    now("%zu beats", counts[i]);
    expect(ecg_identify(session, beats, counts[i], &who, values), ECG_ERROR_ARGUMENT);
    expect(ecg_outlier_score(session, beats, counts[i], &stranger), ECG_ERROR_ARGUMENT);
    CHECK(ecg_recognise(session, beats, counts[i], &who, values, &stranger) != ECG_OK);
  }
  const float odd[] = {NAN, -NAN, INFINITY, -INFINITY, 1e30f, -3e38f};
  float *changed = malloc(beat_count * info.beat_length * sizeof *changed);
  for (size_t i = 0; i < COUNT(odd); i++) {
    const size_t places[] = {0, info.beat_length - 1, info.beat_length, beat_count * info.beat_length - 1};
    for (size_t k = 0; k < COUNT(places); k++) {
      now("a beat with %g at %zu", odd[i], places[k]);
      memcpy(changed, beats, beat_count * info.beat_length * sizeof *changed);
      changed[places[k]] = odd[i];
      expect(ecg_identify(session, changed, beat_count, &who, values), unnamed);
      expect(ecg_outlier_score(session, changed, beat_count, &stranger), refused);
      CHECK(ecg_recognise(session, changed, beat_count, &who, values, &stranger) != ECG_OK);
    }
  }
  CHECK(memcmp(&who, &untouched_who, sizeof who) == 0);
  CHECK(memcmp(&stranger, &untouched_stranger, sizeof stranger) == 0);
  CHECK(is_poisoned(values, probability_bytes));
  now("struct_size 0 leaves the probabilities alone");
  who.struct_size = 0;
  expect(ecg_identify(session, beats, beat_count, &who, values), unnamed);
  CHECK(ecg_recognise(session, beats, beat_count, &who, values, &stranger) != ECG_OK);
  CHECK(is_poisoned(values, probability_bytes) && memcmp(&stranger, &untouched_stranger, sizeof stranger) == 0);
  who.struct_size = sizeof who;
  stranger.struct_size = 0;
  CHECK(ecg_recognise(session, beats, beat_count, &who, values, &stranger) != ECG_OK);
  CHECK(is_poisoned(values, probability_bytes) && memcmp(&who, &untouched_who, sizeof who) == 0);
  stranger.struct_size = sizeof stranger;
  if (!names_people()) {
    now("a model without classes names nobody");
    expect(ecg_recognise(session, beats, beat_count, &who, values, &stranger), ECG_ERROR_NO_CLASSES);
    CHECK(memcmp(&stranger, &untouched_stranger, sizeof stranger) == 0);
    CHECK(memcmp(&who, &untouched_who, sizeof who) == 0);
  }
  free(changed);
  free(values);
}

/* What is said of beats that are numbers, together and one by one, by a model that names people. */
static void good_beats(void) {
  ecg_identity who = {.struct_size = sizeof who};
  ecg_outlier stranger = {.struct_size = sizeof stranger};
  size_t probability_bytes = info.person_count * sizeof(float);
  float *values = malloc(probability_bytes), *changed = malloc(beat_count * info.beat_length * sizeof *changed);
  if (info.outlier_reference_count) {
    now("ecg_recognise says what ecg_identify and ecg_outlier_score say");
    ecg_identity who_too = who;
    ecg_outlier stranger_too = stranger;
    float *values_too = malloc(probability_bytes);
    expect(ecg_identify(session, beats, beat_count, &who, values), ECG_OK);
    expect(ecg_outlier_score(session, beats, beat_count, &stranger), ECG_OK);
    expect(ecg_recognise(session, beats, beat_count, &who_too, values_too, &stranger_too), ECG_OK);
    CHECK(memcmp(&who, &who_too, sizeof who) == 0 && memcmp(&stranger, &stranger_too, sizeof stranger) == 0);
    CHECK(memcmp(values, values_too, probability_bytes) == 0);
    expect(ecg_recognise(session, beats, beat_count, &who_too, NULL, &stranger_too), ECG_OK);
    free(values_too);
  }

  const float harmless[] = {0, -0.0f, 1e-45f, 1e-40f, 0.5f, 1};
  for (size_t i = 0; i < COUNT(harmless); i++) {
    now("beats of %g alone", harmless[i]);
    for (size_t k = 0; k < beat_count * info.beat_length; k++) changed[k] = harmless[i];
    expect(ecg_identify(session, changed, beat_count, &who, values), ECG_OK);
    double sum = 0;
    for (uint32_t k = 0; k < info.person_count; k++) sum += values[k];
    CHECK(fabs(sum - 1) < 1e-4 && who.person >= 0 && who.person < (int32_t)info.person_count);
    CHECK(values[who.person] == who.probability);
    if (info.outlier_reference_count) expect(ecg_outlier_score(session, changed, beat_count, &stranger), ECG_OK);
  }
  now("beats one by one and together");
  for (size_t i = 0; i < beat_count; i++) {
    memcpy(changed, beats + i * info.beat_length, info.beat_length * sizeof *changed);
    expect(ecg_identify(session, changed, 1, &who, values), ECG_OK);
  }
  expect(ecg_identify(session, beats, beat_count, &who, values), ECG_OK);
  CHECK(memcmp(&who, &identity, sizeof who) == 0 && memcmp(values, probabilities, probability_bytes) == 0);
  free(changed);
  free(values);
}

/* ---- Damaged models ----------------------------------------------------------------------------------------------------- */

static unsigned char *workspace; /* for models and sessions of damaged files */
static const size_t workspace_size = 256u << 20;

/* A few seconds through a stream of a damaged model. */
static void use_stream(const ecg_model *damaged, void *memory, size_t memory_size) {
  size_t size, start = 0, end = sample_count < (size_t)(6 * rate) ? sample_count : (size_t)(6 * rate);
  ecg_stream *stream;
  ecg_status status = ecg_stream_size(damaged, rate, NULL, &size);
  expect_any(status, session_errors);
  if (status != ECG_OK || size > memory_size) return;
  expect(ecg_stream_init(damaged, rate, NULL, memory, size, &stream), ECG_OK);
  ecg_stream_event event = {.struct_size = sizeof event};
  const ecg_status allowed[] = {ECG_ERROR_ARGUMENT, ECG_OK};
  int most = 3; /* each beat may be much work */
  while (start < end && most > 0) {
    size_t taken = 0;
    expect(ecg_stream_push(stream, samples + start, end - start, &taken), ECG_OK);
    start += taken;
    do {
      expect_any(ecg_stream_next(stream, &event), allowed);
    } while (event.kind != ECG_EVENT_NONE && --most > 0);
  }
}

/* Everything that can be done with these bytes, if they still are a model. True when they are. */
static bool use(const unsigned char *bytes, size_t count, bool verify) {
  size_t model_size, session_size;
  ecg_model *damaged;
  ecg_session *own;
  ecg_status status = ecg_model_size(bytes, count, &model_size);
  expect_any(status, model_errors);
  if (status != ECG_OK || model_size > workspace_size / 2) return false;
  status = ecg_model_init(bytes, count, workspace, model_size, &damaged);
  expect_any(status, model_errors);
  CHECK(status != ECG_ERROR_BUFFER_TOO_SMALL);
  if (status != ECG_OK) return false;
  ecg_model_info about = {.struct_size = sizeof about};
  expect(ecg_model_describe(damaged, &about), ECG_OK);
  for (uint32_t i = 0; i < about.person_count; i++) {
    const char *label = ecg_model_label(damaged, (int32_t)i);
    if (label) (void)!strlen(label);
  }
  status = ecg_session_size(damaged, seconds, rate, &session_size);
  expect_any(status, session_errors);
  size_t used = (model_size + 63) / 64 * 64;
  if (status != ECG_OK || session_size > workspace_size - used) return true;
  expect(ecg_session_init(damaged, seconds, rate, workspace + used, session_size, &own), ECG_OK);
  if (verify) {
    const ecg_status allowed[] = {ECG_ERROR_DIGEST, ECG_ERROR_SELF_TEST, ECG_OK};
    expect_any(ecg_session_verify(own), allowed);
  }
  size_t room = ecg_session_beat_capacity(own), found_count;
  float *found = malloc(room * about.beat_length * sizeof *found);
  size_t used_samples = sample_count < (size_t)(6 * rate) ? sample_count : (size_t)(6 * rate);
  status = ecg_preprocess(own, samples, used_samples, rate, found, room, NULL, &found_count, NULL);
  expect_any(status, preprocess_errors);
  if (status == ECG_OK) {
    const ecg_status allowed[] = {ECG_ERROR_ARGUMENT, ECG_ERROR_NO_OUTLIER_REFERENCE, ECG_OK};
    ecg_identity who = {.struct_size = sizeof who};
    ecg_outlier stranger = {.struct_size = sizeof stranger};
    if (found_count > 2) found_count = 2;
    status = ecg_identify(own, found, found_count, &who, NULL);
    if (about.person_count == 0) expect(status, ECG_ERROR_NO_CLASSES);
    else expect_any(status, allowed);
    if (status == ECG_OK) CHECK(who.person >= 0 && who.person < (int32_t)about.person_count);
    expect_any(ecg_outlier_score(own, found, found_count, &stranger), allowed);
  }
  free(found);
  use_stream(damaged, workspace + used, workspace_size - used);
  return true;
}

static void truncated_models(void) {
  for (size_t length = 1; length < file.size; length += length < 2048 ? 1 : length < 65536 ? 509 : file.size / 61) {
    now("a model of %zu bytes instead of %zu", length, file.size);
    block part = take(length);
    memcpy(part.start, file.start, length);
    use(part.start, length, false);
    give_back(part);
  }
  for (size_t less = 1; less < 200; less++) {
    now("a model without its last %zu bytes", less);
    CHECK(!use(file.start, file.size - less, false));
  }
}

/* Blocks of 64 bytes that hold structure, not weights: many of their bytes are zero. */
static size_t structured_blocks(size_t *places) {
  size_t count = 0;
  for (size_t place = 0; place + 64 <= file.size; place += 64) {
    int zeros = 0;
    for (int i = 0; i < 64; i++) zeros += file.start[place + (size_t)i] == 0;
    if (zeros >= 12 && zeros < 64) places[count++] = place;
  }
  return count;
}

static void flipped_models(int flips) {
  size_t *places = malloc((file.size / 64 + 1) * sizeof *places);
  size_t count = structured_blocks(places);
  require(count > 0, "no structure found in the model");
  size_t opened = 0;
  for (int flip = 0; flip < flips; flip++) {
    size_t place = flip % 8 ? places[draw() % count] + draw() % 64 : draw() % file.size;
    unsigned char before = file.start[place];
    file.start[place] ^= (unsigned char)(flip % 3 ? 1u << draw() % 8 : 1 + draw() % 255);
    now("byte %zu of the model is %u instead of %u", place, file.start[place], before);
    opened += use(file.start, file.size, flip % 64 == 0);
    file.start[place] = before;
  }
  now("flips");
  printf("%d byte flips in %zu blocks of structure: %zu still opened\n", flips, count, opened);
  free(places);
  CHECK(use(file.start, file.size, true));
}

static void foreign_bytes(void) {
  block memory = take(4096);
  for (int round = 0; round < 200; round++) {
    now("random bytes, round %d", round);
    for (size_t i = 0; i < memory.size; i++) memory.start[i] = (unsigned char)draw();
    if (round % 2) memcpy(memory.start, file.start, 8);
    CHECK(!use(memory.start, memory.size, false));
  }
  now("zeros");
  memset(memory.start, 0, memory.size);
  expect(ecg_model_size(memory.start, memory.size, &(size_t){0}), ECG_ERROR_NOT_A_MODEL);
  give_back(memory);
}

static void damage_is_found(void) {
  now("a weight changed after opening");
  size_t size;
  ecg_model *own_model;
  ecg_session *own;
  expect(ecg_model_size(file.start, file.size, &size), ECG_OK);
  expect(ecg_model_init(file.start, file.size, workspace, size, &own_model), ECG_OK);
  expect(ecg_session_open(own_model, seconds, rate, &own), ECG_OK);
  expect(ecg_session_verify(own), ECG_OK);
  size_t place = file.size / 2;
  file.start[place] ^= 1;
  expect(ecg_session_verify(own), ECG_ERROR_DIGEST);
  file.start[place] ^= 1;
  expect(ecg_session_verify(own), ECG_OK);
  ecg_session_close(own);
}

/* ---- Threads and a system without memory ---------------------------------------------------------------------------------- */

/* Whom the threads' streams compare with; nobody changes it meanwhile. */
static ecg_gallery *shared_gallery;
static ecg_match shared_match;

static void *one_thread(void *failed) {
  ecg_session *own;
  bool fine = ecg_session_open(model, seconds, rate, &own) == ECG_OK;
  float *found = malloc(capacity * info.beat_length * sizeof *found);
  float *values = malloc(info.person_count * sizeof *values + 1);
  for (int round = 0; fine && round < 5; round++) {
    size_t count;
    ecg_identity who = {.struct_size = sizeof who};
    fine &= ecg_preprocess(own, samples, sample_count, rate, found, capacity, NULL, &count, NULL) == ECG_OK;
    fine = fine && count == beat_count && memcmp(found, beats, count * info.beat_length * sizeof *found) == 0;
    fine = fine && ecg_identify(own, found, count, &who, values) == naming();
    fine = fine && memcmp(&who, &identity, sizeof who) == 0;
    fine = fine && memcmp(values, probabilities, info.person_count * sizeof *values) == 0;
    if (info.outlier_reference_count) {
      ecg_outlier stranger = {.struct_size = sizeof stranger};
      fine = fine && ecg_outlier_score(own, found, count, &stranger) == ECG_OK;
      fine = fine && memcmp(&stranger, &outlier, sizeof stranger) == 0;
    }
  }
  ecg_stream *stream;
  fine = fine && ecg_stream_open(model, rate, NULL, &stream) == ECG_OK;
  fine = fine && ecg_stream_set_gallery(stream, shared_gallery, NULL) == ECG_OK;
  ecg_stream_event event = {.struct_size = sizeof event};
  for (size_t start = 0, taken; fine && start < sample_count; start += taken) {
    fine &= ecg_stream_push(stream, samples + start, sample_count - start, &taken) == ECG_OK;
    while (fine && ecg_stream_next(stream, &event) == ECG_OK && event.kind != ECG_EVENT_NONE) continue;
  }
  fine = fine && event.person == (names_people() ? identity.person : -1);
  ecg_match match = {.struct_size = sizeof match};
  fine = fine && ecg_stream_match(stream, &match) == ECG_OK;
  fine = fine && memcmp(&match, &shared_match, sizeof match) == 0;
  ecg_stream_close(fine ? stream : NULL);
  free(found);
  free(values);
  ecg_session_close(own);
  *(bool *)failed = !fine;
  return NULL;
}

static void threads(void) {
  now("threads that share a model and a gallery");
  expect(ecg_gallery_open(model, 2, &shared_gallery), ECG_OK);
  expect(ecg_gallery_enrol(shared_gallery, session, "Ada", beats, beat_count), ECG_OK);
  expect(ecg_gallery_enrol(shared_gallery, session, "Eve", beats, 1), ECG_OK);
  ecg_stream *stream;
  static event_list list;
  list.count = 0;
  expect(ecg_stream_open(model, rate, NULL, &stream), ECG_OK);
  expect(ecg_stream_set_gallery(stream, shared_gallery, NULL), ECG_OK);
  push_all(stream, samples, sample_count, sample_count, false, &list);
  shared_match.struct_size = sizeof shared_match;
  expect(ecg_stream_match(stream, &shared_match), ECG_OK);
  CHECK(shared_match.template_count == 2 && shared_match.beat_count > 0);
  ecg_stream_close(stream);
  enum { THREADS = 6 };
  pthread_t running[THREADS];
  bool failed[THREADS];
  for (int i = 0; i < THREADS; i++) {
    require(pthread_create(&running[i], NULL, one_thread, &failed[i]) == 0, "no thread");
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(running[i], NULL);
    CHECK(!failed[i]);
  }
  ecg_gallery_close(shared_gallery);
}

/* A child without further address space; exit status 0 when the calls answer as they should. */
static int starve(void) {
  volatile unsigned char stack[65536]; /* the stack cannot grow any more later on */
  for (size_t i = 0; i < sizeof stack; i += 1024) stack[i] = 1;
  size_t pages = 0;
  FILE *pages_file = fopen("/proc/self/statm", "r");
  if (!pages_file || fscanf(pages_file, "%zu", &pages) != 1) return 0; /* a system that does not tell */
  fclose(pages_file);
  size_t used = pages * (size_t)sysconf(_SC_PAGESIZE);
  setrlimit(RLIMIT_AS, &(struct rlimit){used, used});
  ecg_model *other = NULL;
  ecg_session *own = NULL;
  ecg_status status = ecg_model_open(model_path, &other);
  if (status != ECG_ERROR_FILE && status != ECG_ERROR_OUT_OF_MEMORY) return 1;
  if (other) return 2;
  if (ecg_session_open(model, seconds, rate, &own) != ECG_ERROR_OUT_OF_MEMORY) return 3;
  if (own) return 4;
  ecg_stream *stream = NULL;
  if (ecg_stream_open(model, rate, NULL, &stream) != ECG_ERROR_OUT_OF_MEMORY || stream) return 7;
  /* What needs no memory goes on. */
  ecg_identity who = {.struct_size = sizeof who};
  if (ecg_identify(session, beats, beat_count, &who, NULL) != naming()) return 5;
  return memcmp(&who, &identity, sizeof who) == 0 ? 0 : 6;
}

static void no_memory(void) {
  now("a system without memory");
  fflush(stdout);
  pid_t child = fork();
  require(child >= 0, "no process");
  if (child == 0) _exit(starve());
  int status;
  waitpid(child, &status, 0);
  char text[80];
  snprintf(text, sizeof text, "the starved process ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, text);
}

/* ---- All of it -------------------------------------------------------------------------------------------------------------- */

int main(int argument_count, char **arguments) {
  if (argument_count < 3) {
    fprintf(stderr, "usage: %s model.h5 recording.f32 [rate] [flips]\n", arguments[0]);
    return 2;
  }
  const int traps[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
  for (size_t i = 0; i < COUNT(traps); i++) signal(traps[i], trapped);
  model_path = arguments[1];
  rate = argument_count > 3 ? atof(arguments[3]) : 500;
  int flips = argument_count > 4 ? atoi(arguments[4]) : 2000;
  size_t size;
  block recording;
  read_whole(model_path, &size, &file);
  samples = read_whole(arguments[2], &size, &recording);
  sample_count = size / sizeof *samples;
  seconds = (double)sample_count / rate;
  block memory = take(workspace_size);
  workspace = memory.start;

  prepare();
  version_and_status();
  struct_sizes("ecg_model_info", describe, 40, sizeof(ecg_model_info));
  if (names_people()) struct_sizes("ecg_identity", identify, sizeof(ecg_identity), sizeof(ecg_identity));
  struct_sizes("ecg_signal_report", preprocess, 28, sizeof(ecg_signal_report));
  if (info.outlier_reference_count) struct_sizes("ecg_outlier", score, sizeof(ecg_outlier), sizeof(ecg_outlier));
  model_opening();
  model_in_own_memory();
  detector_arguments();
  detector_streams();
  stream_arguments();
  streams();
  odd_streams();
  gallery_arguments();
  galleries();
  stream_gallery_arguments();
  stream_galleries();
  saved_galleries();
  session_opening();
  session_in_own_memory();
  sessions_do_not_depend_on_each_other();
  preprocess_arguments();
  sample_counts();
  odd_samples();
  odd_beats();
  if (names_people()) good_beats();
  damage_is_found();
  foreign_bytes();
  truncated_models();
  flipped_models(flips);
  threads();
  no_memory();

  ecg_session_close(session);
  ecg_model_close(model);
  free(beats);
  free(probabilities);
  give_back(memory);
  give_back(recording);
  give_back(file);
  if (!names_people()) puts("a model that names nobody by itself");
  printf("%zu checks, %zu failed\n", checks, failures);
  return failures ? 1 : 0;
}
