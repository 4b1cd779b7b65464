/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_AUTH_H
#define SMTPD_AUTH_H

/* SMTP AUTH (RFC 4954), PLAIN (RFC 4616) and LOGIN.  The password goes to authd
 * and nowhere else. */
#include "smtpd/session.h"

#define AUTH_LINE_MAX 12288 /* bytes of an answer, RFC 4954 section 4 */
#define AUTH_RAW_MAX  1536  /* bytes of it decoded: all that can be right */

void auth_command(struct session *s, const char *arg);

#endif
