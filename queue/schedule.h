/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

/* When to try again, and when to give up.  Settings, each one number in etc/:
 *   retry         seconds before the first retry; the others grow from it
 *   lifetime      seconds a message is tried; faults of our own do not count
 *   delay-notice  seconds until the sender is told of a delay; 0: never */
#include <stdbool.h>
#include <stdint.h>

#define RETRY_MAX_FACTOR     240    /* intervals grow to 4 hours of 60 s */
#define LOCAL_FAULT_FACTOR   5      /* own faults: never more than 5 minutes */

struct schedule {
	uint64_t retry_ms, lifetime_s, notice_s;
};
/* Reads those settings whose file has changed.  s zeroed: all. */
void schedule_refresh(struct schedule *s);
/* Milliseconds until the try after so many, within +-12 % by jitter (any
 * number); local: it was a fault of our own. */
uint64_t schedule_interval(const struct schedule *s, unsigned attempts,
    bool local, uint32_t jitter);
/* A number for the jitter. */
uint32_t schedule_random(void);

#endif
