/* SPDX-License-Identifier: GPL-2.0 */
/* The Test Anything Protocol for unit tests: ok() for each claim, done_testing() at the end of main(). */
#ifndef KMEND_TESTS_TAP_H
#define KMEND_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool good, const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	tap_failed += !good;
	return good;
}

/* ok() that shows both texts if they differ. */
__attribute__((unused)) static bool is(const char *got, const char *expected, const char *name)
{
	bool good = got && !strcmp(got, expected);

	ok(good, "%s", name);
	if (!good)
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)", expected);
	return good;
}

__attribute__((format(printf, 1, 2), unused)) static void diag(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

__attribute__((unused)) static int done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
