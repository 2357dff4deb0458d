// SPDX-License-Identifier: GPL-2.0
/*
 * The 64-bit program of the pair that compat32_test.c describes.
 */
#include "compat32_test.c"
