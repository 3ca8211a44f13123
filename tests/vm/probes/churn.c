// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that come and go:
 *
 *	churn load N          N processes make threads that end at once, until they are killed
 *	churn sleep N         N threads that sleep until they are killed; prints "ready" when all of them do
 *	churn leave           one thread called "leaver" ends; the process stays until it is killed
 *	churn wander N        N threads that sleep a little and change their CPU each time, until they are killed
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *end(void *unused)
{
	return unused;
}

static void *leave(void *unused)
{
	prctl(PR_SET_NAME, "leaver");
	return unused;
}

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *wander(void *argument)
{
	long nr_cpus = sysconf(_SC_NPROCESSORS_CONF);

	for (long turn = (long)argument;; turn++) {
		const struct timespec nap = { .tv_nsec = 1000000 + turn % 7 * 300000 };
		cpu_set_t cpus;

		CPU_ZERO(&cpus);
		CPU_SET(turn % nr_cpus, &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
		nanosleep(&nap, NULL);
	}
	return NULL;
}

static int start(void *(*run)(void *), long argument)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 16384);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	return pthread_create(&thread, &attributes, run, (void *)argument);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!strcmp(what, "load")) {
		while (--n > 0 && fork())
			;
		for (;;) {
			if (start(end, 0))
				usleep(1000);
			if (!fork())
				_exit(0);
			while (waitpid(-1, NULL, WNOHANG) > 0)
				;
		}
	}
	for (long i = 0; i < n; i++) {
		while (start(!strcmp(what, "wander") ? wander : !strcmp(what, "leave") ? leave : sleep_on, i))
			usleep(1000);
	}
	usleep(100000);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
