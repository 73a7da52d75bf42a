// A client that takes in millions of messages: it looks at the number that each holds, and at nothing else.
import assert from 'node:assert/strict';
import {pubsub} from './cable.mjs';
import {eventually} from './deadline.mjs';
import {connectRawCable} from './raw.mjs';

/** Follows one stream of numbers. */
export class CountingCable {
  received = 0;
  /** How many numbers were skipped, and how many came twice or too late. */
  missed = 0;
  late = 0;
  last = -1;
  closed = false;
  #rest = Buffer.alloc(0);

  constructor(raw) {
    this.socket = raw.socket;
    this.#rest = raw.buffer;
    raw.socket.removeAllListeners('data');
    raw.socket.on('data', (data) => this.#take(data));
    raw.socket.once('close', () => { this.closed = true; });
    this.#take(Buffer.alloc(0));
  }

  #take(data) {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    let at = 0;
    for (;;) {
      if (bytes.length < at + 2) break;
      let length = bytes[at + 1] & 0x7f;
      let body = at + 2;
      if (length === 126) {
        if (bytes.length < at + 4) break;
        length = bytes.readUInt16BE(at + 2);
        body = at + 4;
      } else if (length === 127) {
        if (bytes.length < at + 10) break;
        length = Number(bytes.readBigUInt64BE(at + 2));
        body = at + 10;
      }
      if (bytes.length < body + length) break;
      // {"identifier":... and not {"type":"ping"...
      if ((bytes[at] & 0x0f) === 1 && bytes[body + 2] === 0x69) this.#number(bytes, body + length - 2);
      at = body + length;
    }
    this.#rest = bytes.subarray(at);
  }

  /** The digits that end at `end`, before the brace. */
  #number(bytes, end) {
    let number = 0;
    for (let at = end, weight = 1; bytes[at] >= 0x30 && bytes[at] <= 0x39; at -= 1, weight *= 10) {
      number += (bytes[at] - 0x30) * weight;
    }
    this.received += 1;
    if (number > this.last) {
      this.missed += number - this.last - 1;
      this.last = number;
    } else {
      this.late += 1;
    }
  }

  waitForLast(number, options) {
    return eventually(`number ${number}`, () => {
      assert.ok(!this.closed, `closed after number ${this.last}`);
      return this.last >= number;
    }, {every: 50, detail: () => `the last is ${this.last}`, ...options});
  }
}

/** A counting client on `daemon` that follows `stream`. */
export async function countingCable(t, daemon, stream) {
  const raw = await connectRawCable(t, daemon);
  raw.command({command: 'subscribe', identifier: pubsub(stream)});
  assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
  return new CountingCable(raw);
}
