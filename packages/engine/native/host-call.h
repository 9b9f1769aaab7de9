#pragma once

#include <stdint.h>

// Calls a function of functions.h or host-functions.h by its name.
//
// `arguments` are addresses of boxed values, which stay the caller's. Returns the address of a box that is the caller's, or 0 when
// it has thrown.
uint32_t host_call(const char *name, uint32_t length, uint32_t count, const uint32_t *arguments);
