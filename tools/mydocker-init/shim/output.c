#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// A second open file description of the same pipe or terminal, which does not block.
static int reopen(int fd) {
  char path[] = "/proc/self/fd/?";
  path[sizeof path - 2] = (char)('0' + fd);
  return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void output_open(struct output *output, int fd) {
  struct stat status;
  *output = (struct output){.fd = fd, .most = SIZE_MAX};
  if (fstat(fd, &status) < 0) return;
  output->socket = S_ISSOCK(status.st_mode);
  if (!S_ISFIFO(status.st_mode) && !isatty(fd)) return; // a file does not make anybody wait
  int again = reopen(fd);
  if (again >= 0) output->fd = again;
  // A pipe of somebody else's may not be opened again: there POLLOUT promises room for PIPE_BUF bytes, no more.
  else output->most = PIPE_BUF;
}

bool output_write(struct output *output) {
  size_t size = output->left < output->most ? output->left : output->most;
  ssize_t written = output->socket ? send(output->fd, output->data, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                   : write(output->fd, output->data, size);
  if (written < 0) return errno == EAGAIN || errno == EINTR;
  output->data += written;
  output->left -= (size_t)written;
  return true;
}
