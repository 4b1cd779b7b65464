/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_TICKET_H
#define AUTHD_TICKET_H

/* What pop3d takes from authd to mailboxd after a right password: authd.h says
 * what it is.  authd keeps nothing of it. */
#include <stdint.h>
#include "authd/authd.h"

/* The descriptor to hand out, or -1. */
int ticket_make(const struct authd_login *login, uint64_t now_ms);

#endif
