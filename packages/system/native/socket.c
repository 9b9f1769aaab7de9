// Whether a port can be had.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "functions.h"

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

// Returns its size, or 0 where the text is no address.
static socklen_t parse_address(const char *text, in_port_t port, union address *address) {
  *address = (union address){0};
  if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return sizeof address->v4;
  }
  if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) != 1) return 0;
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(port);
  return sizeof address->v6;
}

// Returns an errno, or 0.
static int try_bind(const union address *address, socklen_t size, bool is_tcp) {
  int yes = 1, fd = socket(address->any.sa_family, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  // [::] stands for IPv6 alone, as 0.0.0.0 does for IPv4.
  bool alone = address->any.sa_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0;
  // A connection that has ended just now is not in the way; a socket that listens is all the same (socket(7)).
  bool bound = alone && (!is_tcp || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0) && bind(fd, &address->any, size) == 0 &&
               (!is_tcp || listen(fd, 1) == 0);
  int number = bound ? 0 : errno;
  close(fd);
  return number;
}

// (address, port, whether TCP). Binds, listens, and lets go again.
struct value *socket_try_bind(const struct call *call) {
  union address address;
  int64_t port, is_tcp;
  if (!number_argument(call, 1, &port) || !number_argument(call, 2, &is_tcp)) return NULL;
  char *text = text_argument(call, 0);
  if (text == NULL) return NULL;
  socklen_t size = parse_address(text, (in_port_t)port, &address);
  int number = size == 0 ? EINVAL : try_bind(&address, size, is_tcp != 0);
  struct value *result = number == 0 ? undefined_value(call) : throw_errno(call, number, "bind", text, NULL);
  free(text);
  return result;
}
