/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/machipc.
 */
#ifndef _MACHIPC_DEVICE_H
#define _MACHIPC_DEVICE_H

int machipc_device_register(void);
void machipc_device_unregister(void);

#endif
