/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_WINDOWS_HEAP_H
#define RELAYD_WINDOWS_HEAP_H

/* The order in which windows end: a binary heap of indices. */
#include "relayd/windows.h"

void windows_heap_add(struct windows *ws, uint32_t i);
void windows_heap_remove(struct windows *ws, uint32_t i);
/* Its expiry changed. */
void windows_heap_mend(struct windows *ws, uint32_t i);

#endif
