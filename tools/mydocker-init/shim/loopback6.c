#include "loopback6.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "bpf.h"
#include "loopback6-program.h"
#include "status.h"
#include "syscalls.h"
#include "text.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71  // Linux 5.14
#endif

enum verb { VERB_LIST, VERB_ADD, VERB_REMOVE, VERB_SET, VERBS };

static const char *const VERB_NAMES[VERBS] = {"list", "add", "remove", "set"};

struct request {
  const char *cgroup, *name;
  enum verb verb;
  uint64_t namespace;
  int count;
  char **ports;
};

static int own_namespace(uint64_t *cookie, struct error *error) {
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(error, errno, "open a socket", NULL);
  socklen_t size = sizeof *cookie;
  int result = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size);
  if (result < 0) fail(error, errno, "ask for the network namespace's cookie", NULL);
  close(fd);
  return result;
}

// tcp/8080.
static int parse_port(const char *text, uint64_t namespace, struct loopback6_port *port, struct error *error) {
  uint64_t number;
  bool tcp = strncmp(text, "tcp/", 4) == 0;
  if (!tcp && strncmp(text, "udp/", 4) != 0) return fail(error, EINVAL, "read PROTOCOL/PORT: ", text, NULL);
  if (parse_decimal(text + 4, UINT16_MAX, &number) < 0 || number == 0) return fail(error, EINVAL, "read PROTOCOL/PORT: ", text, NULL);
  *port = (struct loopback6_port){namespace, tcp ? IPPROTO_TCP : IPPROTO_UDP, htons((uint16_t)number)};
  return 0;
}

static int parse(int argc, char **argv, struct request *request, struct error *error) {
  *request = (struct request){.verb = VERBS};
  if (argc >= 5 && strcmp(argv[0], "--cgroup") == 0 && strcmp(argv[2], "--name") == 0) {
    request->cgroup = argv[1];
    request->name = argv[3];
    for (int i = 0; i < VERBS; i++) {
      if (strcmp(argv[4], VERB_NAMES[i]) == 0) request->verb = (enum verb)i;
    }
  }
  if (request->verb == VERBS || strlen(request->name) >= BPF_OBJ_NAME_LEN) {
    return fail(error, EINVAL, "expected --cgroup DIRECTORY --name NAME list|add|remove|set PROTOCOL/PORT...", NULL);
  }
  request->count = argc - 5;
  request->ports = argv + 5;
  // All of them, before any is dealt with.
  struct loopback6_port port;
  for (int i = 0; i < request->count; i++) {
    if (parse_port(request->ports[i], 0, &port, error) < 0) return -1;
  }
  return 0;
}

static int each(const struct request *request, int map, int (*change)(int, const struct loopback6_port *, struct error *), struct error *error) {
  struct loopback6_port port;
  for (int i = 0; i < request->count; i++) {
    if (parse_port(request->ports[i], request->namespace, &port, error) < 0 || change(map, &port, error) < 0) return -1;
  }
  return 0;
}

// Ports of other namespaces are none of the caller's.
static int print(const struct request *request, int map, struct error *error) {
  struct loopback6_port ports[2];
  int found = loopback6_next(map, NULL, &ports[0], error);
  for (int at = 0; found == 1; at = !at) {
    char line[16];
    struct text text = TEXT(line);
    text_add(&text, ports[at].protocol == IPPROTO_TCP ? "tcp/" : "udp/");
    text_add_number(&text, ntohs((uint16_t)ports[at].port));
    text_add(&text, "\n");
    if (ports[at].namespace == request->namespace && write(STDOUT_FILENO, line, text.used) < 0) return fail(error, errno, "write", NULL);
    found = loopback6_next(map, &ports[at], &ports[!at], error);
  }
  return found;
}

// A program with all its ports takes the place of the one that is there, if there is one.
static int replace(const struct request *request, int cgroup, int old, struct error *error) {
  struct loopback6 made;
  if (loopback6_make(request->name, &made, error) < 0) return -1;
  int result = each(request, made.map, loopback6_add, error);
  if (result == 0) result = attach_program(cgroup, BPF_CGROUP_INET6_CONNECT, made.program, old, error);
  loopback6_close(&made);
  return result;
}

// With its last port goes the program.
static int take_away(const struct request *request, int cgroup, const struct loopback6 *found, struct error *error) {
  struct loopback6_port port;
  if (each(request, found->map, loopback6_delete, error) < 0) return -1;
  int left = loopback6_next(found->map, NULL, &port, error);
  return left == 0 ? detach_program(cgroup, BPF_CGROUP_INET6_CONNECT, found->program, error) : left < 0 ? -1 : 0;
}

static int perform_verb(const struct request *request, int cgroup, const struct loopback6 *found, struct error *error) {
  bool there = found->program >= 0;
  // Not where somebody waits: there may be a thousand.
  bool shown = request->verb == VERB_LIST || request->verb == VERB_SET;
  if (there && shown && print(request, found->map, error) < 0) return -1;
  switch (request->verb) {
    case VERB_ADD:
      if (request->count == 0) return 0;
      return there ? each(request, found->map, loopback6_add, error) : replace(request, cgroup, -1, error);
    case VERB_REMOVE:
      return there ? take_away(request, cgroup, found, error) : 0;
    case VERB_SET:
      if (request->count > 0) return replace(request, cgroup, found->program, error);
      return there ? detach_program(cgroup, BPF_CGROUP_INET6_CONNECT, found->program, error) : 0;
    default:
      return 0;
  }
}

static int carry_out(struct request *request, struct error *error) {
  struct loopback6 found;
  if (own_namespace(&request->namespace, error) < 0) return -1;
  int cgroup = open(request->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (cgroup < 0) return fail(error, errno, "open the cgroup ", request->cgroup, NULL);
  int result = loopback6_find(cgroup, request->name, &found, error);
  if (result == 0) {
    result = perform_verb(request, cgroup, &found, error);
    loopback6_close(&found);
  }
  close(cgroup);
  return result;
}

static bool is_unavailable(int number) {
  return number == EPERM || number == EACCES || number == EINVAL || number == ENOSYS || number == EOPNOTSUPP || number == ENOPROTOOPT;
}

int loopback6_role(int argc, char **argv) {
  struct error error;
  struct request request;
  bool understood = parse(argc, argv, &request, &error) == 0;
  if (understood && carry_out(&request, &error) == 0) return 0;
  char line[1200];
  struct text text = TEXT(line);
  describe_error(&text, NULL, &error);
  text_add(&text, "\n");
  // Where stderr cannot be written to, the exit code has to do.
  if (write(STDERR_FILENO, line, text.used) < 0) return EXIT_SHIM;
  return understood && is_unavailable(error.number) ? EXIT_UNAVAILABLE : EXIT_SHIM;
}
