// SPDX-License-Identifier: GPL-2.0
#include "transition.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "../apply/settings.h"

static volatile sig_atomic_t cancelled;

/* Between two tries the run can end in order: nothing is switched, the update is unloaded, the record says why. */
static void on_signal(int number)
{
	(void)number;
	cancelled = 1;
}

int kmend_cli_machine(struct kmend_machine **ret_machine, struct kmend_error *error)
{
	const char *root = getenv("KMEND_TEST_ROOT");

	return kmend_machine_new(root ? root : "", ret_machine, error);
}

static int parse_number(const char *name, const char *text, unsigned int most, unsigned int *ret_number,
			struct kmend_error *error)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number > most)
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--%s needs a number from 0 to %u, not '%s'",
				  name, most, text);
	*ret_number = number;
	return 0;
}

static int parse_engine(const char *text, enum kmend_engine_choice *ret_engine, struct kmend_error *error)
{
	if (!strcmp(text, "stop"))
		*ret_engine = KMEND_CHOICE_STOP;
	else if (!strcmp(text, "gradual"))
		*ret_engine = KMEND_CHOICE_GRADUAL;
	else
		return kmend_fail(error, KMEND_STATUS_USAGE, -EINVAL, "--engine is 'stop' or 'gradual', not '%s'",
				  text);
	return 0;
}

static int take_option(struct kmend_transition *transition, const struct kmend_option *option, const char *value,
		       struct kmend_error *error)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "all", &transition->all },
		{ "json", &transition->json },
		{ "quiet", &transition->quiet },
		{ "from-package", &transition->from_package },
		{ "dry-run", &transition->apply.dry_run },
		{ "settle", &transition->settle },
	};
	int code;

	if (!strcmp(option->name, "engine"))
		return parse_engine(value, &transition->apply.engine, error);
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(flags); i++)
		if (!strcmp(option->name, flags[i].name))
			*flags[i].flag = true;
	if (!strcmp(option->name, "release"))
		transition->release = value;
	if (!strcmp(option->name, "retries"))
		return parse_number("retries", value, 1000000, &transition->apply.retries, error);
	if (strcmp(option->name, "timeout"))
		return 0;
	code = parse_number("timeout", value, 1000000, &transition->apply.timeout_ms, error);
	transition->apply.timeout_ms *= 1000;
	return code;
}

int kmend_transition_begin(struct kmend_transition *transition, const struct kmend_command *command, int argc,
			   char **argv, struct kmend_error *error)
{
	const struct kmend_option *option;
	const char *value = NULL;
	struct kmend_settings settings;
	int index = 1, code;

	transition->lock = -1;
	code = kmend_cli_machine(&transition->machine, error);
	if (!code)
		code = kmend_settings_read(transition->machine, &settings, error);
	/* A wrong file must not keep fixes out: the defaults count then, and it is told. */
	if (code && error->status == KMEND_STATUS_USAGE) {
		kmend_report_error(error);
		*error = (struct kmend_error){ 0 };
		code = kmend_settings_parse("", 0, &settings, error);
	}
	if (code)
		return code;
	transition->apply.retries = settings.retries;
	transition->apply.timeout_ms = settings.timeout * 1000;
	transition->apply.engine = settings.engines;
	while (!code && (option = kmend_next_option(command, argc, argv, &value, &index, error)))
		code = take_option(transition, option, value, error);
	kmend_cli_set_json(transition->json);
	if (code || error->status != KMEND_STATUS_OK)
		return code ? code : -EINVAL;
	transition->operands = argv + index;
	transition->nr_operands = argc - index;
	return 0;
}

static void say_waiting(void)
{
	fputs("kmend: waiting for another run of kmend to end\n", stderr);
}

bool kmend_transition_is_cancelled(struct kmend_error *error)
{
	if (!cancelled)
		return false;
	kmend_fail(error, KMEND_STATUS_FAILURE, -EINTR, "interrupted; the rest was not done");
	return true;
}

/* A package database that is not the running kernel's must not decide about it. */
static int need_own_kernel(const struct kmend_machine *machine, struct kmend_error *error)
{
	const char *foreign = kmend_machine_is_foreign(machine);

	if (!foreign)
		return 0;
	kmend_fail(error, KMEND_STATUS_REFUSED, -EPERM, "this is %s, and the running kernel is not its own", foreign);
	kmend_advise(error, "Run kmend on the machine itself.");
	return -EPERM;
}

int kmend_transition_lock(struct kmend_transition *transition, struct kmend_error *error)
{
	const struct sigaction action = { .sa_handler = on_signal };
	bool silent = transition->json || transition->quiet || transition->from_package;
	int code = kmend_machine_need_root(transition->machine, error);

	if (!code)
		code = need_own_kernel(transition->machine, error);
	if (!code)
		code = kmend_machine_lock(transition->machine, say_waiting, &transition->lock, error);
	if (code)
		return code;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* Whoever reads the output may go (`| head -1`); what was begun is done all the same. */
	signal(SIGPIPE, SIG_IGN);
	kmend_cli_keep_status();
	transition->apply.cancel = &cancelled;
	transition->apply.progress = kmend_progress_new(silent ? NULL : stderr);
	return 0;
}

void kmend_transition_end(struct kmend_transition *transition)
{
	kmend_progress_free(transition->apply.progress);
	kmend_machine_free(transition->machine);
	if (transition->lock >= 0)
		close(transition->lock);
}
