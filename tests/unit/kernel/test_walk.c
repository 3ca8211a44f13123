// SPDX-License-Identifier: GPL-2.0
/* The list of all units: from kbuild's words, and as it is kept. */
#include "core/kernel/walk.h"
#include "tap.h"

static const char words[] = "some recipe\n"
			    "@kmend@ real net/a.o\n@kmend@ real ./init/main.o\n@kmend@ at net\n@kmend@ at .\n"
			    "@kmend@ sub net\n"
			    "@kmend@ unit net/a.o /s/net/a.c  gcc -c -o net/a.o /s/net/a.c\n"
			    "@kmend@ unit net/vdso.o /s/net/vdso.c gcc -c -o net/vdso.o /s/net/vdso.c\n"
			    "@kmend@ unit init/main.o init/main.c gcc -c -o init/main.o init/main.c\n";

static void test_output(void)
{
	_cleanup_walk_ struct kmend_walk *walk = NULL, *none = NULL;
	_cleanup_unit_command_ struct kmend_unit_command *command = NULL;

	tap_is_int(kmend_walk_read_output(words, "/s", &walk), 0, "kbuild's words are read");
	tap_is_int(walk->count, 3, "with all units");
	tap_ok(kmend_walk_find(walk, "net/a.c")->is_kernel, "one of the kernel");
	tap_ok(!kmend_walk_find(walk, "net/vdso.c")->is_kernel, "one that is made for something else");
	tap_ok(kmend_walk_find(walk, "init/main.c")->is_generated, "a generated one");
	tap_ok(!kmend_walk_find(walk, "net/b.c"), "one that there is not");
	tap_is_int(kmend_walk_command(kmend_walk_find(walk, "net/a.c"), &command, NULL), 0, "a command is taken apart");
	tap_is_str(command->source, "/s/net/a.c", "its source");
	tap_ok(kmend_walk_read_output("@kmend@ at .\n@kmend@ sub net\n", "/s", &none) < 0,
	       "a directory that was not read is no silence");
	tap_ok(kmend_walk_read_output("@kmend@ at .\nmake[2]: *** [/s/scripts/Makefile.build:500: net] Killed\n"
				      "make: *** [Makefile:2000: .] Error 2\n",
				      "/s", &none) < 0 &&
		       kmend_walk_read_output("@kmend@ at .\nmake[3]: vfork: Resource temporarily unavailable\n", "/s",
					      &none) < 0,
	       "nor is one in which make was killed, or could not go on");
	tap_ok(!kmend_walk_read_output("@kmend@ at .\nmake[2]: *** No rule to make target 'x', needed by 'y'.\n"
				       "make[1]: *** [Makefile:2000: net] Error 2\n",
				       "/s", &none),
	       "that something cannot be made is no end");
	kmend_walk_free(none);
	none = NULL;
	tap_ok(kmend_walk_read_output("make: *** stop\n", "/s", &none) < 0, "nothing is no answer");
}

static void test_kept(void)
{
	_cleanup_walk_ struct kmend_walk *walk = NULL, *again = NULL, *none = NULL;
	_cleanup_buffer_ struct kmend_buffer text = { 0 };

	kmend_walk_read_output(words, "/s", &walk);
	kmend_walk_write(walk, &text);
	tap_is_int(kmend_walk_parse(text.data, text.size, &again), 0, "what is kept is read again");
	for (size_t i = 0; again && i < walk->count; i++)
		tap_is_str(again->units[i].command, walk->units[i].command, "and the same");
	tap_ok(kmend_walk_parse(text.data, text.size - 4, &none) < 0, "a list that was cut short is damaged");
	tap_ok(kmend_walk_parse("kmend-walk 1\nk- a b 7 c\nend\n", 27, &none) < 0, "so is one that refers to nothing");
}

int main(void)
{
	test_output();
	test_kept();
	return tap_done();
}
