// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that are only lent. A string, a table or a descriptor that is handed to one of these functions is read, compared,
 * copied or formatted before the function returns, and nothing keeps its address: so it does not get into live data.
 */
#include <string.h>

#include "internal.h"

#define ALL 0x3f
#define ARGUMENT(nr) (1 << (nr))

/* By the sources of Linux 5.10 to 6.12. A function that gives back a pointer into an argument does not lend that one. */
static const struct {
	const char *name;
	uint8_t arguments; /* those that are lent, a bit each */
	uint8_t whole;	   /* those of them that lead to nothing which gets about */
	uint8_t requests;  /* those that what the caller answers a request from may hold until it is answered */
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
	{ "netdev_emerg", ALL },
	{ "netdev_alert", ALL },
	{ "netdev_crit", ALL },
	{ "dev_printk_emit", ALL },
	{ "dev_err_probe", ALL }, /* keeps what it formatted */
	{ "sysfs_emit_at", ALL & ~ARGUMENT(0) },
	{ "vscnprintf", ALL & ~ARGUMENT(0) },
	{ "vsnprintf", ALL & ~ARGUMENT(0) },
	{ "kvasprintf", ALL },
	{ "devm_kasprintf", ALL },
	{ "seq_write", ARGUMENT(1) },
	{ "seq_put_decimal_ull", ARGUMENT(1) },
	{ "seq_put_decimal_ll", ARGUMENT(1) },
	{ "audit_log", ALL },
	{ "audit_log_format", ALL },
	/* The same for one subsystem's messages: all of them end in printk() or dev_printk(), most with "%pV". */
	{ "acpi_error", ALL },
	{ "acpi_exception", ALL },
	{ "acpi_info", ALL },
	{ "acpi_warning", ALL },
	{ "acpi_handle_printk", ALL },
	{ "__acpi_handle_debug", ALL },
	{ "ath_printk", ALL },
	{ "ath6kl_printk", ALL },
	{ "ath10k_err", ALL },
	{ "ath10k_info", ALL },
	{ "ath10k_warn", ALL },
	{ "ath11k_err", ALL },
	{ "ath11k_info", ALL },
	{ "ath11k_warn", ALL },
	{ "bt_err", ALL },
	{ "bt_err_ratelimited", ALL },
	{ "bt_info", ALL },
	{ "bt_warn", ALL },
	{ "bt_warn_ratelimited", ALL },
	{ "drm_dev_printk", ALL },
	{ "drm_printf", ALL },
	{ "drm_puts", ALL },
	{ "__drm_dev_dbg", ALL },
	{ "___drm_dbg", ALL },
	{ "__drm_err", ALL },
	{ "ibdev_printk", ALL },
	{ "ibdev_emerg", ALL },
	{ "ibdev_alert", ALL },
	{ "ibdev_crit", ALL },
	{ "ibdev_err", ALL },
	{ "ibdev_warn", ALL },
	{ "ibdev_notice", ALL },
	{ "ibdev_info", ALL },
	{ "__dynamic_ibdev_dbg", ALL },
	{ "__iwl_err", ALL },
	{ "__iwl_warn", ALL },
	{ "__iwl_info", ALL },
	{ "__iwl_crit", ALL },
	{ "scmd_printk", ALL },
	{ "sdev_prefix_printk", ALL },
	/* What prints an event, when its record is read. */
	{ "trace_event_printf", ALL & ~ARGUMENT(0) },
	{ "trace_seq_printf", ALL & ~ARGUMENT(0) },
	{ "trace_seq_puts", ARGUMENT(1) },
	{ "trace_print_flags_seq", ALL & ~ARGUMENT(0) },
	{ "trace_print_symbols_seq", ALL & ~ARGUMENT(0) },
	/* drivers/base/firmware_loader/main.c: a name that is not the kernel's own is copied. */
	{ "request_firmware", ARGUMENT(1) },
	{ "firmware_request_nowarn", ARGUMENT(1) },
	/* Locks and limits of rate: who waits for a lock is in that function, so that its caller's code is not given back. */
	{ "___ratelimit", ALL, .whole = ALL },
	{ "mutex_lock", ARGUMENT(0), .whole = ALL },
	{ "mutex_lock_interruptible", ARGUMENT(0), .whole = ALL },
	{ "mutex_lock_killable", ARGUMENT(0), .whole = ALL },
	{ "mutex_trylock", ARGUMENT(0), .whole = ALL },
	{ "mutex_unlock", ARGUMENT(0), .whole = ALL },
	{ "down_read", ARGUMENT(0), .whole = ALL },
	{ "down_write", ARGUMENT(0), .whole = ALL },
	{ "up_read", ARGUMENT(0), .whole = ALL },
	{ "up_write", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_lock", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_lock_bh", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_lock_irq", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_lock_irqsave", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_unlock", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_unlock_bh", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_unlock_irq", ARGUMENT(0), .whole = ALL },
	{ "_raw_spin_unlock_irqrestore", ARGUMENT(0), .whole = ALL },
	/* lib/string_helpers.c: logs the name of a function, and ends the task. */
	{ "fortify_panic", ALL },
	/* What copies content. */
	{ "memcpy", ARGUMENT(1) },
	{ "__memcpy", ARGUMENT(1) },
	{ "memmove", ARGUMENT(1) },
	{ "__memmove", ARGUMENT(1) },
	{ "kmemdup", ARGUMENT(0) },
	{ "kmemdup_noprof", ARGUMENT(0) },
	{ "_copy_to_user", ARGUMENT(1) },
	{ "simple_read_from_buffer", ARGUMENT(3) },
	{ "nla_put", ARGUMENT(3) },
	/* What looks something up in a table, and gives back no place in it. */
	{ "match_token", ARGUMENT(1) },
	{ "__fs_parse", ARGUMENT(1) },
	/* The netlink_ext_ack of a request that is refused holds the policy until the answer is written. */
	{ "__nla_parse", .requests = ARGUMENT(4) },
	{ "__nla_validate", .requests = ARGUMENT(3) },
};

enum kmend_lent kmend_code_lends(const struct kmend_section *section, uint64_t from, uint64_t size, uint64_t offset)
{
	const struct kmend_relocation_entry *call;
	unsigned int argument;
	bool is_jump;

	call = kmend_code_callee(section, from, size, offset, &argument, &is_jump);
	for (size_t i = 0; call && !call->symbol->section && i < KMEND_ARRAY_SIZE(lenders); i++) {
		if (strcmp(call->symbol->name, lenders[i].name))
			continue;
		if (lenders[i].arguments & ARGUMENT(argument))
			return is_jump				       ? KMEND_LENT_FOR_REQUEST
			       : lenders[i].whole & ARGUMENT(argument) ? KMEND_LENT_WHOLE
								       : KMEND_LENT_FOR_CALL;
		return lenders[i].requests & ARGUMENT(argument) ? KMEND_LENT_FOR_REQUEST : KMEND_LENT_NOT;
	}
	return KMEND_LENT_NOT;
}
