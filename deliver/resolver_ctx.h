/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_CTX_H
#define DELIVER_RESOLVER_CTX_H

/* A context of libunbound, set up as etc/ says; for resolver_dns.c alone. */
#include "deliver/resolver_conf.h"

struct ub_ctx;
/* Started up, or NULL with why. */
struct ub_ctx *resolver_ctx_make(char why[CONF_WHY_SIZE]);

#endif
