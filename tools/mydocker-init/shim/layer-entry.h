// A layer's entries, made one after the other below the process's root. Paths are relative to it; "." is the root itself.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "error.h"

// What was made last: data, owner, mode, attributes and time that follow are its.
struct entry {
  int file;          // open for writing, or -1 where it is no regular file
  const char *path;  // the caller's, of the frame that made it; in `name`
  mode_t type;       // S_IFMT of it; 0: nothing has been made
  char name[4096];
};

int make_directory(struct entry *entry, const char *path, struct error *error);
int make_file(struct entry *entry, const char *path, struct error *error);
int make_link(struct entry *entry, const char *path, const char *target, struct error *error);
int make_node(struct entry *entry, const char *path, mode_t type, dev_t device, struct error *error);
int make_hard_link(struct entry *entry, const char *path, const char *target, struct error *error);

// What a lower layer has there is gone: a device 0:0 (overlayfs.rst), or an opaque directory where this layer has one there itself.
int make_whiteout(const char *path, struct error *error);

// Nothing that lower layers have in the directory is seen.
int make_opaque(const char *path, struct error *error);

int set_owner(const struct entry *entry, mode_t mode, uid_t user, gid_t group, struct error *error);
int set_attribute(const struct entry *entry, const char *name, const void *value, size_t size, struct error *error);
int set_time(const struct entry *entry, const struct timespec *time, struct error *error);

// Of a directory, at the end: what was made in it has changed it. One that is no directory any more keeps its own.
int set_directory_time(const char *path, const struct timespec *time, struct error *error);
