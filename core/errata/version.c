// SPDX-License-Identifier: GPL-2.0
/* Versions of packages compared, as Debian policy 5.6.12 says. RPM's rules differ only in what "~" and "^" may do. */
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

int kmend_version_compare(const char *a, const char *b)
{
	const char *a_epoch, *b_epoch, *a_dash, *b_dash;
	size_t a_digits = take_epoch(&a, &a_epoch), b_digits = take_epoch(&b, &b_epoch);
	int order = compare_part(a_epoch, a_digits, b_epoch, b_digits);

	if (order)
		return order;
	a_dash = strrchr(a, '-');
	b_dash = strrchr(b, '-');
	order = compare_part(a, a_dash ? (size_t)(a_dash - a) : strlen(a), b,
			     b_dash ? (size_t)(b_dash - b) : strlen(b));
	if (order)
		return order;
	a_dash = a_dash ? a_dash + 1 : "";
	b_dash = b_dash ? b_dash + 1 : "";
	return compare_part(a_dash, strlen(a_dash), b_dash, strlen(b_dash));
}
