/* SPDX-License-Identifier: ISC */
#include "pop3d/scratch.h"

char scratch[SCRATCH_SIZE] __attribute__((aligned(64)));
