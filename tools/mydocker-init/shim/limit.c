#include "limit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>  // snprintf
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"

enum { FAILED = 125 };

// Of all that a command line can have.
enum { MAX_FILES = 64, MAX_AFTER = 64 };

struct request {
  const char *files[MAX_FILES + 1];
  char *after[MAX_AFTER + 2]; // with the exit code, and NULL
  int after_count;
  char **command;
};

static int refuse(const char *why) {
  complain("limit", "read the arguments", NULL, why, "limit [--join FILE]... --after PROGRAM [ARG...] -- COMMAND [ARG...]");
  return FAILED;
}

static int parse(int argc, char **argv, struct request *request) {
  int files = 0, at = 0;
  for (; at + 1 < argc && strcmp(argv[at], "--join") == 0; at += 2) {
    if (files == MAX_FILES) return refuse("too many files");
    request->files[files++] = argv[at + 1];
  }
  if (at == argc || strcmp(argv[at], "--after") != 0) return refuse("--after is missing");
  for (at++; at < argc && strcmp(argv[at], "--") != 0; at++) {
    if (request->after_count == MAX_AFTER) return refuse("too many words behind --after");
    request->after[request->after_count++] = argv[at];
  }
  if (request->after_count == 0 || at + 1 >= argc) return refuse("a command is missing");
  request->command = argv + at + 1;
  return 0;
}

// A thread that writes 0 moves itself, and on v1 need not wait for anybody (docs/decisions.md).
static int join(const char *file) {
  int fd = open(file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int result = write(fd, "0", 1) == 1 ? 0 : -1, error = errno;
  close(fd);
  errno = error;
  return result;
}

// As it was inherited: what nohup(1), or the shell of a background job, has the command ignore or block stays so. SIGPIPE was ignored by
// the engine that this process was before.
static int restore_signals(const sigset_t *inherited) {
  if (signal(SIGPIPE, SIG_DFL) == SIG_ERR) return -1;
  return sigprocmask(SIG_SETMASK, inherited, NULL);
}

static int run_command(const struct request *request, pid_t parent, const sigset_t *inherited) {
  for (int i = 0; request->files[i] != NULL; i++) {
    if (join(request->files[i]) == 0) continue;
    complain("limit", "join the cgroup", request->files[i], NULL, NULL);
    return FAILED;
  }
  // Without the one that takes its cgroup away it would have no end: it dies with that. Who died before, has no signal left to send.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) return FAILED;
  if (restore_signals(inherited) < 0) return FAILED;
  execvp(request->command[0], request->command);
  return complain_command("limit", request->command[0]);
}

// What a terminal sends, it sends to the command as well, as long as the two are one job: a command with a job or session of its own hears
// nothing of it. What somebody sends to this process alone is passed on.
static void pass_on(pid_t command, const siginfo_t *signal) {
  if (signal->si_code == SI_KERNEL && getpgid(command) == getpgrp()) return;
  kill(command, signal->si_signo);
}

// Whoever waits for this process, a shell, sees its job stop where the command does; the SIGCONT of `fg` goes to both. SIGSTOP is somebody's
// who stops this one process and will continue it.
static void stop_along(int signal) {
  if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) raise(SIGSTOP);
}

static int supervise(pid_t command, const sigset_t *every) {
  for (;;) {
    siginfo_t signal;
    int status, number = sigwaitinfo(every, &signal);
    if (number > 0 && number != SIGCHLD) pass_on(command, &signal);
    if (number != SIGCHLD || waitpid(command, &status, WNOHANG | WUNTRACED) != command) continue;
    if (WIFSTOPPED(status)) stop_along(WSTOPSIG(status));
    else return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
}

int limit_role(int argc, char **argv) {
  struct request request = {0};
  int result = parse(argc, argv, &request);
  if (result != 0) return result;
  sigset_t every, inherited;
  sigfillset(&every);
  sigprocmask(SIG_SETMASK, &every, &inherited);
  signal(SIGCHLD, SIG_DFL); // ignored, as it may have been inherited, it would leave nothing to wait for
  pid_t self = getpid(), command = fork();
  if (command == 0) _exit(run_command(&request, self, &inherited));
  int code = FAILED;
  if (command < 0) {
    complain("limit", "fork", NULL, NULL, NULL);
  } else {
    code = supervise(command, &every);
  }
  char digits[8];
  snprintf(digits, sizeof digits, "%d", code);
  request.after[request.after_count] = digits;
  // The signals stay blocked: the cgroup goes, whoever is in a hurry.
  execv(request.after[0], request.after);
  complain("limit", "run the program for the end", request.after[0], NULL, NULL);
  return code;
}
