// SPDX-License-Identifier: GPL-2.0
/*
 * What is said to the kernel's livepatch. It exports only klp_enable_patch(); all else goes the way of its files in
 * /sys/kernel/livepatch, by the very operations behind them, so every rule of livepatch holds (its mutex, one patch at a
 * time). Its file "force" is never used.
 *
 * klp_enable_patch() takes patches of modules only that are marked as livepatches. The mark in a module's file would taint
 * the kernel when the module is loaded, whichever engine is used, and the kernel leaves the tracepoints of so tainted modules
 * alone (trace_module_has_bad_taint()). So the mark is set here, for as long as livepatch knows the patch, and the kernel is
 * tainted as by any livepatch when one is really used.
 *
 * Livepatch looks its functions up by name and position. That it finds the address that was matched is worked out before,
 * and seen again by its callback before it changes anything: a patch that would go elsewhere is given up.
 *
 * A target that goes is forgotten for good: livepatch would patch the next module of that name before anybody has matched it.
 * So its name is taken out of the patch when livepatch has left it (no module is called ""). target.c then does what it does
 * for any target that comes.
 */
#include "livepatch.h"

#include "update.h"

#if IS_ENABLED(CONFIG_LIVEPATCH)

#include <linux/livepatch.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

struct kmend_livepatch {
	struct klp_patch patch;
	struct klp_object *objects; /* one more than are used: the end's mark */
	struct object_data {
		struct kmend_livepatch *owner;
		struct klp_func *functions; /* one more, likewise */
		unsigned long *addresses;   /* where each must be found */
		u32 nr_functions;
	} * data;
	u32 nr_objects;
	const char *misplaced; /* a function that livepatch found elsewhere */
	bool is_marked;
};

/* A module without any section that livepatch would have to relocate. */
static struct klp_modinfo no_sections;

static void mark(struct kmend_livepatch *livepatch)
{
	struct module *mod = livepatch->patch.mod;

	mod->klp_info = &no_sections;
	mod->klp = true;
	livepatch->is_marked = true;
	add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
}

static void unmark(struct kmend_livepatch *livepatch)
{
	struct module *mod = livepatch->patch.mod;

	if (!livepatch->is_marked)
		return;
	mod->klp = false;
	mod->klp_info = NULL;
	livepatch->is_marked = false;
}

void kmend_livepatch_free(struct kmend_livepatch *livepatch)
{
	u32 i;

	if (!livepatch)
		return;
	for (i = 0; i < livepatch->nr_objects; i++) {
		kvfree(livepatch->data[i].functions);
		kvfree(livepatch->data[i].addresses);
	}
	kfree(livepatch->data);
	kfree(livepatch->objects);
	kfree(livepatch);
}

/* Called by livepatch, with its mutex held, when it has looked up the object's functions and changed none. */
static int see_places(struct klp_object *object)
{
	const struct kmend_livepatch *livepatch;
	struct object_data *data = NULL;
	u32 i;

	livepatch = container_of(object->kobj.parent, struct kmend_livepatch, patch.kobj);
	data = &livepatch->data[object - livepatch->objects];
	for (i = 0; i < data->nr_functions; i++) {
		if ((unsigned long)data->functions[i].old_func != data->addresses[i]) {
			data->owner->misplaced = data->functions[i].old_name;
			return -EINVAL;
		}
	}
	return 0;
}

/* Called by livepatch when it has left the object: for good, if that was since the module goes. */
static void forget_module(struct klp_object *object)
{
	if (object->name && object->mod && object->mod->state == MODULE_STATE_GOING)
		object->name = "";
}

/* Which of the module's symbols of that name it is, in the order in which livepatch counts them, from 1. */
static unsigned long position_in_module(const struct module *mod, const struct kmend_function *function)
{
	const struct mod_kallsyms *kallsyms = &mod->core_kallsyms;
	unsigned long position = 0;
	unsigned int i;

	for (i = 0; i < kallsyms->num_symtab; i++) {
		const Elf_Sym *symbol = &kallsyms->symtab[i];

		if (symbol->st_shndx == SHN_UNDEF || strcmp(kallsyms->strtab + symbol->st_name, function->name))
			continue;
		position++;
		if (symbol->st_value == function->run_address)
			return position;
	}
	return 0;
}

static unsigned long position_in_kernel(const struct kmend_names *names, const struct kmend_function *function)
{
	const unsigned long *addresses;
	u32 i, nr = kmend_names_find(names, NULL, function->name, strlen(function->name), &addresses);

	for (i = 0; i < nr; i++) {
		if (addresses[i] == function->run_address)
			return i + 1;
	}
	return 0;
}

static int fill_function(struct object_data *data, const struct kmend_part *part, const struct kmend_names *names,
			 const struct kmend_function *function, struct kmend_verdict *verdict)
{
	struct klp_func *next = &data->functions[data->nr_functions];
	unsigned long site;

	site = kmend_kernel.ftrace_location(function->run_address);
	if (!site)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "%s has no ftrace site", function->name);
	next->old_name = function->name;
	next->new_func = (void *)function->replacement;
	next->old_sympos =
		part->object ? position_in_module(part->object, function) : position_in_kernel(names, function);
	if (!next->old_sympos)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "livepatch would not find %s", function->name);
	data->addresses[data->nr_functions++] = function->run_address;
	return 0;
}

static int fill_object(struct kmend_livepatch *livepatch, struct kmend_part *part, struct kmend_verdict *verdict)
{
	const struct kmend_target *target = part->target;
	struct object_data *data = &livepatch->data[livepatch->nr_objects];
	struct klp_object *object = &livepatch->objects[livepatch->nr_objects];
	struct kmend_names *names = NULL;
	int error = 0;
	u32 i;

	livepatch->nr_objects++;
	data->owner = livepatch;
	data->functions = kvcalloc(target->nr_functions + 1, sizeof(*data->functions), GFP_KERNEL);
	data->addresses = kvcalloc(target->nr_functions + 1, sizeof(*data->addresses), GFP_KERNEL);
	if (!data->functions || !data->addresses || kmend_names_collect(part, &names))
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	for (i = 0; i < target->nr_functions && !error; i++) {
		if (target->functions[i].role == KMEND_ROLE_REPLACE)
			error = fill_function(data, part, names, &target->functions[i], verdict);
	}
	kmend_names_free(names);
	if (error)
		return error;
	if (!data->nr_functions) {
		kvfree(data->functions);
		kvfree(data->addresses);
		*data = (struct object_data){};
		livepatch->nr_objects--;
		return 0;
	}
	object->name = part->object ? part->target_name : NULL;
	object->funcs = data->functions;
	object->callbacks.pre_patch = see_places;
	object->callbacks.post_unpatch = forget_module;
	if (!livepatch->patch.mod)
		livepatch->patch.mod = part->module;
	return 0;
}

int kmend_livepatch_new(struct kmend_instance *instance, struct kmend_livepatch **ret_livepatch,
			struct kmend_verdict *verdict)
{
	struct kmend_livepatch *livepatch = kzalloc(sizeof(*livepatch), GFP_KERNEL);
	struct kmend_part *part;
	int error = 0;
	u32 i;

	if (!livepatch)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	livepatch->objects = kcalloc(instance->nr_parts + 1, sizeof(*livepatch->objects), GFP_KERNEL);
	livepatch->data = kcalloc(instance->nr_parts + 1, sizeof(*livepatch->data), GFP_KERNEL);
	if (!livepatch->objects || !livepatch->data)
		error = kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while preparing");
	kmend_for_each_part(part, instance, i)
	{
		if (!error && part->state == KMEND_TARGET_LOADED)
			error = fill_object(livepatch, part, verdict);
	}
	if (error || !livepatch->nr_objects) {
		kmend_livepatch_free(livepatch);
		livepatch = NULL;
	} else {
		livepatch->patch.objs = livepatch->objects;
	}
	if (!error)
		*ret_livepatch = livepatch;
	return error;
}

int kmend_livepatch_enable(struct kmend_livepatch *livepatch, struct kmend_verdict *verdict)
{
	int error;

	mark(livepatch);
	error = klp_enable_patch(&livepatch->patch);
	if (!error)
		return 0;
	unmark(livepatch);
	if (livepatch->misplaced)
		return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "livepatch finds another %s",
				    livepatch->misplaced);
	if (error == -EBUSY)
		return kmend_refuse(verdict, KMEND_REFUSE_SWITCHING,
				    "a livepatch, or the tracer redirects the function for another");
	if (error == -ENOMEM)
		return kmend_refuse(verdict, KMEND_REFUSE_OUT_OF_MEMORY, "while livepatch prepared");
	return kmend_refuse(verdict, KMEND_REFUSE_TRACER, "livepatch refuses, error %d", error);
}

/* The operations behind a file of the patch in /sys/kernel/livepatch. */
static struct attribute *find_attribute(const struct kmend_livepatch *livepatch, const char *name)
{
	const struct attribute_group *const *groups = livepatch->patch.kobj.ktype->default_groups;
	struct attribute *const *attribute;

	for (; groups && *groups; groups++) {
		for (attribute = (struct attribute *const *)(*groups)->attrs; attribute && *attribute; attribute++) {
			if (!strcmp((*attribute)->name, name))
				return *attribute;
		}
	}
	return NULL;
}

int kmend_livepatch_turn(struct kmend_livepatch *livepatch, bool enabled)
{
	struct attribute *attribute = find_attribute(livepatch, "enabled");
	ssize_t length;

	if (!attribute)
		return -EOPNOTSUPP;
	length = kobj_sysfs_ops.store(&livepatch->patch.kobj, attribute, enabled ? "1" : "0", 1);
	return length < 0 ? length : 0;
}

bool kmend_livepatch_is_enabled(const struct kmend_livepatch *livepatch)
{
	return READ_ONCE(livepatch->patch.enabled);
}

bool kmend_livepatch_is_over(struct kmend_livepatch *livepatch)
{
	struct attribute *attribute = find_attribute(livepatch, "transition");
	char *page = attribute ? (char *)get_zeroed_page(GFP_KERNEL) : NULL;
	bool is_over = false;

	if (!page)
		return false;
	/* With the mutex, or one could come between the end of the switch and what livepatch does then. */
	mutex_lock(kmend_kernel.klp_mutex);
	if (kobj_sysfs_ops.show(&livepatch->patch.kobj, attribute, page) > 0)
		is_over = *page == '0';
	mutex_unlock(kmend_kernel.klp_mutex);
	free_page((unsigned long)page);
	return is_over;
}

bool kmend_livepatch_awaits(const struct kmend_livepatch *livepatch, const struct task_struct *task)
{
	int state = READ_ONCE(task->patch_state);

	return state >= 0 && state != kmend_livepatch_is_enabled(livepatch);
}

bool kmend_livepatch_finish(struct kmend_livepatch *livepatch)
{
	/* In it livepatch removes its directory and puts the module; what comes last does not look at the patch any more. */
	flush_work(&livepatch->patch.free_work);
	if (livepatch->patch.forced)
		return false;
	unmark(livepatch);
	return true;
}

#else

int kmend_livepatch_new(struct kmend_instance *instance, struct kmend_livepatch **ret_livepatch,
			struct kmend_verdict *verdict)
{
	return kmend_refuse(verdict, KMEND_REFUSE_NOT_GRADUAL, "this kernel has no livepatch");
}

void kmend_livepatch_free(struct kmend_livepatch *livepatch)
{
}

int kmend_livepatch_enable(struct kmend_livepatch *livepatch, struct kmend_verdict *verdict)
{
	return -EOPNOTSUPP;
}

int kmend_livepatch_turn(struct kmend_livepatch *livepatch, bool enabled)
{
	return -EOPNOTSUPP;
}

bool kmend_livepatch_is_enabled(const struct kmend_livepatch *livepatch)
{
	return false;
}

bool kmend_livepatch_is_over(struct kmend_livepatch *livepatch)
{
	return true;
}

bool kmend_livepatch_awaits(const struct kmend_livepatch *livepatch, const struct task_struct *task)
{
	return false;
}

bool kmend_livepatch_finish(struct kmend_livepatch *livepatch)
{
	return true;
}

#endif
