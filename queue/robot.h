/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_ROBOT_H
#define QUEUE_ROBOT_H

/* Did a program write it: a list, an autoresponder, a mailing?  Nobody waits for
 * it, and a list would take a notice of a delay for a dead member. */
#include <stdbool.h>
#include <stddef.h>

/* header: whole lines, LF ends.  True: it says so (List-..., Precedence: list,
 * bulk, junk; Auto-Submitted other than no, RFC 3834). */
bool robot_wrote(const char *header, size_t len);

#endif
