/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_NETS_SOURCE_H
#define CDB_TOOLS_NETS_SOURCE_H

/* etc/nets in memory: "192.0.2.0/24 allow", "2001:db8::/32 deny". */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/names.h"
#include "lib/ip.h"
#include "lib/line.h"

#define NETS_TEXT     "etc/nets"
#define NETS_TEXT_MAX ((size_t)64 << 20) /* bytes */
#define NETS_KEY      (1 + 16)           /* bits of 128, address */

struct nets {
	struct line_errors errors;
	struct names keys; /* NETS_KEY bytes each */
	bool *allow;       /* by key */
};

/* A file that cannot be read ends the program with 111. */
void nets_load(struct nets *n);
void nets_free(struct nets *n);

#endif
