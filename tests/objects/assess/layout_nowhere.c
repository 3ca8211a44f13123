// SPDX-License-Identifier: GPL-2.0
// A type that stands for the places in a message: code takes numbers from it, and no object of it is anywhere.
// = verdict hotpatch
#include "../kernel.h"

struct message {
	char kind[8];
#ifdef POST
	char fresh[8];
#else
	char reserved[8];
#endif
	char length[16];
};
#define SIZE(member) sizeof(((struct message *)0)->member)
#define OFFSET(member) __builtin_offsetof(struct message, member)
int f(int x)
{
#ifdef POST
	outside(OFFSET(fresh));
#endif
	return outside(x + OFFSET(length)) + SIZE(length) + sizeof(struct message);
}
