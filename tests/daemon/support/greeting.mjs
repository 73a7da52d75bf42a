// What nodes say to each other before anything of CAF's, by this test's own hand, so that everything about it can be
// wrong. Source: protocol/cluster/handshake.hpp.
import {createHmac, randomBytes} from 'node:crypto';
import {within} from './deadline.mjs';
import {connectRaw} from './raw.mjs';

export const magic = 'ABILITY\n';
export const linkVersion = 1;

/** The bytes that `data` begins a hello with: those of a whole one, 0 if it is none, undefined if too few are here. */
export function greetingSize(data) {
  const begin = data.subarray(0, magic.length).toString('latin1');
  if (!magic.startsWith(begin)) return 0;
  if (data.length < magic.length + 4) return undefined;
  return magic.length + 4 + data.readUInt32BE(magic.length);
}

/** The hello at the begin of `data`; null if there is none. */
export function parseHello(data) {
  const size = greetingSize(data);
  return size ? JSON.parse(data.subarray(magic.length + 4, size).toString('utf8')) : null;
}

/** One frame. `length` overrides the announced length. */
export function greetingFrame(what, {length} = {}) {
  const body = Buffer.isBuffer(what) ? what : Buffer.from(typeof what === 'string' ? what : JSON.stringify(what));
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length ?? body.length);
  return Buffer.concat([head, body]);
}

const hex = () => randomBytes(16).toString('hex');

/** A hello like that of a node. */
export function hello({name = 'handmade', uuid = hex(), address = '127.0.0.1:1', started = Date.now(), ...rest} = {}) {
  return {type: 'hello', oldest: linkVersion, newest: linkVersion, node: {uuid, name, address, started}, nonce: hex(), ...rest};
}

export const firstBytes = (what, options) => Buffer.concat([Buffer.from(magic), greetingFrame(what, options)]);

/** What shows that an end knows the secret. */
export function proofOf(secret, ofDialler, dialler, acceptor) {
  let text = ofDialler ? 'cluster dialler' : 'cluster acceptor';
  for (const version of [dialler.oldest, dialler.newest, acceptor.version]) text += ` ${version}`;
  for (const each of [dialler.nonce, dialler.node.uuid, acceptor.nonce, acceptor.node.uuid]) text += ` ${each.length} ${each}`;
  return createHmac('sha256', secret).update(text).digest('hex');
}

/** The next frame that the node sends on `raw`. */
export async function nextGreeting(raw) {
  const held = () => raw.buffer.length >= 4 && raw.buffer.length >= 4 + raw.buffer.readUInt32BE(0);
  await within((async () => {
    while (!held()) {
      if (raw.ended) throw new Error(`closed before a greeting; held: ${raw.buffer.toString('latin1')}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })(), 'a greeting of the node');
  const size = 4 + raw.buffer.readUInt32BE(0);
  const greeting = JSON.parse(raw.buffer.subarray(4, size).toString('utf8'));
  raw.buffer = raw.buffer.subarray(size);
  return greeting;
}

/** A hand-made node at the cluster's port; `mine` is its hello and `theirs` the challenge, or what else was answered. */
export async function dialNode(t, node, {secure, ...what} = {}) {
  const raw = await connectRaw(t, node.clusterPort, {secure});
  const mine = hello(what);
  raw.write(firstBytes(mine));
  return {raw, mine, theirs: await nextGreeting(raw)};
}

/** A hand-made node that has proved the secret: both ends speak BASP now. */
export async function enterNode(t, node, {secret, ...what}) {
  const {raw, mine, theirs} = await dialNode(t, node, what);
  raw.write(greetingFrame({type: 'proof', proof: proofOf(secret, true, mine, theirs)}));
  return {raw, mine, theirs, answer: await nextGreeting(raw)};
}
