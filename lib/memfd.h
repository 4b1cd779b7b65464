/* SPDX-License-Identifier: ISC */
#ifndef LIB_MEMFD_H
#define LIB_MEMFD_H

#include <fcntl.h>
#include <stddef.h>

/* Nothing about such a memfd can change any more. */
#define MEMFD_SEALS                                                            \
	(F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

/* A sealed memfd with these bytes, or -1. */
int memfd_sealed(const char *name, const char *data, size_t len);

#endif
