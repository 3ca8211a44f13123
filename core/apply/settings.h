/* SPDX-License-Identifier: GPL-2.0 */
/* /etc/kmend/kmend.conf, kmend.conf(5): lines KEY=VALUE. X(key, type, default, meaning) */
#ifndef KMEND_APPLY_SETTINGS_H
#define KMEND_APPLY_SETTINGS_H

#include "apply.h"

#define KMEND_SETTINGS(X)                                                                             \
	X(autoinstall, FLAG, 0, "install new updates by themselves, once a day")                      \
	X(delay, NUMBER, 0, "days that an update has to have been published before that")             \
	X(retries, NUMBER, 5, "how often to try again when a task is inside the code being replaced") \
	X(timeout, NUMBER, 0, "seconds after which no further try is begun; 0: no limit")             \
	X(engines, ENGINES, KMEND_CHOICE_UPDATE, "which engines may switch updates")                  \
	X(notify, FLAG, 1, "tell desktop users of updates that can be installed")                     \
	X(reboot_required, FLAG, 1, "mark in /run/reboot-required what only a reboot mends")

/* Each is an unsigned int; engines is an enum kmend_engine_choice: KMEND_CHOICE_UPDATE if both may be used. */
struct kmend_settings {
#define KMEND_SETTING_MEMBER(key, type, standard, meaning) unsigned int key;
	KMEND_SETTINGS(KMEND_SETTING_MEMBER)
#undef KMEND_SETTING_MEMBER
};

/* The defaults, and what the file says. USAGE with the line: an unknown key, or a value that is none. No file: defaults. */
int kmend_settings_read(const struct kmend_machine *machine, struct kmend_settings *ret_settings,
			struct kmend_error *error);
int kmend_settings_parse(const char *text, size_t size, struct kmend_settings *ret_settings, struct kmend_error *error);

#endif
