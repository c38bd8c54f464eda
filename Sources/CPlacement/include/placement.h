#ifndef DCNCONV_PLACEMENT_H
#define DCNCONV_PLACEMENT_H

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
