#ifndef DCNCONV_PROCESSOR_H
#define DCNCONV_PROCESSOR_H

#include <stddef.h>
#include <stdint.h>

/// The widest instruction set that both the processor and the system support:
/// 0 the baseline, 1 AVX2 with FMA, 2 AVX-512 (F, VL, DQ, BW).
int dcn_instruction_set(void);

/// Whether dcn_sha256 and dcn_sha256_pair can run here.
int dcn_has_sha256(void);

/// Adds so many blocks of 64 bytes to a SHA-256 hash (eight words, FIPS 180-4).
void dcn_sha256(uint32_t hash[8], const void *blocks, size_t count);

/// Adds so many blocks to each of two hashes: their rounds take turns, for those of one wait for each other.
void dcn_sha256_pair(
    uint32_t hash0[8], const void *blocks0, uint32_t hash1[8], const void *blocks1, size_t count);

/// Asks for the cache line of an address, which need not be valid, and does not wait for it.
static inline __attribute__((always_inline)) void dcn_prefetch(const void *address) {
  __builtin_prefetch(address, 0, 3);
}

/// Remembers on which processors the calling thread may run.
///
/// Returns its number, as dcn_place_apart takes it; 0 where threads cannot be placed.
int dcn_begin_placement(void);

/// Lets a sleeping thread wake on another processor than the caller's, if it may run on one.
///
/// A system that does not know of processors' common caches may wake it on the caller's and leave it to wait there
/// for milliseconds, while another processor is idle.
void dcn_place_apart(int thread);

/// Lets the calling thread run again wherever it could when its placement began.
void dcn_place_anywhere(void);

#endif
