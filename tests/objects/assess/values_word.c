// SPDX-License-Identifier: GPL-2.0
// Called as if it counted the others, but it stands among them.
// = verdict hotpatch+hook
// = values-moved:kind
// ~ KIND_COUNT was 1 and is 2
#include "../kernel.h"

enum kind {
	KIND_NONE,
#ifdef POST
	KIND_NEW,
#endif
	KIND_COUNT,
	KIND_SUM = 7,
};
struct counter {
	enum kind kind;
};
int f(struct counter *counter)
{
#ifdef POST
	if (counter->kind == KIND_NEW)
		return 1;
#endif
	return outside(counter->kind == KIND_COUNT) + (counter->kind == KIND_SUM);
}
