// A network for datagrams between clients and a server that loses some of them.
import dgram from 'node:dgram';
import {randomOf} from './cuts.mjs';
import {defer} from './cleanup.mjs';

const bind = (socket) => new Promise((resolve, reject) => {
  socket.once('error', reject);
  socket.bind(0, '127.0.0.1', resolve);
});

/** Each client at it has an address of its own at the server at `target`. Of all datagrams, either way, the part `loss` is
    lost, or those that `drops` is true for. */
class LossyProxy {
  loss = 0;
  lost = 0;
  passed = 0;
  #far = new Map();

  constructor(target, random) {
    Object.assign(this, {target, random});
  }

  async listen() {
    this.near = dgram.createSocket({type: 'udp4', recvBufferSize: 4_000_000});
    this.near.on('message', (data, from) => this.#up(data, from));
    await bind(this.near);
    this.port = this.near.address().port;
    return this;
  }

  #loses(data, direction) {
    const is = this.drops ? this.drops(data, direction) : this.random() < this.loss;
    if (is) this.lost += 1;
    else this.passed += 1;
    return is;
  }

  #up(data, from) {
    const key = `${from.address}:${from.port}`;
    if (!this.#far.has(key)) {
      const socket = dgram.createSocket({type: 'udp4', recvBufferSize: 4_000_000});
      socket.on('error', () => {});
      socket.on('message', (answer) => {
        if (!this.#loses(answer, 'down')) this.near.send(answer, from.port, from.address);
      });
      this.#far.set(key, socket);
    }
    if (!this.#loses(data, 'up')) this.#far.get(key).send(data, this.target, '127.0.0.1');
  }

  close() {
    this.near.close();
    for (const socket of this.#far.values()) socket.close();
  }
}

/** A lossy network in front of UDP port `target`. */
export async function startLossyProxy(t, target, {random = randomOf(1)} = {}) {
  const proxy = await new LossyProxy(target, random).listen();
  defer(t, () => proxy.close());
  return proxy;
}
