// A wire to Redis that loses, delays or cuts what Redis says.
import net from 'node:net';
import {defer} from './cleanup.mjs';

/** Stands between a daemon and Redis, and knows which connections are for news. */
export class RedisProxy {
  /** Replies are held back for so long, in ms. */
  delay = 0;
  /** News of channels are swallowed. */
  losesNews = false;
  /** The next reply to a command is swallowed, and its connection cut. */
  cutsNextReply = false;
  #sockets = new Set();

  constructor(target) {
    this.target = target;
    this.lost = 0;
  }

  async listen() {
    this.server = net.createServer((inbound) => this.#accept(inbound));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `redis://127.0.0.1:${this.port}`;
    return this;
  }

  #accept(inbound) {
    const outbound = net.connect({host: '127.0.0.1', port: this.target});
    let isForNews = false;
    for (const each of [inbound, outbound]) {
      this.#sockets.add(each);
      each.on('error', () => {});
      each.once('close', () => {
        this.#sockets.delete(each);
        inbound.destroy();
        outbound.destroy();
      });
    }
    inbound.on('data', (bytes) => {
      isForNews ||= bytes.includes('SUBSCRIBE\r\n');
      outbound.write(bytes);
    });
    outbound.on('data', (bytes) => {
      if (isForNews && this.losesNews && bytes.includes('message\r\n')) {
        this.lost += 1;
        return;
      }
      if (!isForNews && this.cutsNextReply && bytes.includes('new\r\n')) {
        this.cutsNextReply = false;
        this.lost += 1;
        inbound.destroy();
        return;
      }
      if (this.delay > 0) setTimeout(() => inbound.write(bytes), this.delay);
      else inbound.write(bytes);
    });
  }

  /** Ends all connections. */
  cut() {
    for (const each of this.#sockets) each.destroy();
  }

  close() {
    this.server.close();
    this.cut();
  }
}

export async function startRedisProxy(t, redis) {
  const proxy = await new RedisProxy(redis.port).listen();
  defer(t, () => proxy.close());
  return proxy;
}
