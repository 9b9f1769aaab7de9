// The role `limit`: a command in cgroups, and a program that takes them away when it has ended.
#pragma once

// argv: what follows the role's name: [--join FILE]... --after PROGRAM [ARG...] -- COMMAND [ARG...]. Becomes PROGRAM, with the command's
// exit code as its last argument: 128+n for a signal, 127 not found, 126 not executable.
int limit_role(int argc, char **argv);
