/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_PRINTABLE_H
#define QUEUE_PRINTABLE_H

/* What a deliverer says goes into bounces as it is: a line end in it would
 * write header lines there. */
static inline void
printable(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

#endif
