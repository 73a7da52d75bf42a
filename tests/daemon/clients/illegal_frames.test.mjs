import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {connectRawCable, frame, opcodes} from '../support/raw.mjs';

const {text, binary, continuation, close, ping} = opcodes;
const command = '{"command":"ping"}';
const closePayload = (code, reason = '') => Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);

// What a client sends, and the close code it gets.
const illegal = {
  'an unmasked frame': [[frame(text, command, {mask: false})], 1002],
  'reserved bit 1 without compression': [[frame(text, command, {rsv: 4})], 1002],
  'reserved bit 2': [[frame(text, command, {rsv: 2})], 1002],
  'reserved bit 3': [[frame(text, command, {rsv: 1})], 1002],
  'reserved opcode 3': [[frame(3, command)], 1002],
  'reserved opcode 11': [[frame(11, '')], 1002],
  'a continuation of nothing': [[frame(continuation, command)], 1002],
  'a new message within a message': [[frame(text, '{"a"', {fin: false}), frame(text, command)], 1002],
  'a ping in fragments': [[frame(ping, 'x', {fin: false})], 1002],
  'a ping of 126 bytes': [[frame(ping, 'x'.repeat(126))], 1002],
  'a close of one byte': [[frame(close, 'x')], 1002],
  'a close with a code that must not be sent': [[frame(close, closePayload(1005))], 1002],
  'invalid UTF-8': [[frame(text, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))], 1007],
  'UTF-8 that is cut off': [[frame(text, Buffer.from([0x22, 0xc3]))], 1007],
  'a surrogate in UTF-8': [[frame(text, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))], 1007],
  'invalid UTF-8 in the second fragment': [
    [frame(text, Buffer.from([0xc3]), {fin: false}), frame(continuation, Buffer.from([0x28]))], 1007],
  'a message over the limit': [[frame(text, `"${'x'.repeat(65_536)}"`)], 1009],
  'a message whose header announces more than the limit': [[frame(text, '', {length: 10_000_000})], 1009],
  'a message whose header announces 2^62 bytes': [[frame(text, '', {length: 2 ** 62})], 1009],
  'fragments that add up to more than the limit': [
    [frame(text, 'x'.repeat(40_000), {fin: false}), frame(continuation, 'x'.repeat(40_000))], 1009],
};

for (const [what, [frames, code]] of Object.entries(illegal)) {
  test(`${what} closes the connection with ${code}, and no other`, async (t) => {
    const daemon = await startDaemon(t, ['--public']);
    const bystander = await connectCable(t, daemon);
    await bystander.subscribe('s');
    const raw = await connectRawCable(t, daemon);
    for (const each of frames) raw.write(each);
    assert.equal(await raw.closeCode(), code);
    await daemon.waitForMetric('ability_clients_num', 1);
    await daemon.publish('s', '1');
    assert.equal((await bystander.next()).message, 1);
  });
}

test('a message of just the limit is taken', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-message-size', '1000']);
  const cable = await connectCable(t, daemon);
  const padded = (size) => command.padEnd(size, ' ');
  cable.sendText(padded(1000));
  assert.deepEqual(await cable.next(), {type: 'pong'});
  cable.sendText(padded(1001));
  assert.equal((await cable.waitForClose()).code, 1009);
});

test('invalid UTF-8 in a binary frame is no more than a malformed command', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const raw = await connectRawCable(t, daemon);
  raw.write(frame(binary, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])));
  raw.write(frame(text, command));
  // Closing with 1007 would be as right: binary is taken as text. What must not be is silence.
  const {opcode, payload} = await raw.nextFrame();
  if (opcode === close) {
    assert.equal(payload.readUInt16BE(0), 1007);
    return;
  }
  assert.equal(JSON.parse(payload).type, 'error');
  assert.deepEqual(JSON.parse((await raw.nextFrame()).payload), {type: 'pong'});
});

test('a close is answered with its code', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const raw = await connectRawCable(t, daemon);
  raw.write(frame(close, closePayload(1000, 'bye')));
  assert.equal(await raw.closeCode(), 1000);
});

test('what follows a close frame is not obeyed', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const raw = await connectRawCable(t, daemon);
  raw.write(Buffer.concat([frame(close, closePayload(1000)), frame(text, command)]));
  assert.equal((await raw.nextFrame()).opcode, close);
  await raw.waitForEnd();
  assert.equal(raw.buffer.length, 0);
});

test('random bytes after the upgrade end that connection only', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const bystander = await connectCable(t, daemon);
  // A fixed sequence (xorshift), so that a failure is the same at the next run.
  let state = 2463534242;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let made = 0; made < 40; made += 1) {
    const raw = await connectRawCable(t, daemon);
    raw.write(Buffer.from(Array.from({length: 200 + random() % 2000}, () => random() & 255)));
    raw.socket.end();
    await raw.waitForEnd();
  }
  await bystander.expectQuiet();
  await daemon.waitForMetric('ability_clients_num', 1);
});

test('a frame may come byte by byte', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const raw = await connectRawCable(t, daemon);
  raw.socket.setNoDelay(true);
  for (const byte of frame(text, command)) raw.write(Buffer.from([byte]));
  assert.deepEqual(await raw.nextMessage(), {type: 'pong'});
});
