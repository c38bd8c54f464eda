#include "processor.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Whoever calls what uses the SHA instructions has asked dcn_has_sha256.
#define SHA __attribute__((target("sha,sse4.1")))
#define SHA_INLINE SHA __attribute__((always_inline)) static inline

// FIPS 180-4, 4.2.2.
static const _Alignas(16) uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

// A hash as the instructions take it, and the sixteen words that the next rounds need.
typedef struct {
  __m128i abef, cdgh;
  __m128i words[4];
} Rounds;

SHA_INLINE void take_hash(Rounds *rounds, const uint32_t hash[8]) {
  __m128i dcba = _mm_loadu_si128((const __m128i *)hash);
  __m128i hgfe = _mm_loadu_si128((const __m128i *)(hash + 4));
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1), efgh = _mm_shuffle_epi32(hgfe, 0x1B);
  rounds->abef = _mm_alignr_epi8(cdab, efgh, 8);
  rounds->cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
}

SHA_INLINE void give_hash(const Rounds *rounds, uint32_t hash[8]) {
  __m128i feba = _mm_shuffle_epi32(rounds->abef, 0x1B), dchg = _mm_shuffle_epi32(rounds->cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)hash, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i *)(hash + 4), _mm_alignr_epi8(dchg, feba, 8));
}

SHA_INLINE void take_block(Rounds *rounds, const uint8_t *block) {
  const __m128i bigEndian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
  for (int i = 0; i < 4; i++)
    rounds->words[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), bigEndian);
}

// Rounds 4 * step to 4 * step + 3, and the words of the four that come sixteen later (FIPS 180-4, 6.2.2).
SHA_INLINE void run_four(Rounds *rounds, int step) {
  __m128i *words = rounds->words;
  __m128i *mine = &words[step & 3], last = words[(step + 3) & 3];
  __m128i sum = _mm_add_epi32(*mine, _mm_load_si128((const __m128i *)(constants + 4 * step)));
  rounds->cdgh = _mm_sha256rnds2_epu32(rounds->cdgh, rounds->abef, sum);
  rounds->abef = _mm_sha256rnds2_epu32(rounds->abef, rounds->cdgh, _mm_shuffle_epi32(sum, 0x0E));
  if (step >= 12) return;
  __m128i next = _mm_sha256msg1_epu32(*mine, words[(step + 1) & 3]);
  next = _mm_add_epi32(next, _mm_alignr_epi8(last, words[(step + 2) & 3], 4));
  *mine = _mm_sha256msg2_epu32(next, last);
}

SHA_INLINE void add_rounds(Rounds *rounds, const Rounds *before) {
  rounds->abef = _mm_add_epi32(rounds->abef, before->abef);
  rounds->cdgh = _mm_add_epi32(rounds->cdgh, before->cdgh);
}

// Blocks of one message, or of two whose rounds take turns.
SHA_INLINE void add_blocks(
    uint32_t hash0[8], const uint8_t *block0, uint32_t hash1[8], const uint8_t *block1, size_t count,
    int isPair) {
  Rounds first, second;
  take_hash(&first, hash0);
  if (isPair) take_hash(&second, hash1);
  for (; count > 0; count--) {
    Rounds before0 = first, before1;
    // Messages that lie apart are more than the processor fetches in time by itself.
    dcn_prefetch((const void *)((uintptr_t)block0 + 1024));
    take_block(&first, block0);
    block0 += 64;
    if (isPair) {
      before1 = second;
      dcn_prefetch((const void *)((uintptr_t)block1 + 1024));
      take_block(&second, block1);
      block1 += 64;
    }
#pragma clang loop unroll(full)
    for (int step = 0; step < 16; step++) {
      run_four(&first, step);
      if (isPair) run_four(&second, step);
    }
    add_rounds(&first, &before0);
    if (isPair) add_rounds(&second, &before1);
  }
  give_hash(&first, hash0);
  if (isPair) give_hash(&second, hash1);
}

SHA void dcn_sha256(uint32_t hash[8], const void *blocks, size_t count) {
  add_blocks(hash, blocks, NULL, NULL, count, 0);
}

SHA void dcn_sha256_pair(
    uint32_t hash0[8], const void *blocks0, uint32_t hash1[8], const void *blocks1, size_t count) {
  add_blocks(hash0, blocks0, hash1, blocks1, count, 1);
}

int dcn_has_sha256(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1");
}
#else
int dcn_has_sha256(void) { return 0; }
void dcn_sha256(uint32_t hash[8], const void *blocks, size_t count) { __builtin_trap(); }
void dcn_sha256_pair(
    uint32_t hash0[8], const void *blocks0, uint32_t hash1[8], const void *blocks1, size_t count) {
  __builtin_trap();
}
#endif
