/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_FROM_H
#define SMTPD_FROM_H

#include "lib/sa.h"

/* Parses the body of a From field that must hold exactly one address: comments,
 * quoted strings and folds understood, groups, routes and lists refused.  addr:
 * the address as written, NUL behind it.  1, or 0: *why. */
int from_parse(stralloc *addr, const char *s, size_t len, const char **why);

#endif
