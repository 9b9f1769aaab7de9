#pragma once

#include "value.h"

// The UTF-8 of a string, as a Uint8Array.
struct value *encode_argument(const struct call *call, size_t index);
