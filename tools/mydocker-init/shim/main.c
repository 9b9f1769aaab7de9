// mydocker-shim: carries plans out. docs/shim.md says what its roles are, and what it reads and writes.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "child.h"
#include "container.h"
#include "operations.h"
#include "reaper.h"
#include "seccomp-compile.h"
#include "status.h"
#include "text.h"

static const char USAGE[] =
    "usage: mydocker-shim run|create --plan-fd N --status-fd N --control-fd N\n"
    "       mydocker-shim enter --plan-fd N --status-fd N\n"
    "       mydocker-shim attach --socket PATH [--stdin] [--tty] [--start FIFO] [--detach-keys KEYS]\n"
    "       mydocker-shim seccomp --plan-fd N\n"
    "       mydocker-shim operations\n"
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

// --NAME N for each name: a descriptor that is open.
static int parse_descriptors(int argc, char **argv, const char *const *names, int **descriptors) {
  for (int i = 0; i < argc; i += 2) {
    uint64_t number;
    size_t at = 0;
    while (names[at] != NULL && strcmp(argv[i], names[at]) != 0) at++;
    if (names[at] == NULL) return refuse("unknown flag: ", argv[i]);
    if (i + 1 == argc) return refuse("a number is missing behind ", argv[i]);
    if (parse_decimal(argv[i + 1], INT32_MAX, &number) < 0) return refuse("not the number of a descriptor: ", argv[i + 1]);
    // A plan may come on stdin, which is free where the process has no use for it.
    bool wanted = number >= 3 || (number == 0 && strcmp(argv[i], "--plan-fd") == 0);
    if (fcntl((int)number, F_GETFD) < 0 || !wanted) return refuse("not an open descriptor from 3 on: ", argv[i + 1]);
    // Not for the container: whoever is to have it is given it.
    if (fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0) return refuse("not usable as a descriptor: ", argv[i + 1]);
    *descriptors[at] = (int)number;
  }
  for (size_t at = 0; names[at] != NULL; at++) {
    if (*descriptors[at] < 0) return refuse("missing: ", names[at]);
  }
  return 0;
}

static int container(enum role role, int argc, char **argv) {
  static const char *const names[] = {"--plan-fd", "--status-fd", "--control-fd", NULL};
  static const char *const enter_names[] = {"--plan-fd", "--status-fd", NULL};
  struct descriptors descriptors = {-1, -1, -1};
  int *places[] = {&descriptors.plan, &descriptors.status, &descriptors.control};
  int result = parse_descriptors(argc, argv, role == ROLE_ENTER ? enter_names : names, places);
  return result != 0 ? result : container_role(role, &descriptors);
}

static int seccomp(int argc, char **argv) {
  static const char *const names[] = {"--plan-fd", NULL};
  int plan_fd = -1;
  int *places[] = {&plan_fd};
  int result = parse_descriptors(argc, argv, names, places);
  if (result != 0) return result;
  struct plan plan;
  struct plan_bytes bytes;
  struct error error;
  const struct operation *failed = NULL;
  if (plan_read(plan_fd, &bytes, &error) == 0 && plan_decode(&plan, &bytes, &error) == 0 &&
      seccomp_compile(&plan, STDOUT_FILENO, &failed, &error) == 0) {
    return 0;
  }
  char line[1200];
  struct text text = TEXT(line);
  text_add(&text, "mydocker-shim seccomp: ");
  describe_error(&text, failed, &error);
  text_add(&text, "\n");
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
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return EXIT_SHIM;
  if (strcmp(role, "run") == 0) return container(ROLE_RUN, argc, argv);
  if (strcmp(role, "create") == 0) return container(ROLE_CREATE, argc, argv);
  if (strcmp(role, "enter") == 0) return container(ROLE_ENTER, argc, argv);
  if (strcmp(role, "attach") == 0) return attach_role(argc, argv);
  if (strcmp(role, "seccomp") == 0) return seccomp(argc, argv);
  if (strcmp(role, "operations") == 0) return print_operations();
  return refuse("unknown role: ", role);
}
