// A wire between nodes that can be stalled, cut and healed, for as long as nodes do not encrypt what they say.
import net from 'node:net';
import {greetingSize, parseHello} from './greeting.mjs';
import {defer} from './cleanup.mjs';

/** One connection through a proxy. */
class Wire {
  stalled = false;
  ended = false;
  dialler = undefined;

  constructor(inbound, head) {
    this.inbound = inbound;
    inbound.on('error', () => {});
    inbound.once('close', () => this.#half());
    inbound.pause();
    this.head = head;
  }

  connect(port) {
    this.outbound = net.connect({host: '127.0.0.1', port, allowHalfOpen: true});
    this.outbound.on('error', () => {});
    this.outbound.once('close', () => this.#half());
    this.outbound.write(this.head);
    this.#flow();
  }

  #flow() {
    this.inbound.pipe(this.outbound);
    this.outbound.pipe(this.inbound);
  }

  /** An end that is gone takes the other with it, but not over a wire that carries nothing. */
  #half() {
    this.ended = true;
    if (!this.stalled) this.cut();
  }

  stall() {
    if (this.stalled) return;
    this.stalled = true;
    this.inbound.unpipe().pause();
    this.outbound?.unpipe().pause();
  }

  /** What has been held back goes on its way. */
  heal(port) {
    if (!this.stalled) return;
    this.stalled = false;
    if (this.ended) this.cut();
    else if (!this.outbound) this.connect(port);
    else this.#flow();
  }

  cut() {
    this.inbound.destroy();
    this.outbound?.destroy();
  }
}

/** Stands in front of one node; others dial the proxy. Nodes are told apart by the names in their hellos. */
export class Proxy {
  target = 0;
  #accepted = new Set();
  #wires = new Set();
  #rules = new Map();

  async listen(port = 0) {
    this.server = net.createServer({allowHalfOpen: true}, (socket) => this.#accept(socket));
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    return this;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  /** How many connections there have been of node `dialler`. */
  dials(dialler) {
    return this.seen.filter((name) => name === dialler).length;
  }

  seen = [];

  #rule(dialler) {
    return this.#rules.get(dialler) ?? this.#rules.get('*');
  }

  /** Reads the hello, and then acts as the rule for that node says. */
  #accept(socket) {
    this.#accepted.add(socket);
    socket.once('close', () => this.#accepted.delete(socket));
    // A dialler that went before its hello was here leaves half a connection, which would stay for ever.
    const leave = () => socket.destroy();
    socket.once('end', leave);
    let head = Buffer.alloc(0);
    const read = (data) => {
      head = Buffer.concat([head, data]);
      const size = greetingSize(head);
      if (size === undefined || head.length < size) return;
      socket.off('data', read);
      socket.off('end', leave);
      const wire = new Wire(socket, head);
      wire.dialler = parseHello(head)?.node?.name;
      this.seen.push(wire.dialler);
      this.#wires.add(wire);
      socket.once('close', () => { if (!wire.stalled) this.#wires.delete(wire); });
      switch (this.#rule(wire.dialler)) {
        case 'cut': wire.cut(); break;
        case 'stall': wire.stall(); break;
        default: wire.connect(this.target);
      }
    };
    socket.on('error', () => {});
    socket.on('data', read);
  }

  #of(dialler) {
    return [...this.#wires].filter((wire) => dialler === '*' || wire.dialler === dialler);
  }

  /** Breaks what connections `dialler` has, and each new one ('*': everybody's). */
  cut(dialler = '*') {
    this.#rules.set(dialler, 'cut');
    for (const wire of this.#of(dialler)) wire.cut();
  }

  /** Nothing passes any more, and nothing breaks. */
  stall(dialler = '*') {
    this.#rules.set(dialler, 'stall');
    for (const wire of this.#of(dialler)) wire.stall();
  }

  /** Breaks what connections there are, once. */
  snap(dialler = '*') {
    for (const wire of this.#of(dialler)) wire.cut();
  }

  heal(dialler = '*') {
    this.#rules.delete(dialler);
    for (const wire of this.#of(dialler)) wire.heal(this.target);
  }

  async close() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const wire of this.#wires) wire.cut();
    for (const socket of this.#accepted) socket.destroy();
    await closed;
  }
}

/** Starts a proxy for test `t`; its `target` is set when the node behind it is known. */
export async function startProxy(t) {
  const proxy = await new Proxy().listen();
  defer(t, () => proxy.close());
  return proxy;
}
