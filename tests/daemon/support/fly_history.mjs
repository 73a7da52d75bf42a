// FlyRPC clients with positions: what they ask for, and what they are told.
import assert from 'node:assert/strict';
import {flag, greetFly} from './fly.mjs';

/** A message or a Reject to a client with positions: the position ahead of it, and the rest. */
export function positioned({buffer}) {
  assert.ok(buffer.length >= 16, `a position is ahead of everything, found ${buffer.toString('hex')}`);
  return {epoch: buffer.subarray(0, 8).toString('hex'), offset: Number(buffer.readBigUInt64BE(8)),
    text: buffer.subarray(16).toString('utf8')};
}

/** A client that was let in, and is told positions. */
export async function greetPositioned(t, daemon, {helo = {}, ...options} = {}) {
  const client = await greetFly(t, daemon, {helo: {positions: true, ...helo}, ...options});
  assert.equal(client.granted.positions, true);
  return client;
}

/** Sends a wrapped Subscribe; hands out its sequence number. */
export function askFor(client, alias, name, since) {
  const sequence = client.nextSequence();
  const buffer = JSON.stringify({subscribe: name, ...(since !== undefined && {since})});
  client.send(flag.subscribe, {command: alias, sequence, buffer});
  return sequence;
}

/** What the Confirm tells, which is due next. */
export async function confirmed(client, alias, sequence) {
  return JSON.parse((await client.expect({flag: flag.confirm, command: alias, sequence})).buffer);
}

/** Follows a stream, or asks for what was missed of one that is followed; what the Confirm tells. */
export const followFrom = (client, alias, name, since) => (
  confirmed(client, alias, askFor(client, alias, name, since)));

/** Asks for what must not be given; the reason. */
export async function refusedFrom(client, alias, buffer) {
  const sequence = client.nextSequence();
  client.send(flag.subscribe, {command: alias, sequence, buffer});
  const told = positioned(await client.expect({flag: flag.reject, command: alias, sequence}));
  assert.equal(told.offset, 0);
  return told.text;
}

/** The next message on `alias`. */
export async function hearAt(client, alias, options) {
  return positioned(await client.expect({flag: flag.message, command: alias, sequence: 0}, options));
}

/** The next `count` messages on `alias` as OFFSET:TEXT. */
export async function hearNumbers(client, alias, count) {
  const all = [];
  for (let at = 0; at < count; at += 1) {
    const {offset, text} = await hearAt(client, alias);
    all.push(`${offset}:${text}`);
  }
  return all;
}
