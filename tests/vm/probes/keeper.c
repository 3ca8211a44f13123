// SPDX-License-Identifier: GPL-2.0
/*
 * A process that holds sockets open all along, so that a test can see that they still work.
 *
 *	keeper start    leaves a server behind and returns when it listens
 *	keeper ask      has the server use its old sockets; prints "works PID ASKED" or what is wrong
 */
#include <errno.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct sockaddr_un keeper_address = { .sun_family = AF_UNIX, .sun_path = "\0kmend-keeper" };
#define KEEPER_ADDRESS_SIZE (offsetof(struct sockaddr_un, sun_path) + sizeof("\0kmend-keeper") - 1)

struct keeper_pair {
	int type;
	int end[2];
};

/* Send through the pair, look at what waits with the ioctl of the patched function, receive it again. */
static const char *keeper_use(const struct keeper_pair *pair)
{
	char word[8] = "";
	int waiting = 0;

	if (write(pair->end[0], "kept", 5) != 5)
		return "cannot send";
	if (ioctl(pair->end[1], SIOCINQ, &waiting) || waiting != 5)
		return "nothing waits";
	if (read(pair->end[1], word, sizeof(word)) != 5 || strcmp(word, "kept") != 0)
		return "cannot receive";
	return NULL;
}

static int keeper_serve(int listener, const struct keeper_pair *pairs, size_t nr_pairs)
{
	for (unsigned int asked = 1;; asked++) {
		int client = accept(listener, NULL, NULL);

		if (client < 0)
			return 1;
		for (size_t i = 0; i < nr_pairs; i++) {
			const char *wrong = keeper_use(&pairs[i]);

			if (wrong)
				dprintf(client, "broken: type %d: %s: %s\n", pairs[i].type, wrong, strerror(errno));
		}
		dprintf(client, "works %d %u\n", getpid(), asked);
		close(client);
	}
}

static int keeper_start(void)
{
	struct keeper_pair pairs[] = { { .type = SOCK_DGRAM }, { .type = SOCK_STREAM }, { .type = SOCK_SEQPACKET } };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (socketpair(AF_UNIX, pairs[i].type, 0, pairs[i].end))
			return 1;
	if (bind(listener, (const struct sockaddr *)&keeper_address, KEEPER_ADDRESS_SIZE) || listen(listener, 8))
		return 1;
	if (fork())
		return 0;
	prctl(PR_SET_NAME, "keeper");
	setsid();
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	return keeper_serve(listener, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static int keeper_ask(void)
{
	char answer[256];
	ssize_t size;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)&keeper_address, KEEPER_ADDRESS_SIZE)) {
		printf("broken: nobody listens: %s\n", strerror(errno));
		return 1;
	}
	while ((size = read(fd, answer, sizeof(answer))) > 0)
		fwrite(answer, 1, (size_t)size, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "start") == 0)
		return keeper_start();
	if (argc == 2 && strcmp(argv[1], "ask") == 0)
		return keeper_ask();
	return 2;
}
