// The relay's clients: what they send, what they are owed. Used by relay.c and relay-loop.c only.
#pragma once

#include "relay.h"

// Takes all who are waiting to connect.
void clients_accept(struct relay *relay);

// Hands relay->output to every client. Who cannot take it now is owed it.
void clients_offer(struct relay *relay);

// Sends a client what it is owed, as far as it can take it.
void client_pay(struct relay *relay, struct relay_client *client);

// Takes one message of a client, or its end. pidfd: the container's init, for signals.
void client_listen(struct relay *relay, int index, int pidfd);

// Is a chunk of output still to be handed out?
bool clients_owed(const struct relay *relay);

// Room in the socket for all that a pipe and a terminal can still hold when the container ends, so that a client which reads
// slowly (a terminal after ctrl-s) does not delay exit.json and the teardown.
void clients_make_room(struct relay *relay);

// Sends away whom the chunk cannot be given to.
void clients_drop_owed(struct relay *relay);

// Writes pending input to the container, as far as it takes it.
void input_flush(struct relay *relay);
