// The beginning and the end of a relay.
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "relay-clients.h"
#include "socket-path.h"
#include "terminal.h"

static void close_one(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void close_all(struct relay *relay) {
  if (relay->sink == relay->source[0]) relay->sink = -1;
  close_one(&relay->sink);
  close_one(&relay->slave);
  close_one(&relay->source[0]);
  close_one(&relay->source[1]);
  close_one(&relay->listener);
  relay_started(relay);
  log_close(&relay->log);
}

void relay_started(struct relay *relay) {
  if (relay->child[1] == relay->child[0]) relay->child[1] = relay->child[2] = -1;
  for (int i = 0; i < 3; i++) close_one(&relay->child[i]);
}

// The descriptor ends up inside the container: it has to be the null device, whatever is at that path (CVE-2025-31133).
static int open_null(void) {
  int fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;
  if (fd < 0) return -1;
  if (fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)) return fd;
  close(fd);
  errno = ENODEV;
  return -1;
}

// A pipe whose end on our side does not block: ends[ours] goes to *mine, the other to *theirs.
static int make_pipe(int ours, int *mine, int *theirs) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  *mine = ends[ours];
  *theirs = ends[1 - ours];
  return fcntl(*mine, F_SETFL, O_NONBLOCK);
}

static int open_stdio(struct relay *relay) {
  bool terminal = relay->flags & RELAY_TERMINAL;
  if (terminal || !(relay->flags & RELAY_STDIN_OPEN)) {
    relay->child[0] = open_null();
    if (relay->child[0] < 0) return -1;
  } else if (make_pipe(1, &relay->sink, &relay->child[0]) < 0) return -1;
  if (terminal) {
    relay->child[1] = relay->child[2] = relay->child[0];
    return 0;
  }
  if (make_pipe(0, &relay->source[0], &relay->child[1]) < 0) return -1;
  return make_pipe(0, &relay->source[1], &relay->child[2]);
}

static int open_listener(const char *path) {
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  // bind gives the file the mode of the socket's own inode: there is no moment at which others can connect.
  if (fchmod(fd, 0600) == 0 && (unlink(path) == 0 || errno == ENOENT) && socket_path_use(fd, path, bind) == 0 &&
      listen(fd, 64) == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

int relay_open(struct relay *relay, const char *log_path, const char *socket_path, uint64_t flags) {
  static char input[RELAY_INPUT], output[1 + RELAY_OUTPUT];
  *relay = (struct relay){.flags = flags, .input = input, .output = output};
  relay->listener = relay->sink = relay->slave = relay->feeder = relay->log.fd = -1;
  relay->source[0] = relay->source[1] = -1;
  for (int i = 0; i < 3; i++) relay->child[i] = -1;
  for (int i = 0; i < RELAY_CLIENTS; i++) relay->clients[i].fd = -1;

  if (log_open(&relay->log, log_path) == 0 && open_stdio(relay) == 0) relay->listener = open_listener(socket_path);
  if (relay->listener >= 0) return 0;
  int error = errno;
  close_all(relay);
  errno = error;
  return -1;
}

int relay_set_terminal(struct relay *relay, int master) {
  if (fcntl(master, F_SETFD, FD_CLOEXEC) < 0 || fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) < 0) return -1;
  relay->source[0] = master;
  if (relay->flags & RELAY_STDIN_OPEN) relay->sink = master;
  relay->slave = terminal_hold(master);
  struct winsize size = {.ws_row = relay->rows, .ws_col = relay->columns};
  if (relay->resized) ioctl(master, TIOCSWINSZ, &size);
  return 0;
}

static void say_goodbye(int fd, const struct iovec *parts) {
  const struct msghdr header = {.msg_iov = (struct iovec *)parts, .msg_iovlen = 2};
  struct pollfd writable = {.fd = fd, .events = POLLOUT};
  if (sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EAGAIN && poll(&writable, 1, 1000) > 0)
    sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  // A close with messages unread would reach the client as ECONNRESET, ahead of what was sent to it.
  char rest[64];
  while (recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0) continue;
  close(fd);
}

void relay_finish(struct relay *relay, int exit_code, const char *message) {
  char head[2] = {'x', (char)exit_code};
  const struct iovec parts[] = {{head, sizeof head}, {(void *)message, message ? strlen(message) : 0}};
  if (relay->listener >= 0) clients_accept(relay);
  for (int i = 0; i < RELAY_CLIENTS; i++) {
    if (relay->clients[i].fd >= 0) say_goodbye(relay->clients[i].fd, parts);
    relay->clients[i].fd = -1;
  }
  close_all(relay);
}
