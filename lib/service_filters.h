/* SPDX-License-Identifier: ISC */
#ifndef LIB_SERVICE_FILTERS_H
#define LIB_SERVICE_FILTERS_H

/* Which system call filters a row of conf-services has. */
#include <stdbool.h>
#include "lib/confine_filter.h"
#include "lib/service.h"

#define SERVICE_GROUPS_MAX 16

enum service_filter {
	SERVICE_FILTER_OWN,    /* sys: the daemon */
	SERVICE_FILTER_PARENT, /* the same and what starts a program: a listener's */
	SERVICE_FILTER_CHILD,  /* child: who gives up more */
	SERVICE_FILTERS
};

/* Its groups, NULL-ended.  false: the row has no such filter. */
bool service_filter_groups(const char *groups[SERVICE_GROUPS_MAX + 1],
    const struct service_row *row, enum service_filter which);
/* They as one line, a space between.  0, or -1: too long. */
int service_filter_text(
    char text[CONFINE_GROUPS_TEXT], const char *const *groups);
/* The filter, for confine_install; never NULL (ends the program). */
const struct confine_filter *service_filter(
    const struct service_row *row, enum service_filter which);

#endif
