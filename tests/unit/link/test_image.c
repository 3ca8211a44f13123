// SPDX-License-Identifier: GPL-2.0
/* Which bytes a run of no-operation instructions may have, by the kernel: those forms, and no others. */
#include <string.h>

#include "../../../core/link/image.h"
#include "../../../core/match/match.h"
#include "tap.h"

#define NR_BYTES 16

/* Code of `before` bytes 0x50, then `run` bytes of padding, then one 0x51 if `after`. */
static void make(struct image *image, size_t before, size_t run, bool after, bool jumps)
{
	*image = (struct image){ .size = before + run + after, .jumps_over_nops = jumps };
	memset(image->bytes, 0x50, before);
	image_put_nops(image, before, run);
	if (after)
		image->bytes[before + run] = 0x51;
}

static bool accepts(const struct link_form *forms, size_t nr_forms, const uint8_t *run, size_t size)
{
	for (size_t i = 0; i < nr_forms; i++) {
		if (memcmp(run, forms[i].bytes, forms[i].size))
			continue;
		if (forms[i].tail == KMEND_TAIL_NOPS ? kmend_match_is_nops(run + forms[i].size, size - forms[i].size)
						     : forms[i].size == size)
			return true;
	}
	return false;
}

static void check(bool wanted, size_t before, size_t run, bool after, bool jumps, const char *bytes, const char *what)
{
	struct image image;
	struct link_form *forms = NULL;
	size_t nr_forms = 0;

	make(&image, before, run, after, jumps);
	image_to_forms(&image, &forms, &nr_forms);
	ok(accepts(forms, nr_forms, (const uint8_t *)bytes, image.size) == wanted, "%s: %s", what,
	   wanted ? "accepted" : "refused");
	for (size_t i = 0; i < nr_forms; i++)
		free(forms[i].fields);
	free(forms);
}

int main(void)
{
	static const char jump[] = "\x50\xeb\x0a\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc";
	static const char wrong_fill[] = "\x50\xeb\x0a\xcc\xcc\xcc\xcc\x90\xcc\xcc\xcc\xcc\xcc";
	static const char too_far[] = "\x50\xeb\x0b\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc";
	static const char too_near[] = "\x50\xeb\x09\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc";
	static const char nine[] = "\x50\x66\x0f\x1f\x84\0\0\0\0\0\x51";
	static const char eight_one[] = "\x50\x0f\x1f\x84\0\0\0\0\0\x90\x51";
	static const char one_eight[] = "\x50\x90\x0f\x1f\x84\0\0\0\0\0\x51";

	check(true, 1, 12, false, true, jump, "a jump over 12 bytes, where the kernel does that");
	check(false, 1, 12, false, false, jump, "a jump over 12 bytes, where it does not");
	check(false, 1, 12, false, true, wrong_fill, "something else than int3 behind the jump");
	check(false, 1, 12, false, true, too_far, "a jump one byte too far");
	check(false, 1, 12, false, true, too_near, "a jump one byte too near");
	check(true, 1, 9, true, true, nine, "one instruction of 9 bytes in the middle, from 6.4 on");
	check(false, 1, 9, true, false, nine, "one instruction of 9 bytes in the middle, before");
	check(true, 1, 9, true, false, eight_one, "8 and 1 in the middle");
	check(false, 1, 9, true, true, one_eight, "1 and 8 in the middle");
	return done_testing();
}
