// Points in time as text.
#pragma once

#include "text.h"

// Now, as RFC 3339 in UTC with that many digits behind the second (9 at most).
void text_add_now(struct text *text, unsigned int digits);
