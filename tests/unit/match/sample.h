/* SPDX-License-Identifier: GPL-2.0 */
/* One function with everything in it, and running code that equals it. */
#ifndef KMEND_TESTS_MATCH_SAMPLE_H
#define KMEND_TESTS_MATCH_SAMPLE_H

#include "core/match/match.h"

#define SAMPLE_RUN 0xffffffff81234560ull

/* Where things are in the sample. */
#define SAMPLE_FTRACE 0	      /* site: 5 bytes */
#define SAMPLE_CALL 6	      /* field PC32 of CALLEE */
#define SAMPLE_LOAD 13	      /* field ABS32S of DATA */
#define SAMPLE_STRING 20      /* field ABS32S of CONTENT */
#define SAMPLE_ALTERNATIVE 24 /* site: 10 bytes: "aa bb" + nops, or a call */
#define SAMPLE_CALL_AGAIN 35  /* field PC32 of CALLEE */
#define SAMPLE_RETURN 39      /* site: 5 bytes: a jump to a thunk, or ret int3 */
#define SAMPLE_SIZE 44

enum sample_symbol {
	SAMPLE_SECTION, /* the function's own */
	SAMPLE_CALLEE,
	SAMPLE_DATA,
	SAMPLE_CONTENT,
	SAMPLE_THUNK,
	SAMPLE_ANY,
	SAMPLE_NR_SYMBOLS,
};

#define SAMPLE_SECTION_OFFSET 0x560
#define SAMPLE_CALLEE_AT 0xffffffff81999990ull
#define SAMPLE_DATA_AT 0xffffffff82abcde0ull
#define SAMPLE_CONTENT_AT 0xffffffff82111110ull
#define SAMPLE_THUNK_AT 0xffffffff82000040ull
#define SAMPLE_ANY_AT 0xffffffffc0001000ull

struct sample {
	struct kmend_function function;
	struct kmend_symbol symbols[SAMPLE_NR_SYMBOLS];
	struct kmend_field fields[16];
	struct kmend_site sites[3];
	struct kmend_form forms[8];
	struct kmend_value values[SAMPLE_NR_SYMBOLS];
	struct kmend_match_env env;
	struct kmend_match_result result;
	u32 nr_checks; /* how often the env was asked */
	u8 pre[SAMPLE_SIZE];
	u8 run[SAMPLE_SIZE];
};

/* A sound sample whose run code has: ftrace off, the first form of the alternative, a return by the thunk. */
void sample_init(struct sample *sample);
/* Put the address of something at a place of the run code, as PC32. */
void sample_put_pc32(struct sample *sample, u32 offset, u64 value);
void sample_put_abs32(struct sample *sample, u32 offset, u64 value);
bool sample_match(struct sample *sample);

#endif
