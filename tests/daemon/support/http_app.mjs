import http from 'node:http';
import https from 'node:https';
import {ScriptedApp} from './app_script.mjs';
import {defer} from './cleanup.mjs';
import {eventually} from './deadline.mjs';
import {freePort} from './ports.mjs';

// -- answers that are no answer: each writes to the response by itself --

/** Any status and body. */
export const plain = (status, body = '', headers = {}) => (response) => {
  response.writeHead(status, headers).end(body);
};

/** HTTP 200 with that text as its body. */
export const text = (body, type = 'application/json') => plain(200, body, {'content-type': type});

/** The call is taken and never answered. */
export const never = () => {};

/** The connection breaks without an answer. */
export const reset = (response) => { response.socket.resetAndDestroy(); };

/** Half an answer, then the connection breaks. */
export const resetMidBody = (response) => {
  response.writeHead(200, {'content-type': 'application/json', 'content-length': 1000});
  response.write('{"status":1,"identifiers":"half', () => response.socket.resetAndDestroy());
};

/** A valid answer whose first transmission is `bytes` long. */
export const huge = (bytes, announced = true) => (response) => {
  const head = '{"status":1,"transmissions":["';
  const tail = '"]}';
  const length = {'content-length': head.length + bytes + tail.length};
  response.writeHead(200, {'content-type': 'application/json', ...(announced ? length : {})});
  response.write(head);
  const piece = Buffer.alloc(1 << 20, 'x');
  const go = (left) => {
    if (response.destroyed) return;
    if (left === 0) response.end(tail);
    else response.write(piece.subarray(0, Math.min(left, piece.length)), () => go(left - Math.min(left, piece.length)));
  };
  go(bytes);
};

/** The answer byte by byte (or `size` bytes at a time), each in a chunk of its own. */
export const chunked = (answer, size = 1) => (response) => {
  response.writeHead(200, {'content-type': 'application/json', 'transfer-encoding': 'chunked'});
  const body = Buffer.from(JSON.stringify(answer));
  for (let at = 0; at < body.length; at += size) response.write(body.subarray(at, at + size));
  response.end();
};

/** The answer, and the end of the connection. */
export const andClose = (answer) => (response) => {
  response.writeHead(200, {'content-type': 'application/json', connection: 'close'}).end(JSON.stringify(answer));
};

/** An application on HTTP. An answer is an object, which becomes JSON, or one of the functions above. */
export class HttpApp extends ScriptedApp {
  sockets = new Set();
  connections = 0;
  port = null;

  constructor(script, {tls, path = '/_anycable', ...options} = {}) {
    super(script);
    this.path = path;
    this.tls = tls;
    this.options = options;
  }

  get url() {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}${this.path}`;
  }

  /** Listens, and after `stop` at the same port again. */
  async start() {
    const handle = (request, response) => this.#handle(request, response);
    this.server = this.tls ? https.createServer(this.tls, handle) : http.createServer(this.options, handle);
    this.server.on(this.tls ? 'secureConnection' : 'connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.sockets.delete(socket));
    });
    this.port ??= await freePort();
    await new Promise((resolve, reject) => {
      this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
    return this;
  }

  #handle(request, response) {
    const chunks = [];
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const answer = await this.decide({
        method: request.url.slice(request.url.lastIndexOf('/') + 1),
        verb: request.method,
        path: request.url,
        sid: request.headers['x-anycable-meta-sid'],
        headers: request.headers,
        peer: request.socket.remotePort,
        raw,
        body: JSON.parse(raw),
        response,
      });
      if (typeof answer === 'function') answer(response);
      else text(JSON.stringify(answer))(response);
    });
  }

  /** Closes what connections there are, as a server does with those that are idle for long. */
  async closeConnections() {
    // One that the kernel has taken and node has not yet accepted is seen at a later turn.
    await eventually('the connections to be closed', () => {
      for (const socket of this.sockets) socket.destroy();
      return this.sockets.size === 0;
    });
  }

  /** Gone, as a crash would have it: connections break, the port is closed. */
  async stop() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** Starts an application for test `t`; `options`: path, tls, those of node's http server. */
export async function startHttpApp(t, script = {}, options = {}) {
  const app = new HttpApp(script, options);
  defer(t, () => app.stop());
  return app.start();
}
