/* SPDX-License-Identifier: ISC */
#ifndef POP3D_CAPA_H
#define POP3D_CAPA_H

/* What we can (RFC 2449), before and after the login; after it passwords stay in
 * the list (sections 6.2, 6.3: no differences), since they were in before. */
#include <stdbool.h>
#include "pop3d/reply.h"

void capa_say(struct reply *r, bool passwords, bool stls);

#endif
