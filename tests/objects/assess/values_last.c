// SPDX-License-Identifier: GPL-2.0
// A name is put in before the last one, which is a state like the others: who has it stored means another one now.
// = verdict hotpatch+hook
// = values-moved:state
// ~ DONE was 1 and is 2
#include "../kernel.h"

enum state {
	INVALID = -1,
	IDLE,
#ifdef POST
	PAUSED,
#endif
	DONE,
};
struct job {
	enum state state;
};
int f(struct job *job)
{
#ifdef POST
	if (job->state == PAUSED)
		return 1;
#endif
	return outside(job->state == DONE);
}
