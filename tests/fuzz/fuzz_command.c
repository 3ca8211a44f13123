// SPDX-License-Identifier: GPL-2.0
/* The command lines that kbuild saves, taken apart. */
#include <string.h>

#include "core/base/str.h"
#include "core/kernel/kbuild.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = kmend_strndup((const char *)data, size);
	_cleanup_unit_command_ struct kmend_unit_command *command = NULL;
	struct kmend_strv *commands = NULL;
	size_t count = 0;

	kmend_unit_command_parse(text, "fs/a.c", &command, NULL);
	if (!kmend_words_split(text, &commands, &count))
		kmend_words_free(commands, count);
	return 0;
}
