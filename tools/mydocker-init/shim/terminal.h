// The terminal somebody sits at: raw mode, its size, and giving it back as it was.
#pragma once

#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

struct terminal {
  int fd; // -1: not in raw mode
  struct termios before;
};

// Raw mode on fd, if it is a terminal. terminal->fd stays -1 if it is not.
void terminal_raw(struct terminal *terminal, int fd);

// As it was before. Any number of times.
void terminal_restore(struct terminal *terminal);

// The size of the first of stdin, stdout, stderr that is a terminal with a size. False: none is.
bool terminal_size(struct winsize *size);

// Gives a pty the size of the caller's own terminal, if it has one.
void terminal_copy_size(int master);

// A pty's slave, held open by whoever has its master: without it the master reports EIO and POLLHUP whenever nothing in the
// container has the terminal open, also between two programs. TIOCGPTPEER (4.13) needs no path.
int terminal_hold(int master);
