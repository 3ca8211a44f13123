// SPDX-License-Identifier: GPL-2.0
/* What host and guest say to each other comes through as it was. */
#include <stdlib.h>

#include "core/verify/guest/wire.h"
#include "tap.h"

static void test_text(const char *text, bool blanks, const char *expected)
{
	char encoded[1024];
	size_t length = strlen(text);

	kmend_wire_encode(text, blanks, encoded, sizeof(encoded));
	tap_ok(!expected || !strcmp(encoded, expected), "on the wire: %s", encoded);
	kmend_wire_decode(encoded);
	tap_ok(!strcmp(encoded, text), "%zu bytes come back", length);
}

int main(void)
{
	char small[8], odd[] = "%4 %zz %", bytes[256];

	test_text("plain/path-1.ko", false, "plain/path-1.ko");
	test_text("a b", false, "a%20b");
	test_text("a b", true, "a b");
	test_text("line\nline", true, "line%0aline");
	test_text("100%41", true, "100%2541");
	test_text("", false, "");
	for (int i = 1; i < 256; i++)
		bytes[i - 1] = i;
	bytes[100] = '\0';
	test_text(bytes, false, NULL);
	kmend_wire_encode("          ", false, small, sizeof(small));
	tap_ok(strlen(small) < sizeof(small) && strlen(small) % 3 == 0, "what does not fit is cut between characters");
	kmend_wire_decode(odd);
	tap_ok(!strcmp(odd, "%4 %zz %"), "what is no %%XX stays as it is");
	return tap_done();
}
