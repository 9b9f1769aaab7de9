#include "caller.h"

#include <errno.h>
#include <stdio.h>  // renameat, of all places
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "context.h"
#include "operations.h"
#include "socket-path.h"
#include "syscalls.h"
#include "text.h"

// Connected before anything is made, and before the process is in a container, where the path would be another's.
static int connect_to(const char *what, const char *path, struct error *error) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(error, errno, "make a socket", NULL);
  if (socket_path_use(fd, path, connect) == 0) return fd;
  fail(error, errno, "connect to the ", what, " ", path, NULL);
  if (error->number == ENOENT || error->number == ECONNREFUSED) hint(error, "the path of a Unix socket that somebody listens on", NULL);
  close(fd);
  return -1;
}

int do_console_socket(struct context *context, const struct operation *operation, struct error *error) {
  context->caller.console = connect_to("console socket", text_of(operation, 0), error);
  return context->caller.console < 0 ? -1 : 0;
}

int do_pidfd_socket(struct context *context, const struct operation *operation, struct error *error) {
  context->caller.pidfd = connect_to("pidfd socket", text_of(operation, 0), error);
  context->caller.pidfd_text = text_of(operation, 1);
  return context->caller.pidfd < 0 ? -1 : 0;
}

// The directory is held open: `join-process` may put this process into another mount namespace.
int do_pid_file(struct context *context, const struct operation *operation, struct error *error) {
  char directory[4096];
  const char *path = text_of(operation, 0), *slash = strrchr(path, '/');
  size_t length = slash == NULL ? 0 : (size_t)(slash - path);
  if (path[0] != '/' || slash[1] == '\0' || length >= sizeof directory) {
    return fail(error, EINVAL, "write the pid file ", path, ": not the absolute path of a file", NULL);
  }
  memcpy(directory, path, length);
  directory[length] = '\0';
  context->caller.pid_directory = open(length == 0 ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  context->caller.pid_name = slash + 1;
  return context->caller.pid_directory >= 0 ? 0 : fail(error, errno, "write the pid file ", path, NULL);
}

int do_failure_code(struct context *context, const struct operation *operation, struct error *error) {
  (void)error;
  context->caller.failure_code = (int)(number_of(operation, 0) & 0xff);
  return 0;
}

// One message: the descriptor, and a text, without which there would be no message for it to go with.
static int send_descriptor(int socket, int fd, const char *text) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct iovec data = {(void *)text, strlen(text)};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(part), &fd, sizeof(int));
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

int caller_send_terminal(struct context *context, int master, struct error *error) {
  char name[32];
  struct text text = TEXT(name);
  unsigned int number = 0;
  if (ioctl(master, TIOCGPTN, &number) < 0) return fail(error, errno, "ask for the terminal's number", NULL);
  text_add(&text, "/dev/pts/");
  text_add_number(&text, number);
  int result = send_descriptor(context->caller.console, master, name);
  if (result < 0) fail(error, errno, "send the terminal over the console socket", NULL);
  close(context->caller.console);
  context->caller.console = -1;
  return result;
}

// Whole or not at all. Decimal, without a newline: engines read it with strconv.Atoi.
static int write_pid_file(const struct caller *caller, pid_t pid, struct error *error) {
  char digits[24], temporary[300];
  struct text text = TEXT(digits), name = TEXT(temporary);
  text_add_signed(&text, pid);
  text_add(&name, ".");
  text_add(&name, caller->pid_name);
  text_add(&name, ".");
  text_add_signed(&name, getpid());
  int fd = openat(caller->pid_directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return fail(error, errno, "write the pid file ", caller->pid_name, NULL);
  bool written = write(fd, digits, text.used) == (ssize_t)text.used;
  if (close(fd) < 0) written = false;
  if (written && renameat(caller->pid_directory, temporary, caller->pid_directory, caller->pid_name) == 0) return 0;
  fail(error, errno, "write the pid file ", caller->pid_name, NULL);
  unlinkat(caller->pid_directory, temporary, 0);
  return -1;
}

int caller_tell(struct context *context, struct error *error) {
  struct caller *caller = &context->caller;
  if (caller->pidfd >= 0) {
    if (send_descriptor(caller->pidfd, context->child_pidfd, caller->pidfd_text) < 0) {
      return fail(error, errno, "send the process's pidfd over the pidfd socket", NULL);
    }
    close(caller->pidfd);
    caller->pidfd = -1;
  }
  if (caller->pid_directory < 0) return 0;
  int result = write_pid_file(caller, context->child, error);
  close(caller->pid_directory);
  caller->pid_directory = -1;
  return result;
}
