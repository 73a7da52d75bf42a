import {randomBytes} from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import {defer} from './cleanup.mjs';
import {within} from './deadline.mjs';

export const opcodes = {continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10};

/** One WebSocket frame with every bit free to be wrong. `length` overrides the announced length. */
export function frame(opcode, payload = '', {fin = true, rsv = 0, mask = true, length} = {}) {
  const body = Buffer.from(payload);
  const announced = length ?? body.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = mask ? 0x80 : 0;
  if (announced < 126) head.push(maskBit | announced);
  else if (announced < 65_536) head.push(maskBit | 126, announced >> 8, announced & 0xff);
  else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(announced));
    head.push(maskBit | 127, ...wide);
  }
  if (!mask) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, body.map((byte, at) => byte ^ key[at % 4])]);
}

/** A socket that says exactly what a test tells it to. */
export class RawConnection {
  buffer = Buffer.alloc(0);
  #wake = () => {};

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (data) => {
      this.buffer = Buffer.concat([this.buffer, data]);
      this.#wake();
    });
    socket.on('error', (error) => { this.error = error; });
    this.closed = new Promise((resolve) => {
      const done = () => {
        this.ended = true;
        this.#wake();
        resolve();
      };
      socket.once('end', done);
      socket.once('close', done);
    });
  }

  write(data) {
    this.socket.write(data);
  }

  /** What `parse` makes of the bytes so far, as soon as it makes something of them. */
  async #take(what, parse) {
    const taken = async () => {
      for (;;) {
        const result = parse(this.buffer);
        if (result) {
          this.buffer = this.buffer.subarray(result.used);
          return result.value;
        }
        if (this.ended) throw new Error(`closed before ${what}; held: ${this.buffer.toString('latin1')}`);
        await new Promise((resolve) => { this.#wake = resolve; });
      }
    };
    return within(taken(), what, {detail: () => `held: ${this.buffer.toString('latin1').slice(0, 2000)}`});
  }

  /** The next HTTP response: {status, headers, body}. Its body is as long as Content-Length says. */
  nextResponse() {
    return this.#take('an HTTP response', (bytes) => {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return null;
      const [first, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
      const headers = {};
      for (const line of lines) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
      }
      const used = end + 4 + Number(headers['content-length'] ?? 0);
      if (bytes.length < used) return null;
      const status = /^HTTP\/1\.[01] (\d{3})( |$)/.exec(first)?.[1];
      if (!status) throw new Error(`not a status line: ${first}`);
      return {used, value: {status: Number(status), headers, body: bytes.subarray(end + 4, used).toString('utf8')}};
    });
  }

  /** The next frame of the server: {opcode, payload, rsv, fin}. */
  nextFrame() {
    return this.#take('a WebSocket frame', (bytes) => {
      if (bytes.length < 2) return null;
      let length = bytes[1] & 0x7f;
      let at = 2;
      if (length === 126) {
        if (bytes.length < 4) return null;
        length = bytes.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (bytes.length < 10) return null;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
      }
      if (bytes.length < at + length) return null;
      const value = {
        opcode: bytes[0] & 0x0f,
        rsv: (bytes[0] >> 4) & 7,
        fin: bytes[0] >= 0x80,
        masked: bytes[1] >= 0x80,
        payload: Buffer.from(bytes.subarray(at, at + length)),
      };
      return {used: at + length, value};
    });
  }

  /** The next text but pings, as JSON. */
  async nextMessage() {
    for (;;) {
      const {opcode, payload} = await this.nextFrame();
      if (opcode !== opcodes.text) throw new Error(`expected text, got opcode ${opcode}: ${payload.toString('hex')}`);
      const message = JSON.parse(payload.toString('utf8'));
      if (message.type !== 'ping') return message;
    }
  }

  /** Reads on to the close frame, answers it as a client must, and waits for the end; hands out the close code. */
  async closeCode() {
    for (;;) {
      const {opcode, payload} = await this.nextFrame();
      if (opcode === opcodes.close) {
        this.write(frame(opcodes.close, payload));
        await this.waitForEnd();
        return payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      }
    }
  }

  waitForEnd(options) {
    return within(this.closed, 'the end of the connection', options);
  }

  async upgrade({path = '/cable', protocol = 'actioncable-v1-json', headers = [], then = ''} = {}) {
    const head = [
      `GET ${path} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
      ...headers, '', '',
    ].join('\r\n');
    // In one piece with what the client sends `then`.
    this.write(Buffer.concat([Buffer.from(head), Buffer.from(then)]));
    return this.nextResponse();
  }

  command(command) {
    this.write(frame(opcodes.text, JSON.stringify(command)));
  }
}

/** A plain (or, with `secure`, encrypted) connection to port `port` of the loopback. */
export async function connectRaw(t, port, {secure} = {}) {
  const socket = secure ? tls.connect({host: '127.0.0.1', port, ...secure}) : net.connect({host: '127.0.0.1', port});
  const raw = new RawConnection(socket);
  defer(t, () => socket.destroy());
  await within(new Promise((resolve, reject) => {
    socket.once(secure ? 'secureConnect' : 'connect', resolve);
    socket.once('error', reject);
  }), 'a connection');
  return raw;
}

/** An upgraded connection that has been welcomed. */
export async function connectRawCable(t, daemon, options) {
  const raw = await connectRaw(t, daemon.port);
  const {status} = await raw.upgrade(options);
  if (status !== 101) throw new Error(`the upgrade was answered ${status}`);
  const welcome = await raw.nextMessage();
  if (welcome.type !== 'welcome') throw new Error(`no welcome but ${JSON.stringify(welcome)}`);
  raw.sid = welcome.sid;
  return raw;
}
