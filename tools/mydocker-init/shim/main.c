// mydocker-shim: carries plans out. docs/shim.md says what its roles are, and what it reads and writes.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "child.h"
#include "container.h"
#include "device-program.h"
#include "layer.h"
#include "limit.h"
#include "loopback6.h"
#include "operations.h"
#include "reaper.h"
#include "scope.h"
#include "seccomp-compile.h"
#include "status.h"
#include "text.h"
#include "walk.h"

static const char USAGE[] =
    "usage: mydocker-shim run|create|enter --plan-file PATH | --plan-fd N [--status-fd N]\n"
    "       mydocker-shim attach --socket PATH [--stdin] [--tty] [--start FIFO] [--detach-keys KEYS]\n"
    "       mydocker-shim seccomp --plan-fd N\n"
    "       mydocker-shim device-program --cgroup DIRECTORY\n"
    "       mydocker-shim loopback6 --cgroup DIRECTORY --name NAME list|add|remove|set [PROTOCOL/PORT...]\n"
    "       mydocker-shim hold-scope PID\n"
    "       mydocker-shim unpack [--no-landlock] DIRECTORY\n"
    "       mydocker-shim opaque DIRECTORY\n"
    "       mydocker-shim walk [--no-content] [--no-landlock] DIRECTORY | --container PID:START\n"
    "       mydocker-shim operations\n"
    "       mydocker-shim limit [--join FILE]... --after PROGRAM [ARG...] -- COMMAND [ARG...]\n"
    "       mydocker-shim reaper -- COMMAND [ARG...]\n"
    "mydocker-init calls this; docs/shim.md describes it.\n";

static int refuse(const char *what, const char *argument) {
  char line[1024];
  struct text text = TEXT(line);
  text_add(&text, "mydocker-shim: ");
  text_add(&text, what);
  text_add(&text, argument);
  text_add(&text, "\n");
  text_add(&text, USAGE);
  return write(STDERR_FILENO, line, text.used) < 0 ? EXIT_SHIM : EXIT_SHIM;
}

// A descriptor that is open, by its number. Not for the container: whoever is to have it is given it.
static int parse_descriptor(const char *flag, const char *value, int *descriptor) {
  uint64_t number;
  if (value == NULL) return refuse("a number is missing behind ", flag);
  if (parse_decimal(value, INT32_MAX, &number) < 0) return refuse("not the number of a descriptor: ", value);
  // A plan may come on stdin, which is free where the process has no use for it.
  bool wanted = number >= 3 || (number == 0 && strcmp(flag, "--plan-fd") == 0);
  if (fcntl((int)number, F_GETFD) < 0 || !wanted) return refuse("not an open descriptor from 3 on: ", value);
  if (fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0) return refuse("not usable as a descriptor: ", value);
  *descriptor = (int)number;
  return 0;
}

// The file is unlinked once it is open: nobody else is to read it, and it holds an environment.
static int take_file(const char *path, int *descriptor) {
  if (path == NULL) return refuse("a path is missing behind ", "--plan-file");
  *descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (*descriptor < 0 || unlink(path) < 0) return refuse("no plan to be taken there: ", path);
  return 0;
}

static int parse_flags(int argc, char **argv, bool file_too, struct descriptors *descriptors) {
  for (int i = 0; i < argc; i += 2) {
    int result;
    if (strcmp(argv[i], "--plan-fd") == 0) {
      result = parse_descriptor(argv[i], argv[i + 1], &descriptors->plan);
    } else if (file_too && strcmp(argv[i], "--status-fd") == 0) {
      result = parse_descriptor(argv[i], argv[i + 1], &descriptors->status);
    } else if (file_too && strcmp(argv[i], "--plan-file") == 0) {
      result = take_file(argv[i + 1], &descriptors->plan);
    } else {
      result = refuse("unknown flag: ", argv[i]);
    }
    if (result != 0) return result;
  }
  return descriptors->plan < 0 ? refuse("missing: ", "--plan-fd") : 0;
}

static int container(enum role role, int argc, char **argv) {
  struct descriptors descriptors = {-1, -1};
  int result = parse_flags(argc, argv, true, &descriptors);
  return result != 0 ? result : container_role(role, &descriptors);
}

static int seccomp(int argc, char **argv) {
  struct descriptors descriptors = {-1, -1};
  int result = parse_flags(argc, argv, false, &descriptors);
  if (result != 0) return result;
  struct plan plan = {0};
  struct plan_bytes bytes;
  struct error error;
  const struct operation *failed = NULL;
  if (plan_read(descriptors.plan, &bytes, &error) == 0 && plan_decode(&plan, &bytes, &error) == 0 &&
      seccomp_compile(&plan, STDOUT_FILENO, &failed, &error) == 0) {
    plan_free(&plan);
    return 0;
  }
  char line[1200];
  struct text text = TEXT(line);
  text_add(&text, "mydocker-shim seccomp: ");
  describe_error(&text, failed, &error);
  text_add(&text, "\n");
  plan_free(&plan);
  return write(STDERR_FILENO, line, text.used) < 0 ? EXIT_SHIM : EXIT_SHIM;
}

// A descriptor opened later must not become 0, 1 or 2, where a message would be written into it.
static int open_streams(void) {
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) return -1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return refuse("no role given", "");
  const char *role = argv[1];
  argc -= 2;
  argv += 2;
  if (strcmp(role, "init") == 0) return init_role(argc, argv);
  if (open_streams() < 0) return EXIT_SHIM;
  if (strcmp(role, "reaper") == 0) return reaper_role(argc, argv);
  if (strcmp(role, "limit") == 0) return limit_role(argc, argv);
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return EXIT_SHIM;
  if (strcmp(role, "run") == 0) return container(ROLE_RUN, argc, argv);
  if (strcmp(role, "create") == 0) return container(ROLE_CREATE, argc, argv);
  if (strcmp(role, "enter") == 0) return container(ROLE_ENTER, argc, argv);
  if (strcmp(role, "attach") == 0) return attach_role(argc, argv);
  if (strcmp(role, "seccomp") == 0) return seccomp(argc, argv);
  if (strcmp(role, "hold-scope") == 0) return hold_scope_role(argc, argv);
  if (strcmp(role, "device-program") == 0) return device_program_role(argc, argv);
  if (strcmp(role, "loopback6") == 0) return loopback6_role(argc, argv);
  if (strcmp(role, "unpack") == 0) return unpack_role(argc, argv);
  if (strcmp(role, "opaque") == 0) return opaque_role(argc, argv);
  if (strcmp(role, "walk") == 0) return walk_role(argc, argv);
  if (strcmp(role, "operations") == 0) return print_operations();
  return refuse("unknown role: ", role);
}
