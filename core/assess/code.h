/* SPDX-License-Identifier: GPL-2.0 */
/* The instructions of a function as it was before, and the ways through them. */
#ifndef KMEND_ASSESS_CODE_H
#define KMEND_ASSESS_CODE_H

#include <capstone/capstone.h>

#include "../diff/delta.h"

struct code {
	const struct kmend_delta *delta;
	const struct kmend_section *section;
	uint64_t from, to;     /* in the section; what lies at `to` is no more of it */
	cs_insn *instructions; /* with their details; cs_free() them */
	size_t count;
};

/* Where a relocation within an instruction leads: a function's name; NULL: it has none, or leads elsewhere. */
const char *code_named_by(const struct kmend_delta *delta, const struct kmend_section *section, uint64_t from,
			  uint64_t to, struct kmend_item **ret_item);
/* @group: X86_GRP_* */
bool instruction_is_in(const cs_insn *instruction, uint8_t group);
/* Decode a function as it was before; false: there is no code of it, or none of it is understood. */
bool code_read(csh handle, const struct kmend_delta *delta, const struct kmend_item *item, struct code *code);
/* An instruction that is not known would end the list early: then ways out are not seen. */
bool code_is_whole(const struct code *code);
/* The name of the function that an instruction calls; NULL: none that is known. */
const char *code_called_by(const struct code *code, const cs_insn *instruction);
/*
 * Is there a way from an instruction out of the function? What is not understood counts as one. @seen, which is all false:
 * set for what a way leads to; as far as the ways were followed, if there is one out and it does not @goes_on.
 */
bool code_leads_out(const struct code *code, size_t start, bool goes_on, bool *seen);

#endif
