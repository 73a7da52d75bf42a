// A FlyRPC backend by this test's own hand: links of gateways, their clients by id, and an application on id 0.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import {ScriptedApp} from './app_script.mjs';
import {defer} from './cleanup.mjs';
import {within} from './deadline.mjs';
import {assertPacket, code, describe, errorBuffer, flag, packet, PacketStream, startFly} from './fly.mjs';
import {Inbox} from './inbox.mjs';
import {freePort} from './ports.mjs';

export const linkId = 0;
export const linkCommand = {connect: 1, command: 2, disconnect: 3, publish: 4};
const methods = new Map(Object.entries(linkCommand).map(([name, number]) => [number, name]));

/** What proves a side of a link to the other: over the own nonce, and the other's. */
export function linkProof(secret, role, own, other) {
  const text = `${role} ${Buffer.byteLength(own)} ${own} ${Buffer.byteLength(other)} ${other}`;
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** One frame: `ids` as they are, at most 255. `length` overrides the announced length. */
export function muxFrame(ids, buffer = '', {length} = {}) {
  const body = Buffer.from(buffer);
  const head = Buffer.alloc(1 + 2 * ids.length + 2);
  head.writeUInt8(ids.length, 0);
  ids.forEach((id, at) => head.writeUInt16BE(id, 1 + 2 * at));
  head.writeUInt16BE(length ?? body.length, 1 + 2 * ids.length);
  return Buffer.concat([head, body]);
}

function firstFrame(bytes) {
  if (bytes.length < 1) return null;
  const head = 1 + 2 * bytes[0] + 2;
  if (bytes.length < head) return null;
  const size = head + bytes.readUInt16BE(head - 2);
  if (bytes.length < size) return null;
  const ids = Array.from({length: bytes[0]}, (_, at) => bytes.readUInt16BE(1 + 2 * at));
  return {ids, buffer: Buffer.from(bytes.subarray(head, size)), size};
}

/** A client of the gateway, as a backend sees it. Packets that no handler takes are in its inbox. */
export class BackendClient {
  inbox = new Inbox();
  frames = 0;
  #sequence = 0;

  constructor(link, id) {
    Object.assign(this, {link, id});
    this.stream = new PacketStream((one) => this.#take(one));
    this.closed = new Promise((resolve) => { this.resolveClosed = resolve; });
  }

  #take(one) {
    const {backend} = this.link;
    if (!this.helo) {
      if (one.flag !== flag.helo) {
        this.link.fault(`client ${this.id} began with ${describe(one)}`);
        return;
      }
      this.heloSequence = one.sequence;
      try {
        this.helo = JSON.parse(one.buffer);
      } catch (error) {
        this.link.fault(`client ${this.id} was introduced by ${describe(one)}: ${error.message}`);
        this.close();
        return;
      }
      const answer = backend.helo(this.helo, this);
      if (answer) this.send(...answer);
      backend.arrived.push(this);
      return;
    }
    const handler = one.flag === flag.call ? backend.commands[one.command] : undefined;
    if (!handler) {
      this.inbox.push(one);
      return;
    }
    const reply = handler(one, this);
    if (reply !== undefined) this.send(flag.reply, {command: one.command, sequence: one.sequence, buffer: reply});
  }

  get sid() {
    return this.helo?.session;
  }

  write(bytes) {
    this.link.frame([this.id], bytes);
  }

  send(flagByte, fields) {
    this.write(packet(flagByte, fields));
  }

  /** A call of this client; its sequence. */
  call(command, buffer = '') {
    this.#sequence = (this.#sequence + 1) & 0xff;
    this.send(flag.call, {command, sequence: this.#sequence, buffer});
    return this.#sequence;
  }

  async expect(expected, options) {
    const one = await this.inbox.next(`of client ${this.id} a packet like ${JSON.stringify(expected).slice(0, 300)}`,
      options);
    assertPacket(one, expected);
    return one;
  }

  /** Closes it from this side. */
  close() {
    this.closedHere = true;
    this.link.frame([this.id]);
  }

  waitForClose(options) {
    return within(this.closed, `the gateway to close client ${this.id}`, options);
  }
}

/** One connection of a gateway. */
export class Link {
  open = new Map();  // clients by id, until both sides have closed them
  frames = [];
  #bytes = Buffer.alloc(0);
  #sequence = 0;
  #onLinkPacket = new PacketStream((one) => this.#takeOwn(one));
  inbox = new Inbox();  // replies on id 0

  constructor(backend, socket) {
    Object.assign(this, {backend, socket, state: 'greeting'});
    this.greeting = new PacketStream((one) => this.#greet(one));
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.state = 'closed';
        for (const client of this.open.values()) {
          client.inbox.close('the link is closed');
          client.resolveClosed('link');
        }
        this.inbox.close('the link is closed');
        resolve();
      });
    });
  }

  fault(what) {
    this.backend.faults.push(what);
  }

  #greet(one) {
    if (this.state !== 'greeting') {
      this.fault(`after the greeting came ${describe(one)}`);
      return;
    }
    this.packets = (this.packets ?? 0) + 1;
    const {secret} = this.backend;
    const helo = JSON.parse(one.buffer);
    if (one.flag !== flag.helo || one.command !== 0) this.fault(`a gateway began with ${describe(one)}`);
    if (this.packets === 1) {
      this.helo = helo;
      this.nonce = `nonce ${Math.random()}`;
      this.write(...this.backend.greet(helo, this));
      return;
    }
    this.proof = helo.proof;
    const expected = secret ? linkProof(secret, 'gateway', helo.nonce ?? this.helo.nonce, this.nonce) : undefined;
    if (expected !== undefined && helo.proof !== expected) {
      this.backend.refused.push(this);
      this.write(packet(flag.heloError, {buffer: errorBuffer(code.forbidden, 'wrong proof')}));
      this.socket.end();
      return;
    }
    this.state = 'open';
    this.write(...this.backend.accept(this));
    this.backend.opened.push(this);
  }

  write(...pieces) {
    for (const each of pieces) this.socket.write(each);
  }

  /** To any ids, in as many frames as it takes: 255 ids and 65,535 bytes each. */
  frame(ids, buffer = '') {
    const bytes = Buffer.from(buffer);
    for (let from = 0; from < Math.max(ids.length, 1); from += 255) {
      for (let at = 0; at === 0 || at < bytes.length; at += 65_535) {
        this.write(muxFrame(ids.slice(from, from + 255), bytes.subarray(at, at + 65_535)));
      }
    }
  }

  #take(bytes) {
    if (this.state === 'greeting') {
      // Packets of the greeting are two; frames may come with the last.
      let rest = bytes;
      while (this.state === 'greeting' && rest.length > 0) {
        this.greeting.take(rest.subarray(0, 1));
        rest = rest.subarray(1);
      }
      bytes = rest;
    }
    if (this.state !== 'open') return;
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let next = firstFrame(this.#bytes); next; next = firstFrame(this.#bytes)) {
      this.#bytes = this.#bytes.subarray(next.size);
      this.#takeFrame(next);
    }
  }

  #takeFrame({ids, buffer}) {
    if (ids.length !== 1) this.fault(`a gateway's frame has one id, found ${ids.length}`);
    const [id] = ids;
    this.frames.push({id, size: buffer.length});
    if (id === linkId) {
      if (buffer.length === 0) this.fault('the gateway closed id 0');
      this.#onLinkPacket.take(buffer);
      return;
    }
    const client = this.open.get(id);
    if (client) client.frames += 1;
    if (buffer.length > 0) {
      if (!client) {
        const opened = new BackendClient(this, id);
        opened.frames = 1;
        this.open.set(id, opened);
        opened.stream.take(buffer);
      } else if (client.gone) {
        this.fault(`id ${id} was used again before it was closed here`);
      } else if (!client.closedHere) {
        client.stream.take(buffer);
      }
      return;
    }
    if (!client) {
      this.fault(`id ${id} was closed, and is not open`);
      return;
    }
    if (client.gone) this.fault(`id ${id} was closed twice`);
    client.gone = true;
    client.inbox.close('the gateway has closed it');
    client.resolveClosed('gateway');
    this.backend.left.push(client);
    if (client.closedHere) this.open.delete(id);
    else if (this.backend.answersCloses) this.confirmClose(client);
  }

  /** Answers the gateway's close: now the id is free. */
  confirmClose(client) {
    this.open.delete(client.id);
    client.closedHere = true;
    this.frame([client.id]);
  }

  // -- id 0 --

  async #takeOwn(one) {
    if (one.flag !== flag.call) {
      this.inbox.push(one);
      return;
    }
    const method = methods.get(one.command);
    if (!method || method === 'publish') {
      this.fault(`the gateway asked for command ${one.command}`);
      return;
    }
    const body = JSON.parse(one.buffer);
    const answer = await this.backend.app.decide({method, sid: body.sid, body, link: this, sequence: one.sequence});
    if (this.state !== 'open' || answer === undefined) return;
    if (answer.error) this.send(flag.error, {command: one.command, sequence: one.sequence,
      buffer: errorBuffer(...answer.error)});
    else this.send(flag.reply, {command: one.command, sequence: one.sequence, buffer: JSON.stringify(answer)});
  }

  send(flagByte, fields) {
    this.frame([linkId], packet(flagByte, fields));
  }

  /** Publishes, and wants no answer unless `ack`. Its sequence. */
  publish(publication, {ack = false, command = linkCommand.publish} = {}) {
    this.#sequence = (this.#sequence + 1) & 0xff;
    const buffer = typeof publication === 'string' || Buffer.isBuffer(publication) ? publication : JSON.stringify(publication);
    this.send(ack ? flag.ackCall : flag.call, {command, sequence: this.#sequence, buffer});
    return this.#sequence;
  }

  async expect(expected) {
    const one = await this.inbox.next(`on the link a packet like ${JSON.stringify(expected)}`);
    assertPacket(one, expected);
    return one;
  }

  /** The gateway has obeyed whatever was sent it before. */
  async settle() {
    this.send(flag.ping, {sequence: 250, buffer: 'settle'});
    await this.expect({flag: flag.pong, sequence: 250, text: 'settle'});
  }

  waitForClose() {
    return within(this.closed, 'the end of the link');
  }
}

/** `commands`: by number, what a call (packet, client) is replied; undefined is no reply. `script`: that of ScriptedApp.
    A breach of the protocol by the gateway is a fault, and fails the test at its end. */
export class FlyBackend {
  port = null;
  faults = [];
  links = [];
  opened = new Inbox();
  refused = new Inbox();
  arrived = new Inbox();
  left = new Inbox();
  dials = [];
  answersCloses = true;

  constructor({secret, commands = {}, script, helo, greet, accept, tls: certificate, name = 'backend'} = {}) {
    Object.assign(this, {secret, commands, certificate, name});
    this.app = new ScriptedApp(script);
    if (helo) this.helo = helo;
    if (greet) this.greet = greet;
    if (accept) this.accept = accept;
  }

  /** The answer to a client's Helo: [flag, fields], or nothing. */
  helo(said, client) {
    return [flag.heloAnswer, {sequence: client.heloSequence, buffer: '{"version":1,"serializer":"json"}'}];
  }

  /** The bytes of the answer to a gateway's first Helo. */
  greet({nonce}, link) {
    const proof = this.secret && linkProof(this.secret, 'backend', link.nonce, nonce);
    return [packet(flag.heloAnswer, {buffer: JSON.stringify(
      {version: 1, serializer: 'json', role: 'backend', node: this.name, nonce: link.nonce, proof})})];
  }

  /** The bytes that take the gateway in, once it has proved itself. */
  accept() {
    return [packet(flag.heloAnswer, {buffer: '{"version":1,"role":"backend"}'})];
  }

  /** Listens, and after `stop` at the same port again. */
  async start() {
    const take = (socket) => {
      this.dials.push(performance.now());
      this.links.push(new Link(this, socket));
    };
    this.server = this.certificate ? tls.createServer(this.certificate, take) : net.createServer(take);
    this.server.on('tlsClientError', () => {});
    this.port ??= await freePort();
    await new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    return this;
  }

  get address() {
    return `127.0.0.1:${this.port}`;
  }

  nextLink(options) {
    return this.opened.next(`a link to ${this.name}`, options);
  }

  /** The next client that has come. */
  nextClient(options) {
    return this.arrived.next(`a client of ${this.name}`, options);
  }

  /** Gone, as a crash would have it. */
  async stop() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const link of this.links) link.socket.destroy();
    await closed;
  }
}

export async function startBackend(t, options = {}) {
  const backend = new FlyBackend(options);
  defer(t, async () => {
    if (backend.server.listening) await backend.stop();
    assert.deepEqual(backend.faults, [], 'the gateway keeps to the protocol');
  });
  return backend.start();
}

/** Everything that `daemon` should have is linked. */
export const waitForLinks = (daemon, count) => daemon.waitForMetric('ability_backend_links_num', count);

/** The option that links the daemon to `backends`. */
export const linkedTo = (...backends) => ['--rpc-host', `fly://${backends.map((each) => each.address).join()}`];

/** A gateway with one link to one backend: {backend, daemon, link}. */
export async function startGateway(t, options = {}, args = ['--public']) {
  const backend = await startBackend(t, options);
  const daemon = await startFly(t, [...linkedTo(backend), '--lanes', '1', ...args]);
  const link = await backend.nextLink();
  await waitForLinks(daemon, 1);
  return {backend, daemon, link};
}
