// SPDX-License-Identifier: GPL-2.0
/* For developers: see tests/unit/link/relink.h. relink UNIT RUN.o PRE.o Module.symvers */
#include "tests/unit/link/relink.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	_cleanup_delta_ struct kmend_delta *delta = NULL;
	struct kmend_object *objects[3] = { NULL };
	struct kmend_exports *exports = NULL;
	struct kmend_error error = { 0 };
	struct relink_count count;

	if (argc != 5) {
		fprintf(stderr, "usage: relink UNIT RUN PRE SYMVERS\n");
		return 64;
	}
	if (kmend_object_read(argv[2], &objects[0], &error) < 0 ||
	    kmend_object_read(argv[3], &objects[1], &error) < 0 ||
	    kmend_object_read(argv[3], &objects[2], &error) < 0 || kmend_exports_read(argv[4], &exports, &error) < 0 ||
	    kmend_delta_make(argv[1], objects[0], objects[1], objects[2], true, &delta, &error) < 0 ||
	    relink(delta, exports, &count, &error) < 0) {
		printf("%s: %s\n", argv[1], error.message);
		return 1;
	}
	printf("%s: %zu functions compared, %zu not; %zu fields, %zu wrong\n", argv[1], count.functions, count.others,
	       count.fields, count.wrong);
	kmend_exports_free(exports);
	return count.wrong != 0;
}
