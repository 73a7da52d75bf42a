// FlyRPC made by hand (docs/protocols/flyrpc.md): packets, and a client that sends exactly the bytes it is given.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';
import WebSocket from 'ws';
import {defer} from './cleanup.mjs';
import {startDaemon} from './daemon.mjs';
import {within} from './deadline.mjs';
import {Inbox} from './inbox.mjs';

export const subprotocol = 'flyrpc.v1';
export const maxBuffer = 65_535;

export const type = {mq: 0x00, helo: 0x40, ping: 0x80, rpc: 0xc0};
// Whole flag bytes, as a client sends or gets them.
export const flag = {
  message: 0x00, subscribe: 0x01, unsubscribe: 0x02, confirm: 0x04, reject: 0x08,
  helo: 0x40, heloAnswer: 0x41, heloError: 0x43,
  ping: 0x81, pong: 0x82,
  call: 0xc0, reply: 0xc1, error: 0xc3, rawCall: 0xc4, ackCall: 0xc8,
};
export const code = {notFound: 10_000, unauthorized: 10_401, forbidden: 10_403, tooMany: 10_429, tooLong: 11_000,
  closing: 21_001, badPayload: 25_000};

/** The bytes of a packet. `length` overrides the announced length. */
export function packet(flagByte, {command = 0, sequence = 0, buffer = '', length} = {}) {
  const body = Buffer.from(buffer);
  const head = Buffer.alloc(6);
  head.writeUInt8(flagByte, 0);
  head.writeUInt16BE(command, 1);
  head.writeUInt8(sequence, 3);
  head.writeUInt16BE(length ?? body.length, 4);
  return Buffer.concat([head, body]);
}

/** The first packet of `bytes`, and how many they are; null if it is not whole. */
export function unpack(bytes) {
  if (bytes.length < 6 || bytes.length < 6 + bytes.readUInt16BE(4)) return null;
  const size = 6 + bytes.readUInt16BE(4);
  return {
    flag: bytes[0],
    command: bytes.readUInt16BE(1),
    sequence: bytes[3],
    buffer: Buffer.from(bytes.subarray(6, size)),
    size,
  };
}

/** A stream of bytes, in any pieces, as packets. */
export class PacketStream {
  #bytes = Buffer.alloc(0);
  #due = 0;

  constructor(onPacket) {
    this.onPacket = onPacket;
  }

  get held() {
    return this.#bytes;
  }

  take(piece) {
    this.#bytes = this.#bytes.length > 0 ? Buffer.concat([this.#bytes, piece]) : piece;
    if (this.#bytes.length < this.#due) return;
    let at = 0;
    for (let next = unpack(this.#bytes); next; next = unpack(this.#bytes.subarray(at))) {
      at += next.size;
      this.onPacket(next);
    }
    this.#bytes = this.#bytes.subarray(at);
    this.#due = this.#bytes.length < 6 ? 6 : 6 + this.#bytes.readUInt16BE(4);
  }
}

export const errorBuffer = (number, text = '') => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(number);
  return Buffer.concat([head, Buffer.from(text)]);
};

/** The code and text of an error's buffer. */
export function errorOf({buffer}) {
  assert.ok(buffer.length >= 4, `an error has a code, found ${buffer.toString('hex')}`);
  return {code: buffer.readUInt32BE(0), text: buffer.subarray(4).toString('utf8')};
}

const names = new Map(Object.entries(flag).map(([name, value]) => [value, name]));
const shown = (buffer) => (buffer.length > 200 ? `${buffer.subarray(0, 200)}… (${buffer.length} bytes)` : String(buffer));

/** For messages of failed assertions. */
export const describe = (one) => (
  `${names.get(one.flag) ?? one.flag.toString(16)} command=${one.command} sequence=${one.sequence} ${shown(one.buffer)}`);

/** Checks what of a packet is named in `expected`: flag, command, sequence, text, bytes. */
export function assertPacket(one, expected) {
  const found = {};
  const wanted = {...expected};
  for (const key of Object.keys(expected)) {
    if (key === 'text') found.text = one.buffer.toString('utf8');
    else if (key === 'bytes') {
      found.bytes = one.buffer.toString('hex');
      wanted.bytes = Buffer.from(expected.bytes).toString('hex');
    } else found[key] = one[key];
  }
  if (wanted.text?.length > 1000 || wanted.bytes?.length > 1000) {
    // Not a hundred kilobytes of difference.
    assert.ok(found.text === wanted.text && found.bytes === wanted.bytes,
      `another buffer was due than in: ${describe(one)}`);
    for (const each of [found, wanted]) {
      delete each.text;
      delete each.bytes;
    }
  }
  assert.deepEqual(found, wanted, `the packet was: ${describe(one)}`);
}

let quiets = 0;

/** What all carriers have in common. Nothing is sent that a test does not ask for. */
export class FlyClient {
  inbox = new Inbox();
  packets = 0;
  #sequence = 0;

  constructor() {
    this.closed = new Promise((resolve) => { this.#resolveClosed = resolve; });
  }

  #resolveClosed;

  received(one) {
    this.packets += 1;
    this.inbox.push(one);
  }

  ended(how) {
    if (this.end) return;
    this.end = how;
    this.inbox.close(`closed: ${JSON.stringify(how)}`);
    this.#resolveClosed(how);
  }

  /** The next sequence number of this side: from 1, and through 0. */
  nextSequence() {
    this.#sequence = (this.#sequence + 1) & 0xff;
    return this.#sequence;
  }

  send(flagByte, fields) {
    this.write(packet(flagByte, fields));
  }

  next(what = 'a packet', options) {
    return this.inbox.next(what, options);
  }

  /** Takes the next packet, which must be as `expected` (see assertPacket). */
  async expect(expected, options) {
    const one = await this.next(`a packet like ${JSON.stringify(expected).slice(0, 300)}`, options);
    assertPacket(one, expected);
    return one;
  }

  /** Says who it is, and hands out the answer. */
  async helo(said = {}, {sequence = this.nextSequence()} = {}) {
    this.send(flag.helo, {sequence, buffer: typeof said === 'string' ? said : JSON.stringify(said)});
    const answer = await this.expect({flag: flag.heloAnswer, command: 0, sequence});
    const helo = JSON.parse(answer.buffer);
    this.sid = helo.session;
    return helo;
  }

  /** Asks for a stream, and waits for its confirmation. */
  async subscribe(alias, name) {
    const sequence = this.nextSequence();
    this.send(flag.subscribe, {command: alias, sequence, buffer: name});
    await this.expect({flag: flag.confirm, command: alias, sequence, text: ''});
    return alias;
  }

  /** Asks for a stream that it must not get; the reason. */
  async refusedSubscribe(alias, name) {
    const sequence = this.nextSequence();
    this.send(flag.subscribe, {command: alias, sequence, buffer: name});
    const answer = await this.expect({flag: flag.reject, command: alias, sequence});
    assert.ok(answer.buffer.length > 0, 'a Reject tells its reason');
    return answer.buffer.toString('utf8');
  }

  unsubscribe(alias) {
    this.send(flag.unsubscribe, {command: alias, sequence: this.nextSequence()});
  }

  /** A message to a stream by its alias. */
  say(alias, buffer) {
    const sequence = this.nextSequence();
    this.send(flag.message, {command: alias, sequence, buffer});
    return sequence;
  }

  /** A call, whose reply is for the test to await. Hands out the sequence. */
  rpc(command, buffer = '', {sequence = this.nextSequence(), flag: by = flag.call} = {}) {
    this.send(by, {command, sequence, buffer});
    return sequence;
  }

  async ping(buffer = '') {
    const sequence = this.nextSequence();
    this.send(flag.ping, {sequence, buffer});
    await this.expect({flag: flag.pong, command: 0, sequence, bytes: Buffer.from(buffer)});
  }

  /** What the next message on `alias` says. */
  async hear(alias, options) {
    const one = await this.next(`a message on alias ${alias}`, options);
    assertPacket(one, {flag: flag.message, command: alias});
    return one.buffer.toString('utf8');
  }

  /** Commands are obeyed in order: once this subscription is answered, all before it has been handled; and the answer
      being next proves that nothing else was sent. */
  async expectQuiet(why = 'nothing but the answer was due') {
    const [sequence, alias] = [this.nextSequence(), 0xffff];
    quiets += 1;
    this.send(flag.subscribe, {command: alias, sequence, buffer: `quiet/${quiets}`});
    const answer = await this.next('the answer to a subscription');
    assert.ok(answer.command === alias && answer.sequence === sequence
      && [flag.confirm, flag.reject].includes(answer.flag), `${why}; came: ${describe(answer)}`);
    if (answer.flag === flag.confirm) this.unsubscribe(alias);
  }

  waitForEnd(options) {
    return within(this.closed, 'the end of the connection', options);
  }

  /** The end as the daemon must tell it: the packet, then the close. */
  async expectEnd(number, text, {sequence = 0} = {}) {
    const last = await this.expect({flag: flag.heloError, command: 0, sequence});
    const said = errorOf(last);
    assert.equal(said.code, number, said.text);
    if (text instanceof RegExp) assert.match(said.text, text);
    else if (text !== undefined) assert.equal(said.text, text);
    const how = await this.waitForEnd();
    assert.equal(this.inbox.size, 0, 'nothing follows the farewell');
    return how;
  }
}

/** Over TCP, or TLS. */
export class StreamClient extends FlyClient {
  carrier = 'tcp';

  constructor(socket) {
    super();
    this.socket = socket;
    this.stream = new PacketStream((one) => this.received(one));
    socket.setNoDelay(true);
    socket.on('data', (piece) => this.stream.take(piece));
    socket.on('error', (error) => { this.error = error; });
    socket.once('end', () => this.ended({}));
    socket.once('close', () => this.ended({error: this.error?.code}));
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  pause() {
    this.socket.pause();
  }

  resume() {
    this.socket.resume();
  }

  /** Goes without a word. */
  destroy() {
    this.socket.destroy();
  }

  async leave() {
    this.socket.end();
    await this.waitForEnd();
  }
}

/** Over WebSocket: a packet is a message, and a message must be a packet. */
export class WebSocketClient extends FlyClient {
  carrier = 'websocket';

  constructor(url, {offered = [subprotocol], ...options} = {}) {
    super();
    this.socket = new WebSocket(url, offered, {perMessageDeflate: false, ...options});
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => {});
    this.socket.on('error', (error) => { this.error = error; });
    this.socket.on('message', (data, binary) => {
      const one = unpack(data);
      if (!binary || one?.size !== data.length) this.ended({error: `no packet: ${data.toString('hex').slice(0, 100)}`});
      else this.received(one);
    });
    this.socket.once('close', (number, reason) => this.ended({code: number, reason: reason.toString()}));
  }

  write(bytes) {
    let rest = bytes;
    // Several packets are several messages; what is not a packet goes as it is.
    for (let one = unpack(rest); one && one.size < rest.length; one = unpack(rest)) {
      this.socket.send(rest.subarray(0, one.size));
      rest = rest.subarray(one.size);
    }
    this.socket.send(rest);
  }

  pause() {
    this.socket._socket.pause();
  }

  resume() {
    this.socket._socket.resume();
  }

  destroy() {
    this.socket.terminate();
  }

  async leave() {
    this.socket.close(1000);
    await this.waitForEnd();
  }
}

// What stands in the first Helo over UDP for the cookie that is yet to come, so that the answer is no longer than it.
export const blankCookie = '-'.repeat(32);

/** Over UDP: a datagram is a packet. Nobody tells it of an end but by a packet. */
export class UdpClient extends FlyClient {
  carrier = 'udp';
  sent = {datagrams: 0, bytes: 0};
  got = {datagrams: 0, bytes: 0};

  constructor(socket) {
    super();
    this.socket = socket;
    socket.on('message', (data) => {
      this.got.datagrams += 1;
      this.got.bytes += data.length;
      const one = unpack(data);
      if (one?.size !== data.length) this.ended({error: `no packet: ${data.toString('hex').slice(0, 100)}`});
      else this.received(one);
    });
    // Of a port that is closed; there is no connection that it could end.
    socket.on('error', (error) => { this.error = error; });
  }

  write(bytes) {
    this.sent.datagrams += 1;
    this.sent.bytes += bytes.length;
    this.socket.send(bytes);
  }

  /** Asks for a cookie. */
  async cookie(said = {}, {sequence = this.nextSequence()} = {}) {
    this.send(flag.helo, {sequence, buffer: JSON.stringify({version: 1, ...said, cookie: blankCookie})});
    const answer = await this.expect({flag: flag.heloAnswer, command: 0, sequence});
    const {version, cookie, ...rest} = JSON.parse(answer.buffer);
    assert.deepEqual(rest, {}, 'a cookie, and nothing is granted yet');
    assert.ok([undefined, 1].includes(version));
    assert.ok(cookie.length > 0);
    return cookie;
  }

  async helo(said = {}, options = {}) {
    if (typeof said === 'string' || said.cookie) return super.helo(said, options);
    return super.helo({...said, cookie: await this.cookie(said)}, options);
  }

  async expectEnd(number, text, {sequence = 0} = {}) {
    const said = errorOf(await this.expect({flag: flag.heloError, command: 0, sequence}));
    assert.equal(said.code, number, said.text);
    if (text instanceof RegExp) assert.match(said.text, text);
    else if (text !== undefined) assert.equal(said.text, text);
  }

  destroy() {
    try {
      this.socket.close();
    } catch {
      // It was closed before.
    }
    this.ended({});
  }
}

/** The port that the daemon has chosen for FlyRPC over TCP, TLS or UDP. */
export function flyPort(daemon, carrier = 'tcp') {
  for (const line of daemon.lines) {
    if (!/\blistening\b.*\bserves=flyrpc\b/.test(line)) continue;
    const is = line.includes('address=udp://') ? 'udp' : line.includes('tls=yes') ? 'tls' : 'tcp';
    const port = /\bport=(\d+)/.exec(line)?.[1] ?? /address=udp:\/\/\S*:(\d+)/.exec(line)?.[1];
    if (is === carrier) return Number(port);
  }
  assert.fail(`nobody listens for FlyRPC over ${carrier}\n${daemon.tail}`);
}

/** A connection on which nothing was said yet. `over`: tcp, tls (with `secure`, options of tls.connect), websocket, udp. */
export async function connectFly(t, daemon, {over = 'tcp', secure = {rejectUnauthorized: false}, path = '/cable',
  port, ...options} = {}) {
  if (over === 'websocket') {
    const client = new WebSocketClient(`${daemon.url.replace(/^http/, 'ws')}${path}`, options);
    defer(t, () => client.destroy());
    await within(client.opened, 'the upgrade');
    return client;
  }
  if (over === 'udp') {
    const socket = dgram.createSocket({type: 'udp4', recvBufferSize: 4_000_000});
    const client = new UdpClient(socket);
    defer(t, () => client.destroy());
    await within(new Promise((resolve) => socket.connect(port ?? flyPort(daemon, 'udp'), '127.0.0.1', resolve)),
      'a socket');
    return client;
  }
  const to = {host: '127.0.0.1', port: port ?? flyPort(daemon, over)};
  const socket = over === 'tls' ? tls.connect({...to, ...secure}) : net.connect(to);
  const client = new StreamClient(socket);
  client.carrier = over;
  defer(t, () => client.destroy());
  await within(new Promise((resolve, reject) => {
    socket.once(over === 'tls' ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
  }), 'a connection');
  return client;
}

/** A client that was let in. */
export async function greetFly(t, daemon, {helo = {}, ...options} = {}) {
  const client = await connectFly(t, daemon, options);
  client.granted = await client.helo(helo);
  return client;
}

/** abilityd with a port for FlyRPC over TCP. */
export const startFly = (t, args = [], options = {}) => (
  startDaemon(t, ['--fly-listen', 'tcp://127.0.0.1:0', ...args], options));

/** Both ways in that need no certificate. */
export const carriers = ['tcp', 'websocket'];
