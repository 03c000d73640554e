/* startup.c - from reset to main on a Cortex-M with a floating-point unit; no library is needed for it. */
#include <stdint.h>

#include "board.h"

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_low[], stack_high[];
int main(void);

/* Coprocessor access control (Armv7-M Architecture Reference Manual, B3.2.20): full access to the floating-point unit. */
#define CPACR (*(volatile uint32_t *)0xE000ED88u)

enum { PAINT = 0x5AFEC0DE };

__attribute__((naked, noreturn)) void reset(void) {
  __asm__("ldr r0, =stack_high\n mov sp, r0\n b start\n");
}

__attribute__((noreturn, used)) static void start(void) {
  CPACR |= 0xFu << 20;
  __asm__ volatile("dsb\n isb" ::: "memory");
  const uint32_t *from = data_load;
  for (uint32_t *to = data_start; to < data_end; to++) *to = *from++;
  for (uint32_t *to = bss_start; to < bss_end; to++) *to = 0;
  /* Below this function's own frame nothing is in use yet. */
  volatile uint32_t *here = __builtin_frame_address(0);
  for (volatile uint32_t *to = stack_low; to < here - 16; to++) *to = PAINT;
  board_exit(main());
}

uint32_t stack_used(void) {
  const uint32_t *at = stack_low;
  while (at < stack_high && *at == PAINT) at++;
  return (uint32_t)((const char *)stack_high - (const char *)at);
}

uint32_t stack_free(void) { return (uint32_t)((const char *)stack_high - (const char *)stack_low) - stack_used(); }

/* Nothing here raises an exception; one that comes all the same must not go unseen. */
__attribute__((noreturn)) static void fault(void) {
  board_print("unexpected exception\n");
  board_exit(3);
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_high, reset, fault, fault, fault, fault, fault, fault,
    fault,                      fault, fault, fault, fault, fault, fault, fault};
