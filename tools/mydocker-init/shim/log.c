#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  DATE = 20,                          // 2026-01-31T12:00:00.
  PREFIX = DATE + sizeof "123456789Z stdout F " - 1,
};

static void digits(char *to, unsigned long value, int count) {
  while (count-- > 0) {
    to[count] = (char)('0' + value % 10);
    value /= 10;
  }
}

// gmtime and strftime would pull the C library's locale and time zone code, and its memory, into every monitor. The
// calendar is Howard Hinnant's civil_from_days: years begin in March, so that a leap day is a year's last.
static void spell_date(char date[DATE], time_t second) {
  long days = (long)(second / 86400), rest = (long)(second % 86400);
  long shifted = days + 719468; // from 0000-03-01
  long era = shifted / 146097, day_of_era = shifted % 146097;
  long year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  long month_from_march = (5 * day_of_year + 2) / 153;
  long month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  long year = year_of_era + era * 400 + (month <= 2);
  memcpy(date, "0000-00-00T00:00:00.", DATE);
  digits(date, (unsigned long)year, 4);
  digits(date + 5, (unsigned long)month, 2);
  digits(date + 8, (unsigned long)(day_of_year - (153 * month_from_march + 2) / 5 + 1), 2);
  digits(date + 11, (unsigned long)(rest / 3600), 2);
  digits(date + 14, (unsigned long)(rest / 60 % 60), 2);
  digits(date + 17, (unsigned long)(rest % 60), 2);
}

int log_open(struct log *log, const char *path) {
  memset(log, 0, sizeof *log);
  log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  return log->fd < 0 ? -1 : 0;
}

void log_close(struct log *log) {
  if (log->fd >= 0) close(log->fd);
  log->fd = -1;
}

// Writes it all, or gives up: then `torn` says whether what is in the file ends inside an entry. An entry's last iovec is the
// only one that ends with a newline.
static void write_entries(struct log *log, struct iovec *vectors, int count) {
  int next = 0;
  bool inside = false; // part of vectors[next] is written
  while (next < count) {
    int batch = count - next < IOV_MAX ? count - next : IOV_MAX;
    ssize_t written = writev(log->fd, vectors + next, batch);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      if (next > 0 || inside) {
        const struct iovec *before = next > 0 ? &vectors[next - 1] : NULL;
        log->torn = inside || ((const char *)before->iov_base)[before->iov_len - 1] != '\n';
      }
      for (; next < count; next++) log->lost += vectors[next].iov_len;
      return;
    }
    while (next < count && (size_t)written >= vectors[next].iov_len) {
      written -= (ssize_t)vectors[next++].iov_len;
      inside = false;
    }
    if (next < count && written > 0) {
      vectors[next].iov_base = (char *)vectors[next].iov_base + written;
      vectors[next].iov_len -= (size_t)written;
      inside = true;
    }
  }
  log->torn = false;
}

void log_write(struct log *log, enum log_stream stream, const char *data, size_t size) {
  static struct iovec vectors[512];
  if (log->fd < 0) return;

  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != log->second) {
    spell_date(log->date, now.tv_sec);
    log->second = now.tv_sec;
  }
  // One prefix for all whole lines of this chunk and one for the beginning of a line at its end.
  char whole[PREFIX], part[PREFIX];
  memcpy(whole, log->date, DATE);
  memcpy(whole + DATE, stream == LOG_STDOUT ? "000000000Z stdout F " : "000000000Z stderr F ", PREFIX - DATE);
  digits(whole + DATE, (unsigned long)now.tv_nsec, 9);
  memcpy(part, whole, PREFIX);
  part[PREFIX - 2] = 'P';

  const char *end = data + size;
  while (data < end) {
    int count = 0;
    if (log->torn) vectors[count++] = (struct iovec){(void *)"\n", 1};
    while (data < end && count + 3 <= (int)(sizeof vectors / sizeof *vectors)) {
      const char *newline = memchr(data, '\n', (size_t)(end - data));
      const char *stop = newline ? newline + 1 : end;
      vectors[count++] = (struct iovec){newline ? whole : part, PREFIX};
      vectors[count++] = (struct iovec){(void *)data, (size_t)(stop - data)}; // a whole line's own newline ends its entry
      if (!newline) vectors[count++] = (struct iovec){(void *)"\n", 1};
      data = stop;
    }
    write_entries(log, vectors, count);
  }
}
