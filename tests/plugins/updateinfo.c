// SPDX-License-Identifier: GPL-2.0
/* updateinfo-tool FILE...: what the rpm plugin reads from updateinfo files, as a list of errata. */
#include <stdio.h>

#include "plugins/rpm/updateinfo.h"

int main(int argc, char **argv)
{
	_cleanup_errata_ struct kmend_errata errata = { 0 };
	_cleanup_free_ char *text = NULL;
	struct kmend_error error = { 0 };

	for (int i = 1; i < argc; i++)
		if (kmend_updateinfo_read(argv[i], &errata, &error)) {
			fprintf(stderr, "%s\n", error.message);
			return error.status;
		}
	text = kmend_errata_format(&errata);
	puts(text);
	return 0;
}
