// Whoever listens on the socket of an OCI runtime's --console-socket or --pidfd-socket.
//
//   receive-descriptor SOCKET
//
// Prints a line when it listens, and then one JSON object about what it has got. A terminal it holds: its output goes to stdout and stdin
// to it, until it hangs up.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM = 4 };

static int die(const char *what) {
  perror(what);
  exit(1);
}

static int listen_on(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (strlen(path) >= sizeof address.sun_path) exit(2);
  strcpy(address.sun_path, path);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0) die("listen");
  return fd;
}

static int receive(int connection, char *payload, size_t size, int *count) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(ROOM * sizeof(int))];
  } control;
  struct iovec data = {payload, size - 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  ssize_t got = recvmsg(connection, &message, 0);
  if (got < 0) die("recvmsg");
  payload[got] = '\0';
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  int descriptor = -1;
  *count = 0;
  if (part != NULL && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
    *count = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(&descriptor, CMSG_DATA(part), sizeof(int));
  }
  return descriptor;
}

// The "Pid:" line that the kernel has for a pidfd; -1: it is none.
static long pid_of(int descriptor) {
  char path[64], line[256];
  long pid = -1;
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", descriptor);
  FILE *file = fopen(path, "re");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "Pid: %ld", &pid) == 1) break;
  }
  if (file != NULL) fclose(file);
  return pid;
}

static void relay(int master) {
  struct pollfd waiting[] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    char buffer[4096];
    if (poll(waiting, 2, -1) < 0) die("poll");
    if (waiting[0].revents != 0) {
      ssize_t got = read(master, buffer, sizeof buffer);
      if (got <= 0) return;
      if (write(1, buffer, (size_t)got) != got) die("write");
    }
    if (waiting[1].revents != 0) {
      ssize_t got = read(0, buffer, sizeof buffer);
      if (got <= 0) waiting[1].fd = -1;
      else if (write(master, buffer, (size_t)got) != got) die("write");
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int listener = listen_on(argv[1]);
  puts("listening");
  fflush(stdout);
  int connection = accept(listener, NULL, NULL), count;
  if (connection < 0) die("accept");
  char payload[4096], rest;
  int descriptor = receive(connection, payload, sizeof payload, &count);
  // Whether there is another message: the runtime closes its end behind the first.
  ssize_t more = read(connection, &rest, 1);
  printf("{\"payload\":\"%s\",\"descriptors\":%d,\"more\":%zd,\"terminal\":%s,\"pid\":%ld}\n", payload, count, more,
         descriptor >= 0 && isatty(descriptor) ? "true" : "false", descriptor < 0 ? -1 : pid_of(descriptor));
  fflush(stdout);
  if (descriptor >= 0 && isatty(descriptor)) relay(descriptor);
  return 0;
}
