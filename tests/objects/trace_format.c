// SPDX-License-Identifier: GPL-2.0
// The format that an event's description shows, longer than before; and such a text that code reads.
// = changed function f: *
// = changed datum print_fmt_call: *
// = changed datum print_fmt_read: *
// = reason trace-format
// = reason initial-value
#include "kernel.h"

#ifdef POST
#define FORMAT "address %p"
#define READ "b"
#define N 2
#else
#define FORMAT "addr %p"
#define READ "a"
#define N 1
#endif
static char print_fmt_call[] = FORMAT;
static char print_fmt_read[] = READ;
struct event {
	const char *name;
	char *print_fmt;
};
static struct event __attribute__((used)) event_call = { "call", print_fmt_call };
static struct event __attribute__((used)) event_read = { "read", print_fmt_read };

int f(int x)
{
	return outside(x) + N;
}
char reader(int i)
{
	return print_fmt_read[i];
}
