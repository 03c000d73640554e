/* gallery.c - any bytes as a saved gallery, and everything that can be done with what is taken for one.
 *
 * A case is a byte of flags, a byte with the number of operations, the operations (see `operate`), and the saved gallery.
 * Flags: 1 the checksum is made right, 2 so is the model's digest; fuzzing alone would never guess them. 4, 8: how many
 * templates there is room for.
 */
#include "shared.h"

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECONDS = 20, RATE = 100, MOST_OPERATIONS = 32, MOST_TEMPLATES = 20, HEADER = 64, RECORD = 64, DIGEST = 32 };
static ecg_model *model;
static ecg_session *session;
static ecg_model_info info = {.struct_size = sizeof info};
static float *beats;
static size_t beat_count;
static uint8_t model_digest[DIGEST];

/* SHA-256 (FIPS 180-4), so that changed galleries can have a checksum that is right. */
static void sha256(const uint8_t *data, size_t size, uint8_t digest[DIGEST]) {
  static uint32_t k[64];
  uint32_t h[8];
  for (uint32_t n = 2, found = 0; found < 64; n++) { /* from the roots of the first 64 primes */
    uint32_t d = 2;
    while (d * d <= n && n % d != 0) d++;
    if (d * d <= n) continue;
    long double root = cbrtl(n), square = sqrtl(n);
    k[found] = (uint32_t)((root - floorl(root)) * 4294967296.0L);
    if (found < 8) h[found] = (uint32_t)((square - floorl(square)) * 4294967296.0L);
    found++;
  }
  size_t blocks = (size + 8) / 64 + 1;
  for (size_t block = 0; block < blocks; block++) {
    uint32_t w[64], v[8];
    for (size_t i = 0; i < 64; i++) {
      size_t place = block * 64 + i;
      uint32_t byte = place < size ? data[place] : place == size ? 0x80 : 0;
      if (place >= blocks * 64 - 8) byte = (uint32_t)((uint64_t)size * 8 >> 8 * (blocks * 64 - 1 - place)) & 255;
      w[i / 4] = (i % 4 ? w[i / 4] << 8 : 0) | byte;
    }
#define ROTATED(x, n) ((x) >> (n) | (x) << (32 - (n)))
    for (size_t i = 16; i < 64; i++) {
      uint32_t a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (ROTATED(a, 7) ^ ROTATED(a, 18) ^ a >> 3) + w[i - 7] + (ROTATED(b, 17) ^ ROTATED(b, 19) ^ b >> 10);
    }
    memcpy(v, h, sizeof v);
    for (size_t i = 0; i < 64; i++) {
      uint32_t a = v[0], e = v[4];
      uint32_t one = v[7] + (ROTATED(e, 6) ^ ROTATED(e, 11) ^ ROTATED(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
      uint32_t two = (ROTATED(a, 2) ^ ROTATED(a, 13) ^ ROTATED(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
      memmove(v + 1, v, 7 * sizeof *v);
      v[4] += one;
      v[0] = one + two;
    }
    for (size_t i = 0; i < 8; i++) h[i] += v[i];
  }
  for (size_t i = 0; i < DIGEST; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

int LLVMFuzzerInitialize(int *argument_count, char ***arguments) {
  (void)argument_count;
  (void)arguments;
  PROMISE(ecg_model_open("Tests/Fuzzing/Library/Models/calibrated.h5", &model) == ECG_OK);
  PROMISE(ecg_model_describe(model, &info) == ECG_OK && info.calibration_people > 0);
  PROMISE(ecg_session_open(model, SECONDS, RATE, &session) == ECG_OK);
  static float samples[SECONDS * RATE];
  for (size_t i = 0; i < SECONDS * RATE; i++) samples[i] = heartbeat(i, RATE);
  size_t capacity = ecg_session_beat_capacity(session);
  beats = take(capacity * info.beat_length * sizeof *beats);
  PROMISE(ecg_preprocess(session, samples, SECONDS * RATE, RATE, beats, capacity, NULL, &beat_count, NULL) == ECG_OK);
  PROMISE(beat_count > 8);

  ecg_gallery *empty;
  uint8_t bytes[HEADER + DIGEST], digest[DIGEST];
  size_t size;
  PROMISE(ecg_gallery_open(model, 1, &empty) == ECG_OK);
  PROMISE(ecg_gallery_save(empty, bytes, sizeof bytes, &size) == ECG_OK && size == sizeof bytes);
  ecg_gallery_close(empty);
  memcpy(model_digest, bytes + 32, DIGEST);
  sha256(bytes, HEADER, digest);
  PROMISE(memcmp(digest, bytes + HEADER, DIGEST) == 0);
  return 0;
}

/* A gallery as ecg_gallery_init makes it, for each capacity that occurs: made once, since it is the same each time, and most of the
 * work is a digest of the model. */
typedef struct {
  size_t size;
  uint8_t *memory; /* where it lives */
  uint8_t *empty;  /* what its memory holds when it is new */
  ecg_gallery *gallery;
} room;

static room *new_gallery(room *rooms, size_t capacity) {
  room *in = &rooms[capacity];
  if (in->memory == NULL) {
    PROMISE(ecg_gallery_size(model, capacity, &in->size) == ECG_OK);
    in->memory = take(in->size);
    in->empty = take(in->size);
    PROMISE(ecg_gallery_init(model, capacity, in->memory, in->size, &in->gallery) == ECG_OK);
    memcpy(in->empty, in->memory, in->size);
  }
  memcpy(in->memory, in->empty, in->size);
  return in;
}

static void close_gallery(const room *in) {
  ecg_gallery_close(in->gallery);
  for (size_t i = 0; i < in->size; i++) PROMISE(in->memory[i] == 0);
}

static size_t count_of(const ecg_gallery *gallery) {
  size_t templates = SIZE_MAX, people = SIZE_MAX;
  PROMISE(ecg_gallery_count(gallery, &templates, &people) == ECG_OK);
  PROMISE(people <= templates && (people > 0) == (templates > 0));
  for (size_t i = 0; i < templates; i++) {
    const char *person = ecg_gallery_person(gallery, i, NULL);
    PROMISE(person != NULL && strlen(person) > 0 && strlen(person) < ECG_PERSON_SIZE);
  }
  PROMISE(ecg_gallery_person(gallery, templates, NULL) == NULL);
  return templates;
}

static uint8_t *saved(const ecg_gallery *gallery, size_t *size) {
  PROMISE(ecg_gallery_save(gallery, NULL, 0, size) == ECG_OK);
  PROMISE(*size == HEADER + DIGEST + count_of(gallery) * (RECORD + 4 * (size_t)info.embedding_length));
  uint8_t *bytes = take(*size);
  PROMISE(ecg_gallery_save(gallery, bytes, *size - 1, size) == ECG_ERROR_BUFFER_TOO_SMALL);
  PROMISE(ecg_gallery_save(gallery, bytes, *size, size) == ECG_OK);
  return bytes;
}

static void check(const ecg_gallery *gallery, ecg_status status, const ecg_match *match, size_t used) {
  PROMISE(status == ECG_OK);
  PROMISE(match->verdict >= ECG_VERDICT_NOT_SURE && match->verdict <= ECG_VERDICT_REJECTED);
  PROMISE((match->verdict == ECG_VERDICT_ACCEPTED) == (match->person[0] != 0));
  PROMISE(match->score >= -1.01f && match->score <= 1.01f && match->beat_count <= used);
  PROMISE(match->false_acceptance_probability > 0 && match->false_acceptance_probability <= 1);
  PROMISE(match->template_index < (int32_t)count_of(gallery) && match->template_count <= count_of(gallery));
  if (match->verdict != ECG_VERDICT_ACCEPTED) return;
  PROMISE((double)match->false_acceptance_probability <= info.false_acceptance_rate * 1.0001);
  PROMISE(strcmp(match->person, ecg_gallery_person(gallery, (size_t)match->template_index, NULL)) == 0);
}

static void operate(ecg_gallery *gallery, size_t capacity, uint8_t operation, const uint8_t *bytes, size_t size) {
  static const char *const names[] = {"Ada", "Eve", "\xc3\x88ve", "Person 0123456789 0123456789 0123456789 012345"};
  size_t before = count_of(gallery), some = 1 + operation / 8 % 8, changed_size, again_size;
  const char *name = names[operation / 8 % 4];
  char present[ECG_PERSON_SIZE] = "";
  if (before > 0) strcpy(present, ecg_gallery_person(gallery, operation / 8 % before, NULL));
  ecg_match match = {.struct_size = sizeof match};
  ecg_status status;
  switch (operation % 8) {
  case 0:
    status = ecg_gallery_enrol(gallery, session, name, beats, some);
    PROMISE(status == (before < capacity ? ECG_OK : ECG_ERROR_BUFFER_TOO_SMALL));
    PROMISE(count_of(gallery) == before + (status == ECG_OK));
    break;
  case 1: /* somebody who is there, or nobody */
    status = ecg_gallery_remove(gallery, before > 0 ? present : name);
    PROMISE(status == (before > 0 ? ECG_OK : ECG_ERROR_UNKNOWN_PERSON));
    PROMISE(before == 0 || count_of(gallery) < before);
    PROMISE(ecg_gallery_remove(gallery, before > 0 ? present : name) == ECG_ERROR_UNKNOWN_PERSON);
    break;
  case 2:
    status = ecg_gallery_remove(gallery, name);
    PROMISE(status == ECG_OK || (status == ECG_ERROR_UNKNOWN_PERSON && count_of(gallery) == before));
    break;
  case 3: check(gallery, ecg_gallery_identify(session, gallery, beats, some, &match), &match, some); break;
  case 4:
    status = ecg_verify(session, gallery, before > 0 ? present : name, beats, some, &match);
    if (before > 0) check(gallery, status, &match, some);
    else PROMISE(status == ECG_ERROR_UNKNOWN_PERSON);
    break;
  case 5: { /* there and back */
    uint8_t *first = saved(gallery, &changed_size);
    static room rooms[MOST_TEMPLATES + 2];
    room *copy = new_gallery(rooms, before + 1);
    PROMISE(ecg_gallery_load(copy->gallery, first, changed_size) == ECG_OK);
    uint8_t *second = saved(copy->gallery, &again_size);
    PROMISE(again_size == changed_size && memcmp(first, second, changed_size) == 0);
    close_gallery(copy);
    free(first);
    free(second);
    break;
  }
  default: { /* the bytes again; nothing changes where they are refused */
    uint8_t *first = saved(gallery, &changed_size);
    status = ecg_gallery_load(gallery, bytes, size);
    PROMISE(status == ECG_OK || status == ECG_ERROR_NOT_A_GALLERY || status == ECG_ERROR_FORMAT_VERSION ||
            status == ECG_ERROR_OTHER_MODEL || status == ECG_ERROR_BUFFER_TOO_SMALL);
    uint8_t *second = saved(gallery, &again_size);
    if (status != ECG_OK) PROMISE(again_size == changed_size && memcmp(first, second, again_size) == 0);
    free(first);
    free(second);
  }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  size_t operation_count = data[1] % MOST_OPERATIONS;
  if (size < 2 + operation_count) return 0;
  uint8_t flags = data[0];
  size_t byte_count = size - 2 - operation_count, templates = 0;
  uint8_t *bytes = take(byte_count);
  memcpy(bytes, data + 2 + operation_count, byte_count);
  if (flags & 2 && byte_count >= HEADER) memcpy(bytes + 32, model_digest, DIGEST);
  if (flags & 1 && byte_count >= HEADER + DIGEST)
    sha256(bytes, byte_count - DIGEST, bytes + byte_count - DIGEST);

  size_t capacity = (size_t[]){1, 2, 5, MOST_TEMPLATES}[flags >> 2 & 3];
  static room rooms[MOST_TEMPLATES + 1];
  room *in = new_gallery(rooms, capacity);
  ecg_gallery *gallery = in->gallery;
  ecg_status counted = ecg_gallery_saved_count(bytes, byte_count, &templates);
  ecg_status loaded = ecg_gallery_load(gallery, bytes, byte_count);
  if (loaded == ECG_OK) PROMISE(counted == ECG_OK && templates == count_of(gallery) && templates <= capacity);
  if (counted != ECG_OK) PROMISE(loaded == counted);
  for (size_t i = 0; i < operation_count; i++) operate(gallery, capacity, data[2 + i], bytes, byte_count);
  close_gallery(in);
  free(bytes);
  return 0;
}
