#ifndef WRITE_ALL_H
#define WRITE_ALL_H

#include <stddef.h>

// Writes all of it, in as many writes as that takes. -1 with errno, and some of it may be written then.
int write_all(int file, const void *bytes, size_t length);

#endif
