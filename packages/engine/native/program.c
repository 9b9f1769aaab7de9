#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program-table.h"

extern char **environ;

static struct program programs[PROGRAMS_LIMIT];
static size_t programs_count;

struct program *program_table(size_t *count) {
  *count = programs_count;
  return programs;
}

pid_t program_pid(int number) { return programs[number].pid; }

int64_t milliseconds_now(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// The ends of three pipes: [0] is the program's. -1 where it gets /dev/null.
struct pipes {
  int ends[3][2];
};

static void close_pipes(struct pipes *pipes, size_t side) {
  for (size_t i = 0; i < 3; i++) {
    if (pipes->ends[i][side] >= 0) close(pipes->ends[i][side]);
    pipes->ends[i][side] = -1;
  }
}

static bool open_pipes(struct pipes *pipes, bool feeds, bool keeps) {
  memset(pipes, -1, sizeof *pipes);
  for (int i = 0; i < 3; i++) {
    int pair[2];
    if (i == 0 ? !feeds : !keeps) continue;
    if (pipe2(pair, O_CLOEXEC) < 0) return false;
    pipes->ends[i][0] = pair[i == 0 ? 0 : 1];
    pipes->ends[i][1] = pair[i == 0 ? 1 : 0];
    // Ours: while one program is served, the others are, too.
    if (fcntl(pipes->ends[i][1], F_SETFL, O_NONBLOCK) < 0) return false;
  }
  return true;
}

// Returns an errno, or 0.
static int spawn(const struct program_request *request, const struct pipes *pipes, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t defaults, none;
  int failed = posix_spawn_file_actions_init(&actions);
  if (failed != 0) return failed;
  failed = posix_spawnattr_init(&attributes);
  for (int fd = 0; failed == 0 && fd < 3; fd++) {
    int end = pipes->ends[fd][0];
    failed = end >= 0 ? posix_spawn_file_actions_adddup2(&actions, end, fd)
                      : posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
  }
  if (failed == 0 && request->directory != NULL) failed = posix_spawn_file_actions_addchdir_np(&actions, request->directory);
  // A shell that ignores signals has started some of our tools, and a program of the host expects none of that.
  sigfillset(&defaults);
  sigemptyset(&none);
  if (failed == 0) failed = posix_spawnattr_setsigdefault(&attributes, &defaults);
  if (failed == 0) failed = posix_spawnattr_setsigmask(&attributes, &none);
  if (failed == 0) failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  if (failed == 0) {
    char **environment = request->environment == NULL ? environ : request->environment;
    failed = posix_spawnp(pid, request->file, &actions, &attributes, request->arguments, environment);
  }
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return failed;
}

int program_open(const struct program_request *request) {
  struct pipes pipes;
  if (programs_count == PROGRAMS_LIMIT) return errno = EAGAIN, -1;
  // What the caller has left open is for what this process becomes, and not for helpers.
  syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  struct program program = {.deadline = request->timeout < 0 ? -1 : milliseconds_now() + request->timeout,
                            .kept = request->kept,
                            .patience = -1,
                            .input_size = request->input_size};
  if (request->input_size > 0 && (program.input = malloc(request->input_size)) == NULL) return -1;
  if (request->input_size > 0) memcpy(program.input, request->input, request->input_size);
  int failed = open_pipes(&pipes, request->input != NULL, request->kept > 0) ? spawn(request, &pipes, &program.pid) : errno;
  close_pipes(&pipes, 0);
  if (failed == 0) {
    program.process = (int)syscall(SYS_pidfd_open, program.pid, 0);
    if (program.process < 0) failed = errno;
  }
  if (failed != 0) {
    close_pipes(&pipes, 1);
    free(program.input);
    return errno = failed, -1;
  }
  program.input_fd = pipes.ends[0][1];
  for (size_t i = 0; i < 2; i++) program.outputs[i].fd = pipes.ends[i + 1][1];
  programs[programs_count] = program;
  return (int)programs_count++;
}
