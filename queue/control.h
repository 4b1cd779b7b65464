/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_CONTROL_H
#define QUEUE_CONTROL_H

/* The protocol of run/queue/control (root, p-admin): queuectl's.
 *
 *   op version ids sender domain state older
 *       ops 'L' list, 'W' show, 'R' retry, 'H' hold, 'U' release, 'D' drop,
 *       'B' bounce.  Which messages: ids, each ended by NUL (""  : all), and of
 *       them those that fit what is not "": sender (an address, "<>" the null
 *       one), domain (of some recipient), state, older (seconds, 0: any)
 *   'T' version              stats -> 'Y' name value name value ...
 *   'K' as above, ids: 'U' those that are not in the queue, each ended by NUL
 * Answers to L and W, for each message:
 *   'M' id sender state origin ip account uid accepted next size age attempts
 *   'N' id, then for as many targets as fit: address status class reply host
 *       text when (class "": no answer yet; when: wall seconds), more 'N' follow
 * 'P' (a second after another without an answer): still reading; wait on;
 * and at the end of every operation 'E' count left: messages it was about, and
 * those it left alone: R the held ones, U the others; 'X' reason instead: not done.  The list is as the queue is while it is read. */
#include <stddef.h>
#include <stdint.h>
#include "lib/addr.h"
#include "lib/msg.h"
#include "lib/service.h"
#include "queue/queue.h"

#define CONTROL_MSG_MAX     65536
#define CONTROL_IDS_MAX     60000 /* bytes of ids in a request */
#define CONTROL_SESSIONS_MAX 16
#define CONTROL_CHUNK       50    /* messages read at once */
#define CONTROL_LOOKS       5000  /* messages looked at for a chunk */
#define CONTROL_PROGRESS_MS 1000
#define CONTROL_TIMEOUT_MS  30000 /* queuectl's patience between answers */

struct control_request {
	char op;
	const char *ids; /* into the packet */
	size_t ids_len;
	char sender[ADDR_MAX + 1];
	char domain[ADDR_DOMAIN_MAX + 1];
	char state[16];
	uint64_t older;
};
long control_request_make(char *buf, size_t size,
    const struct control_request *q);
int control_request_scan(struct control_request *q, const char *packet,
    size_t len); /* 0 or -1 (EPROTO) */

struct control_message {
	char id[QUEUE_ID_MAX];
	char sender[ADDR_MAX + 1];
	char state[16], origin[33], ip[65], account[ADDR_MAILBOX_MAX + 1];
	uint64_t uid, accepted, next, size, age, attempts;
};
void control_message_put(struct msg_writer *w,
    const struct control_message *m);
int control_message_get(struct control_message *m, struct msg_reader *r);

struct control_target {
	char address[ADDR_MAX + 1];
	char status[2], class[2], reply[16];
	char host[321], text[1025];
	uint64_t when;
};
/* Bytes that one target may take in a packet. */
#define CONTROL_TARGET_BYTES 1800
void control_target_put(struct msg_writer *w, const struct control_target *t);
int control_target_get(struct control_target *t, struct msg_reader *r);

/* Serves listener 2 of the service.  0 or -1. */
int control_listen(struct service *sv);

#endif
