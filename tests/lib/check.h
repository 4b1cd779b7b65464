/* SPDX-License-Identifier: ISC */
#ifndef TESTS_LIB_CHECK_H
#define TESTS_LIB_CHECK_H

/* Checks of the unit tests: CHECK counts and says where; CHECK_DONE prints
 * "N passed, N failed" and gives the exit code.  NAME is the row under test. */
#include <stdio.h>
#include <stdlib.h>

static int check_passed, check_failed;

#define CHECK(name, cond)                                                      \
	do {                                                                   \
		if (cond) {                                                    \
			check_passed++;                                        \
		} else {                                                       \
			check_failed++;                                        \
			fprintf(stderr, "%s:%d: not ok: %s: %s\n", __FILE__,   \
			    __LINE__, (name), #cond);                          \
		}                                                              \
	} while (0)

#define CHECK_DONE()                                                           \
	(printf("%d passed, %d failed\n", check_passed, check_failed),         \
	    check_failed || !check_passed)

#endif
