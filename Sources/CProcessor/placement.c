#define _GNU_SOURCE
#include "processor.h"

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>

static _Thread_local cpu_set_t allowed;

int dcn_begin_placement(void) {
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? gettid() : 0;
}

void dcn_place_apart(int thread) {
  cpu_set_t set;
  int here = sched_getcpu();
  if (thread <= 0 || here < 0 || here >= CPU_SETSIZE) return;
  if (sched_getaffinity(thread, sizeof set, &set) != 0) return;
  CPU_CLR(here, &set);
  // Where it fails, the thread wakes wherever the system likes.
  if (CPU_COUNT(&set) > 0) (void)sched_setaffinity(thread, sizeof set, &set);
}

void dcn_place_anywhere(void) {
  if (CPU_COUNT(&allowed) > 0) (void)sched_setaffinity(0, sizeof allowed, &allowed);
}
#else
int dcn_begin_placement(void) { return 0; }
void dcn_place_apart(int thread) { (void)thread; }
void dcn_place_anywhere(void) {}
#endif
