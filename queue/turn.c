/* SPDX-License-Identifier: ISC */
#include "queue/turn.h"

#include "lib/log.h"
#include "queue/intake.h"
#include "queue/local.h"
#include "queue/loop.h"
#include "queue/redeem.h"
#include "queue/remote.h"
#include "queue/round.h"
#include "queue/schedule.h"
#include "queue/stray.h"
#include "queue/work.h"

#define TICK_MS  250  /* between looks at what is slow */
#define LOOK_MS  1000 /* between looks at etc/lifetime and its like */
#define WRITE_MS 5000 /* between tries of a write that failed */
#define READ_MS  10000 /* between looks at the limits */

static void
tick(void)
{
	static uint64_t ticked, wrote, looked, settings;

	if (loop_now() - ticked >= TICK_MS) {
		ticked = loop_now();
		intake_tick();
		redeem_tick();
	}
	if (loop_now() - looked >= LOOK_MS) {
		looked = loop_now();
		schedule_refresh(&round_schedule);
	}
	if (loop_now() - wrote >= WRITE_MS) {
		wrote = loop_now();
		round_retry_writes();
		stray_retry();
	}
	if (loop_now() - settings >= READ_MS) {
		settings = loop_now();
		intake_read();
	}
}

void
turn(void)
{
	loop_wait(work_timeout(
	    local_waiting() || remote_waiting() || intake_cutting() ||
		    redeem_waiting()
		? TICK_MS
		: TURN_MS));
	tick();
	work_run();
	do { /* what one step frees or starts is another one's work */
		round_run();
		local_pump();
		remote_pump();
	} while (round_pending());
	log_release(); /* loop_wait holds it */
}
