// The error contract.
//
// - A function that can fail takes a `struct error *` last, and returns 0 (or a descriptor, or a count) on success and -1 on failure.
// - Whoever finds the failure fills the error in with fail(), before anything that changes errno, and returns its -1.
//   It closes what it opened, prints nothing and reports nothing.
// - Whoever is in between passes -1 on and leaves the error alone.
// - Whoever ran the operation (perform() in operations.c) reports it, once, and ends the process with its exit code.
// - What is not worth stopping for is a warning(), reported where it is found.
#pragma once

enum {
  EXIT_SHIM = 125,            // mydocker failed
  EXIT_CANNOT_EXECUTE = 126,  // the command cannot be invoked
  EXIT_NOT_FOUND = 127,       // the command was not found
};

struct error {
  int number;          // errno, 0 where no system call failed
  int exit_code;       // one of the above
  char message[1024];   // what was being done, on what
  char hint[512];      // what to try; may be empty
};

// Fills the error in: the message is the strings up to NULL, one after the other. Returns -1.
int fail(struct error *error, int number, ...) __attribute__((sentinel));

// Adds what to try to an error that has been filled in: the strings up to NULL. Returns -1.
int hint(struct error *error, ...) __attribute__((sentinel));
