// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that are only lent. A string or a descriptor of ours that is handed to one of these functions is read, compared
 * or formatted before the function returns, and nothing keeps its address: so it does not get into live data. While the
 * function runs, the return address into our code is on the stack, which holds off the reversal; that is why a jump to
 * such a function instead of a call does not count.
 */
#include <string.h>

#include "internal.h"

#define ALL 0x3f
#define ARGUMENT(nr) (1 << (nr))

/* By the sources of Linux 5.10 to 6.12. A function that gives back a pointer into an argument does not lend that one. */
static const struct {
	const char *name;
	uint8_t arguments; /* those that are lent, a bit each */
} lenders[] = {
	{ "strcmp", ALL },
	{ "strncmp", ALL },
	{ "strcasecmp", ALL },
	{ "strncasecmp", ALL },
	{ "memcmp", ALL },
	{ "bcmp", ALL },
	{ "sysfs_streq", ALL },
	{ "match_string", ALL },
	{ "__sysfs_match_string", ALL },
	{ "nla_strcmp", ALL },
	{ "strlen", ALL },
	{ "strnlen", ALL },
	{ "strspn", ALL },
	{ "strcspn", ALL },
	{ "strstr", ARGUMENT(1) },
	{ "strnstr", ARGUMENT(1) },
	{ "strpbrk", ARGUMENT(1) },
	{ "strsep", ARGUMENT(1) },
	/* What copies the characters. */
	{ "strcpy", ARGUMENT(1) },
	{ "strncpy", ARGUMENT(1) },
	{ "strlcpy", ARGUMENT(1) },
	{ "strscpy", ARGUMENT(1) },
	{ "strscpy_pad", ARGUMENT(1) },
	{ "sized_strscpy", ARGUMENT(1) },
	{ "strcat", ARGUMENT(1) },
	{ "strncat", ARGUMENT(1) },
	{ "strlcat", ARGUMENT(1) },
	{ "kstrdup", ARGUMENT(0) },
	/* What formats at once: the log holds text. (trace_printk() does not, and is none of these.) */
	{ "printk", ALL },
	{ "_printk", ALL },
	{ "__warn_printk", ALL },
	{ "_dev_printk", ALL },
	{ "_dev_emerg", ALL },
	{ "_dev_alert", ALL },
	{ "_dev_crit", ALL },
	{ "_dev_err", ALL },
	{ "_dev_warn", ALL },
	{ "_dev_notice", ALL },
	{ "_dev_info", ALL },
	{ "__dynamic_pr_debug", ALL },
	{ "__dynamic_dev_dbg", ALL },
	{ "__dynamic_netdev_dbg", ALL },
	{ "netdev_printk", ALL },
	{ "netdev_err", ALL },
	{ "netdev_warn", ALL },
	{ "netdev_notice", ALL },
	{ "netdev_info", ALL },
	{ "sprintf", ALL & ~ARGUMENT(0) },
	{ "snprintf", ALL & ~ARGUMENT(0) },
	{ "scnprintf", ALL & ~ARGUMENT(0) },
	{ "sysfs_emit", ALL & ~ARGUMENT(0) },
	{ "kasprintf", ALL },
	{ "seq_printf", ALL & ~ARGUMENT(0) },
	{ "seq_puts", ARGUMENT(1) },
	{ "__seq_puts", ARGUMENT(1) },
	{ "__request_module", ALL },
};

bool link_is_lent(const struct link_piece *piece, const struct kmend_section *section, uint64_t offset)
{
	const struct kmend_relocation_entry *call;
	unsigned int argument;

	if (!(section->flags & SHF_EXECINSTR) || section != piece->section)
		return false;
	call = kmend_code_callee(section, piece->from, piece->to - piece->from, offset, &argument);
	for (size_t i = 0; call && !call->symbol->section && i < KMEND_ARRAY_SIZE(lenders); i++)
		if (!strcmp(call->symbol->name, lenders[i].name))
			return lenders[i].arguments & ARGUMENT(argument);
	return false;
}
