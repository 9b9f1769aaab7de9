#pragma once

// ENOENT for 2; "?" for a number that is none.
const char *errno_name(int number);
