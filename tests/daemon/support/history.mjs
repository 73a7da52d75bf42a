// Clients that ask for what they missed, as raw commands.
import assert from 'node:assert/strict';
import {connectCable, pubsub} from './cable.mjs';
import {eventually} from './deadline.mjs';

export const extended = 'actioncable-v1-ext-json';

/** A client of the extended protocol. */
export const connectExtended = (t, daemon, options = {}) => connectCable(t, daemon, {offered: [extended], ...options});

/** Publishes the numbers from `first` to `last` in one request. */
export async function publishNumbers(daemon, stream, first, last, meta) {
  const numbers = Array.from({length: last - first + 1}, (_, at) => first + at);
  const {status, body} = await daemon.post(numbers.map((n) => ({stream, data: String(n), ...(meta && {meta})})));
  assert.equal(status, 201, body);
  return numbers;
}

/** Reads up to the answer to a request for history: what was replayed before it, and the answer. */
export async function readHistory(cable, identifier) {
  const messages = [];
  for (;;) {
    const frame = await cable.next('the answer to a request for history');
    assert.equal(frame.identifier, identifier);
    if (frame.type === 'confirm_history' || frame.type === 'reject_history') return {messages, answer: frame};
    assert.equal(frame.type, undefined, JSON.stringify(frame));
    messages.push(frame);
  }
}

/** What a request was answered with: the messages that were replayed, or the word `rejected`. */
export function outcome({messages, answer}) {
  if (answer.type === 'confirm_history') return messages.map(({message}) => message);
  assert.deepEqual(messages, [], 'nothing is replayed before a rejection');
  assert.deepEqual(Object.keys(answer).sort(), ['identifier', 'type']);
  return 'rejected';
}

/** Follows `stream`, asking for `history` in the same command. */
export async function followFrom(cable, stream, history, extra) {
  const identifier = pubsub(stream, extra);
  cable.send({command: 'subscribe', identifier, history});
  assert.deepEqual(await cable.next('the confirmation'), {type: 'confirm_subscription', identifier});
  return readHistory(cable, identifier);
}

/** Asks for `history` of a subscription that is there. */
export function ask(cable, identifier, history) {
  cable.send({command: 'history', identifier, history});
  return readHistory(cable, identifier);
}

/** What a new client that asks for `history` of `stream` is answered. */
export async function askAnew(t, daemon, stream, history, options) {
  const cable = await connectExtended(t, daemon, options);
  const answer = outcome(await followFrom(cable, stream, history));
  await cable.leave();
  return answer;
}

export const positionOf = ({epoch, offset}) => ({epoch, offset});

/** A client that has followed `stream` since before its first message, and the position at which it began. */
export async function followLogged(t, daemon, stream, options) {
  const cable = await connectExtended(t, daemon, options);
  const {answer} = await followFrom(cable, stream, {streams: {}});
  assert.equal(answer.type, 'confirm_history');
  return cable;
}

/** Publishes the numbers 1 to `last` while somebody follows `stream`, and hands out the epoch. */
export async function logged(t, daemon, stream, last) {
  const cable = await followLogged(t, daemon, stream);
  await publishNumbers(daemon, stream, 1, last);
  let epoch;
  for (let n = 1; n <= last; n += 1) {
    const message = await cable.next();
    assert.deepEqual([message.message, message.offset], [n, n]);
    ({epoch} = message);
  }
  return {cable, epoch, identifier: pubsub(stream)};
}

/** The next whole second of the clock, once it has begun. */
export async function nextSecond() {
  const second = Math.floor(Date.now() / 1000) + 1;
  await eventually(`the second ${second}`, () => Date.now() / 1000 >= second);
  return second;
}
