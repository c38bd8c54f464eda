#ifndef DCNCONV_PREFETCH_H
#define DCNCONV_PREFETCH_H

/// Asks for the cache line of an address, which need not be valid, and does not wait for it.
static inline __attribute__((always_inline)) void dcn_prefetch(const void *address) {
  __builtin_prefetch(address, 0, 3);
}

#endif
