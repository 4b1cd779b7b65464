/* SPDX-License-Identifier: ISC */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

/* Time.  clock_boot* never jumps and counts suspended time (CLOCK_BOOTTIME);
 * clock_wall is for people, mail headers and files that outlive a boot. */
#include <stddef.h>
#include <stdint.h>

uint64_t clock_boot_ms(void);
uint64_t clock_boot_s(void);
uint64_t clock_wall_s(void);

#define CLOCK_RFC5322_SIZE 40 /* bytes, NUL included */
/* "Fri, 20 Nov 2026 19:21:16 +0000" for RFC 5322 section 3.3; UTC unless the
 * process has read a time zone. */
void clock_rfc5322(char out[CLOCK_RFC5322_SIZE], uint64_t wall_s);

#endif
