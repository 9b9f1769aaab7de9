#include "socket-path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static int use_in_directory(int fd, const char *path, int (*use)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = strrchr(path, '/');
  char directory[PATH_MAX] = ".";
  if (name) {
    size_t size = (size_t)(name - path) + 1;
    if (size >= sizeof directory) return errno = ENAMETOOLONG, -1;
    memcpy(directory, path, size);
    directory[size] = 0;
  }
  name = name ? name + 1 : path;
  static const char prefix[] = "/proc/self/fd/";
  if (sizeof prefix + 12 + strlen(name) > sizeof address.sun_path) return errno = ENAMETOOLONG, -1;

  int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (at < 0) return -1;
  char digits[12], *digit = digits + sizeof digits;
  *--digit = '/';
  for (int rest = at; digit == digits + sizeof digits - 1 || rest > 0; rest /= 10) *--digit = (char)('0' + rest % 10);
  char *to = stpcpy(address.sun_path, prefix);
  to = mempcpy(to, digit, (size_t)(digits + sizeof digits - digit));
  memcpy(to, name, strlen(name) + 1);
  int result = use(fd, (struct sockaddr *)&address, sizeof address);
  int error = errno;
  close(at);
  errno = error;
  return result;
}

int socket_path_use(int fd, const char *path, int (*use)(int, const struct sockaddr *, socklen_t)) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return use_in_directory(fd, path, use);
  memcpy(address.sun_path, path, strlen(path) + 1);
  return use(fd, (struct sockaddr *)&address, sizeof address);
}
