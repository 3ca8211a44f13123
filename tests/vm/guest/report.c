// SPDX-License-Identifier: GPL-2.0
/*
 * Writes frames to the result channel: "TOKEN KIND TEXT\n" on the guest's second serial port.
 *
 *	report KIND [TEXT...]     one frame
 *	report -f KIND            one frame for each line of standard input
 *
 * The kernel never writes to that port, and the token is random for each run, so nothing but this program makes
 * frames. One write() is one frame: a tty takes a short write as a whole, so frames of several writers cannot mix.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define VM_CHANNEL "/dev/ttyS1"
#define VM_TOKEN "/kmend-vm/token"
#define VM_FRAME_MAX 1000 /* below the 2048 bytes that a tty takes in one piece */

static char token[80];
static int channel = -1;

static void vm_frame(const char *kind, const char *text)
{
	char frame[VM_FRAME_MAX + 2];
	int size = snprintf(frame, VM_FRAME_MAX, "%s %s %s", token, kind, text);

	if (size >= VM_FRAME_MAX)
		size = VM_FRAME_MAX - 1;
	for (int i = 0; i < size; i++)
		if ((unsigned char)frame[i] < ' ' && frame[i] != '\t')
			frame[i] = ' ';
	frame[size++] = '\n';
	if (write(channel, frame, (size_t)size) != size)
		exit(2);
}

static int vm_open(void)
{
	struct termios mode;
	FILE *file = fopen(VM_TOKEN, "r");

	if (!file || !fgets(token, sizeof(token), file))
		return -1;
	fclose(file);
	token[strcspn(token, "\n")] = '\0';
	channel = open(VM_CHANNEL, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (channel < 0)
		return -1;
	if (tcgetattr(channel, &mode) == 0 && (mode.c_oflag & OPOST)) {
		cfmakeraw(&mode);
		tcsetattr(channel, TCSANOW, &mode);
	}
	return 0;
}

int main(int argc, char **argv)
{
	char text[VM_FRAME_MAX] = "";

	if (argc < 2 || vm_open())
		return 2;
	if (strcmp(argv[1], "-f") == 0 && argc == 3) {
		while (fgets(text, sizeof(text), stdin)) {
			text[strcspn(text, "\n")] = '\0';
			vm_frame(argv[2], text);
		}
		return 0;
	}
	for (int i = 2; i < argc; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%s", i > 2 ? " " : "", argv[i]);
	}
	vm_frame(argv[1], text);
	return 0;
}
