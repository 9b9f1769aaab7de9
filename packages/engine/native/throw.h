#pragma once

#include "value.h"

// Throws an Error. Returns NULL.
struct value *throw_text(const char *message);
