// What one core of this machine can do at best: bounds that no network gets below.
#pragma once
#include <stddef.h>

// Reads `count` bytes, a multiple of 512, aligned to 64, and returns something that depends on all of them.
unsigned long long ceiling_read(const void *bytes, size_t count);

// Multiplies and adds float32 in registers, `rounds` times as many as it returns for one round.
size_t ceiling_multiply_floats(size_t rounds);

// The same with bytes, summed in 32 bits; 0 where this machine has no instruction for it that this file knows.
size_t ceiling_multiply_bytes(size_t rounds);
