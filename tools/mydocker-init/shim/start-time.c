#include "start-time.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

// The 22nd field of /proc/PID/stat, counted behind the command's name, which may hold anything but ends at the last ")".
int start_time(pid_t pid, uint64_t *start) {
  char path[64], content[1024];
  struct text text = TEXT(path);
  text_add(&text, "/proc/");
  text_add_number(&text, (uint64_t)pid);
  text_add(&text, "/stat");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, content, sizeof content - 1);
  close(fd);
  if (length <= 0) return -1;
  content[length] = '\0';
  char *at = strrchr(content, ')');
  for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
  if (at == NULL) return -1;
  at++;
  at[strcspn(at, " ")] = '\0';
  return parse_decimal(at, UINT64_MAX, start);
}
