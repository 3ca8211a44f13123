// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/kmend: one directory per update, one value per file.
 */
#include "update.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

struct kset *kmend_kset;

static struct kmend_instance *to_instance(struct kobject *kobj)
{
	return container_of(kobj, struct kmend_instance, kobj);
}

/* An attribute: what it shows or does, under the mutex, for an update that is not gone. */
struct attribute_row {
	struct attribute attribute;
	ssize_t (*show)(struct kmend_instance *instance, char *page);
	int (*operate)(struct kmend_instance *instance, const char *word);
};

static ssize_t show_state(struct kmend_instance *instance, char *page)
{
	static const char *const names[] = {
		[KMEND_STATE_REFUSED] = "refused",     [KMEND_STATE_READY] = "ready",
		[KMEND_STATE_APPLIED] = "applied",     [KMEND_STATE_LOADING] = "loading",
		[KMEND_STATE_SWITCHING] = "switching", [KMEND_STATE_REVERSING] = "reversing",
	};

	return sysfs_emit(page, "%s\n", names[instance->state]);
}

static ssize_t show_refusal(struct kmend_instance *instance, char *page)
{
	const struct kmend_verdict *verdict = &instance->verdict;

	if (verdict->refusal == KMEND_REFUSE_NONE)
		return sysfs_emit(page, "none\n");
	return sysfs_emit(page, "%s: %s\n", kmend_refusal_name(verdict->refusal), verdict->detail);
}

static ssize_t show_engine(struct kmend_instance *instance, char *page)
{
	return sysfs_emit(page, "%s\n", instance->engine == KMEND_ENGINE_GRADUAL ? "gradual" : "stop");
}

static ssize_t show_may_be_gradual(struct kmend_instance *instance, char *page)
{
	return sysfs_emit(page, "%d\n", !!(instance->flags & (KMEND_UPDATE_GRADUAL | KMEND_UPDATE_MAY_BE_GRADUAL)));
}

static bool is_under_way(const struct kmend_instance *instance)
{
	return instance->state == KMEND_STATE_SWITCHING || instance->state == KMEND_STATE_REVERSING;
}

static ssize_t show_remaining(struct kmend_instance *instance, char *page)
{
	kmend_gradual_look(instance);
	return sysfs_emit(page, "%u\n", is_under_way(instance) ? instance->nr_remaining : 0);
}

/* One word, whatever a task calls itself. */
static void word_of(char *word, const char *comm)
{
	char *c;

	strscpy(word, *comm ? comm : "_", TASK_COMM_LEN);
	for (c = word; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			*c = '_';
	}
}

static ssize_t show_blockers(struct kmend_instance *instance, char *page)
{
	char word[TASK_COMM_LEN];
	const struct kmend_named_blocker *blocker;
	ssize_t length = 0;
	u32 i;

	kmend_gradual_look(instance);
	for (i = 0; i < instance->nr_blockers; i++) {
		blocker = &instance->blockers[i];
		word_of(word, blocker->task.comm);
		length +=
			sysfs_emit_at(page, length, "%d %s %s 0x%lx %llu\n", blocker->task.pid, word, blocker->function,
				      blocker->offset, (u64)ktime_get_boottime_seconds() - blocker->since);
	}
	return length;
}

static ssize_t show_pause_ns(struct kmend_instance *instance, char *page)
{
	return sysfs_emit(page, "%llu\n", instance->pause_ns);
}

static ssize_t show_targets(struct kmend_instance *instance, char *page)
{
	static const char *const states[] = {
		[KMEND_TARGET_ARMED] = "armed",
		[KMEND_TARGET_LOADED] = "loaded",
		[KMEND_TARGET_REFUSED] = "refused",
	};
	const struct kmend_part *part;
	ssize_t length = 0;
	u32 i;

	kmend_for_each_part(part, instance, i) length += sysfs_emit_at(
		page, length, "%s %s\n", part->target_name, kmend_target_is_late(part) ? "late" : states[part->state]);
	return length;
}

/* Why a target is refused: its own reason, since the update's is that of the last operation on all of it. */
static ssize_t show_target_refusals(struct kmend_instance *instance, char *page)
{
	const struct kmend_part *part;
	ssize_t length = 0;
	u32 i;

	kmend_for_each_part(part, instance, i)
	{
		if (part->state == KMEND_TARGET_REFUSED && !kmend_target_is_late(part))
			length += sysfs_emit_at(page, length, "%s %s: %s\n", part->target_name,
						kmend_refusal_name(part->verdict.refusal), part->verdict.detail);
	}
	return length;
}

/* In the order in which they were to be loaded. */
static ssize_t show_module(struct kmend_instance *instance, char *page)
{
	const struct kmend_part *part;
	ssize_t length = 0;
	u32 i;

	kmend_for_each_part(part, instance, i) length += sysfs_emit_at(page, length, "%s\n", part->module_name);
	return length;
}

static ssize_t show_description(struct kmend_instance *instance, char *page)
{
	return sysfs_emit(page, "%s\n", instance->description ?: "");
}

static ssize_t show_escapes(struct kmend_instance *instance, char *page)
{
	return sysfs_emit(page, "%d\n", !!(instance->flags & KMEND_UPDATE_ESCAPES));
}

static ssize_t show_replaces(struct kmend_instance *instance, char *page)
{
	const struct kmend_part *part;
	ssize_t length = 0;
	u32 i, j;

	kmend_for_each_part(part, instance, i)
	{
		for (j = 0; part->update && j < part->update->nr_replaces; j++)
			length += sysfs_emit_at(page, length, "%s\n", part->update->replaces[j].id);
		if (part->update)
			break; /* it is the same in all */
	}
	return length;
}

#define SHOWS(member)                                           \
	static struct attribute_row row_##member = {            \
		.attribute = { .name = #member, .mode = 0444 }, \
		.show = show_##member,                          \
	}
SHOWS(state);
SHOWS(refusal);
SHOWS(engine);
SHOWS(may_be_gradual);
SHOWS(remaining);
SHOWS(replaces);
SHOWS(blockers);
SHOWS(pause_ns);
SHOWS(targets);
SHOWS(target_refusals);
SHOWS(module);
SHOWS(description);
SHOWS(escapes);

/* What may be written to `apply`; the engine that the update asks for goes by "1" and "check". */
static int apply(struct kmend_instance *instance, const char *word)
{
	static const struct {
		const char *word;
		int engine; /* -1: the update's */
		bool commit;
	} words[] = {
		{ "1", -1, true },
		{ "check", -1, false },
		{ "stop", KMEND_ENGINE_STOP, true },
		{ "check stop", KMEND_ENGINE_STOP, false },
		{ "gradual", KMEND_ENGINE_GRADUAL, true },
		{ "check gradual", KMEND_ENGINE_GRADUAL, false },
	};
	int i, engine;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!sysfs_streq(word, words[i].word))
			continue;
		engine = words[i].engine;
		if (engine < 0)
			engine = instance->flags & KMEND_UPDATE_GRADUAL ? KMEND_ENGINE_GRADUAL : KMEND_ENGINE_STOP;
		if (engine == KMEND_ENGINE_GRADUAL)
			return kmend_instance_apply_gradually(instance, words[i].commit);
		return kmend_instances_apply(&instance, 1, words[i].commit);
	}
	return -EINVAL;
}

/* By the engine that applied it. */
static int reverse(struct kmend_instance *instance, const char *word)
{
	bool commit = sysfs_streq(word, "1");

	if (!commit && !sysfs_streq(word, "check"))
		return -EINVAL;
	return kmend_instances_reverse(&instance, 1, commit);
}

static struct attribute_row row_apply = {
	.attribute = { .name = "apply", .mode = 0200 },
	.operate = apply,
};

static struct attribute_row row_reverse = {
	.attribute = { .name = "reverse", .mode = 0200 },
	.operate = reverse,
};

static struct attribute *instance_attributes[] = {
	&row_state.attribute,		&row_refusal.attribute,
	&row_engine.attribute,		&row_blockers.attribute,
	&row_pause_ns.attribute,	&row_targets.attribute,
	&row_module.attribute,		&row_description.attribute,
	&row_escapes.attribute,		&row_may_be_gradual.attribute,
	&row_remaining.attribute,	&row_replaces.attribute,
	&row_target_refusals.attribute, &row_apply.attribute,
	&row_reverse.attribute,		NULL,
};

/* One line per function may be more than a page, hence not an ordinary attribute. */
#define FUNCTION_LINE 640

/* Addresses: 0 to those who may not see them, and while the target is not there. */
static size_t format_part(const struct kmend_part *part, bool may_see, char *text, size_t size)
{
	const struct kmend_function *function;
	size_t length = 0;
	u32 i;

	for (i = 0; i < part->target->nr_functions; i++) {
		function = &part->target->functions[i];
		if (function->role == KMEND_ROLE_REPLACE || function->role == KMEND_ROLE_DATUM)
			length += scnprintf(text + length, size - length, "%s %s 0x%llx %u\n", function->unit,
					    function->name,
					    may_see && part->state == KMEND_TARGET_LOADED ? function->run_address : 0,
					    function->pre_size);
	}
	return length;
}

static ssize_t format_functions(struct kmend_instance *instance, bool may_see, char **ret_text)
{
	const struct kmend_part *part;
	size_t size = 1, length = 0;
	char *text;
	u32 i;

	kmend_for_each_part(part, instance, i) size +=
		part->target ? (size_t)part->target->nr_functions * FUNCTION_LINE : 0;
	text = kvmalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	kmend_for_each_part(part, instance, i)
	{
		if (part->target)
			length += format_part(part, may_see, text + length, size - length);
	}
	*ret_text = text;
	return length;
}

static ssize_t read_functions(struct file *file, struct kobject *kobj, struct bin_attribute *attribute, char *buffer,
			      loff_t position, size_t count)
{
	struct kmend_instance *instance = to_instance(kobj);
	ssize_t length = -ENODEV;
	char *text = NULL;

	mutex_lock(&kmend_mutex);
	if (!instance->is_gone)
		length = format_functions(instance, file_ns_capable(file, &init_user_ns, CAP_SYSLOG), &text);
	mutex_unlock(&kmend_mutex);
	if (length >= 0)
		length = memory_read_from_buffer(buffer, count, &position, text, length);
	kvfree(text);
	return length;
}

static struct bin_attribute attribute_functions = {
	.attr = { .name = "functions", .mode = 0444 },
	.read = read_functions,
};

static struct bin_attribute *instance_bin_attributes[] = {
	&attribute_functions,
	NULL,
};

static const struct attribute_group instance_group = {
	.attrs = instance_attributes,
	.bin_attrs = instance_bin_attributes,
};

static const struct attribute_group *instance_groups[] = {
	&instance_group,
	NULL,
};

static ssize_t show(struct kobject *kobj, struct attribute *attribute, char *page)
{
	struct attribute_row *row = container_of(attribute, struct attribute_row, attribute);
	struct kmend_instance *instance = to_instance(kobj);
	ssize_t length = -ENODEV;

	if (!row->show)
		return -EIO;
	mutex_lock(&kmend_mutex);
	if (!instance->is_gone) {
		kmend_instance_settle(instance);
		length = row->show(instance, page);
	}
	mutex_unlock(&kmend_mutex);
	return length;
}

/* What may load an update may switch it: root without that right (in a container, say) may not take fixes out. */
static bool may_switch(void)
{
	return capable(CAP_SYS_MODULE);
}

static ssize_t store(struct kobject *kobj, struct attribute *attribute, const char *text, size_t size)
{
	struct attribute_row *row = container_of(attribute, struct attribute_row, attribute);
	struct kmend_instance *instance = to_instance(kobj);
	int error = -ENODEV;

	if (!row->operate)
		return -EIO;
	if (!may_switch())
		return -EPERM;
	mutex_lock(&kmend_mutex);
	if (!instance->is_gone)
		error = row->operate(instance, text);
	mutex_unlock(&kmend_mutex);
	return error ?: size;
}

static const struct sysfs_ops instance_ops = {
	.show = show,
	.store = store,
};

static void release(struct kobject *kobj)
{
	struct kmend_instance *instance = to_instance(kobj);

	kfree(instance->description);
	kfree(instance);
}

struct kobj_type kmend_instance_type = {
	.release = release,
	.sysfs_ops = &instance_ops,
	.default_groups = instance_groups,
};

static ssize_t abi_show(struct kobject *kobj, struct kobj_attribute *attribute, char *page)
{
	return sysfs_emit(page, "%d\n", KMEND_ABI_VERSION);
}

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attribute, char *page)
{
	return sysfs_emit(page, "%s\n", KMEND_VERSION);
}

/* The update called `id`, if it is not among those already found. */
static int add_named(struct kmend_instance **instances, u32 *nr_instances, u32 max, const char *id)
{
	struct kmend_instance *instance = kmend_instance_find(id);
	u32 i;

	if (!instance)
		return -ENOENT;
	for (i = 0; i < *nr_instances; i++) {
		if (instances[i] == instance)
			return 0;
	}
	if (*nr_instances == max)
		return -E2BIG;
	instances[(*nr_instances)++] = instance;
	return 0;
}

#define MAX_TOGETHER 256

/* Ids, separated by blanks: all of them are switched in one stop, or none. */
static ssize_t operate_all(const char *text, size_t size,
			   int (*operate)(struct kmend_instance **instances, u32 nr_instances, bool commit))
{
	struct kmend_instance **instances = kcalloc(MAX_TOGETHER, sizeof(*instances), GFP_KERNEL);
	char *copy = kstrndup(text, size, GFP_KERNEL), *rest = copy, *id;
	int error = !may_switch() ? -EPERM : instances && copy ? 0 : -ENOMEM;
	u32 nr_instances = 0;

	mutex_lock(&kmend_mutex);
	while (!error && (id = strsep(&rest, " \t\n"))) {
		if (*id)
			error = add_named(instances, &nr_instances, MAX_TOGETHER, id);
	}
	if (!error)
		error = nr_instances ? operate(instances, nr_instances, true) : -EINVAL;
	mutex_unlock(&kmend_mutex);
	kfree(copy);
	kfree(instances);
	return error ?: size;
}

static ssize_t apply_all_store(struct kobject *kobj, struct kobj_attribute *attribute, const char *text, size_t size)
{
	return operate_all(text, size, kmend_instances_apply);
}

static ssize_t reverse_all_store(struct kobject *kobj, struct kobj_attribute *attribute, const char *text, size_t size)
{
	return operate_all(text, size, kmend_instances_reverse);
}

static struct kobj_attribute abi_attribute = __ATTR_RO(abi);
static struct kobj_attribute version_attribute = __ATTR_RO(version);
static struct kobj_attribute apply_all_attribute = __ATTR_WO(apply_all);
static struct kobj_attribute reverse_all_attribute = __ATTR_WO(reverse_all);

static struct attribute *top_attributes[] = {
	&abi_attribute.attr, &version_attribute.attr, &apply_all_attribute.attr, &reverse_all_attribute.attr, NULL,
};

static const struct attribute_group top_group = {
	.attrs = top_attributes,
};

int kmend_sysfs_init(void)
{
	int error;

	kmend_kset = kset_create_and_add("kmend", NULL, kernel_kobj);
	if (!kmend_kset)
		return -ENOMEM;
	error = sysfs_create_group(&kmend_kset->kobj, &top_group);
	if (error)
		kset_unregister(kmend_kset);
	return error;
}

void kmend_sysfs_exit(void)
{
	sysfs_remove_group(&kmend_kset->kobj, &top_group);
	kset_unregister(kmend_kset);
}
