// SPDX-License-Identifier: GPL-2.0
// Another argument of a function that does not keep one, and another function of the unit by the same name.
// = changed datum table: bytes at +0x4
// = changed datum list: bytes at +0x4
// = reason datum-switched
// = reason datum-switched
#include "kernel.h"

extern int __nla_parse(const int *table, int type, const void *head, int size, const int *policy);
#ifdef POST
#define VALUE 7
#else
#define VALUE 2
#endif
static const int table[4] = { 1, VALUE, 3, 4 };
static const int list[4] = { 1, VALUE, 3, 5 };
const int *kept;
static noinline int match_token(char *text, const int *list)
{
	kept = list;
	return *text;
}
int f(const void *head, int x)
{
	return __nla_parse(table, 4, head, x, 0) + x;
}
int g(char *text)
{
	return match_token(text, list) + 1;
}
