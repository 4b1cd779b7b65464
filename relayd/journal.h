/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_JOURNAL_H
#define RELAYD_JOURNAL_H

/* log/relayd/windows: what a restart must not forget.
 *
 * Records of JOURNAL_RECORD bytes, appended with one write each, so that a
 * killed relayd loses nothing; a thread of journal_sync.c brings them to the
 * disk at most once a second.  Numbers are little-endian:
 *
 *   0  type: 'H' start, 'O' opened or renewed, 'C' closed, 'B' budget spent
 *   1  version   2  0   4  seconds left ('O'), recipients ('B')
 *   8  wall clock, seconds   16  CLOCK_BOOTTIME, seconds
 *   20 end of the window on that clock ('O'); seconds since the spending ('B')
 *   24 address, masked ('O', 'C'); the boot's id ('H')
 *   40 mailbox, zero-padded ('O', 'C'); the budget's key ('B')
 *   72 SipHash-2-4 of the rest under a fixed key: against damage, not malice
 *
 * Read at the start: after the same boot's id the ends on its clock hold; after
 * another's, what was left when it was written, less the wall time since, never
 * more; a wall clock before the newest record's closes every window.  From the
 * first damaged record on only closings count.  A file that has doubled is written
 * anew.  On a full disk a closing that cannot be written empties the file. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/ip.h"
#include "relayd/budgets.h"

#define JOURNAL_PATH      "log/relayd/windows"
#define JOURNAL_RECORD    80 /* bytes */
#define JOURNAL_GROW_MIN  4194304 /* bytes, before it is written anew */
#define JOURNAL_RETRY_MS  10000 /* after a full disk */
#define JOURNAL_BOOT_SIZE 16 /* bytes of a boot's id */

struct journal_record {
	char type;
	uint32_t n, boot, ends;
	uint64_t wall;
	unsigned char ip[16];
	char key[ADDR_MAILBOX_MAX];
};
void journal_encode(unsigned char out[JOURNAL_RECORD],
    const struct journal_record *r);
/* 1, or 0: damaged. */
int journal_decode(struct journal_record *r,
    const unsigned char in[JOURNAL_RECORD]);

struct journal_clock {
	uint64_t wall; /* seconds */
	uint32_t boot; /* seconds */
	unsigned char boot_id[JOURNAL_BOOT_SIZE];
};
/* What a start restores, in order; left: seconds (0: closed). */
struct journal_restore {
	void (*window)(void *arg, const struct ip *ip, const char *mailbox,
	    uint32_t left);
	void (*budget)(void *arg, const struct budget_key *key, uint32_t ago,
	    uint32_t n);
	void (*close_all)(void *arg); /* the wall clock went back */
	void *arg;
};
/* Reads path, calls restore.  1; 0: no file; -1.  Logs damage. */
int journal_load(const char *path, const struct journal_clock *now,
    const struct journal_restore *restore);
/* /proc/sys/kernel/random/boot_id, before confinement.  0 or -1. */
int journal_boot_id(unsigned char id[JOURNAL_BOOT_SIZE]);

struct journal {
	const char *path;       /* borrowed */
	unsigned char boot_id[JOURNAL_BOOT_SIZE];
	int fd, fresh;          /* the file; the one being written anew; -1 */
	uint64_t size, base;    /* bytes: now; when it was last written anew */
	uint64_t failed_ms;     /* 0: it works */
	uint64_t lost;          /* records that could not be written */
	struct journal_sync *sync;
	/* calls journal_opened and journal_spent for all there is */
	void (*snapshot)(void *arg, struct journal *j);
	void *arg;
	unsigned char *batch; /* of a snapshot being written to fresh, or NULL */
	size_t batched;
	bool batch_failed;
	const struct journal_clock *now; /* borrowed: kept current by relay.c */
};
/* Writes it anew from the snapshot.  0, or -1: journal_tick tries again. */
int journal_start(struct journal *j);
void journal_opened(struct journal *j, const struct ip *ip,
    const char mailbox[ADDR_MAILBOX_MAX], uint32_t ends);
void journal_closed(struct journal *j, const struct ip *ip,
    const char mailbox[ADDR_MAILBOX_MAX]);
/* The second key may be NULL; one write. */
void journal_spent(struct journal *j, const struct budget_key *a,
    const struct budget_key *b, uint32_t ago, uint32_t n);
/* On the disk before the answer: after closings that somebody asked for. */
void journal_settle(struct journal *j);
/* Now and then: starts and ends the writing anew, tries again. */
void journal_tick(struct journal *j, uint64_t now_ms);
void journal_stop(struct journal *j);

#endif
