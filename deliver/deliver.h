/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

/* The protocols of run/deliver/local, usage, remote and resolver.
 *
 * local (queued).  A connection is a worker process.  queued may send many jobs
 * before it reads answers; the worker takes what is there as a batch (at most
 * DELIVER_BATCH_MAX), does all, syncs once, answers all, in any order.
 *   'D' version job id path sender recipient offset size time head
 *       + the message, read-only: LF line ends, from offset, size bytes.  job: a
 *       number of queued's; id: the root message's; path: the way of aliases and
 *       forwards to here ("" at first: the addresses before this one, a blank
 *       between them); the Maildir name is of id, path and recipient: an address,
 *       or a mailbox name (no '@': no forwards any more); time: when it was
 *       accepted; head: header lines that stand in front of this copy, LF ends
 *   'S' job mailbox name       tmp/name is written and durable
 *   'K' job mailbox            taken and durable, nothing is staged: a command
 *   'X' job kind sender away head key mailbox targets   not for a mailbox alone:
 *       kind "remote", "forward", "list", "verp" (a list, each target in the
 *       sender), "srs" (a bounce, back); sender: the envelope sender to go on with;
 *       away: the one where a target is elsewhere, "": the same; head: as in 'D';
 *       key: not "": {address} and {token} (lib/token.h: key, address) of head are
 *       filled in; mailbox: whose forward it is (to fall back on), or ""; targets:
 *       addresses and mailbox names, each ended by NUL (QUEUE_INLINE_MAX; longer:
 *       a sealed memfd, targets "")
 *   'M' job mailbox recipient   as 'K', as soon as the message in the sealed memfd
 *       with it (DELIVER_ANSWER_MAX bytes), an answer from <>, is in the queue
 *   'T' job text               local fault: defer, the clock stands still
 *   'N' job status text        for good: "5.1.1", "5.4.6" (loop) ...
 *   'R' version job mailbox name   rename: tmp/name to new/name where it is still
 *       in tmp; not there: done before.  Durable -> 'K' or 'M'; 'G' job mailbox:
 *       not there, but the folder is new or tmp tidied (a day old): deliver again
 *   'C', 'H', 'L' as 'D', 'S', 'R', but the file has no name: its descriptor comes
 *       with 'H' and 'L', which links it to new/, once; no answer: ask again
 *   'B' request...   up to DELIVER_BUNDLE_MAX of one message: its descriptor first,
 *       where there is a 'D' or 'C', then each one's own; or as many answers
 *   'U' version job mailbox name   undo: unlink tmp/name -> 'K' job mailbox
 *
 * usage (smtpd): 'Q' version mailbox size -> 'Y' used quota / 'N' used quota
 *   (it would not fit) / 'T' reason;  'A' version address sender -> 'Y' "" / 'N'
 *   text (5.7.2 ...) / 'T' reason: may it write to a list, is the SRS address ours?
 *   admind: 'U' version mailbox -> 'Y' bytes messages / 'T' reason; 'P' version
 *   mailbox (purge its folder; it is in no table any more) -> as 'U' / 'N' none
 *
 * remote (queued).  A connection is a worker process with one job at a time; it
 * keeps its SMTP connection for the next job to the same place.
 *   'W' version domain         where does this go -> 'Y' key: jobs with the same
 *       key go the same way ("smarthost", "route:...", the domain itself); always
 *       answered; recipients that a changed etc/ has moved elsewhere since come
 *       back from 'D' as 'L': ask 'W' again before the next attempt
 *   'D' version job id domain sender recipients flags offset size head
 *       + the message; recipients: NUL-ended, all with this key; descriptor 1
 *       as in queue.h for long lists; flags: "8" 8-bit body, "s" submitted here
 *   'P' job index class status host text    of each recipient, once known; class:
 *       'K' taken, 'T' try later, 'N' refused, 'L' local fault; status: RFC 3463;
 *       host: "name[ip]" or ""; text: the reply, printable, DELIVER_TEXT_MAX
 *   'A' job place account text  "name:port" gave no login as auth=ACCOUNT
 *   'E' job slow text          all are answered; slow: seconds the place should
 *       be left alone (0: none) and why: no session, 421 to MAIL
 *
 * resolver (deliver-remote, smtpd): several requests a connection, in order.
 *   'M' version domain         the mail hosts, best first, addresses included
 *   'A' version host           its addresses, IPv6 and IPv4
 *   'P' version ip             its names (PTR), each confirmed forward
 *   'L' version port host      TLSA records
 *   'Y' status secure then for each host: preference name count and that many
 *       ips (M, A; A has one host), or names (P), or "usage selector type
 *       hexdata" (L)
 *   status: found, nullmx, nxdomain, nodata, temp, bogus.  secure: "1" where
 *   DNSSEC proved the whole chain.  Only "found" carries records; M falls back
 *   to the domain's own addresses (RFC 5321 section 5.1) by itself. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/ip.h"

#define DELIVER_VERSION     1
#define DELIVER_MSG_MAX     65536
#define DELIVER_BATCH_MAX   256
#define DELIVER_BUNDLE_MAX  32    /* requests or answers in one packet */
#define DELIVER_TEXT_MAX    400   /* bytes */
#define DELIVER_HEAD_MAX    8192  /* bytes of header lines in front */
#define DELIVER_ANSWER_MAX  262144 /* bytes of an automatic answer */
#define DELIVER_TOKEN_LEN   16    /* characters of {token} */
#define DELIVER_HOST_MAX    320   /* bytes of "name[ip]" */
#define DELIVER_ACCOUNT_MAX 63    /* bytes of auth=NAME */
#define DELIVER_TIMEOUT_MS  10000 /* smtpd's patience with usage */
#define DELIVER_PURGE_MS    600000
#define RESOLVER_TIMEOUT_MS 30000 /* the callers'; for a name that is only shown: */
#define RESOLVER_PTR_TIMEOUT_MS 5000
#define RESOLVER_HOSTS_MAX  32    /* of one answer */
#define RESOLVER_ADDRS_MAX  16    /* of one host */
#define RESOLVER_NAME_MAX   255   /* bytes of a host name */

#define DELIVER_LOCAL_PATH    "run/deliver/local"
#define DELIVER_USAGE_PATH    "run/deliver/usage"
#define DELIVER_REMOTE_PATH   "run/deliver/remote"
#define DELIVER_RESOLVER_PATH "run/deliver/resolver"

/* smtpd's: does a message of size bytes fit?  1 yes, 0 no, -1 cannot tell, 2: it
 * never will, it is larger than the whole mailbox. */
int deliver_usage(const char *mailbox, uint64_t size);
/* 'U' above, on a kept connection: *fd, -1 at first.  0 or -1. */
int deliver_usage_all(int *fd, const char *mailbox, uint64_t *bytes, uint64_t *n);
int deliver_purge(const char *mailbox); /* 'P': 1, 0 there is none, -1 */
/* ... and: 'A' above; why: DELIVER_TEXT_MAX + 1 bytes for the text of 0. */
int deliver_may(const char *address, const char *sender, char *why);

/* The first confirmed name of ip, or "" (also when it cannot be told). */
void resolver_ptr(char name[RESOLVER_NAME_MAX + 1], const struct ip *ip);

struct line_errors; /* etccheck's: */
void deliver_etc_check(struct line_errors *errors);

#endif
