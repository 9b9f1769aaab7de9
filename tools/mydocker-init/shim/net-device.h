// Network devices of the host that a container gets (config-linux.md#network-devices).
#pragma once

#include "context.h"
#include "error.h"

// Does what the plan's `move-device` say: the child exists, and its network namespace.
int net_devices_move(struct context *context, struct error *error);

// The container could not be made: they go back to where they were, with their names and addresses.
void net_devices_return(void);

// The container is made: they are its own now.
void net_devices_leave(void);
