import assert from 'node:assert/strict';
import WebSocket from 'ws';
import {defer} from './cleanup.mjs';
import {within} from './deadline.mjs';
import {Inbox} from './inbox.mjs';

export const protocols = ['actioncable-v1-json', 'actioncable-unsupported'];

/** The identifier that follows a public stream. `extra` tells two subscriptions to one stream apart. */
export function pubsub(stream, extra = {}) {
  return JSON.stringify({channel: '$pubsub', stream_name: stream, ...extra});
}

/** One Action Cable connection, frame by frame: nothing is retried, mended or hidden, but pings are kept apart. */
export class Cable {
  inbox = new Inbox();
  pings = [];
  pingInbox = new Inbox();

  constructor(url, {offered = protocols, tolerant = false, ...options} = {}) {
    this.socket = new WebSocket(url, offered, {perMessageDeflate: false, ...options});
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        this.close = {code, reason: reason.toString()};
        this.inbox.close(`closed with ${code} ${reason}`);
        this.pingInbox.close(`closed with ${code} ${reason}`);
        resolve(this.close);
      });
    });
    this.socket.on('error', (error) => {
      this.error = error;
      if (!tolerant) this.inbox.close(`failed: ${error.message}`);
    });
    this.socket.on('message', (data, binary) => {
      const text = data.toString('utf8');
      if (text.startsWith('{"type":"ping"')) {
        const ping = {message: JSON.parse(text).message, at: performance.now(), text};
        this.pings.push(ping);
        this.pingInbox.push(ping);
      } else {
        this.inbox.push({text, binary});
      }
    });
  }

  /** The next frame but pings, as it came. */
  async nextText(what = 'the next frame', options) {
    const {text, binary} = await this.inbox.next(what, options);
    assert.equal(binary, false, 'JSON travels in text frames');
    return text;
  }

  async next(what, options) {
    return JSON.parse(await this.nextText(what, options));
  }

  nextPing() {
    return this.pingInbox.next('a ping');
  }

  sendText(text, options = {}) {
    this.socket.send(text, options);
  }

  send(command) {
    this.sendText(JSON.stringify(command));
  }

  /** Commands of one connection are handled in order: once the pong is here, all before it has been handled, and
      it being next proves that nothing else was sent. */
  async expectQuiet(why = 'nothing but the pong was due') {
    this.send({command: 'ping'});
    assert.deepEqual(await this.next('the pong'), {type: 'pong'}, why);
  }

  async subscribe(stream, extra) {
    const identifier = pubsub(stream, extra);
    this.send({command: 'subscribe', identifier});
    assert.deepEqual(await this.next(`the confirmation of ${identifier}`), {type: 'confirm_subscription', identifier});
    return identifier;
  }

  waitForClose(options) {
    return within(this.closed, 'the close of the connection', options);
  }

  async leave() {
    this.socket.close(1000);
    await this.waitForClose();
  }
}

/** An upgraded connection whose welcome has not been awaited. */
export async function openCable(t, daemon, {path = '/cable', ...options} = {}) {
  const url = path.startsWith('ws') ? path : `${daemon.url.replace(/^http/, 'ws')}${path}`;
  const cable = new Cable(url, options);
  defer(t, () => cable.socket.terminate());
  await within(cable.opened, 'the upgrade');
  return cable;
}

/** A connection that was welcomed; `sid` is its session id. */
export async function connectCable(t, daemon, options = {}) {
  const cable = await openCable(t, daemon, options);
  const welcome = await cable.next('the welcome');
  assert.equal(welcome.type, 'welcome');
  cable.sid = welcome.sid;
  return cable;
}

/** The status of an upgrade that is refused by plain HTTP. */
export function refusedUpgrade(url, {offered = protocols, ...options} = {}) {
  const socket = new WebSocket(url, offered, options);
  const answer = new Promise((resolve, reject) => {
    socket.once('unexpected-response', (_, response) => {
      resolve({status: response.statusCode, headers: response.headers});
      response.resume();
      socket.terminate();
    });
    socket.once('open', () => {
      socket.terminate();
      reject(new Error('the upgrade was not refused'));
    });
    socket.on('error', reject);
  });
  return within(answer, 'an answer to the upgrade');
}
