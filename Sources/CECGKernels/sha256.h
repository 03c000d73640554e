// What the portable SHA-256 and the one for an instruction set share.
#pragma once
#include <stddef.h>
#include <stdint.h>

extern const uint32_t ecg_sha256_constants[64];

#if defined(__x86_64__)
int ecg_sha256_has_instructions(void);
void ecg_sha256_blocks_x86(uint32_t state[8], const uint8_t *bytes, size_t block_count);
#endif
