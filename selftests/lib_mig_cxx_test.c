// SPDX-License-Identifier: GPL-2.0
/*
 * The program with stubs in C++ of the pair that lib_mig_test.c describes.
 */
#include "lib_mig_test.c"
