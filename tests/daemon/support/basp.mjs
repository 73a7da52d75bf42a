// CAF's wire by this test's own hand. Source: docs/protocols/cluster.md.
import {randomBytes} from 'node:crypto';

export const operation = {
  serverHandshake: 0, clientHandshake: 1, directMessage: 2, routedMessage: 3, monitorMessage: 4, downMessage: 5, heartbeat: 6,
};

/** One header of 32 bytes; `length` overrides that of `payload`, which follows it. */
export function basp(what, {flags = 0, payload = Buffer.alloc(0), length = payload.length, data = 0n, source = 0n, target = 0n} = {}) {
  const head = Buffer.alloc(32);
  head.writeUInt8(what, 0);
  head.writeUInt8(flags, 3);
  head.writeUInt32BE(length, 4);
  head.writeBigUInt64BE(BigInt(data), 8);
  head.writeBigUInt64BE(BigInt(source), 16);
  head.writeBigUInt64BE(BigInt(target), 24);
  return Buffer.concat([head, payload]);
}

/** CAF's atoms: six bits a letter. */
export function atom(name) {
  const letters = ' 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
  let value = 0xfn;
  for (const letter of name) value = (value << 6n) | BigInt(letters.indexOf(letter));
  return value;
}

/** A node id as nodes write it. */
export function nodeId(process = 4711, host = randomBytes(20)) {
  const id = Buffer.alloc(32);
  id.writeBigUInt64BE(atom('default'), 0);
  id.writeUInt32BE(process, 8);
  host.copy(id, 12);
  return id;
}

export const clientHandshake = (id = nodeId(), options = {}) => basp(operation.clientHandshake, {payload: id, ...options});
