// The agent of a seccomp filter's notifications, for tests (seccomp_unotify(2)).
//
//   seccomp-agent SOCKET RECORD
//
// Takes one connection, writes what comes with its first message to RECORD: the number of descriptors on the first line, the message
// behind it. Then it answers: mkdir(2) and mkdirat(2) fail with ENOTSUP, getppid(2) returns 4242, all else goes on. Ends when nobody
// is left who could ask.
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void check(int result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static int take_listener(int connection, const char *record) {
  static char message[1 << 20];
  char control[CMSG_SPACE(8 * sizeof(int))];
  struct iovec data = {message, sizeof message};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(connection, &header, 0);
  check((int)length, "recvmsg");
  int count = 0, listener = -1;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part != NULL; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    count = (int)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(&listener, CMSG_DATA(part), sizeof listener);
  }
  FILE *file = fopen(record, "w");
  if (file == NULL) check(-1, record);
  fprintf(file, "%d\n%.*s", count, (int)length, message);
  // The rest, until the runtime closes: exactly one message is to come.
  for (ssize_t more; (more = read(connection, message, sizeof message)) > 0;) fwrite(message, 1, (size_t)more, file);
  fclose(file);
  return listener;
}

static void answer(int listener) {
  struct seccomp_notif request = {0};
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) return;
  struct seccomp_notif_resp response = {.id = request.id};
  switch (request.data.nr) {
#ifdef SYS_mkdir
    case SYS_mkdir:
#endif
    case SYS_mkdirat:
      response.error = -ENOTSUP;
      break;
    case SYS_getppid:
      response.val = 4242;
      break;
    default:
      response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  }
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, argv[1]);
  int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  check(bind(socket_fd, (struct sockaddr *)&address, sizeof address), argv[1]);
  check(listen(socket_fd, 1), "listen");
  int connection = accept(socket_fd, NULL, NULL);
  check(connection, "accept");
  int listener = take_listener(connection, argv[2]);
  if (listener < 0) return 1;
  for (;;) {
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    check(poll(&waiting, 1, -1), "poll");
    if (waiting.revents & POLLIN) answer(listener);
    else if (waiting.revents & POLLHUP) return 0;
  }
}
