#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

static int place_streams(const struct program *program, posix_spawn_file_actions_t *files) {
  const int streams[] = {program->input, program->output, program->error};
  int result = 0;
  for (int fd = 0; fd < 3 && result == 0; fd++) {
    result = streams[fd] < 0 ? posix_spawn_file_actions_addopen(files, fd, "/dev/null", O_RDWR, 0)
                             : posix_spawn_file_actions_adddup2(files, streams[fd], fd);
  }
  return result;
}

int program_start(const struct program *program, pid_t *pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int result = posix_spawn_file_actions_init(&files);
  if (result == 0) {
    result = posix_spawnattr_init(&attributes);
    if (result == 0) {
      // The relay leaves every signal blocked, and the shim ignores SIGPIPE: the program begins with neither.
      result = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
      if (result == 0) result = posix_spawnattr_setsigmask(&attributes, &none);
      if (result == 0) result = posix_spawnattr_setsigdefault(&attributes, &all);
      if (result == 0) result = place_streams(program, &files);
      if (result == 0) result = posix_spawn(pid, program->path, &files, &attributes, program->arguments, program->environment);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
  }
  errno = result;
  return result == 0 ? 0 : -1;
}

int program_wait(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}
