// SPDX-License-Identifier: GPL-2.0
/*
 * Which addresses carry which names, and whose they are: the kernel image's or a module's. The image's names are sorted
 * since 6.2 (and late 6.1), so each is found by bisection; before, all names a part mentions are looked up in one walk,
 * since each walk expands every compressed name of the kernel. Nothing is kept for the next part: what it costs is little.
 */
#include "update.h"

#include <linux/bsearch.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

struct found {
	u32 name;		    /* index of the name */
	const struct module *owner; /* NULL: the kernel image */
	unsigned long address;
};

/* A module whose names count. */
struct object {
	const char *name;
	const struct module *module; /* NULL: it is not there */
};

struct kmend_names {
	char *text;	    /* all names, each with a NUL */
	const char **names; /* sorted, each once */
	u32 *first;	    /* per name: where its addresses begin in addresses[]; one more at the end */
	unsigned long *addresses;
	const struct module **owners; /* of the addresses */
	u32 nr_names;
	struct object *objects; /* the first is the part's own target, whose `object` is "" */
	u32 nr_objects;
	/* while collecting */
	struct found *found;
	u32 nr_found, max_found;
	int error;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->name != y->name)
		return x->name < y->name ? -1 : 1;
	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return 0;
}

/* Every name and alternative that matters, by `add`; called twice, to count and to fill. */
static void each_name(const struct kmend_target *target, void (*add)(void *data, const char *name, size_t length),
		      void *data)
{
	const struct kmend_symbol *symbol;
	const char *name, *end;
	u32 i;

	for (i = 0; i < target->nr_functions; i++)
		add(data, target->functions[i].name, strlen(target->functions[i].name));
	for (i = 0; i < target->nr_symbols; i++) {
		symbol = &target->symbols[i];
		if (symbol->kind == KMEND_SYMBOL_NAMED || symbol->kind == KMEND_SYMBOL_VALUE)
			add(data, symbol->name, strlen(symbol->name));
		if (symbol->kind != KMEND_SYMBOL_ONE_OF)
			continue;
		for (name = symbol->name; *name; name = *end ? end + 1 : end) {
			end = strchrnul(name, '|');
			add(data, name, end - name);
		}
	}
}

struct size {
	size_t bytes;
	u32 names;
};

static void count_name(void *data, const char *name, size_t length)
{
	struct size *size = data;

	size->bytes += length + 1;
	size->names++;
}

struct fill {
	struct kmend_names *names;
	char *next;
};

static void add_name(void *data, const char *name, size_t length)
{
	struct fill *fill = data;

	memcpy(fill->next, name, length);
	fill->next[length] = '\0';
	fill->names->names[fill->names->nr_names++] = fill->next;
	fill->next += length + 1;
}

static int copy_names(struct kmend_names *names, const struct kmend_target *target)
{
	struct size size = {};
	struct fill fill = { .names = names };
	u32 i, nr = 0;

	each_name(target, count_name, &size);
	names->text = kvmalloc(size.bytes + 1, GFP_KERNEL);
	names->names = kvmalloc_array(size.names + 1, sizeof(*names->names), GFP_KERNEL);
	names->first = kvmalloc_array(size.names + 1, sizeof(*names->first), GFP_KERNEL);
	if (!names->text || !names->names || !names->first)
		return -ENOMEM;
	fill.next = names->text;
	each_name(target, add_name, &fill);
	sort(names->names, names->nr_names, sizeof(*names->names), compare_names, NULL);
	for (i = 0; i < names->nr_names; i++) {
		if (!i || strcmp(names->names[i], names->names[nr - 1]))
			names->names[nr++] = names->names[i];
	}
	names->nr_names = nr;
	return 0;
}

/* May allocate. */
static int note_found(struct kmend_names *names, u32 name, const struct module *owner, unsigned long address)
{
	struct found *found;
	u32 max;

	if (names->nr_found == names->max_found) {
		max = names->max_found ? names->max_found * 2 : 256;
		found = kvmalloc_array(max, sizeof(*found), GFP_KERNEL);
		if (!found) {
			names->error = -ENOMEM;
			return names->error;
		}
		if (names->nr_found)
			memcpy(found, names->found, names->nr_found * sizeof(*found));
		kvfree(names->found);
		names->found = found;
		names->max_found = max;
	}
	names->found[names->nr_found++] = (struct found){ .name = name, .owner = owner, .address = address };
	return 0;
}

static int note_address(struct kmend_names *names, const char *name, const struct module *owner, unsigned long address)
{
	const char **hit = bsearch(&name, names->names, names->nr_names, sizeof(*names->names), compare_names);

	return hit ? note_found(names, hit - names->names, owner, address) : 0;
}

/* Walked in process context, with nothing held: may allocate. */
KMEND_VISIT_SYMBOL(visit_symbol)
{
	return KMEND_VISITS_MODULE ? 0 : note_address(data, name, NULL, address);
}

struct match {
	struct kmend_names *names;
	u32 name;
};

/* Likewise. */
static int visit_match(void *data, unsigned long address)
{
	const struct match *match = data;

	return note_found(match->names, match->name, NULL, address);
}

/* A debug build goes the other way now and then, so that both are tried. */
static void visit_image(struct kmend_names *names)
{
	struct match match = { .names = names };

	if (!kmend_kernel.on_each_match || kmend_may_fail()) {
		kmend_kernel.on_each_symbol(visit_symbol, names);
		return;
	}
	for (; match.name < names->nr_names && !names->error; match.name++)
		kmend_kernel.on_each_match(visit_match, names->names[match.name], &match);
}

/* The names that stay when the module's init is over; they do not change while it is there. */
static int visit_module(struct kmend_names *names, const struct module *mod)
{
	const struct mod_kallsyms *kallsyms = &mod->core_kallsyms;
	unsigned int i;
	int error = 0;

	for (i = 1; i < kallsyms->num_symtab && !error; i++) {
		const Elf_Sym *symbol = &kallsyms->symtab[i];

		if (symbol->st_shndx != SHN_UNDEF)
			error = note_address(names, kallsyms->strtab + symbol->st_name, mod, symbol->st_value);
	}
	return error;
}

static const struct object *find_object(const struct kmend_names *names, const char *name)
{
	u32 i;

	for (i = 0; i < names->nr_objects; i++) {
		if (!strcmp(names->objects[i].name, name))
			return &names->objects[i];
	}
	return NULL;
}

/* Whose names count: the target's, the kernel image's, and those of modules that symbols mention. */
static int collect_objects(struct kmend_names *names, const struct kmend_part *part)
{
	const struct kmend_target *target = part->target;
	const char *name;
	u32 i;

	/* Nearly always few; at most one for each symbol, the target, and its name. */
	names->objects = kvmalloc_array(target->nr_symbols + 3, sizeof(*names->objects), GFP_KERNEL);
	if (!names->objects)
		return -ENOMEM;
	names->objects[names->nr_objects++] = (struct object){ "", part->object };
	names->objects[names->nr_objects++] = (struct object){ "vmlinux", NULL };
	if (part->object)
		names->objects[names->nr_objects++] = (struct object){ part->target_name, part->object };
	for (i = 0; i < target->nr_symbols; i++) {
		name = target->symbols[i].object;
		if (target->symbols[i].kind != KMEND_SYMBOL_NAMED || find_object(names, name))
			continue;
		names->objects[names->nr_objects++] =
			(struct object){ name, kmend_symbols_module(name, MODULE_STATE_LIVE) };
	}
	return 0;
}

static int visit_all(struct kmend_names *names)
{
	u32 i, j;

	visit_image(names);
	for (i = 0; i < names->nr_objects && !names->error; i++) {
		if (!names->objects[i].module)
			continue;
		/* The target is there by two names. */
		for (j = 0; j < i && names->objects[j].module != names->objects[i].module; j++)
			;
		if (j == i)
			visit_module(names, names->objects[i].module);
	}
	return names->error;
}

static int index_addresses(struct kmend_names *names)
{
	u32 i, name, nr = 0;

	names->addresses = kvmalloc_array(names->nr_found + 1, sizeof(*names->addresses), GFP_KERNEL);
	names->owners = kvmalloc_array(names->nr_found + 1, sizeof(*names->owners), GFP_KERNEL);
	if (!names->addresses || !names->owners)
		return -ENOMEM;
	sort(names->found, names->nr_found, sizeof(*names->found), compare_found, NULL);
	for (name = 0, i = 0; name < names->nr_names; name++) {
		names->first[name] = nr;
		for (; i < names->nr_found && names->found[i].name == name; i++) {
			if (nr > names->first[name] && names->addresses[nr - 1] == names->found[i].address &&
			    names->owners[nr - 1] == names->found[i].owner)
				continue;
			names->owners[nr] = names->found[i].owner;
			names->addresses[nr++] = names->found[i].address;
		}
	}
	names->first[names->nr_names] = nr;
	kvfree(names->found);
	names->found = NULL;
	return 0;
}

void kmend_names_free(struct kmend_names *names)
{
	if (!names)
		return;
	kvfree(names->text);
	kvfree(names->names);
	kvfree(names->first);
	kvfree(names->addresses);
	kvfree(names->owners);
	kvfree(names->objects);
	kvfree(names->found);
	kfree(names);
}

int kmend_names_collect(const struct kmend_part *part, struct kmend_names **ret_names)
{
	struct kmend_names *names = kzalloc(sizeof(*names), GFP_KERNEL);
	int error;

	if (!names)
		return -ENOMEM;
	error = copy_names(names, part->target);
	if (!error)
		error = collect_objects(names, part);
	if (!error)
		error = visit_all(names);
	if (!error)
		error = index_addresses(names);
	if (error) {
		kmend_names_free(names);
		return error;
	}
	*ret_names = names;
	return 0;
}

bool kmend_names_owner(const struct kmend_names *names, const char *object, const struct module **ret_owner)
{
	const struct object *found = find_object(names, object);

	if (!found)
		return false;
	/* The first two may be the kernel image; the others are modules. */
	if (!found->module && found - names->objects > 1)
		return false;
	*ret_owner = found->module;
	return true;
}

/* strcmp() of a name that need not end in a NUL with one that does. */
static int compare_length(const char *name, size_t length, const char *other)
{
	int order = strncmp(name, other, length);

	return order ?: (other[length] ? -1 : 0);
}

/* Return: the index of the name, or nr_names. */
static u32 find_name(const struct kmend_names *names, const char *name, size_t length)
{
	u32 low = 0, high = names->nr_names, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = compare_length(name, length, names->names[middle]);
		if (!order)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return names->nr_names;
}

u32 kmend_names_find(const struct kmend_names *names, const struct module *owner, const char *name, size_t length,
		     const unsigned long **ret)
{
	u32 index = find_name(names, name, length), from, to;

	if (index == names->nr_names)
		return 0;
	for (from = names->first[index]; from < names->first[index + 1] && names->owners[from] != owner; from++)
		;
	for (to = from; to < names->first[index + 1] && names->owners[to] == owner; to++)
		;
	if (to > from)
		*ret = names->addresses + from;
	return to - from;
}

bool kmend_names_has(const struct kmend_names *names, const struct module *owner, const char *name, size_t length,
		     unsigned long address)
{
	const unsigned long *addresses;
	u32 nr = kmend_names_find(names, owner, name, length, &addresses), i;

	for (i = 0; i < nr; i++) {
		if (addresses[i] == address)
			return true;
	}
	return false;
}
