/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How host and guest talk over the guest's second serial port, which the kernel never writes to. The host sends a line
 * "VERB ARGUMENT..."; the guest answers with one line "= CODE TEXT" (CODE: 0, a negative errno, or what the verb says).
 * Arguments and text are written with %XX for everything that would end them.
 */
#ifndef KMEND_VERIFY_WIRE_H
#define KMEND_VERIFY_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define KMEND_WIRE_PORT "/dev/ttyS1"
/* A line from the host must fit into what the guest's tty buffers in one piece. */
#define KMEND_WIRE_LINE 3000
/* What a guest tells in one answer; more is cut. */
#define KMEND_WIRE_TEXT 8000
#define KMEND_WIRE_ARGUMENTS 4

/* Where things are in a guest. */
#define KMEND_GUEST_KO "/kmend/kmend.ko"
#define KMEND_GUEST_UPDATES "/kmend/updates"
#define KMEND_GUEST_WORK "/verify"

static inline bool kmend_wire_is_plain(unsigned char byte)
{
	return byte > ' ' && byte < 0x7f && byte != '%';
}

/* Write `text` for the wire; as much of it as fits. Blanks stay where `blanks` says so. */
static inline void kmend_wire_encode(const char *text, bool blanks, char *to, size_t room)
{
	size_t used = 0;

	for (; *text && used + 4 < room; text++) {
		if (kmend_wire_is_plain(*text) || (blanks && *text == ' '))
			to[used++] = *text;
		else
			used += snprintf(to + used, room - used, "%%%02x", (unsigned char)*text);
	}
	to[used] = '\0';
}

static inline int kmend_wire_digit(char digit)
{
	const char *digits = "0123456789abcdef", *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Read it back in place. What is no %XX stays as it is. */
static inline void kmend_wire_decode(char *text)
{
	char *to = text;

	for (; *text; text++) {
		int high = *text == '%' ? kmend_wire_digit(text[1]) : -1;
		int low = high >= 0 ? kmend_wire_digit(text[2]) : -1;

		if (low >= 0) {
			*to++ = high * 16 + low;
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

#endif
