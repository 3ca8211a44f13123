// SPDX-License-Identifier: GPL-2.0
#include "config.h"

#include <errno.h>
#include <string.h>

/* Symbols that Kconfig switches on by itself where a program is installed that the distribution built without. */
static const char *const pinned_off[] = { "CONFIG_GCC_PLUGINS", "CONFIG_RUST" };

/* Symbols that describe the build machine and that no unit sees (Rust is pinned off where the kernel has none). */
static const struct {
	const char *symbol;
	bool prefix;
} harmless[] = {
	{ "CONFIG_PAHOLE_VERSION", false },
	{ "CONFIG_RUST_IS_AVAILABLE", false },
	{ "CONFIG_RUSTC_", true },
	{ "CONFIG_BINDGEN_VERSION_TEXT", false },
};

/* What a difference in a symbol means. The first row that fits counts. */
static const struct {
	const char *symbol;
	bool prefix;
	enum kmend_status status;
	const char *advice;
} meanings[] = {
	{ "CONFIG_CC_VERSION_TEXT", false, KMEND_STATUS_WRONG_COMPILER, "Install the kernel's own compiler." },
	{ "CONFIG_GCC_VERSION", false, KMEND_STATUS_WRONG_COMPILER, "Install the kernel's own compiler." },
	{ "CONFIG_AS_VERSION", false, KMEND_STATUS_WRONG_COMPILER,
	  "Install the assembler (binutils) that the kernel was built with." },
	{ "CONFIG_LD_VERSION", false, KMEND_STATUS_WRONG_COMPILER,
	  "Install the linker (binutils) that the kernel was built with." },
	{ "CONFIG_DEBUG_INFO_BTF", true, KMEND_STATUS_FAILURE, "Install pahole (package pahole or dwarves)." },
	{ "CONFIG_PAHOLE", true, KMEND_STATUS_FAILURE, "Install the distribution's own version of pahole." },
	{ "CONFIG_GCC_PLUGIN", true, KMEND_STATUS_FAILURE,
	  "Remove the compiler's plugin headers (gcc-NN-plugin-dev)." },
	{ "CONFIG_", true, KMEND_STATUS_WRONG_SOURCE, "Give the exact source of this kernel build." },
};

/* Length of the symbol's name at the start of a line that sets one, else 0. */
static size_t symbol_length(const char *line)
{
	size_t length = kmend_starts_with(line, "CONFIG_") ? strcspn(line, "=\n") : 0;

	return line[length] == '=' ? length : 0;
}

char *kmend_config_value(const char *config, const char *symbol)
{
	size_t length = strlen(symbol);

	for (const char *line = config; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		const char *value = line + length + 1;
		size_t size;

		if (symbol_length(line) != length || strncmp(line, symbol, length))
			continue;
		size = strcspn(value, "\n");
		if (size >= 2 && value[0] == '"' && value[size - 1] == '"')
			return kmend_strndup(value + 1, size - 2);
		return kmend_strndup(value, size);
	}
	return NULL;
}

char *kmend_config_pin(const char *config)
{
	struct kmend_buffer text = { 0 };

	kmend_buffer_addf(&text, "%s", config);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(pinned_off); i++) {
		_cleanup_free_ char *value = kmend_config_value(config, pinned_off[i]);

		if (!value)
			kmend_buffer_addf(&text, "# %s is not set\n", pinned_off[i]);
	}
	return text.data;
}

static bool symbol_fits(const char *line, const char *symbol, bool prefix)
{
	size_t length = symbol_length(line), size = strlen(symbol);

	return (prefix ? length >= size : length == size) && !strncmp(symbol, line, size);
}

static bool is_harmless(const char *line)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(harmless); i++)
		if (symbol_fits(line, harmless[i].symbol, harmless[i].prefix))
			return true;
	return false;
}

/* The lines that count, sorted. */
static void config_lines(const char *config, struct kmend_strv *ret_lines)
{
	for (const char *line = config; *line;) {
		size_t length = strcspn(line, "\n");

		if (symbol_length(line) && !is_harmless(line)) {
			_cleanup_free_ char *copy = kmend_strndup(line, length);

			kmend_strv_add(ret_lines, copy);
		}
		line += length + (line[length] == '\n');
	}
	kmend_strv_sort(ret_lines);
}

static size_t meaning_of(const char *line)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(meanings); i++)
		if (symbol_fits(line, meanings[i].symbol, meanings[i].prefix))
			return i;
	return KMEND_ARRAY_SIZE(meanings) - 1;
}

int kmend_config_compare(const char *theirs, const char *ours, struct kmend_error *error)
{
	_cleanup_strv_ struct kmend_strv a = { 0 }, b = { 0 };
	_cleanup_buffer_ struct kmend_buffer list = { 0 };
	size_t meaning = KMEND_ARRAY_SIZE(meanings), count = 0;

	config_lines(theirs, &a);
	config_lines(ours, &b);
	for (size_t i = 0, j = 0; i < a.count || j < b.count;) {
		int order = i == a.count ? 1 : j == b.count ? -1 : strcmp(a.items[i], b.items[j]);
		const char *line = order <= 0 ? a.items[i] : b.items[j];

		if (order) {
			size_t found = meaning_of(line);

			if (found < meaning)
				meaning = found;
			kmend_buffer_addf(&list, "%c%s\n", order < 0 ? '-' : '+', line);
			count++;
		}
		i += order <= 0;
		j += order >= 0;
	}
	if (!count)
		return 0;
	kmend_fail(
		error, meanings[meaning].status, -EINVAL,
		"the kernel's configuration does not come out again here: %zu line%s differ (- the kernel's, + ours)",
		count, count == 1 ? "" : "s");
	kmend_detail(error, list.data);
	kmend_advise(error, "%s", meanings[meaning].advice);
	return -EINVAL;
}
