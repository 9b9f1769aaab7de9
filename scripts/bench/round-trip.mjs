// `node round-trip.mjs serve PORT`, or `ask ADDRESS PORT COUNT`: a byte there and back over TCP, again and again; prints microseconds for each.
import { connect, createServer } from "node:net";

const [role, ...words] = process.argv.slice(2);
if (role === "serve") {
  createServer({ noDelay: true }, (socket) => socket.on("error", () => {}).pipe(socket)).listen(Number(words[0]), "::");
} else {
  const [host, port, count] = words;
  ask(host, Number(port), Number(count));
}

function ask(host, port, count) {
  let left = count;
  let started = 0n;
  const socket = connect({ host, port, noDelay: true }, () => {
    started = process.hrtime.bigint();
    socket.write("?");
  });
  socket.on("data", () => {
    left -= 1;
    if (left > 0) return socket.write("?");
    process.stdout.write(String(Number(process.hrtime.bigint() - started) / 1e3 / count));
    socket.destroy();
  });
}
