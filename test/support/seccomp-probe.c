// What a seccomp filter does to a system call, for tests.
//
//   seccomp-probe lseek DESCRIPTOR OFFSET WHENCE   prints what it returned, "errno N", "signal N" or "trapped"
//   seccomp-probe thread                           lets a thread call lseek: "survived" if the process does, else "signal N"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long number) {
  char line[64];
  int length = number < 0 ? snprintf(line, sizeof line, "%s\n", what) : snprintf(line, sizeof line, "%s %ld\n", what, number);
  if (write(1, line, (size_t)length) != length) _exit(3);
}

static void trapped(int number) {
  (void)number;
  say("trapped", -1);
  _exit(0);
}

static void *seek(void *unused) {
  (void)unused;
  syscall(SYS_lseek, 99, 0, 0);
  return NULL;
}

static int in_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, seek, NULL) != 0) return 2;
  // Not joined: a thread that was killed never says so.
  for (int i = 0; i < 20; i++) usleep(20 * 1000);
  say("survived", -1);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  pid_t child = fork();
  if (child == 0) {
    if (strcmp(argv[1], "thread") == 0) _exit(in_thread());
    if (argc != 5) _exit(2);
    struct sigaction action = {.sa_handler = trapped};
    sigaction(SIGSYS, &action, NULL);
    long result = syscall(SYS_lseek, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
    if (result < 0) say("errno", errno);
    else say("returned", result);
    _exit(0);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child) return 4;
  if (WIFSIGNALED(status)) say("signal", WTERMSIG(status));
  return 0;
}
