// SPDX-License-Identifier: GPL-2.0
/*
 * Versions of packages compared: as Debian policy 5.6.12 says, or, where a version carries the mark of an RPM
 * distribution, as rpm-version(7) does.
 */
#include <ctype.h>
#include <string.h>

#include "errata.h"

/* Order of one character that is no digit: "~" before the end, letters before all else. */
static int weight(char c)
{
	if (c == '~')
		return -1;
	if (!c || isdigit((unsigned char)c))
		return 0;
	return isalpha((unsigned char)c) ? (unsigned char)c : (unsigned char)c + 256;
}

static int compare_part(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const char *a_end = a + a_size, *b_end = b + b_size;

	while (a < a_end || b < b_end) {
		int order = 0;

		while ((a < a_end && !isdigit((unsigned char)*a)) || (b < b_end && !isdigit((unsigned char)*b))) {
			int left = weight(a < a_end ? *a : '\0'), right = weight(b < b_end ? *b : '\0');

			if (left != right)
				return left - right;
			a += a < a_end;
			b += b < b_end;
		}
		while (a < a_end && *a == '0')
			a++;
		while (b < b_end && *b == '0')
			b++;
		while (a < a_end && b < b_end && isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			if (!order)
				order = *a - *b;
			a++;
			b++;
		}
		if (a < a_end && isdigit((unsigned char)*a))
			return 1;
		if (b < b_end && isdigit((unsigned char)*b))
			return -1;
		if (order)
			return order;
	}
	return 0;
}

/* The epoch's digits, without leading zeros; *text moves behind the colon. */
static size_t take_epoch(const char **text, const char **ret_epoch)
{
	size_t digits = strspn(*text, "0123456789"), zeros = strspn(*text, "0");

	*ret_epoch = *text + (zeros < digits ? zeros : digits);
	if (!digits || (*text)[digits] != ':') {
		*ret_epoch = "";
		return 0;
	}
	*text += digits + 1;
	return digits - (zeros < digits ? zeros : digits);
}

/* What the releases of RPM distributions end in. */
static const char *const rpm_marks[] = { ".el", ".fc", ".amzn", ".oe", ".azl", ".uek", ".tl", ".ocs" };

static bool is_rpm_version(const char *version)
{
	const char *release = strrchr(version, '-');

	for (size_t i = 0; release && i < KMEND_ARRAY_SIZE(rpm_marks); i++)
		if (strstr(release, rpm_marks[i]))
			return true;
	return false;
}

static size_t segment_size(const char *text, const char *end, bool digits)
{
	size_t size = 0;

	while (text + size < end && (digits ? isdigit((unsigned char)text[size]) : isalpha((unsigned char)text[size])))
		size++;
	return size;
}

static bool is_separator(char c)
{
	return !isalnum((unsigned char)c) && c != '~' && c != '^';
}

/* Segments of digits or letters; digits are newer than letters; "~" is older than the end, "^" newer than it only. */
static int compare_segments(const char *a, const char *a_end, const char *b, const char *b_end)
{
	while (a < a_end || b < b_end) {
		size_t a_size, b_size;
		bool digits;

		while (a < a_end && is_separator(*a))
			a++;
		while (b < b_end && is_separator(*b))
			b++;
		for (const char *sign = "~^"; *sign; sign++) {
			bool left = a < a_end && *a == *sign, right = b < b_end && *b == *sign;

			if (left && right) {
				a++;
				b++;
			} else if (left) {
				return *sign == '~' ? -1 : b < b_end ? -1 : 1;
			} else if (right) {
				return *sign == '~' ? 1 : a < a_end ? 1 : -1;
			}
		}
		if (a >= a_end || b >= b_end)
			break;
		digits = isdigit((unsigned char)*a);
		a_size = segment_size(a, a_end, digits);
		b_size = segment_size(b, b_end, digits);
		if (!a_size && !b_size)
			continue; /* a sign that both had; what follows it may be another */
		if (!a_size || !b_size)
			return (digits ? 1 : -1) * (a_size ? 1 : -1);
		while (digits && a_size && *a == '0') {
			a++;
			a_size--;
		}
		while (digits && b_size && *b == '0') {
			b++;
			b_size--;
		}
		if (digits && a_size != b_size)
			return a_size > b_size ? 1 : -1;
		{
			int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

			if (order)
				return order;
			if (a_size != b_size)
				return a_size > b_size ? 1 : -1;
		}
		a += a_size;
		b += b_size;
	}
	return (a < a_end) - (b < b_end);
}

/* A version's or a release's part, by the rules of its packager. */
static int compare_by(bool rpm, const char *a, size_t a_size, const char *b, size_t b_size)
{
	return rpm ? compare_segments(a, a + a_size, b, b + b_size) : compare_part(a, a_size, b, b_size);
}

int kmend_version_compare(const char *a, const char *b)
{
	bool rpm = is_rpm_version(a) || is_rpm_version(b);
	const char *a_epoch, *b_epoch, *a_dash, *b_dash;
	size_t a_digits = take_epoch(&a, &a_epoch), b_digits = take_epoch(&b, &b_epoch);
	int order = compare_part(a_epoch, a_digits, b_epoch, b_digits);

	if (order)
		return order;
	a_dash = strrchr(a, '-');
	b_dash = strrchr(b, '-');
	order = compare_by(rpm, a, a_dash ? (size_t)(a_dash - a) : strlen(a), b,
			   b_dash ? (size_t)(b_dash - b) : strlen(b));
	if (order)
		return order;
	a_dash = a_dash ? a_dash + 1 : "";
	b_dash = b_dash ? b_dash + 1 : "";
	return compare_by(rpm, a_dash, strlen(a_dash), b_dash, strlen(b_dash));
}
