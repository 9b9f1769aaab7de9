// What a program knows of itself and of its host.
#include "host-functions.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "text.h"
#include "throw.h"

extern char **environ;

static char **arguments;
static uint32_t arguments_count;

void arguments_keep(int count, char **texts) {
  arguments = texts;
  arguments_count = count < 0 ? 0 : (uint32_t)count;
}

static struct value *texts_value(const struct call *call, char **texts, uint32_t count) {
  struct value *list = list_value(call);
  for (uint32_t i = 0; list != NULL && i < count; i++) {
    if (!list_set(call, list, i, text_value(call, texts[i], strlen(texts[i])))) list = NULL;
  }
  return list;
}

struct value *host_arguments(const struct call *call) { return texts_value(call, arguments, arguments_count); }

struct value *host_environment(const struct call *call) {
  uint32_t count = 0;
  while (environ != NULL && environ[count] != NULL) count++;
  return texts_value(call, environ, count);
}

struct value *host_executable(const struct call *call) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length < 0 ? throw_errno(call, errno, "readlink", "/proc/self/exe", NULL) : text_value(call, path, (size_t)length);
}

struct value *host_directory(const struct call *call) {
  char path[PATH_MAX];
  return getcwd(path, sizeof path) == NULL ? throw_errno(call, errno, "uv_cwd", NULL, NULL) : text_value(call, path, strlen(path));
}

struct value *host_hostname(const struct call *call) {
  struct utsname names;
  return uname(&names) < 0 ? throw_errno(call, errno, "uname", NULL, NULL) : text_value(call, names.nodename, strlen(names.nodename));
}

// Pid, parent's pid, uid, gid.
struct value *host_numbers(const struct call *call) {
  const double numbers[] = {getpid(), getppid(), getuid(), getgid()};
  return numbers_value(call, numbers, sizeof numbers / sizeof numbers[0]);
}

// Those that this process may run on.
struct value *host_processors(const struct call *call) {
  cpu_set_t allowed;
  return number_value(call, sched_getaffinity(0, sizeof allowed, &allowed) < 0 ? 1 : CPU_COUNT(&allowed));
}

struct value *host_is_terminal(const struct call *call) {
  int64_t fd;
  return number_argument(call, 0, &fd) ? boolean_value(call, isatty((int)fd) == 1) : NULL;
}

// (pid, number)
struct value *host_signal(const struct call *call) {
  int64_t pid, number;
  if (!number_argument(call, 0, &pid) || !number_argument(call, 1, &number)) return NULL;
  return kill((pid_t)pid, (int)number) < 0 ? throw_errno(call, errno, "kill", NULL, NULL) : undefined_value(call);
}

// (milliseconds)
struct value *host_sleep(const struct call *call) {
  int64_t milliseconds;
  if (!number_argument(call, 0, &milliseconds)) return NULL;
  struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000};
  while (milliseconds > 0 && nanosleep(&left, &left) < 0 && errno == EINTR) continue;
  return undefined_value(call);
}

// Nanoseconds of the monotonic clock below a second: what makes timestamps differ.
struct value *host_clock(const struct call *call) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) < 0) return throw_errno(call, errno, "clock_gettime", NULL, NULL);
  return number_value(call, (double)now.tv_nsec);
}

// Fills a Uint8Array.
struct value *host_random(const struct call *call) {
  uint8_t *bytes;
  size_t length;
  if (!bytes_argument(call, 0, &bytes, &length)) return NULL;
  for (size_t filled = 0; filled < length;) {
    ssize_t got = getrandom(bytes + filled, length - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return throw_errno(call, errno, "getrandom", NULL, NULL);
    filled += (size_t)got;
  }
  return undefined_value(call);
}

struct value *host_encode(const struct call *call) { return encode_argument(call, 0); }

struct value *host_decode(const struct call *call) {
  uint8_t *bytes;
  size_t length;
  return bytes_argument(call, 0, &bytes, &length) ? text_value(call, (const char *)bytes, length) : NULL;
}

// (file, arguments). The other program gets everything that this one was given.
struct value *host_become(const struct call *call) {
  char *file = text_argument(call, 0);
  char **texts = file == NULL ? NULL : list_argument(call, 1);
  if (texts == NULL) return free(file), NULL;
  execve(file, texts, environ);
  struct value *thrown = throw_errno(call, errno, "execve", file, NULL);
  free_list(texts);
  free(file);
  return thrown;
}

struct value *host_exit(const struct call *call) {
  int64_t code;
  if (!number_argument(call, 0, &code)) return NULL;
  _exit((int)code);
}
