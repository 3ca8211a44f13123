/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-ins for the kernel's macros that put something into special sections; layouts of Linux 6.1, x86-64. */
#define noinline __attribute__((noinline, noclone))
#define __init __attribute__((section(".init.text"), cold))
#define __cold __attribute__((cold))
#define STRING_(x) #x
#define STRING(x) STRING_(x)

extern int printk(const char *format, ...);
extern int outside(int);
extern __cold void complain(int);

#define BUG_AT(line, flags)                                                                        \
	asm volatile("1: ud2\n"                                                                    \
		     ".pushsection __bug_table,\"aw\"\n"                                           \
		     "2: .long 1b - .\n .long %c0 - .\n .word %c1\n .word %c2\n .org 2b + 12\n"     \
		     ".popsection"                                                                 \
		     :                                                                             \
		     : "i"(__FILE__), "i"(line), "i"(flags))

#define ALTERNATIVE(old, new, feature)                                                             \
	asm volatile("661: " old "\n662:\n"                                                        \
		     ".pushsection .altinstructions,\"a\"\n"                                       \
		     " .long 661b - .\n .long 6641f - .\n .word " STRING(feature) "\n"             \
		     " .byte 662b - 661b\n .byte 6651f - 6641f\n"                                  \
		     ".popsection\n.pushsection .altinstr_replacement,\"ax\"\n"                    \
		     "6641: " new "\n6651:\n.popsection")

#define PARAVIRT(type)                                                                             \
	asm volatile("771: call *outside\n772:\n"                                                  \
		     ".pushsection .parainstructions,\"a\"\n .balign 8\n .quad 771b\n"             \
		     " .byte " STRING(type) "\n .byte 772b - 771b\n .balign 8\n.popsection")

#define EXCEPTION(fixup)                                                                           \
	asm volatile("1: mov (%%rdi), %%eax\n2: nop\n3:\n"                                         \
		     ".pushsection __ex_table,\"a\"\n"                                             \
		     " .long 1b - .\n .long " fixup " - .\n .long 3\n.popsection" ::: "eax")

#define LOCKED                                                                                     \
	".pushsection .smp_locks,\"a\"\n .balign 4\n .long 671f - .\n.popsection\n671: lock; "

struct static_key {
	int enabled;
	void *entries;
};

/* Both ways lead on, so that text does not depend on the key. */
#define BRANCH(key)                                                                                \
	asm volatile("1: .byte 0x0f,0x1f,0x44,0x00,0x00\n2:\n"                                      \
		     ".pushsection __jump_table,\"aw\"\n .balign 8\n"                              \
		     " .long 1b - .\n .long 2b - .\n .quad %c0 - .\n.popsection"                   \
		     :                                                                             \
		     : "i"(&(key)))

#define STATIC_CALL(key)                                                                           \
	asm volatile("1: call outside\n.pushsection .static_call_sites,\"aw\"\n"                   \
		     " .long 1b - .\n .long " #key " - .\n.popsection")

/* static_cpu_has(): the slow way lies in .altinstr_aux. */
#define CPU_HAS(bit)                                                                               \
	asm volatile("1: jmp 6f\n2:\n.pushsection .altinstr_aux,\"ax\"\n"                          \
		     "6: testb $" STRING(bit) ", outside(%rip)\n jnz 2b\n jmp 2b\n.popsection")

#define INITCALL(function)                                                                         \
	asm(".section \".initcall6.init\",\"a\"\n .long " #function " - .\n.previous")

#define EXPORT(symbol)                                                                             \
	asm(".section \"___ksymtab_gpl+" #symbol "\",\"a\"\n .balign 4\n"                          \
	    " .long " #symbol " - .\n .long 0\n .long 0\n.previous")

/* As from 6.5 on: what tells exports apart is their labels. */
#define EXPORT_LABELLED(symbol, licence)                                                           \
	asm(".section .export_symbol,\"a\"\n__export_symbol_" #symbol ":\n .asciz \"" licence "\"\n"  \
	    " .asciz \"\"\n .balign 8\n .quad " #symbol "\n.previous")

/* pr_debug() with its descriptor. */
struct ddebug {
	const char *module, *function, *file, *format;
	unsigned int line : 18, class : 6, flags : 8;
	long key[2];
};
#define DESCRIPTOR_(id) __UNIQUE_ID_ddebug##id
#define DESCRIPTOR(id) DESCRIPTOR_(id)
#define DEBUG_(name, format)                                                                       \
	do {                                                                                       \
		static struct ddebug name __attribute__((section("__dyndbg"), aligned(8), used)) = \
			{ "m", __func__, __FILE__, format, __LINE__, 63, 0, { 0, 0 } };            \
		if (name.key[0])                                                                   \
			printk(format, &name);                                                     \
	} while (0)
#define DEBUG(format) DEBUG_(DESCRIPTOR(__COUNTER__), format)

/* A message once: the flag lies in a section that -fdata-sections does not split. */
#define ONCE(text)                                                                                 \
	do {                                                                                       \
		static _Bool __attribute__((section(".data.once"))) __already_done;                \
		if (!__already_done) {                                                             \
			__already_done = 1;                                                        \
			printk(text);                                                              \
		}                                                                                  \
	} while (0)

/* What include/kmend/hooks.h makes of KMEND_PRE_APPLY(function) and its like. */
struct kmend_hook {
	int (*call)(void);
	const char *name;
	unsigned int stage, order;
};

#define HOOK(stage, function)                                                                      \
	static const struct kmend_hook hook_##stage##_##function                                   \
		__attribute__((used, section(".kmend.hooks"), aligned(8))) = { (int (*)(void))function, #function, stage, __COUNTER__ }
