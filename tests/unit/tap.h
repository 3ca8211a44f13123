/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Test Anything Protocol for unit tests: tap_ok() for each claim, `return tap_done();` at the end of main().
 * A test program prints one line per claim, tells on '#' lines why one failed, and exits with 1 if any did.
 */
#ifndef KMEND_TESTS_TAP_H
#define KMEND_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static bool tap_claim(bool good, const char *file, int line,
								    const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	if (!good) {
		printf("# at %s:%d\n", file, line);
		tap_failed++;
	}
	fflush(stdout);
	return good;
}

__attribute__((unused)) static bool tap_same_text(const char *got, const char *expected, const char *file, int line,
						  const char *name)
{
	bool good = got && expected ? !strcmp(got, expected) : got == expected;

	tap_claim(good, file, line, "%s", name);
	if (!good)
		printf("#      got: %s\n# expected: %s\n", got ? got : "(null)", expected ? expected : "(null)");
	return good;
}

__attribute__((unused)) static bool tap_same_number(long long got, long long expected, const char *file, int line,
						    const char *name)
{
	tap_claim(got == expected, file, line, "%s", name);
	if (got != expected)
		printf("#      got: %lld\n# expected: %lld\n", got, expected);
	return got == expected;
}

/* tap_ok(condition, format, ...): is it true? */
#define tap_ok(condition, ...) tap_claim(condition, __FILE__, __LINE__, __VA_ARGS__)
/* tap_is_str(got, expected, name): are both texts equal (or both NULL)? Shows them if not. */
#define tap_is_str(got, expected, name) tap_same_text(got, expected, __FILE__, __LINE__, name)
/* tap_is_int(got, expected, name): are both numbers equal? Shows them if not. */
#define tap_is_int(got, expected, name) tap_same_number(got, expected, __FILE__, __LINE__, name)

/* A remark. */
__attribute__((format(printf, 1, 2), unused)) static void tap_note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* What cannot be tested here, and why. */
__attribute__((unused)) static void tap_skip(const char *name, const char *reason)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_count, name, reason);
	fflush(stdout);
}

/* Print the plan; the exit status of main(). */
__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed || !tap_count ? 1 : 0;
}

/* Short names, for tests that make many claims. */
#define ok(condition, ...) tap_ok(condition, __VA_ARGS__)
#define is(got, expected, name) tap_is_str(got, expected, name)
#define diag(...) tap_note(__VA_ARGS__)
#define done_testing() tap_done()

#endif
