// SPDX-License-Identifier: GPL-2.0
/*
 * The matcher tried on the code of this kernel, as it has rewritten it for this machine, by the tables of a loaded update
 * whose functions kmend.ko has matched. Nothing is changed but copies. Of each place that kernels rewrite:
 *
 *   forms   each legal form in it, whichever is in force: accepted
 *   torn    the beginning of one form and the rest of another, or of what is there, as a store that was cut short leaves it;
 *           and the breakpoint that text_poke_bp() puts on the first byte: refused
 *   flips   what is there with one bit changed: refused
 *
 * unless it happens to be a legal form again, which is decided here by a rule of its own: equal to the form's bytes, with
 * legal addresses in its fields, and the form's tail behind it. What was counted is in the log; loading fails if the
 * matcher said anything wrong.
 *
 *   update   the module of the update: all of its functions are looked at
 */
#define pr_fmt(fmt) "kmend_test_forms: " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../../core/match/field.c"
#include "../../../core/match/validate.c"
#include "../../../core/match/match.c"

#define INT3 0xcc
#define MAX_NAMES 64
#define MAX_TOLD 8

static char *update_name = "";
module_param_named(update, update_name, charp, 0400);

static unsigned long (*lookup_name)(const char *name);
static int (*is_text)(unsigned long address);

enum kind { AS_IT_IS, FORM, TORN, FLIP, NR_KINDS };

static const char *const kind_names[NR_KINDS] = { "as it is", "form", "torn", "flip" };

/* The addresses that a symbol of the kind ONE_OF may have. */
struct choice {
	unsigned long addresses[MAX_NAMES];
	u32 nr;
};

static struct test {
	const struct kmend_target *target;
	struct choice **choices; /* per symbol; NULL: it is of another kind */
	struct kmend_value *values;
	u8 *run; /* a copy of the function that is being looked at */
	u64 nr_tried[NR_KINDS], nr_legal[NR_KINDS], nr_wrong;
	u64 nr_any[NR_KINDS]; /* of the legal ones: with a field that may lead to any code, as a tracer's call does */
	u64 nr_functions, nr_sites, nr_unfit;
} test;

static bool is_choice(const struct choice *choice, u64 value)
{
	u32 i;

	for (i = 0; i < choice->nr; i++) {
		if (choice->addresses[i] == value)
			return true;
	}
	return false;
}

static bool has_content(const struct kmend_symbol *symbol, u64 value)
{
	const u8 *content = symbol->content;
	u8 byte;
	u32 i;

	for (i = 0; i < symbol->content_size; i++) {
		if (copy_from_kernel_nofault(&byte, (void *)(unsigned long)(value + i), 1) || byte != content[i])
			return false;
	}
	return true;
}

static bool may_be(u32 index, u64 value)
{
	const struct kmend_symbol *symbol = &test.target->symbols[index];

	switch (symbol->kind) {
	case KMEND_SYMBOL_ANY_TEXT:
		return is_text(value);
	case KMEND_SYMBOL_ONE_OF:
		return is_choice(test.choices[index], value);
	case KMEND_SYMBOL_CONTENT:
		return has_content(symbol, value);
	default:
		return test.values[index].state == KMEND_VALUE_KNOWN && test.values[index].value == value;
	}
}

static bool check(void *data, const struct kmend_symbol *symbol, u32 index, u64 value)
{
	return may_be(index, value);
}

/* Whom a field of that symbol may lead to, for a form that is not in force. 0: nobody here. */
static u64 somebody(u32 index)
{
	const struct kmend_symbol *symbol = &test.target->symbols[index];

	if (symbol->kind == KMEND_SYMBOL_ANY_TEXT)
		return lookup_name("schedule");
	if (symbol->kind == KMEND_SYMBOL_ONE_OF)
		return test.choices[index]->nr ? test.choices[index]->addresses[0] : 0;
	return test.values[index].value;
}

/* The form as the kernel would write it at `address`; false: it cannot be in force here. */
static bool render(const struct kmend_function *function, const struct kmend_site *site, const struct kmend_form *form,
		   u64 address, u8 *bytes)
{
	const struct kmend_field *field;
	u64 value;
	u32 i;

	memcpy(bytes, form->bytes, form->size);
	memset(bytes + form->size, form->tail == KMEND_TAIL_INT3 ? INT3 : 0x90, site->size - form->size);
	for (i = 0; i < form->nr_fields; i++) {
		field = &function->fields[form->first_field + i];
		value = somebody(field->symbol);
		if (!value || !kmend_field_write(field->type, bytes + field->offset, address + field->offset, value,
						 field->addend))
			return false;
	}
	return true;
}

static bool is_form(const struct kmend_function *function, const struct kmend_site *site, const struct kmend_form *form,
		    u64 address, const u8 *bytes)
{
	const struct kmend_field *field;
	u8 blank[KMEND_MAX_SITE], other[KMEND_MAX_SITE];
	u32 i;

	memcpy(blank, form->bytes, form->size);
	memcpy(other, bytes, form->size);
	for (i = 0; i < form->nr_fields; i++) {
		field = &function->fields[form->first_field + i];
		if (!may_be(field->symbol, kmend_field_value(field->type, bytes + field->offset,
							     address + field->offset, field->addend)))
			return false;
		memset(blank + field->offset, 0, kmend_field_size(field->type));
		memset(other + field->offset, 0, kmend_field_size(field->type));
	}
	if (memcmp(blank, other, form->size))
		return false;
	if (form->tail == KMEND_TAIL_NOPS)
		return kmend_match_is_nops(bytes + form->size, site->size - form->size);
	return form->tail == KMEND_TAIL_NONE || !memchr_inv(bytes + form->size, INT3, site->size - form->size);
}

/* The form that these bytes are, or NULL. */
static const struct kmend_form *find_form(const struct kmend_function *function, const struct kmend_site *site,
					  const u8 *bytes)
{
	const struct kmend_form *form;
	u32 i;

	for (i = 0; i < site->nr_forms; i++) {
		form = &function->forms[site->first_form + i];
		if (is_form(function, site, form, function->run_address + site->offset, bytes))
			return form;
	}
	return NULL;
}

static bool leads_anywhere(const struct kmend_function *function, const struct kmend_form *form)
{
	u32 i;

	for (i = 0; i < form->nr_fields; i++) {
		if (test.target->symbols[function->fields[form->first_field + i].symbol].kind == KMEND_SYMBOL_ANY_TEXT)
			return true;
	}
	return false;
}

static void ask(const struct kmend_function *function, const struct kmend_site *site, const u8 *bytes, enum kind kind)
{
	const struct kmend_match_env env = { .check = check };
	struct kmend_match_result result;
	const struct kmend_form *form = find_form(function, site, bytes);
	u8 before[KMEND_MAX_SITE];
	bool legal = form, same;

	memcpy(before, test.run + site->offset, site->size);
	memcpy(test.run + site->offset, bytes, site->size);
	same = kmend_match_function(function, test.target->symbols, test.run, function->run_address, &env, test.values,
				    &result);
	if (same)
		kmend_match_forget(function, test.values);
	memcpy(test.run + site->offset, before, site->size);
	test.nr_tried[kind]++;
	test.nr_legal[kind] += legal;
	test.nr_any[kind] += form && leads_anywhere(function, form);
	if (legal == same && (kind > FORM || legal))
		return;
	if (test.nr_wrong++ < MAX_TOLD)
		pr_err("%s+0x%x (%s), %s: the matcher says %d, this test %d: %*ph\n", function->name, site->offset,
		       kmend_site_kind_text(site->kind), kind_names[kind], same, legal, site->size, bytes);
}

/* What may be seen between two contents of a place. */
static void tear(const struct kmend_function *function, const struct kmend_site *site, const u8 *from, const u8 *to)
{
	u8 bytes[KMEND_MAX_SITE];
	u32 i;

	if (!memcmp(from, to, site->size))
		return;
	memcpy(bytes, from, site->size);
	for (i = 0; i + 1 < site->size; i++) {
		bytes[i] = to[i];
		ask(function, site, bytes, TORN);
	}
	memcpy(bytes, to, site->size);
	bytes[0] = INT3;
	ask(function, site, bytes, TORN);
}

static void try_site(const struct kmend_function *function, const struct kmend_site *site)
{
	u8 bytes[KMEND_MAX_SITE], form[KMEND_MAX_SITE];
	u64 address = function->run_address + site->offset;
	u32 i;

	memcpy(bytes, test.run + site->offset, site->size);
	ask(function, site, bytes, AS_IT_IS);
	for (i = 0; i < site->size * 8; i++) {
		bytes[i / 8] ^= 1u << (i % 8);
		ask(function, site, bytes, FLIP);
		bytes[i / 8] ^= 1u << (i % 8);
	}
	for (i = 0; i < site->nr_forms; i++) {
		if (!render(function, site, &function->forms[site->first_form + i], address, form)) {
			test.nr_unfit++;
			continue;
		}
		ask(function, site, form, FORM);
		tear(function, site, bytes, form);
		tear(function, site, form, bytes);
	}
}

static int try_function(const struct kmend_function *function)
{
	u32 i;

	if (function->role == KMEND_ROLE_DATUM || !function->nr_sites)
		return 0;
	if (!function->run_address)
		return -EINVAL;
	test.run = kvmalloc(function->pre_size, GFP_KERNEL);
	if (!test.run)
		return -ENOMEM;
	memcpy(test.run, (const void *)(unsigned long)function->run_address, function->pre_size);
	test.nr_functions++;
	test.nr_sites += function->nr_sites;
	for (i = 0; i < function->nr_sites; i++) {
		try_site(function, &function->sites[i]);
		cond_resched();
	}
	kvfree(test.run);
	return 0;
}

static int find_symbols(void)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name", .flags = KPROBE_FLAG_DISABLED };
	const u8 endbr[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	int error = register_kprobe(&probe);

	if (error)
		return error;
	lookup_name = (void *)probe.addr;
	unregister_kprobe(&probe);
	if (!memcmp((u8 *)lookup_name - sizeof(endbr), endbr, sizeof(endbr)))
		lookup_name = (void *)((u8 *)lookup_name - sizeof(endbr));
	is_text = (void *)lookup_name("kernel_text_address");
	return is_text ? 0 : -ENOENT;
}

/* "a|b|c" */
static struct choice *choose(const char *names)
{
	struct choice *choice = kzalloc(sizeof(*choice), GFP_KERNEL);
	char *copy = kstrdup(names, GFP_KERNEL), *rest = copy, *name;
	unsigned long address;

	while (choice && (name = strsep(&rest, "|"))) {
		address = lookup_name(name);
		if (address && choice->nr < MAX_NAMES)
			choice->addresses[choice->nr++] = address;
	}
	kfree(copy);
	return choice;
}

/* What kmend.ko has learnt of them is in the tables; what only forms mention that are not in force is looked up. */
static int know_symbols(const struct kmend_target *target)
{
	const struct kmend_symbol *symbol;
	u64 value;
	u32 i;

	test.values = kvcalloc(target->nr_symbols, sizeof(*test.values), GFP_KERNEL);
	test.choices = kvcalloc(target->nr_symbols, sizeof(*test.choices), GFP_KERNEL);
	if (!test.values || !test.choices)
		return -ENOMEM;
	for (i = 0; i < target->nr_symbols; i++) {
		symbol = &target->symbols[i];
		value = symbol->value;
		if (symbol->kind == KMEND_SYMBOL_ONE_OF) {
			test.choices[i] = choose(symbol->name);
			if (!test.choices[i])
				return -ENOMEM;
			continue;
		}
		if (symbol->kind == KMEND_SYMBOL_NAMED && !value)
			value = lookup_name(symbol->name);
		if (value || symbol->kind == KMEND_SYMBOL_NAMED) /* 0 is a place, too, for per-CPU data */
			test.values[i] = (struct kmend_value){ .value = value, .state = KMEND_VALUE_KNOWN };
	}
	return 0;
}

static void forget_symbols(const struct kmend_target *target)
{
	u32 i;

	for (i = 0; test.choices && i < target->nr_symbols; i++)
		kfree(test.choices[i]);
	kvfree(test.choices);
	kvfree(test.values);
}

static int __init forms_init(void)
{
	const struct kmend_update *update;
	char symbol[MODULE_NAME_LEN + sizeof(KMEND_UPDATE_SYMBOL) + 1];
	int error = find_symbols();
	u32 i;

	if (error)
		return error;
	snprintf(symbol, sizeof(symbol), "%s:%s", update_name, KMEND_UPDATE_SYMBOL);
	update = (const void *)lookup_name(symbol);
	if (!update || update->abi != KMEND_ABI_VERSION)
		return -ENOENT;
	test.target = update->targets;
	error = know_symbols(test.target);
	for (i = 0; i < test.target->nr_functions && !error; i++)
		error = try_function(&test.target->functions[i]);
	forget_symbols(test.target);
	if (error)
		return error;
	pr_info("%llu functions, %llu places\n", test.nr_functions, test.nr_sites);
	for (i = 0; i < NR_KINDS; i++)
		pr_info("%s: %llu tried, %llu of them legal (%llu with a call that may lead anywhere)\n", kind_names[i],
			test.nr_tried[i], test.nr_legal[i], test.nr_any[i]);
	pr_info("%llu forms cannot be in force here; %llu wrong answers\n", test.nr_unfit, test.nr_wrong);
	return test.nr_wrong ? -EBADMSG : 0;
}

static void __exit forms_exit(void)
{
}

module_init(forms_init);
module_exit(forms_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kmend's tests: the matcher on the code of this kernel");
