// A seccomp filter with SCMP_ACT_NOTIFY: its listener goes to an agent (config-linux.md#seccomp, ContainerProcessState).
//
// As soon as the filter is there, any system call can wait for the agent's answer, those that would send the listener to it as well.
// So a thread that began before it, and that no filter holds, sends it; and this one waits without any system call.
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "child.h"
#include "context.h"
#include "operations.h"
#include "seccomp-install.h"
#include "socket-path.h"
#include "syscalls.h"
#include "text.h"

enum { FILTER, FLAGS, PIECES };

enum { WAITING = -1, NONE = -2 };

struct courier {
  int socket;
  const char *message;
  size_t length;
  atomic_int listener;  // WAITING, NONE (the filter has been refused), or its descriptor
  atomic_int result;    // WAITING, then 0 or errno
};

int do_seccomp_listener(struct context *context, const struct operation *operation, struct error *error) {
  const char *path = text_of(operation, 0);
  context->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (context->listener < 0) return fail(error, errno, "make a socket", NULL);
  if (socket_path_use(context->listener, path, connect) == 0) return 0;
  fail(error, errno, "linux.seccomp.listenerPath: connect to ", path, NULL);
  return hint(error, "the agent that is to answer the notifications, listening there", NULL);
}

static int send_listener(const struct courier *courier, int listener) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec data = {(void *)courier->message, courier->length};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  memset(&control, 0, sizeof control);
  struct cmsghdr *part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(part), &listener, sizeof(int));
  // The descriptor goes with the first of the bytes; what does not fit at once follows.
  while (data.iov_len > 0) {
    ssize_t sent = sendmsg(courier->socket, &header, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno;
    data.iov_base = (char *)data.iov_base + sent;
    data.iov_len -= (size_t)sent;
    header.msg_control = NULL;
    header.msg_controllen = 0;
  }
  return 0;
}

static void *carry(void *told) {
  struct courier *courier = told;
  int listener;
  while ((listener = atomic_load(&courier->listener)) == WAITING) sched_yield();
  int result = listener == NONE ? 0 : send_listener(courier, listener);
  close(courier->socket);
  if (listener != NONE) close(listener);
  atomic_store(&courier->result, result);
  return NULL;
}

// The state, with the process's pid, as the runtime sees it, between the pieces.
static char *compose(const struct context *context, const struct operation *operation, size_t *length) {
  char digits[24];
  struct text pid = TEXT(digits);
  text_add_signed(&pid, context->host_pid);
  size_t size = 1;
  for (uint32_t i = PIECES; i < operation->count; i++) size += operation->arguments[i].length + sizeof digits;
  char *message = malloc(size);
  struct text text = {message, size, 0};
  for (uint32_t i = PIECES; message != NULL && i < operation->count; i++) {
    if (i > PIECES) text_add(&text, digits);
    text_add(&text, text_of(operation, i));
  }
  *length = text.used;
  return message;
}

int do_seccomp_notify(struct context *context, const struct operation *operation, struct error *error) {
  static struct courier courier;
  pthread_t thread;
  if (context->listener < 0) return fail(error, EINVAL, "seccomp-notify: the plan has no seccomp-listener", NULL);
  if (await_record(context, error) < 0) return -1;
  courier = (struct courier){.socket = context->listener, .listener = WAITING, .result = WAITING};
  courier.message = compose(context, operation, &courier.length);
  if (courier.message == NULL) return fail(error, ENOMEM, "make room for the state", NULL);
  int number = pthread_create(&thread, NULL, carry, &courier);
  if (number != 0) return fail(error, number, "make a thread that sends the listener", NULL);
  int listener = seccomp_install(&operation->arguments[FILTER], number_of(operation, FLAGS), error);
  atomic_store(&courier.listener, listener < 0 ? NONE : listener);
  int result;
  while ((result = atomic_load(&courier.result)) == WAITING) continue;
  context->listener = -1;
  if (listener < 0) return -1;
  return result == 0 ? 0 : fail(error, result, "linux.seccomp.listenerPath: send the listener", NULL);
}
