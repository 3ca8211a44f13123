// SPDX-License-Identifier: GPL-2.0
#include "reason.h"

#include <stdlib.h>

#include "str.h"

struct kmend_reason *kmend_reason_add(struct kmend_reason **reasons, size_t *count, const char *code, const char *text,
				      const char *advice)
{
	struct kmend_reason *reason = kmend_array_add(*reasons, *count);

	*reason = (struct kmend_reason){ code, kmend_strdup(text), kmend_strdup(advice) };
	return reason;
}

void kmend_reason_about(struct kmend_reason *reason, const char *unit, const char *symbol, unsigned int line)
{
	free(reason->unit);
	free(reason->symbol);
	reason->unit = unit ? kmend_strdup(unit) : NULL;
	reason->symbol = symbol ? kmend_strdup(symbol) : NULL;
	reason->line = line;
}

struct kmend_reason *kmend_reason_copy(struct kmend_reason **reasons, size_t *count, const struct kmend_reason *from)
{
	struct kmend_reason *reason =
		kmend_reason_add(reasons, count, from->code, from->text, from->advice ? from->advice : "");

	kmend_reason_about(reason, from->unit, from->symbol, from->line);
	return reason;
}

void kmend_reason_clear(struct kmend_reason *reason)
{
	free(reason->text);
	free(reason->advice);
	free(reason->unit);
	free(reason->symbol);
}

void kmend_reasons_free(struct kmend_reason *reasons, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kmend_reason_clear(&reasons[i]);
	free(reasons);
}
