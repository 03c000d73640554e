/* board.c - Arm MPS2 boards under QEMU: text and exit by semihosting, instructions by a timer.
 *
 * On a product: print to a serial port, and read the cycle counter (DWT->CYCCNT) instead of the timer. QEMU does not
 * emulate that counter; with -icount its clock moves on by the same time for every instruction, so that a timer counts
 * instructions. How many make a tick is measured with a loop of known length.
 */
#include "board.h"

/* Arm Semihosting for AArch32, v3.0: operations in r0, their argument in r1. */
enum { SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20, ADP_STOPPED_APPLICATION_EXIT = 0x20026 };

static int semihosting(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void board_print(const char *text) { semihosting(SYS_WRITE0, text); }

void board_exit(int status) {
  const uint32_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint32_t)status};
  semihosting(SYS_EXIT_EXTENDED, block);
  for (;;) continue;
}

/* APB timer 0 of the Cortex-M System Design Kit (Arm DDI 0479, 4.3), which counts down at 25 MHz. */
typedef struct {
  volatile uint32_t control, value, reload, interrupt;
} timer;
#define TIMER ((timer *)0x40000000u)

enum { LOOPS = 100000 }; /* of two instructions each */

static uint32_t ticks_of_loops;

void board_clock_start(void) {
  TIMER->reload = 0xFFFFFFFFu;
  TIMER->value = 0xFFFFFFFFu;
  TIMER->control = 1;
  uint32_t before = board_clock_ticks(), count = LOOPS;
  __asm__ volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(count) : : "cc");
  ticks_of_loops = board_clock_ticks() - before;
}

uint32_t board_clock_ticks(void) { return 0xFFFFFFFFu - TIMER->value; }

double board_instructions(uint32_t ticks) {
  return ticks_of_loops ? (double)ticks * (2.0 * LOOPS / ticks_of_loops) : 0;
}
