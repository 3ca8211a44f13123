// SPDX-License-Identifier: GPL-2.0
/* Functions that tasks are known to sleep in, though their own code does not show it. */
#include <string.h>

#include "internal.h"

/*
 * Functions whose sleep ends by what users do, so that on an ordinary machine somebody is in them: shells wait for
 * children, servers for connections. By reading Linux 6.1; where each sleeps stands beside it.
 */
static const struct {
	const char *name;
	const char *where;
	bool always; /* every task that sleeps at all is in it */
} known[] = {
	{ "__schedule", "kernel/sched/core.c: every sleeping task is here", true },
	{ "schedule", "kernel/sched/core.c: every sleeping task is here", true },
	{ "do_idle", "kernel/sched/idle.c: every idle CPU is here", true },
	{ "cpu_startup_entry", "kernel/sched/idle.c: every idle CPU is here", true },
	{ "kthread", "kernel/kthread.c: every kernel thread is here", true },
	{ "schedule_timeout", "kernel/time/timer.c: whoever sleeps with a timeout", false },
	{ "schedule_hrtimeout_range", "kernel/time/hrtimer.c: whoever sleeps with a timeout", false },
	{ "schedule_hrtimeout_range_clock", "kernel/time/hrtimer.c: whoever sleeps with a timeout", false },
	{ "do_wait", "kernel/exit.c: wait4() and waitid()", false },
	{ "kernel_wait4", "kernel/exit.c: wait4()", false },
	{ "do_poll", "fs/select.c: poll()", false },
	{ "do_sys_poll", "fs/select.c: poll()", false },
	{ "do_select", "fs/select.c: select()", false },
	{ "core_sys_select", "fs/select.c: select()", false },
	{ "ep_poll", "fs/eventpoll.c: epoll_wait()", false },
	{ "do_epoll_wait", "fs/eventpoll.c: epoll_wait()", false },
	{ "futex_wait", "kernel/futex/waitwake.c: locks and condition variables of threads", false },
	{ "futex_wait_queue", "kernel/futex/waitwake.c: locks and condition variables of threads", false },
	{ "do_futex", "kernel/futex/syscalls.c: locks and condition variables of threads", false },
	{ "do_nanosleep", "kernel/time/hrtimer.c: nanosleep()", false },
	{ "hrtimer_nanosleep", "kernel/time/hrtimer.c: nanosleep()", false },
	{ "do_sigtimedwait", "kernel/signal.c: sigtimedwait()", false },
	{ "pipe_read", "fs/pipe.c: read() of an empty pipe", false },
	{ "n_tty_read", "drivers/tty/n_tty.c: read() of a terminal", false },
	{ "tty_read", "drivers/tty/tty_io.c: read() of a terminal", false },
	{ "inet_csk_accept", "net/ipv4/inet_connection_sock.c: accept()", false },
	{ "unix_stream_read_generic", "net/unix/af_unix.c: recv() of a stream", false },
	{ "__skb_wait_for_more_packets", "net/core/datagram.c: recv() of a datagram", false },
	{ "sk_wait_data", "net/core/sock.c: recv() of a stream", false },
	{ "__skb_recv_datagram", "net/core/datagram.c: recv() of a datagram", false },
	{ "udp_recvmsg", "net/ipv4/udp.c: recv() of a datagram", false },
	{ "__unix_dgram_recvmsg", "net/unix/af_unix.c: recv() of a datagram", false },
	{ "netlink_recvmsg", "net/netlink/af_netlink.c: recv() of a message of the kernel", false },
	{ "packet_recvmsg", "net/packet/af_packet.c: recv() of a packet", false },
	{ "tcp_recvmsg", "net/ipv4/tcp.c: recv() of a stream", false },
	{ "tcp_recvmsg_locked", "net/ipv4/tcp.c: recv() of a stream", false },
	{ "inet_recvmsg", "net/ipv4/af_inet.c: recv()", false },
	{ "unix_accept", "net/unix/af_unix.c: accept()", false },
	{ "svc_recv", "net/sunrpc/svc_xprt.c: threads of NFS that wait for a request", false },
	{ "fuse_dev_do_read", "fs/fuse/dev.c: a file system in user space that waits for a request", false },
	{ "io_cqring_wait", "io_uring/io_uring.c: io_uring_enter()", false },
	{ "wq_sleep", "ipc/mqueue.c: mq_receive()", false },
	{ "do_msgrcv", "ipc/msg.c: msgrcv()", false },
	{ "__do_semtimedop", "ipc/sem.c: semop()", false },
	{ "evdev_read", "drivers/input/evdev.c: read() of an input device", false },
	{ "tun_do_read", "drivers/net/tun.c: read() of a tunnel", false },
	{ "fanotify_read", "fs/notify/fanotify/fanotify_user.c: read() of a fanotify descriptor", false },
	{ "userfaultfd_ctx_read", "fs/userfaultfd.c: read() of a userfaultfd", false },
	{ "handle_userfault", "fs/userfaultfd.c: whoever waits for a page", false },
	{ "kvm_vcpu_block", "virt/kvm/kvm_main.c: processors of virtual machines", false },
	{ "kvm_arch_vcpu_ioctl_run", "arch/x86/kvm/x86.c: processors of virtual machines", false },
	{ "eventfd_read", "fs/eventfd.c: read() of an eventfd", false },
	{ "signalfd_dequeue", "fs/signalfd.c: read() of a signalfd", false },
	{ "timerfd_read", "fs/timerfd.c: read() of a timerfd", false },
	{ "inotify_read", "fs/notify/inotify/inotify_user.c: read() of an inotify descriptor", false },
	{ "do_syslog", "kernel/printk/printk.c: syslog()", false },
	{ "devkmsg_read", "kernel/printk/printk.c: read() of /dev/kmsg", false },
	{ "do_syscall_64", "arch/x86/entry/common.c: every task in a system call", true },
	{ "vfs_read", "fs/read_write.c: every read() that sleeps", false },
	{ "ksys_read", "fs/read_write.c: every read() that sleeps", false },
	{ "sigsuspend", "kernel/signal.c: sigsuspend()", false },
};

/* Does the kernel trace a function? Only then can tasks be let over one by one. */
static bool is_traced(const struct kmend_delta *delta, const struct kmend_item *item)
{
	for (size_t i = 0; i < delta->pre->nr_sections; i++) {
		const struct kmend_section *section = &delta->pre->sections[i];

		for (size_t j = 0; !strcmp(section->name, "__mcount_loc") && j < section->nr_relocations; j++) {
			struct kmend_referent site = { 0 };

			if (kmend_delta_refer(delta, KMEND_SIDE_PRE, section, &section->relocations[j], &site, NULL) >=
				    0 &&
			    site.kind == KMEND_REFERENT_ITEM && site.item == item)
				return true;
		}
	}
	return false;
}

void stay_known(const struct kmend_delta *delta, const struct kmend_item *item, struct facts *facts)
{
	for (size_t i = 0; i < KMEND_ARRAY_SIZE(known); i++) {
		size_t stem = strcspn(item->name, ".");

		if (strlen(known[i].name) == stem && !strncmp(known[i].name, item->name, stem))
			fact_add(facts,
				 !known[i].always	  ? "sleeps-inside"
				 : is_traced(delta, item) ? "never-leaves"
							  : "never-switched",
				 delta->unit, item->name, 0, "%s: %s(): %s", delta->unit, item->name, known[i].where);
	}
}
