// Writing to a stdout or stderr that may be slow, without ever waiting inside write: signals and the window's size have to get
// through meanwhile. The descriptor is shared with other programs, so its own O_NONBLOCK flag is left alone.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct output {
  int fd;
  size_t most;      // bytes that may go into one write once poll says POLLOUT
  bool socket;
  const char *data; // what is still to be written
  size_t left;
};

void output_open(struct output *output, int fd);

// Writes as much of data[0..left) as goes. False, with errno: nobody will ever read it (EPIPE, EIO, ENOSPC).
bool output_write(struct output *output);
