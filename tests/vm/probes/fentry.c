// SPDX-License-Identifier: GPL-2.0
/*
 * A BPF program at a function's entry or exit, by raw system calls:
 *
 *	fentry entry|exit FUNCTION FIFO    attaches it, prints "attached", reads from FIFO, prints how often it ran
 *
 * The program does nothing; the kernel counts its runs (BPF_ENABLE_STATS). Exit status 2, and the reason, if it cannot be
 * attached.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 2;
}

/* What follows a type, by its kind. */
static size_t extra(const struct btf_type *type)
{
	size_t n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return n * 8;
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return n * 12;
	default:
		return 0;
	}
}

static uint32_t find_function(const char *name)
{
	static uint8_t data[16 << 20];
	const struct btf_header *header = (const void *)data;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);
	size_t size = 0, at;
	ssize_t n;
	uint32_t id;

	while (fd >= 0 && size < sizeof(data) && (n = read(fd, data + size, sizeof(data) - size)) > 0)
		size += n;
	close(fd);
	if (size < sizeof(*header))
		return 0;
	at = header->hdr_len + header->type_off;
	for (id = 1; at < header->hdr_len + header->type_off + header->type_len; id++) {
		const struct btf_type *type = (const void *)(data + at);
		const char *text = (const char *)data + header->hdr_len + header->str_off + type->name_off;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC && !strcmp(text, name))
			return id;
		at += sizeof(*type) + extra(type);
	}
	errno = ENOENT;
	return 0;
}

int main(int argc, char **argv)
{
	/* r0 = 0; exit */
	struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = { .enable_stats.type = BPF_STATS_RUN_TIME };
	struct bpf_prog_info info = { 0 };
	int fd, gate;
	char byte;

	if (argc != 4)
		return 2;
	if (bpf(BPF_ENABLE_STATS, &attributes) < 0)
		return die("statistics");
	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_TRACING;
	attributes.expected_attach_type = strcmp(argv[1], "exit") ? BPF_TRACE_FENTRY : BPF_TRACE_FEXIT;
	attributes.attach_btf_id = find_function(argv[2]);
	attributes.insns = (uintptr_t)program;
	attributes.insn_cnt = 2;
	attributes.license = (uintptr_t) "GPL";
	if (!attributes.attach_btf_id)
		return die("no such function");
	fd = bpf(BPF_PROG_LOAD, &attributes);
	if (fd < 0)
		return die("load");
	memset(&attributes, 0, sizeof(attributes));
	attributes.raw_tracepoint.prog_fd = fd;
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attributes) < 0)
		return die("attach");
	puts("attached");
	fflush(stdout);
	gate = open(argv[3], O_RDONLY);
	if (gate < 0 || read(gate, &byte, 1) < 0)
		return die(argv[3]);
	memset(&attributes, 0, sizeof(attributes));
	attributes.info.bpf_fd = fd;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = (uintptr_t)&info;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) < 0)
		return die("information");
	printf("%llu\n", (unsigned long long)info.run_cnt);
	return 0;
}
