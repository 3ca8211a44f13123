// SPDX-License-Identifier: GPL-2.0
// NL_SET_ERR_MSG(): one more message, as long as those around it; each of these is what it was.
// = changed function f: *
// = new datum __msg.#
#include "kernel.h"

struct extack {
	const char *_msg;
};
#define SET_MESSAGE(extack, message)                                                               \
	do {                                                                                       \
		static const char __msg[] = message;                                               \
		struct extack *__extack = (extack);                                                \
		if (__extack)                                                                      \
			__extack->_msg = __msg;                                                    \
	} while (0)

int f(struct extack *extack, int a)
{
	if (a == 1) {
		SET_MESSAGE(extack, "not now");
		return 1;
	}
#ifdef POST
	if (a == 2) {
		SET_MESSAGE(extack, "not two");
		return 2;
	}
#endif
	if (a == 3) {
		SET_MESSAGE(extack, "not yet");
		return 3;
	}
	return 0;
}
