#ifndef DCNCONV_CPU_FEATURES_H
#define DCNCONV_CPU_FEATURES_H

/// The widest instruction set that both the processor and the system support:
/// 0 the baseline, 1 AVX2 with FMA, 2 AVX-512 (F, VL, DQ, BW).
int dcn_instruction_set(void);

#endif
