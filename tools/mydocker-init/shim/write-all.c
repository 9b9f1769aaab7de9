#include "write-all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int file, const void *bytes, size_t length) {
  for (const char *next = bytes; length > 0;) {
    ssize_t count = write(file, next, length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    next += count;
    length -= (size_t)count;
  }
  return 0;
}
