/* main.c - names the person in a recording, on a microcontroller without operating system.
 *
 *   ecgid export model.h5 --c model.h --seconds 10 --rate 500
 *   make BOARD=mps2-an500 MODEL=model.h run
 *
 * Weights stay in flash, where the linker puts a constant array; everything else lies in static memory whose sizes
 * model.h knows. Nothing is allocated. The recording is constant, too, where a product would have its converter's buffer.
 */
#include <stdalign.h>

#include "board.h"
#include "ecg.h"
#include "model.h"
#include "recording.h"

static alignas(ECG_ALIGNMENT) unsigned char model_memory[MODEL_MEMORY_SIZE];
static alignas(ECG_ALIGNMENT) unsigned char session_memory[MODEL_SESSION_SIZE];
static float samples[sizeof recording / sizeof *recording];
static float beats[MODEL_BEAT_CAPACITY * MODEL_BEAT_LENGTH];
static float probabilities[MODEL_PERSON_COUNT];

/* ---- Text without printf ----------------------------------------------------------------------------------------- */

static void print_number(double value, int decimals) {
  char text[40], *at = text + sizeof text - 1;
  double scale = 1;
  for (int i = 0; i < decimals; i++) scale *= 10;
  uint64_t digits = (uint64_t)((value < 0 ? -value : value) * scale + 0.5);
  *at = 0;
  for (int i = 0; digits > 0 || i <= decimals; i++) {
    if (i == decimals && decimals > 0) *--at = '.';
    *--at = (char)('0' + digits % 10);
    digits /= 10;
  }
  if (value < 0) *--at = '-';
  board_print(at);
}

static void print(const char *name, double value, int decimals, const char *unit) {
  board_print(name);
  print_number(value, decimals);
  board_print(unit);
  board_print("\n");
}

static void check(const char *what, ecg_status status) {
  if (status == ECG_OK) return;
  board_print(what);
  board_print(": ");
  board_print(ecg_status_string(status));
  board_print("\n");
  board_exit(2);
}

/* ---- How much was used ------------------------------------------------------------------------------------------- */

extern char flash_start[], flash_end[], code_end[], data_start[], bss_end[];

static double size(const char *start, const char *end) { return (double)((uintptr_t)end - (uintptr_t)start); }

static double spent;

/* The instructions since the last call, or since board_clock_start. */
static double lap(void) {
  static uint32_t last;
  uint32_t now = board_clock_ticks();
  double instructions = board_instructions(now - last);
  last = now;
  return instructions;
}

static void print_lap(const char *name) {
  double instructions = lap();
  spent += instructions;
  print(name, instructions, 0, " instructions");
}

int main(void) {
  ecg_model *model;
  ecg_session *session;
  const double rate = RECORDING_SAMPLING_RATE;
  const size_t sample_count = sizeof recording / sizeof *recording;

  board_clock_start();
  lap();
  check("model", ecg_model_init(model_bytes, MODEL_SIZE, model_memory, sizeof model_memory, &model));
  check("session", ecg_session_init(model, MODEL_SESSION_SECONDS, MODEL_SESSION_RATE, session_memory,
                                    sizeof session_memory, &session));
  print_lap("opening        ");
  check("self-test", ecg_session_verify(session));
  print_lap("self-test      ");
  spent = 0;

  for (size_t i = 0; i < sample_count; i++) samples[i] = RECORDING_MILLIVOLTS * (float)recording[i];
  lap();
  size_t beat_count;
  ecg_signal_report report = {.struct_size = sizeof report};
  check("preprocess", ecg_preprocess(session, samples, sample_count, rate, beats, MODEL_BEAT_CAPACITY, NULL,
                                     &beat_count, &report));
  print_lap("signal chain   ");
  ecg_identity identity = {.struct_size = sizeof identity};
  ecg_outlier outlier = {.struct_size = sizeof outlier};
  ecg_status status = ecg_recognise(session, beats, beat_count, &identity, probabilities, &outlier);
  if (status == ECG_ERROR_NO_OUTLIER_REFERENCE)
    check("identify", ecg_identify(session, beats, beat_count, &identity, probabilities));
  else
    check("recognise", status);
  print_lap("recognition    ");
  print("together       ", spent, 0, " instructions");

  print("flash          ", size(flash_start, flash_end), 0, " bytes");
  print("  model        ", (double)MODEL_SIZE, 0, " bytes");
  print("  code         ", size(flash_start, code_end), 0, " bytes");
  print("RAM            ", size(data_start, bss_end), 0, " bytes");
  print("  model        ", (double)sizeof model_memory, 0, " bytes");
  print("  session      ", (double)sizeof session_memory, 0, " bytes");
  print("  samples      ", (double)sizeof samples, 0, " bytes");
  print("  beats        ", (double)sizeof beats, 0, " bytes");
  print("stack          ", (double)stack_used(), 0, " bytes");
  if (stack_free() == 0) board_print("the stack is too small\n");

  print("beats          ", (double)beat_count, 0, "");
  print("quality        ", (double)report.quality, 6, "");
  for (int i = 0; i < MODEL_PERSON_COUNT; i++) {
    board_print("probability    ");
    board_print(ecg_model_label(model, i));
    print(" ", (double)probabilities[i], 7, "");
  }
  if (status == ECG_OK) print("outlier score  ", (double)outlier.score, 6, "");
  board_print("person         ");
  board_print(status == ECG_OK && outlier.is_outlier ? "nobody I know" : ecg_model_label(model, identity.person));
  board_print("\n");
  return stack_free() == 0;
}
