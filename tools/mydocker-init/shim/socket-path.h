// Unix sockets at paths of any length.
#pragma once

#include <sys/socket.h>

// Binds or connects: `use` is bind or connect. A path that does not fit in sun_path (108 bytes) goes through
// /proc/self/fd/N of its directory. -1 with errno.
int socket_path_use(int fd, const char *path, int (*use)(int, const struct sockaddr *, socklen_t));
