/* SPDX-License-Identifier: GPL-2.0 */
/* A fuzz target is one file with this function; with gcc, replay.c runs it over a corpus. */
#ifndef KMEND_TESTS_FUZZ_H
#define KMEND_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
