// A wire between clients and a server that breaks at random moments, in each of the ways in which wires break.
import net from 'node:net';
import {defer} from './cleanup.mjs';

/** Numbers from 0 to below 1 that are the same for each `seed` (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Each connection to it is one to the server at port `target`, which may be a function that decides for each. While `cuts` is true each is broken after a random time of
    about `mean` ms: at both ends at once, at one end only, in the middle of a frame, or after a time in which nothing passes. */
export class CuttingProxy {
  cuts = false;
  broken = 0;
  #wires = new Set();

  constructor(target, {mean = 1000, random = randomOf(1)} = {}) {
    Object.assign(this, {target, mean, random});
  }

  async listen() {
    this.server = net.createServer((socket) => this.#join(socket));
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    return this;
  }

  #join(near) {
    const port = typeof this.target === 'function' ? this.target() : this.target;
    const far = net.connect({host: '127.0.0.1', port});
    const wire = {near, far};
    this.#wires.add(wire);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on('error', () => {});
      from.on('data', (data) => to.write(data));
      from.on('end', () => to.end());
      from.once('close', () => {
        // An end that is gone takes the other with it, unless the wire carries nothing any more.
        if (!wire.dead) {
          clearTimeout(wire.timer);
          to.destroy();
        }
        if (near.destroyed && far.destroyed) this.#wires.delete(wire);
      });
    }
    this.#arm(wire);
  }

  #arm(wire) {
    wire.timer = setTimeout(() => (this.cuts ? this.#cut(wire) : this.#arm(wire)), this.mean * (0.1 + 1.8 * this.random()));
  }

  #cut(wire) {
    const {near, far} = wire;
    this.broken += 1;
    const later = (what) => { wire.timer = setTimeout(what, this.mean * this.random() / 3); };
    switch (Math.floor(this.random() * 5)) {
      case 0: // a crash
        near.resetAndDestroy();
        far.resetAndDestroy();
        break;
      case 1: // the client's network has changed: the server hears of it later
        wire.dead = true;
        far.removeAllListeners('data').pause();
        near.destroy();
        later(() => far.destroy());
        break;
      case 2: // a balancer between them goes: the server hears of it first
        wire.dead = true;
        near.removeAllListeners('data').pause();
        far.destroy();
        later(() => near.destroy());
        break;
      case 3: // in the middle of what the server sends
        wire.dead = true;
        far.removeAllListeners('data').once('data', (data) => {
          near.end(data.subarray(0, Math.floor(data.length * this.random())));
          far.destroy();
        });
        later(() => {
          near.destroy();
          far.destroy();
        });
        break;
      default: // nothing passes for a while, then it breaks
        far.pause();
        near.pause();
        later(() => {
          near.destroy();
          far.destroy();
        });
    }
  }

  /** Breaks all that there are, once. */
  snap() {
    for (const {near, far} of this.#wires) {
      near.destroy();
      far.destroy();
    }
  }

  async close() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const wire of this.#wires) clearTimeout(wire.timer);
    this.snap();
    await closed;
  }
}

/** A cutting proxy in front of port `target`; options: `mean`, `random`. */
export async function startCuttingProxy(t, target, options) {
  const proxy = await new CuttingProxy(target, options).listen();
  defer(t, () => proxy.close());
  return proxy;
}
