// Where servers of tests listen that may end and start again.
import {readFileSync} from 'node:fs';
import net from 'node:net';

const first = 10_000;
const firstOfKernel = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0]);
// Where the kernel takes nearly all of them there is nothing to choose.
const end = firstOfKernel >= 2 * first ? firstOfKernel : 60_000;

// Tests that run at once must not take each other's, so that each process has some of its own.
const slices = 64;
const width = Math.floor((end - first) / slices);
const begin = first + (process.pid % slices) * width;
let next = Math.floor(Math.random() * width);

function canListen(port) {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A port of the loopback where nobody listens; not the same one soon again. It is none of those that the kernel gives to
    whoever asks for any, and to each outgoing connection: what ended there may find it taken when it comes back. */
export async function freePort() {
  for (;;) {
    const port = begin + next;
    next = (next + 1) % width;
    if (await canListen(port)) return port;
  }
}
