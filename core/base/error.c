// SPDX-License-Identifier: GPL-2.0
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int set_error(struct kmend_error *error, enum kmend_status status, int code)
{
	if (!code)
		code = -EIO;
	if (!error)
		return code;
	if (status == KMEND_STATUS_FAILURE && (code == -ENOSPC || code == -EDQUOT))
		status = KMEND_STATUS_DISK_FULL;
	error->status = status;
	error->code = code;
	error->advice[0] = '\0';
	error->detail[0] = '\0';
	if (status == KMEND_STATUS_DISK_FULL)
		kmend_advise(error, "Free some space and try again; nothing half-done was left.");
	return code;
}

int kmend_fail(struct kmend_error *error, enum kmend_status status, int code, const char *format, ...)
{
	char text[sizeof(error->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	code = set_error(error, status, code);
	if (error)
		memcpy(error->message, text, sizeof(text));
	return code;
}

int kmend_fail_errno(struct kmend_error *error, int code, const char *format, ...)
{
	char text[sizeof(error->message)];
	va_list args;
	int used;

	va_start(args, format);
	used = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	code = set_error(error, KMEND_STATUS_FAILURE, code);
	if (used >= 0 && (size_t)used < sizeof(text))
		snprintf(text + used, sizeof(text) - used, ": %s", strerror(-code));
	if (error)
		memcpy(error->message, text, sizeof(text));
	return code;
}

void kmend_advise(struct kmend_error *error, const char *format, ...)
{
	va_list args;

	if (!error)
		return;
	va_start(args, format);
	vsnprintf(error->advice, sizeof(error->advice), format, args);
	va_end(args);
}

void kmend_detail(struct kmend_error *error, const char *text)
{
	size_t length, whole_lines;

	if (!error)
		return;
	length = strlen(text);
	if (length >= sizeof(error->detail)) {
		length = whole_lines = sizeof(error->detail) - 1;
		while (whole_lines && text[whole_lines - 1] != '\n')
			whole_lines--;
		if (whole_lines) /* else it is one long line */
			length = whole_lines;
	}
	memmove(error->detail, text, length);
	error->detail[length] = '\0';
}

const char *kmend_status_name(enum kmend_status status)
{
	switch (status) {
#define KMEND_STATUS_NAME(id, number, name, meaning) \
	case KMEND_STATUS_##id:                      \
		return name;
		KMEND_STATUSES(KMEND_STATUS_NAME)
#undef KMEND_STATUS_NAME
	}
	return "failure";
}
