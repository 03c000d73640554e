/* stream.c - samples, gaps and restarts in any order, at any rate, with any options. The same signal goes through two
 * streams, in the pieces that the bytes name and in other ones: both must tell the same, bit for bit, also of a gallery.
 *
 * A case is three bytes that choose the model, the rate and the options, and then operations of a byte each with what
 * they need behind it (see `run`).
 */
#include "shared.h"

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What takes longest is last: SASS, which is chosen less often; not the scalogram, with which a stream has nothing to do. */
static const char *const names[] = {"calibrated", "classless", "band-pass", "graph", "recurrent", "spectrogram", "sass"};
enum { MODELS = 7, SASS = 6 };
static const uint8_t choices[16] = {0, 1, 2, 3, 4, 5, SASS, 0, 1, 2, 3, 4, 5, 0, 1, 0};
/* So it is with these: 100 Hz, the models' rate, has no ratio of small numbers to 333.3, and 10,000 samples are many. */
static const double rates[16] = {100, 50, 62.5, 64, 70, 75, 80, 90, 96, 120, 125, 150, 200, 250, 333.3, 10000};
enum { RATES = 16, SLOW_RATES = 14, MOST_EVENTS = 400, MOST_SAMPLES = 1 << 14 };
static ecg_model *models[MODELS];
static ecg_gallery *galleries[MODELS]; /* of the heart in shared.h, and of half a beat's mirror image */
static float *hearts[RATES];           /* the heart at each rate, MOST_SAMPLES of it */

static ecg_gallery *people(const ecg_model *model) {
  enum { SECONDS = 12, RATE = 100 };
  float samples[SECONDS * RATE];
  for (size_t i = 0; i < SECONDS * RATE; i++) samples[i] = heartbeat(i, RATE);
  ecg_session *session;
  ecg_gallery *gallery;
  ecg_model_info info = {.struct_size = sizeof info};
  PROMISE(ecg_session_open(model, SECONDS, RATE, &session) == ECG_OK);
  PROMISE(ecg_gallery_open(model, 2, &gallery) == ECG_OK && ecg_model_describe(model, &info) == ECG_OK);
  size_t capacity = ecg_session_beat_capacity(session), count = 0;
  float *beats = take(capacity * info.beat_length * sizeof *beats);
  PROMISE(ecg_preprocess(session, samples, SECONDS * RATE, RATE, beats, capacity, NULL, &count, NULL) == ECG_OK);
  PROMISE(ecg_gallery_enrol(gallery, session, "Ada", beats, count) == ECG_OK);
  for (size_t i = 0; i < info.beat_length / 2; i++) beats[i] = -beats[i];
  PROMISE(ecg_gallery_enrol(gallery, session, "Eve", beats, 1) == ECG_OK);
  free(beats);
  ecg_session_close(session);
  return gallery;
}

int LLVMFuzzerInitialize(int *argument_count, char ***arguments) {
  (void)argument_count;
  (void)arguments;
  for (int i = 0; i < MODELS; i++) {
    char path[200];
    snprintf(path, sizeof path, "Tests/Fuzzing/Library/Models/%s.h5", names[i]);
    PROMISE(ecg_model_open(path, &models[i]) == ECG_OK);
    galleries[i] = people(models[i]);
  }
  for (int i = 0; i < RATES; i++) {
    hearts[i] = take(MOST_SAMPLES * sizeof **hearts);
    for (size_t k = 0; k < MOST_SAMPLES; k++) hearts[i][k] = heartbeat(k, rates[i]);
  }
  return 0;
}

typedef struct {
  ecg_stream *stream;
  ecg_stream_event events[MOST_EVENTS];
  size_t count;
} listener;

/* What a case chooses, and how much of it may still be judged. */
typedef struct {
  const ecg_model *model;
  const ecg_gallery *gallery;
  const float *heart;
  double rate;
  ecg_stream_options options;
  bool names_people;
  double seconds; /* of signal that there is time to judge, each counted as often as it is judged */
} plan;

static void tell(listener *to, const plan *with) {
  ecg_stream_event event = {.struct_size = sizeof event};
  while (to->count < MOST_EVENTS) {
    PROMISE(ecg_stream_next(to->stream, &event) == ECG_OK);
    if (event.kind == ECG_EVENT_NONE) return;
    PROMISE(event.quality >= 0 && event.quality <= 1 && event.fault >= 0 && event.fault <= ECG_FAULT_RHYTHM);
    PROMISE((event.beat_count > 0 && with->names_people) == (event.person >= 0) && event.person < 3);
    PROMISE(event.beat_count <= with->options.beat_count || with->options.beat_count == 0);
    PROMISE(event.probability >= 0 && event.probability <= 1.001f);
    PROMISE(event.kind == ECG_EVENT_SIGNAL || event.fault != ECG_FAULT_NONE || event.beat_count > 0);
    to->events[to->count++] = event;
  }
}

/* Pushes in pieces of `piece` samples; waits for events only when it must, or after each. */
static void push(listener *to, const plan *with, const float *samples, size_t count, size_t piece, bool waits) {
  while (count > 0 && to->count < MOST_EVENTS) {
    size_t some = count < piece ? count : piece, taken = SIZE_MAX;
    PROMISE(ecg_stream_push(to->stream, samples, some, &taken) == ECG_OK && taken <= some);
    samples += taken;
    count -= taken;
    if (waits || taken < some) tell(to, with);
  }
}

typedef struct {
  const uint8_t *data;
  size_t size;
} reader;

static uint8_t byte(reader *from) {
  if (from->size == 0) return 0;
  from->size--;
  return *from->data++;
}

static void same_matches(listener *first, listener *second) {
  ecg_match one = {.struct_size = sizeof one}, other = {.struct_size = sizeof other};
  ecg_status status = ecg_stream_match(first->stream, &one);
  PROMISE(ecg_stream_match(second->stream, &other) == status && (status == ECG_OK || status == ECG_ERROR_ARGUMENT));
  PROMISE(memcmp(&one, &other, sizeof one) == 0);
  if (status != ECG_OK) return;
  PROMISE(one.verdict >= ECG_VERDICT_NOT_SURE && one.verdict <= ECG_VERDICT_REJECTED);
  PROMISE((one.verdict == ECG_VERDICT_ACCEPTED) == (one.person[0] != 0));
  PROMISE(one.score >= -1.01f && one.score <= 1.01f && one.template_count <= 2 && one.template_index < 2);
}

static void same_values(listener *first, listener *second, const plan *with) {
  float one[64], other[64];
  ecg_status status = ecg_stream_beat(first->stream, one, 64);
  PROMISE(ecg_stream_beat(second->stream, other, 64) == status);
  PROMISE(status == ECG_OK ? memcmp(one, other, 40 * sizeof *one) == 0 : status == ECG_ERROR_NO_BEATS);
  status = ecg_stream_probabilities(first->stream, one, 64);
  PROMISE(ecg_stream_probabilities(second->stream, other, 64) == status);
  if (status == ECG_OK) PROMISE(memcmp(one, other, 3 * sizeof *one) == 0);
  else PROMISE(status == (with->names_people ? ECG_ERROR_NO_BEATS : ECG_ERROR_NO_CLASSES));
}

/* Both streams at the same place: what is compared from there on, or who is enrolled. */
static void meet(listener *first, listener *second, const plan *with, int choice) {
  tell(first, with);
  tell(second, with);
  if (first->count == MOST_EVENTS || second->count == MOST_EVENTS) return;
  same_matches(first, second);
  same_values(first, second, with);
  const char *person = choice == 2 ? "Ada" : choice == 3 ? "Eve" : NULL;
  if (choice < 4) {
    PROMISE(ecg_stream_set_gallery(first->stream, choice ? with->gallery : NULL, person) == ECG_OK);
    PROMISE(ecg_stream_set_gallery(second->stream, choice ? with->gallery : NULL, person) == ECG_OK);
    return;
  }
  ecg_gallery *new;
  uint32_t count = 0;
  PROMISE(ecg_gallery_open(with->model, 1, &new) == ECG_OK);
  ecg_status status = ecg_stream_enrol(first->stream, new, "Bob", &count);
  PROMISE(status == (count > 0 ? ECG_OK : ECG_ERROR_NO_BEATS) || status == ECG_ERROR_ARGUMENT);
  ecg_gallery_close(new);
}

/* When the first judgement comes, in seconds. */
static double first_judgement(const plan *with) {
  return fmax(fmin(5, with->options.window_seconds), with->options.interval_seconds);
}

/* Signal that was judged until `position`, each second as often as it was. */
static double judged_seconds(const plan *with, size_t position) {
  double end = (double)position / with->rate, first = first_judgement(with);
  double judgements = 1 + fmax(0, end - first) / with->options.interval_seconds; /* at the end, too */
  return judgements * fmin(end, with->options.window_seconds);
}

/* How many of the next samples fit into the signal that there is time to judge. */
static size_t afford(const plan *with, size_t count, size_t position) {
  double first = first_judgement(with), each = fmin(with->options.window_seconds, fmax(first, (double)position / with->rate));
  double last = first + fmax(0, with->seconds / each - 1) * with->options.interval_seconds;
  size_t most = (size_t)(fmin(fmin(last, 10.5) * with->rate, MOST_SAMPLES));
  return position >= most ? 0 : count < most - position ? count : most - position;
}

/* Missing samples: few, or more than anybody counts. Within a window each interval of them is judged, which is soon done. */
static void lose(listener *first, listener *second, plan *with, uint64_t missing) {
  double window = with->options.window_seconds, seconds = fmin((double)missing / with->rate, window);
  double judged = seconds / with->options.interval_seconds * window / 40;
  if (judged > with->seconds) return;
  with->seconds -= judged;
  ecg_status status = ecg_stream_gap(first->stream, missing);
  PROMISE(ecg_stream_gap(second->stream, missing) == status);
  PROMISE(status == ECG_OK || status == ECG_ERROR_ARGUMENT);
  tell(second, with);
}

static void run(reader *from, plan *with, listener *first, listener *second) {
  static float samples[MOST_SAMPLES];
  size_t position = 0, unit = with->rate < 200 ? 1 : (size_t)(with->rate / 100); /* so that a byte lasts as long */
  for (int operations = 0; from->size > 0 && with->seconds > 0 && operations < 200; operations++) {
    uint8_t operation = byte(from);
    size_t count = 0;
    switch (operation % 8) {
    case 0: /* samples of 16 bits, 1000 for a millivolt */
      for (count = 0; count < (size_t)(operation >> 3) + 1 && from->size > 1; count++) {
        int high = byte(from), low = byte(from);
        samples[count] = (float)(int16_t)(uint16_t)(high << 8 | low) / 1000;
      }
      count = afford(with, count, position);
      break;
    case 1: /* any bits */
      for (count = 0; count < (size_t)(operation >> 3) + 1 && from->size > 3; count++) {
        memcpy(&samples[count], from->data, sizeof *samples);
        from->data += 4;
        from->size -= 4;
      }
      count = afford(with, count, position);
      break;
    case 2:
    case 3: { /* heartbeats, louder and softer */
      float scale = (float)(operation >> 3) / 8;
      count = afford(with, 2 * unit * byte(from), position);
      for (size_t i = 0; i < count; i++) samples[i] = scale * with->heart[position + i];
      break;
    }
    case 4: { /* the same value again and again, or none */
      float value = operation >> 3 ? (float)(operation >> 3) / 16 : NAN;
      count = afford(with, 2 * unit * byte(from), position);
      for (size_t i = 0; i < count; i++) samples[i] = value;
      break;
    }
    case 5: /* lost samples, few or for ever */
      lose(first, second, with, operation >> 3 ? (uint64_t)byte(from) << (operation >> 3) : unit * byte(from));
      break;
    case 6:
      if (operation >> 3) meet(first, second, with, (operation >> 3) % 5);
      else tell(first, with);
      break;
    case 7:
      tell(first, with);
      if (operation >> 3 & 1) {
        PROMISE(ecg_stream_finish(first->stream) == ECG_OK && ecg_stream_finish(second->stream) == ECG_OK);
        tell(first, with);
      }
      tell(second, with);
      PROMISE(ecg_stream_reset(first->stream) == ECG_OK && ecg_stream_reset(second->stream) == ECG_OK);
      with->seconds -= judged_seconds(with, position);
      position = 0;
      break;
    }
    push(first, with, samples, count, MOST_SAMPLES, false);
    push(second, with, samples, count, unit * (1 + operation % 37), true);
    position += count;
  }
  PROMISE(ecg_stream_finish(first->stream) == ECG_OK && ecg_stream_finish(second->stream) == ECG_OK);
  tell(first, with);
  tell(second, with);
  if (first->count < MOST_EVENTS) same_matches(first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const double intervals[] = {0.3, 0.5, 0.1, 0.77, 1.3, 2, 10, 0};
  static const double lookaheads[] = {0.335, 0.5, 0, 5};
  /* Beyond the least that the options allow; judging takes time, so that short ones are frequent. */
  static const double extra[] = {0, 0.2, 0.01, 0.5, 1, 2.7, 40, -1};
  reader from = {data, size};
  uint8_t chosen = byte(&from), timing = byte(&from), beats = byte(&from);
  int of = choices[chosen % 16], at = chosen / 16;
  plan with = {
      .model = models[of],
      .gallery = galleries[of],
      .heart = hearts[at],
      .rate = rates[at],
      .names_people = ecg_model_label(models[of], 0) != NULL,
      .options = {.struct_size = sizeof with.options, .beat_count = beats % 20},
  };
  ecg_stream_options *options = &with.options;
  options->interval_seconds = intervals[timing / 8 % 8];
  options->lookahead_seconds = lookaheads[timing / 64];
  double more = extra[timing % 8], interval = options->interval_seconds > 0 ? options->interval_seconds : 1;
  double least = (options->lookahead_seconds > 0 ? options->lookahead_seconds : 1) + interval + 1.2001;
  if (more >= 0) options->window_seconds = least + more;
  size_t memory_size;
  if (ecg_stream_size(with.model, with.rate, options, &memory_size) != ECG_OK) {
    PROMISE(more < 0 && least > 10);
    return 0;
  }
  static listener first, second;
  static pool pools[2];
  void *memory = lend(&pools[0], memory_size), *other = lend(&pools[1], memory_size);
  first.count = second.count = 0;
  PROMISE(ecg_stream_init(with.model, with.rate, options, memory, memory_size, &first.stream) == ECG_OK);
  PROMISE(ecg_stream_init(with.model, with.rate, options, other, memory_size, &second.stream) == ECG_OK);
  /* The library has its defaults now; the plan counts with numbers. */
  options->interval_seconds = interval;
  if (more < 0) options->window_seconds = 10;
  with.seconds = of == SASS || at >= SLOW_RATES ? 1 : 3;
  run(&from, &with, &first, &second);
  PROMISE(first.count == second.count);
  PROMISE(memcmp(first.events, second.events, first.count * sizeof *first.events) == 0);
  return 0;
}
