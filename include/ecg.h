/*
 * ecg.h - recognise a person by the heartbeat.                                    SPDX-License-Identifier: Apache-2.0
 *
 *   ecg_model *model;
 *   ecg_session *session;
 *   ecg_model_open("model.h5", &model);
 *   ecg_session_open(model, 30.0, 500.0, &session);           // recordings of up to 30 s at 500 Hz
 *
 *   ecg_model_info info = {.struct_size = sizeof info};
 *   ecg_model_describe(model, &info);
 *   size_t capacity = ecg_session_beat_capacity(session), beat_count = 0;
 *   float *beats = malloc(capacity * info.beat_length * sizeof *beats);
 *
 *   ecg_identity who = {.struct_size = sizeof who};
 *   ecg_outlier stranger = {.struct_size = sizeof stranger};
 *   if (ecg_preprocess(session, samples_mv, sample_count, 500.0, beats, capacity, NULL, &beat_count, NULL) == ECG_OK &&
 *       ecg_recognise(session, beats, beat_count, &who, NULL, &stranger) == ECG_OK)   // all beats decide together
 *     puts(stranger.is_outlier ? "nobody I know" : ecg_model_label(model, who.person));
 *
 *   ecg_session_close(session);
 *   ecg_model_close(model);
 *
 * Conventions
 *   Units       Samples are in millivolts, rates in hertz, durations in seconds. Any rate from 50 to 10,000 Hz is
 *               accepted: the library resamples to the model's rate.
 *   Errors      Every call that can fail returns an ecg_status: 0, or a negative code from the list below.
 *               Outputs are written only on success (but see ecg_signal_report). Nothing aborts, traps, prints or reads the locale.
 *   Memory      ecg_..._open takes memory from the system and ecg_..._close returns it. ecg_..._init builds the same
 *               object in memory of the caller's, which nothing ever frees. Other calls take no memory at all.
 *   Threads     A model never changes and may be shared. A session or stream belongs to one thread at a time. A gallery
 *               may be shared while nobody changes it.
 *   Structs     A struct begins with struct_size, which the caller sets to sizeof it: older and newer callers and
 *               libraries understand each other, since the library writes no more than that. A struct_size below
 *               that of the struct's first version gives ECG_ERROR_ARGUMENT.
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

/* Raised when something that was there changes: a function's type, a struct's member, a code's number. What is new (a
 * function, a member at a struct's end) does not raise it. */
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
  X(ECG_ERROR_FORMAT_VERSION, -15, "the file was written for a newer version of this library")                         \
  X(ECG_ERROR_MISSING_ENTRY, -16, "the model file lacks a group, dataset or attribute")                                \
  X(ECG_ERROR_MALFORMED, -17, "the model file has an entry of the wrong type, shape or value")                         \
  X(ECG_ERROR_DIGEST, -18, "the model file is damaged: its content does not match its digest")                         \
  X(ECG_ERROR_SELF_TEST, -19, "the model does not reproduce its known answer on this machine")                         \
  X(ECG_ERROR_GRAPH, -20, "the network's layers do not fit together")                                                  \
  X(ECG_ERROR_UNSUPPORTED_LAYER, -21, "the network has a layer this library does not know")                            \
  X(ECG_ERROR_CONFIGURATION, -22, "the preprocessing configuration is out of range")                                   \
  X(ECG_ERROR_NO_OUTLIER_REFERENCE, -23, "the model carries no outlier reference set")                                 \
  X(ECG_ERROR_POOR_SIGNAL, -24, "poor signal: what looks like beats is not to be trusted")                             \
  X(ECG_ERROR_NOT_A_GALLERY, -25, "this is not a saved gallery, or it is damaged")                                     \
  X(ECG_ERROR_OTHER_MODEL, -26, "the gallery belongs to another model")                                                \
  X(ECG_ERROR_UNKNOWN_PERSON, -27, "the gallery has no template of this person")                                       \
  X(ECG_ERROR_NO_CLASSES, -28, "the model names nobody by itself: people are enrolled in a gallery")

#define ECG_STATUS_CONSTANT(name, value, text) name = value,
enum { ECG_STATUS_CODES(ECG_STATUS_CONSTANT) };
#undef ECG_STATUS_CONSTANT

/* The text of a status, as a static string; "unknown status" for any other number. */
ECG_API const char *ecg_status_string(ecg_status status);

/* ---- Model: who there is to recognise, and how --------------------------------------------------------------------- */

typedef struct ecg_model ecg_model;

/* Opens the weights file at `path` (UTF-8): maps it read-only, checks its structure and its digest.
 * The file is not copied: while the model is open, replace it by renaming another one over it (as ecgid does), never in
 * place. Errors: ECG_ERROR_FILE, ECG_ERROR_OUT_OF_MEMORY, ECG_ERROR_DIGEST, and whatever ecg_model_init reports. */
ECG_API ecg_status ecg_model_open(const char *path, ecg_model **model);

/* Gives back what ecg_model_open took. NULL is fine; a model made by ecg_model_init is left alone. */
ECG_API void ecg_model_close(ecg_model *model);

typedef struct ecg_model_info {
  uint32_t struct_size;
  uint32_t format_version;          /* of the weights file */
  uint32_t person_count;            /* people it can name by itself; 0: those of a gallery alone */
  uint32_t beat_length;             /* samples in one beat */
  double sampling_rate;             /* Hz: what recordings are resampled to, and what beats are in */
  uint64_t parameter_count;         /* weights and biases of the network */
  uint32_t outlier_reference_count; /* beats that strangers are measured against; 0: no ecg_outlier_score */
  float outlier_threshold;          /* scores above it are a stranger's */
  /* what the second version added */
  uint32_t embedding_length;        /* values in one template of a gallery */
  uint32_t calibration_people;      /* people that verification was calibrated on; 0: it was not */
  double false_acceptance_rate;     /* what ecg_verify and ecg_gallery_identify promise then; else 0 */
} ecg_model_info;

/* Describes the model. */
ECG_API ecg_status ecg_model_describe(const ecg_model *model, ecg_model_info *info);

/* The label of person 0 ... person_count - 1, UTF-8, owned by the model; NULL for any other number. */
ECG_API const char *ecg_model_label(const ecg_model *model, int32_t person);

/* ---- Session: working memory for one thread ------------------------------------------------------------------------ */

typedef struct ecg_session ecg_session;

/* Makes working memory for recordings of up to `longest_seconds` at `sampling_rate` Hz. (Recordings at other rates are
 * taken too where that memory suffices for them, and answered with ECG_ERROR_BUFFER_TOO_SMALL where it does not.)
 * The model must outlive the session. Errors: ECG_ERROR_ARGUMENT, ECG_ERROR_SAMPLING_RATE, ECG_ERROR_OUT_OF_MEMORY. */
ECG_API ecg_status ecg_session_open(const ecg_model *model, double longest_seconds, double sampling_rate,
                                    ecg_session **session);

/* Gives back what ecg_session_open took. NULL is fine; a session made by ecg_session_init is left alone. */
ECG_API void ecg_session_close(ecg_session *session);

/* The most beats that one recording can give in this session: a buffer for so many is never too small. 0 for NULL. */
ECG_API size_t ecg_session_beat_capacity(const ecg_session *session);

/* Checks that the model computes here what it computed where it was made: its digest, then its known answer
 * (within 1e-4 in every probability). Errors: ECG_ERROR_DIGEST, ECG_ERROR_SELF_TEST, ECG_ERROR_MISSING_ENTRY (the file has
 * no known answer), ECG_ERROR_MALFORMED. */
ECG_API ecg_status ecg_session_verify(ecg_session *session);

/* ---- Recording -> beats -------------------------------------------------------------------------------------------- */

/* Why a beat is left out, or a recording refused: name, number (never changed once released), text. */
#define ECG_FAULTS(X)                                                                                                  \
  X(ECG_FAULT_NONE, 0, "good")                                                                                         \
  X(ECG_FAULT_BORDER, 1, "at the border")                                                                              \
  X(ECG_FAULT_GAP, 2, "at a gap")                                                                                      \
  X(ECG_FAULT_FLAT, 3, "flat")                                                                                         \
  X(ECG_FAULT_CLIPPED, 4, "clipped")                                                                                   \
  X(ECG_FAULT_NOISY, 5, "noisy")                                                                                       \
  X(ECG_FAULT_WANDERING, 6, "on a wandering baseline")                                                                 \
  X(ECG_FAULT_ODD_AMPLITUDE, 7, "of odd amplitude")                                                                    \
  X(ECG_FAULT_ECTOPIC, 8, "ectopic")                                                                                   \
  X(ECG_FAULT_UNLIKE, 9, "unlike the others")                                                                          \
  X(ECG_FAULT_RHYTHM, 10, "without a plausible rhythm")

#define ECG_FAULT_CONSTANT(name, value, text) name = value,
enum { ECG_FAULTS(ECG_FAULT_CONSTANT) };
#undef ECG_FAULT_CONSTANT

/* The text of a fault, as a static string; "unknown fault" for any other number. */
ECG_API const char *ecg_fault_string(int32_t fault);

/* What became of a recording. ecg_preprocess writes it on success, and with ECG_ERROR_NO_BEATS and
 * ECG_ERROR_POOR_SIGNAL, too: it says why. */
typedef struct ecg_signal_report {
  uint32_t struct_size;
  uint32_t r_peak_count;           /* R peaks found */
  uint32_t beats_at_border;        /* beats left out: the window reaches beyond the recording */
  uint32_t beats_at_gap;           /*   ... it touches missing samples */
  uint32_t beats_flat;             /*   ... nothing moves in it, or for too long */
  uint32_t beats_of_odd_amplitude; /*   ... its amplitude is far from the recording's */
  int32_t denoising_converged;     /* 0: the iterations ended at their bound; the beats are usable all the same */
  /* what the second version added */
  uint32_t beats_clipped;          /*   ... the recording stands at its largest or smallest value */
  uint32_t beats_noisy;            /*   ... fast noise beside the QRS complex */
  uint32_t beats_wandering;        /*   ... the baseline moves too far */
  uint32_t beats_ectopic;          /*   ... it came early and has another shape than the recording's beats */
  uint32_t beats_unlike;           /*   ... it has another shape than the recording's beats */
  float quality;                   /* of the recording: 0 useless ... 1 perfect */
  int32_t fault;                   /* ECG_FAULT_NONE, or what spoils the recording most */
} ecg_signal_report;

/* Finds the beats of one lead.
 *   samples        sample_count values in millivolts at sampling_rate Hz; NaN marks a missing sample, and what is infinite
 *                  or 1e9 mV and more counts as missing, too
 *   beats          receives beat_count x beat_length values, each beat of unit length (L2); room for beat_capacity beats
 *   r_peaks        receives beat_count positions in `samples`, ascending; room for beat_capacity, or NULL
 *   report         what was found and left out, or NULL
 * Errors: ECG_ERROR_SAMPLING_RATE, ECG_ERROR_MISSING_SAMPLES (half of them or more), ECG_ERROR_FLAT_SIGNAL,
 * ECG_ERROR_SIGNAL_TOO_SHORT (about a second is the least), ECG_ERROR_SIGNAL_TOO_LONG, ECG_ERROR_NO_BEATS,
 * ECG_ERROR_POOR_SIGNAL, ECG_ERROR_BUFFER_TOO_SMALL (beat_capacity is too small, or the session was made for another
 * rate). */
ECG_API ecg_status ecg_preprocess(ecg_session *session, const float *samples, size_t sample_count,
                                  double sampling_rate, float *beats, size_t beat_capacity, size_t *r_peaks,
                                  size_t *beat_count, ecg_signal_report *report);

/* The quality of each beat that the session's last ecg_preprocess gave: 0 useless ... 1 perfect.
 *   qualities      receives a value per beat, in their order; room for `capacity`
 * Errors: ECG_ERROR_NO_BEATS (there was none, or it failed), ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_beat_quality(const ecg_session *session, float *qualities, size_t capacity);

/* ---- Beats -> person ----------------------------------------------------------------------------------------------- */

typedef struct ecg_identity {
  uint32_t struct_size;
  int32_t person;    /* the most probable of the people the model knows; its name is ecg_model_label's */
  float probability; /* 0 ... 1, given that it is one of them: ask ecg_outlier_score whether it is */
} ecg_identity;

/* Names the person that beat_count beats of one recording belong to; they decide together.
 *   beats          beat_count x beat_length values from ecg_preprocess; whatever beats a function takes, a value beyond 2,
 *                  below -2 or not finite is ECG_ERROR_ARGUMENT
 *   probabilities  receives person_count values that sum to 1, or NULL
 * Errors: ECG_ERROR_ARGUMENT; ECG_ERROR_NO_CLASSES. */
ECG_API ecg_status ecg_identify(ecg_session *session, const float *beats, size_t beat_count, ecg_identity *identity,
                                float *probabilities);

typedef struct ecg_outlier {
  uint32_t struct_size;
  int32_t is_outlier; /* 1: nobody the model knows; 0: somebody it may know */
  float score;        /* geometric mean of the beats' local outlier factors: near 1 for known people */
  float threshold;    /* the verdict is score > threshold; chosen for the false-alarm rate that the file states */
} ecg_outlier;

/* Measures how far the beats lie from those of everybody the model knows.
 * Errors: ECG_ERROR_ARGUMENT; ECG_ERROR_NO_OUTLIER_REFERENCE. */
ECG_API ecg_status ecg_outlier_score(ecg_session *session, const float *beats, size_t beat_count,
                                     ecg_outlier *outlier);

/* ecg_identify and ecg_outlier_score of the same beats in one run of the network, which takes half the time; the same
 * answers. Errors: those of both; nothing is written then. */
ECG_API ecg_status ecg_recognise(ecg_session *session, const float *beats, size_t beat_count, ecg_identity *identity,
                                 float *probabilities, ecg_outlier *outlier);

/* ---- People enrolled on the device --------------------------------------------------------------------------------- */

/* Recognises people whom the model was not trained on: half a minute of signal enrols one, nothing is trained.
 *
 *   ecg_gallery *gallery;
 *   ecg_gallery_open(model, 100, &gallery);                   // or ecg_gallery_init, in memory of yours
 *   ... ecg_preprocess(session, ..., beats, ...) ...
 *   ecg_gallery_enrol(gallery, session, "Ada", beats, beat_count);
 *
 *   ecg_match match = {.struct_size = sizeof match};          // another day
 *   ... ecg_preprocess(session, ..., beats, ...) ...
 *   if (ecg_gallery_identify(session, gallery, beats, beat_count, &match) == ECG_OK)
 *     puts(match.verdict == ECG_VERDICT_ACCEPTED ? match.person : "nobody I know, or not sure yet");
 *
 *   Template    The mean of an enrolment's embeddings (the values of the network's last hidden layer), each scaled to
 *               unit length, and so is the mean. A person may have several, one for each enrolment: of other days, other
 *               electrodes. Templates change when ecg_gallery_enrol or ecg_gallery_remove is called, and never otherwise.
 *   Person      Named by the caller: 1 to 47 bytes of UTF-8 without control characters, compared byte by byte. A number
 *               that only the caller can turn into a name gives less away than a name does.
 *   Score       The cosine of probe and template, -1 ... 1; the probe is made of its beats as a template is. Of several
 *               templates the most similar one counts.
 *   Looks       Beats are looked at in their order: the first of them, the first 2, 4, 8 and 16 (the model file lists the
 *               numbers). The first look that meets the promise ends it, and its answer stands: ECG_VERDICT_ACCEPTED.
 *               When all looks are over it is ECG_VERDICT_REJECTED; before that, ECG_VERDICT_NOT_SURE: ask again with the
 *               same beats and those that came since. Beats behind the last look are not looked at.
 *   Promise     Somebody who is none of those compared is accepted, at any of the looks, with a probability of at most
 *               ecg_model_info.false_acceptance_rate, as far as people, electrodes and recordings are like those of the
 *               calibration (`ecgid calibrate`): others than the model was trained on. With n people measured, L looks,
 *               N templates compared and F the share of comparisons between different people whose score at this look
 *               was as high, (1 + those) / (1 + all):
 *
 *                 false_acceptance_probability = (1 + n * min(1, L * N * F)) / (n + 1)
 *
 *               Each look and each template counts as one more chance; 1 / (n + 1), since the next person may be unlike
 *               all n: so much is the least that can be promised, however high the score. The rate holds for each time
 *               that somebody tries anew: who may try ten times has ten times the chance. It says nothing of somebody who
 *               replays a recording of an enrolled person.
 *   Without     calibration the verdict is always ECG_VERDICT_NOT_SURE; all beats make the probe, and score tells how
 *               similar it is. So it is with a gallery that is too large for the promise: threshold is then above 1.
 *   Privacy     A template is personal data of a kind that nobody can change. Documentation/Privacy.md says what it gives
 *               away and what it takes to protect it. Removed people and closed galleries are overwritten with zeros. */
typedef struct ecg_gallery ecg_gallery;

/* Bytes of a person's name, its final zero included. */
#define ECG_PERSON_SIZE 48

/* Makes an empty gallery with room for template_capacity templates of this model, which must outlive it.
 * Errors: ECG_ERROR_ARGUMENT, ECG_ERROR_OUT_OF_MEMORY. */
ECG_API ecg_status ecg_gallery_open(const ecg_model *model, size_t template_capacity, ecg_gallery **gallery);

/* Overwrites a gallery with zeros, and gives back what ecg_gallery_open took. NULL is fine; one made by ecg_gallery_init
 * is overwritten, too, and its memory is the caller's. */
ECG_API void ecg_gallery_close(ecg_gallery *gallery);

/* Adds a template of `person`, made from beat_count beats of one recording: 8 or more, if it shall last.
 *   session        of the gallery's model
 *   beats          beat_count x beat_length values from ecg_preprocess, which has left out poor ones
 * Errors: ECG_ERROR_ARGUMENT, also for a name or beats that are none; ECG_ERROR_OTHER_MODEL (the session's),
 * ECG_ERROR_BUFFER_TOO_SMALL (the gallery is full). Nothing changes then. */
ECG_API ecg_status ecg_gallery_enrol(ecg_gallery *gallery, ecg_session *session, const char *person,
                                     const float *beats, size_t beat_count);

/* Removes all templates of `person` and overwrites their place. Copies that ecg_gallery_save made are the caller's to
 * overwrite. Errors: ECG_ERROR_ARGUMENT, ECG_ERROR_UNKNOWN_PERSON. */
ECG_API ecg_status ecg_gallery_remove(ecg_gallery *gallery, const char *person);

/* How many templates there are, and of how many people; either pointer may be NULL. */
ECG_API ecg_status ecg_gallery_count(const ecg_gallery *gallery, size_t *template_count, size_t *person_count);

/* Whose template 0 ... template_count - 1 is; those of one person lie side by side. The text is the gallery's, until it
 * changes; NULL for any other number.
 *   beat_count     receives how many beats the template was made from, or NULL */
ECG_API const char *ecg_gallery_person(const ecg_gallery *gallery, size_t template_index, uint32_t *beat_count);

/* Writes a gallery as bytes, for a file or for flash: 96 + template_count x (64 + 4 x embedding_length) of them, by the
 * format that Documentation/Galleries.md describes. They are not encrypted.
 *   bytes          receives byte_count bytes, aligned or not; room for `capacity`. NULL: only byte_count is told
 * Errors: ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_gallery_save(const ecg_gallery *gallery, void *bytes, size_t capacity, size_t *byte_count);

/* Replaces the gallery's content by what ecg_gallery_save wrote. The bytes need no alignment and may go away afterwards.
 * Errors: ECG_ERROR_NOT_A_GALLERY (also when they do not match their checksum), ECG_ERROR_FORMAT_VERSION,
 * ECG_ERROR_OTHER_MODEL (embeddings of another network, other weights or another signal chain; a model that was only
 * calibrated anew is no other), ECG_ERROR_BUFFER_TOO_SMALL (more templates than the gallery has room for). Nothing
 * changes then. */
ECG_API ecg_status ecg_gallery_load(ecg_gallery *gallery, const void *bytes, size_t byte_count);

/* How many templates these bytes hold, so that a gallery can be made for them. Their checksum is not checked yet.
 * Errors: ECG_ERROR_NOT_A_GALLERY, ECG_ERROR_FORMAT_VERSION. */
ECG_API ecg_status ecg_gallery_saved_count(const void *bytes, size_t byte_count, size_t *template_count);

/* What is said of a person; the numbers never change. */
enum {
  ECG_VERDICT_NOT_SURE = 0, /* more beats may tell */
  ECG_VERDICT_ACCEPTED = 1, /* the promise is met */
  ECG_VERDICT_REJECTED = 2  /* all looks are over: nobody of those compared */
};

typedef struct ecg_match {
  uint32_t struct_size;
  int32_t verdict;                    /* ECG_VERDICT_... */
  char person[ECG_PERSON_SIZE];       /* who was accepted; empty with any other verdict */
  int32_t template_index;             /* the most similar template compared (ecg_gallery_person names it, accepted or
                                         not); -1: the gallery is empty */
  float score;                        /* its cosine with the probe */
  float threshold;                    /* scores from here on are accepted at this look; above 1: none is */
  float false_acceptance_probability; /* of this score or a higher one, at this look or another: see above */
  uint32_t beat_count;                /* beats that the probe was made from: those of the last look */
  uint32_t template_count;            /* templates compared */
} ecg_match;

/* Is it `person`? Compares the beats with this person's templates.
 * Errors: ECG_ERROR_ARGUMENT; ECG_ERROR_OTHER_MODEL (the session's),
 * ECG_ERROR_UNKNOWN_PERSON. */
ECG_API ecg_status ecg_verify(ecg_session *session, const ecg_gallery *gallery, const char *person,
                              const float *beats, size_t beat_count, ecg_match *match);

/* Who is it, if anybody? Compares the beats with all templates; an empty gallery rejects everybody (beat_count 0), if
 * the model is calibrated.
 * Errors: ECG_ERROR_ARGUMENT; ECG_ERROR_OTHER_MODEL (the session's). */
ECG_API ecg_status ecg_gallery_identify(ecg_session *session, const ecg_gallery *gallery, const float *beats,
                                        size_t beat_count, ecg_match *match);

/* ---- Samples as they come -> person -------------------------------------------------------------------------------- */

/* Recognises a person while samples come in, in fixed memory:
 *
 *   ecg_stream *stream;
 *   ecg_stream_open(model, 250.0, NULL, &stream);             // or ecg_stream_init, in memory of yours
 *   ecg_stream_event event = {.struct_size = sizeof event};
 *   for (;;) {
 *     read_converter(samples_mv, 25);                         // pieces of any size
 *     ecg_stream_push(stream, samples_mv, 25, NULL);
 *     while (ecg_stream_next(stream, &event) == ECG_OK && event.kind != ECG_EVENT_NONE)
 *       if (event.kind == ECG_EVENT_BEAT && event.beat_count >= 8)
 *         puts(event.is_outlier == 1 ? "nobody I know" : ecg_model_label(model, event.person));
 *   }
 *
 *   Meaning     Every interval_seconds the last window_seconds of the signal (at first as many as there are, from 5 on)
 *               are judged as ecg_preprocess judges a recording that is exactly these samples: same R peaks, same beats,
 *               same quality, same faults, bit for bit. Each beat is told once, by the first judgement that has
 *               lookahead_seconds of signal behind its R peak. The last beat_count usable beats decide together, as
 *               ecg_identify and ecg_outlier_score do with just those (within 1e-6).
 *   Pieces      Events depend on the samples alone: pieces of any size give the same events, bit for bit.
 *   Latency     A beat is told when interval_seconds + lookahead_seconds of signal have followed its R peak, or sooner;
 *               those of the first seconds once there are 5 s.
 *   Gaps        Missing samples are pushed as NaN, or announced by ecg_stream_gap: positions go on counting. Once a
 *               window passes without a usable beat, the identity starts anew: the next may be another person's.
 *   Work        ecg_stream_push only copies. ecg_stream_next does the work: that of one ecg_identify for one beat before
 *               a usable beat's event, and that of one ecg_preprocess for each interval that was completed before it (at
 *               most two, or half a window in a gap).
 *   Threads     A stream belongs to one thread at a time, its model may be shared. An interrupt that delivers samples
 *               needs a queue of its own.
 *   Never       It takes no memory after it was made, blocks on nothing, adapts the model to nobody and keeps no more of
 *               the signal than a window and an interval. */
typedef struct ecg_stream ecg_stream;

/* A field that is 0 stands for its default. */
typedef struct ecg_stream_options {
  uint32_t struct_size;
  uint32_t beat_count;      /* usable beats that decide together, the last ones: 1 to 1000; default 16 */
  double window_seconds;    /* signal in which beats are judged: lookahead + interval + 1 s + what a beat has before its
                               R peak, or more, up to 60; default 10 */
  double interval_seconds;  /* from one judgement to the next: 0.1 to 10; default 1 */
  double lookahead_seconds; /* signal behind a beat that is waited for: what a beat has behind its R peak and how far
                               that may be moved (0.335 s as ecgid trains), or more, up to 5; default 1 or that */
} ecg_stream_options;

/* Kinds of events; the numbers never change. */
enum {
  ECG_EVENT_NONE = 0,  /* nothing more to tell before more samples come; the state so far all the same */
  ECG_EVENT_BEAT = 1,  /* an R peak with its quality, and whom the last usable beats speak for, it included */
  ECG_EVENT_SIGNAL = 2 /* the signal turned good or bad, or the identity starts anew */
};

typedef struct ecg_stream_event {
  uint32_t struct_size;
  int32_t kind;        /* ECG_EVENT_... */
  uint64_t position;   /* BEAT: of the R peak; SIGNAL: behind the last sample judged; NONE: samples so far; in samples
                          since the start, counted from 0 */
  float quality;       /* BEAT: of the beat; SIGNAL: of the window; 0 useless ... 1 perfect */
  int32_t fault;       /* BEAT: ECG_FAULT_NONE when it is usable, or why not; else what spoils the window most */
  ecg_status signal;   /* what ecg_preprocess says of the last window: ECG_OK (also before the first),
                          ECG_ERROR_POOR_SIGNAL, ECG_ERROR_NO_BEATS, ECG_ERROR_FLAT_SIGNAL, ECG_ERROR_MISSING_SAMPLES,
                          ECG_ERROR_SIGNAL_TOO_SHORT */
  uint32_t beat_count; /* usable beats that decide, 0 to the options' beat_count */
  int32_t person;      /* whom they speak for, as ecg_identity has it; -1 when there are none, and without classes */
  float probability;   /* 0 ... 1, given that it is somebody the model knows */
  int32_t is_outlier;  /* 1: nobody the model knows; 0: somebody it may know; -1: no beats, or no outlier reference */
  float outlier_score; /* as ecg_outlier has it; 0 when is_outlier is -1 */
} ecg_stream_event;

/* Makes a stream for samples at sampling_rate Hz; options may be NULL. The model must outlive it.
 * Errors: ECG_ERROR_ARGUMENT (an option is out of range, too), ECG_ERROR_SAMPLING_RATE, ECG_ERROR_OUT_OF_MEMORY. */
ECG_API ecg_status ecg_stream_open(const ecg_model *model, double sampling_rate, const ecg_stream_options *options,
                                   ecg_stream **stream);

/* Gives back what ecg_stream_open took. NULL is fine; a stream made by ecg_stream_init is left alone. */
ECG_API void ecg_stream_close(ecg_stream *stream);

/* Takes the next samples, in millivolts; NaN, infinite values and those of 1e9 mV and more count as missing.
 *   taken_count    receives how many were taken: all, unless events wait to be fetched or a gap to be worked through
 *                  by ecg_stream_next; the rest is pushed again after that. NULL: all or none
 * Once ecg_stream_next gave ECG_EVENT_NONE, a whole interval is taken at once.
 * Errors: ECG_ERROR_ARGUMENT, also after ecg_stream_finish; ECG_ERROR_BUFFER_TOO_SMALL (taken_count is NULL, and there
 * is no room for all: nothing was taken). */
ECG_API ecg_status ecg_stream_push(ecg_stream *stream, const float *samples, size_t sample_count,
                                   size_t *taken_count);

/* Says that missing_count samples were lost: the same as pushing so many NaN, at once.
 * Errors: ECG_ERROR_ARGUMENT, also after ecg_stream_finish and beyond 2^62 samples in all. */
ECG_API ecg_status ecg_stream_gap(ecg_stream *stream, uint64_t missing_count);

/* Ends the signal: ecg_stream_next then tells the beats of its last seconds, too. */
ECG_API ecg_status ecg_stream_finish(ecg_stream *stream);

/* Forgets everything but the gallery: the next sample is the first of a new signal, and of whom it is nothing is known. */
ECG_API ecg_status ecg_stream_reset(ecg_stream *stream);

/* Gives the next event, in the order of R peaks; a change of the signal before the beats it applies to.
 * Errors: ECG_ERROR_ARGUMENT, also when the network gives a beat no finite probabilities, which is then passed over. */
ECG_API ecg_status ecg_stream_next(ecg_stream *stream, ecg_stream_event *event);

/* The probabilities of everybody that the last event's person was taken from: person_count values that sum to 1.
 * Errors: ECG_ERROR_NO_BEATS (its beat_count is 0), ECG_ERROR_BUFFER_TOO_SMALL, ECG_ERROR_NO_CLASSES. */
ECG_API ecg_status ecg_stream_probabilities(const ecg_stream *stream, float *probabilities, size_t capacity);

/* The beat that the last ECG_EVENT_BEAT told, as ecg_preprocess gives it: beat_length values, for ecg_identify or for
 * keeping, until more samples are judged. Errors: ECG_ERROR_NO_BEATS (it was no usable beat, or is gone), ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_stream_beat(const ecg_stream *stream, float *beat, size_t capacity);

/* A stream with a gallery: who of the people enrolled is it, told while beats come in, in no more memory.
 *
 *   ecg_stream_set_gallery(stream, gallery, NULL);
 *   ... while (ecg_stream_next(stream, &event) == ECG_OK && event.kind != ECG_EVENT_NONE) {
 *     ecg_stream_match(stream, &match);
 *     if (match.verdict == ECG_VERDICT_ACCEPTED) puts(match.person);
 *   }
 *
 *   Meaning     Usable beats are compared as they are told: the match is that of ecg_gallery_identify (with `person`: of
 *               ecg_verify) with all of them since the comparison began, the score within 1e-6. So the promise is the same,
 *               and once accepted or rejected it stays so. Without calibration the first 1000 beats make the probe. A beat
 *               whose embedding has no direction is passed over.
 *   Anew        A comparison begins with ecg_stream_set_gallery and ecg_stream_reset, and wherever the identity starts
 *               anew. Each is one more try, with the whole false acceptance rate: setting the gallery again after each
 *               rejection takes more from the promise than it gives. Who takes over within a window is not noticed.
 *   Gallery     It stays the caller's, lent until another one or NULL is set or the stream is closed: it must not be closed
 *               before that. Between two calls of ecg_stream_next it may change, and the looks to come are at what it then
 *               holds; an earlier template_index then means nothing, the person's name stays. During ecg_stream_next no
 *               other thread may change it, others may search it: so may streams of several threads that share it.
 *   Work        ecg_stream_next searches the gallery once at each look, without calibration once for each usable beat. */

/* Compares the usable beats from now on with a gallery of the stream's model, or no longer.
 *   gallery        or NULL: compare no longer
 *   person         whose templates are compared alone, or NULL for everybody's
 * Errors: ECG_ERROR_ARGUMENT, ECG_ERROR_OTHER_MODEL, ECG_ERROR_UNKNOWN_PERSON. Nothing changes then. */
ECG_API ecg_status ecg_stream_set_gallery(ecg_stream *stream, const ecg_gallery *gallery, const char *person);

/* What the beats told so far come to. Before the first look it is ECG_VERDICT_NOT_SURE with a beat_count of 0.
 * Errors: ECG_ERROR_ARGUMENT (no gallery was set, too). */
ECG_API ecg_status ecg_stream_match(const ecg_stream *stream, ecg_match *match);

/* Enrols whoever the signal is of: adds the template to `gallery` that ecg_gallery_enrol makes of all usable beats told
 * since the stream began, was reset or the identity started anew, the first 1000 of them; no session is needed. Half a
 * minute gives enough: wait for 8 beats at least. The gallery may be the one that is set, or any other of the model.
 *   beat_count     receives how many beats those are, or NULL
 * Errors: as ecg_gallery_enrol, and ECG_ERROR_NO_BEATS. */
ECG_API ecg_status ecg_stream_enrol(const ecg_stream *stream, ecg_gallery *gallery, const char *person,
                                    uint32_t *beat_count);

/* ---- Samples as they come -> R peaks: no model needed -------------------------------------------------------------- */

/* Finds R peaks while samples come in, in 9 to 28 kilobytes of the caller's memory (12 at 250 to 500 Hz):
 *
 *   static _Alignas(ECG_ALIGNMENT) unsigned char memory[16384];
 *   ecg_detector *detector;
 *   ecg_detector_init(250.0, memory, sizeof memory, &detector);
 *   for (;;) {
 *     uint64_t r_peaks[ECG_DETECTOR_CAPACITY(25, 250.0)];
 *     size_t peak_count;
 *     read_converter(samples_mv, 25);
 *     ecg_detector_push(detector, samples_mv, 25, r_peaks, NULL, sizeof r_peaks / sizeof *r_peaks, &peak_count);
 *   }
 *
 * The signal may be raw: any baseline, amplitude and polarity, mains hum. A recording as a whole gives the same R peaks
 * as its pieces do, whatever their size. A detector belongs to one thread at a time; nothing has to be closed. */
typedef struct ecg_detector ecg_detector;

/* An R peak is told once this many seconds have passed since its sample, at the latest. */
#define ECG_DETECTOR_LATENCY 5.0

/* The room that is never too little for the R peaks of sample_count samples, and for those of ecg_detector_finish.
 * Constants of constants, in C, too. */
#define ECG_DETECTOR_CAPACITY(sample_count, sampling_rate) (5 * (size_t)(sample_count) / (size_t)(sampling_rate) + 6)
#define ECG_DETECTOR_FINISH_CAPACITY 32

/* The memory that ecg_detector_init needs, for samples at 50 to 10,000 Hz. Errors: ECG_ERROR_SAMPLING_RATE. */
ECG_API ecg_status ecg_detector_size(double sampling_rate, size_t *memory_size);

/* Makes a detector in `memory`, aligned to ECG_ALIGNMENT.
 * Errors: ECG_ERROR_SAMPLING_RATE, ECG_ERROR_ALIGNMENT, ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_detector_init(double sampling_rate, void *memory, size_t memory_size, ecg_detector **detector);

/* Takes the next sample_count samples, as many as there are.
 *   samples        millivolts; NaN marks a missing sample, which must be pushed too, since positions count samples
 *   r_peaks        receives peak_count positions in samples since the first, counted from 0, ascending
 *   confidences    receives peak_count values from 0 (a guess) to 1 (no doubt), or NULL
 *   capacity       room in both: ECG_DETECTOR_CAPACITY
 * Errors: ECG_ERROR_BUFFER_TOO_SMALL (nothing was taken); ECG_ERROR_ARGUMENT, also after ecg_detector_finish. */
ECG_API ecg_status ecg_detector_push(ecg_detector *detector, const float *samples, size_t sample_count,
                                     uint64_t *r_peaks, float *confidences, size_t capacity, size_t *peak_count);

/* Ends the signal and gives the R peaks of its last seconds. `capacity` is ECG_DETECTOR_FINISH_CAPACITY or more.
 * Errors: ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_detector_finish(ecg_detector *detector, uint64_t *r_peaks, float *confidences,
                                       size_t capacity, size_t *peak_count);

/* ---- Static memory: the same objects in memory of yours, nothing to free ------------------------------------------- */

/* Alignment, in bytes, of memory given to ecg_..._init and of the bytes of a model. */
#define ECG_ALIGNMENT 64

/* The memory that ecg_model_init needs for these bytes. Errors: as ecg_model_init below. */
ECG_API ecg_status ecg_model_size(const void *bytes, size_t byte_count, size_t *memory_size);

/* Makes a model from the bytes of a weights file, wherever they lie (a flash region, a mapped file). The weights are
 * used in place: the bytes must not change or go away while the model is in use. Checks the structure, not the digest
 * (ecg_session_verify does).
 * Errors: ECG_ERROR_ALIGNMENT, ECG_ERROR_BUFFER_TOO_SMALL, ECG_ERROR_NOT_A_MODEL, ECG_ERROR_TRUNCATED,
 * ECG_ERROR_UNSUPPORTED_HDF5, ECG_ERROR_FORMAT_VERSION, ECG_ERROR_MISSING_ENTRY, ECG_ERROR_MALFORMED, ECG_ERROR_GRAPH,
 * ECG_ERROR_UNSUPPORTED_LAYER, ECG_ERROR_CONFIGURATION. */
ECG_API ecg_status ecg_model_init(const void *bytes, size_t byte_count, void *memory, size_t memory_size,
                                  ecg_model **model);

/* The least memory that ecg_session_init needs. Errors: as ecg_session_open. */
ECG_API ecg_status ecg_session_size(const ecg_model *model, double longest_seconds, double sampling_rate,
                                    size_t *memory_size);

/* Makes a session in `memory`. More than the least makes it faster: several beats then run at once.
 * Errors: as ecg_session_open, and ECG_ERROR_ALIGNMENT, ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_session_init(const ecg_model *model, double longest_seconds, double sampling_rate,
                                    void *memory, size_t memory_size, ecg_session **session);

/* The memory that ecg_gallery_init needs. Errors: ECG_ERROR_ARGUMENT. */
ECG_API ecg_status ecg_gallery_size(const ecg_model *model, size_t template_capacity, size_t *memory_size);

/* Makes an empty gallery in `memory`.
 * Errors: as ecg_gallery_open, and ECG_ERROR_ALIGNMENT, ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_gallery_init(const ecg_model *model, size_t template_capacity, void *memory,
                                    size_t memory_size, ecg_gallery **gallery);

/* The memory that ecg_stream_init needs. Errors: as ecg_stream_open. */
ECG_API ecg_status ecg_stream_size(const ecg_model *model, double sampling_rate, const ecg_stream_options *options,
                                   size_t *memory_size);

/* Makes a stream in `memory`. Errors: as ecg_stream_open, and ECG_ERROR_ALIGNMENT, ECG_ERROR_BUFFER_TOO_SMALL. */
ECG_API ecg_status ecg_stream_init(const ecg_model *model, double sampling_rate, const ecg_stream_options *options,
                                   void *memory, size_t memory_size, ecg_stream **stream);

#ifdef __cplusplus
}
#endif
#endif
