/* board.h - what the example asks of a board: text, a clock, an end. board.c answers it for QEMU's MPS2 boards. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

void board_print(const char *text);
__attribute__((noreturn)) void board_exit(int status);

/* Instructions between two calls; see board.c. */
void board_clock_start(void);
uint32_t board_clock_ticks(void);
double board_instructions(uint32_t ticks);

/* From startup.c: the most bytes of stack that were ever in use, and those that never were. */
uint32_t stack_used(void);
uint32_t stack_free(void);

#endif
