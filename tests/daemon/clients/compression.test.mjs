// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {deflateRawSync} from 'node:zlib';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {connectRaw, connectRawCable, frame, opcodes} from '../support/raw.mjs';

const always = {threshold: 0};
const offer = ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits'];

/** The payload of a compressed message, as RFC 7692 wants it: flushed, without the last four bytes. */
const deflated = (data) => deflateRawSync(data, {finishFlush: 2 /* Z_SYNC_FLUSH */}).subarray(0, -4);

test('compression is off unless it is asked for', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon, {perMessageDeflate: always});
  assert.equal(cable.socket.extensions, '');
  await cable.expectQuiet();
});

test('it is negotiated, without context that only one client could know', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const raw = await connectRaw(t, daemon.port);
  const {status, headers} = await raw.upgrade({headers: offer});
  assert.equal(status, 101);
  assert.match(headers['sec-websocket-extensions'], /^permessage-deflate\b/);
  assert.match(headers['sec-websocket-extensions'], /\bserver_no_context_takeover\b/);
});

test('clients with and without compression get the same messages', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const clients = [
    await connectCable(t, daemon, {perMessageDeflate: always}),
    await connectCable(t, daemon, {perMessageDeflate: {...always, clientNoContextTakeover: true, serverNoContextTakeover: true}}),
    await connectCable(t, daemon, {perMessageDeflate: {...always, clientMaxWindowBits: 9}}),
    await connectCable(t, daemon, {perMessageDeflate: false}),
  ];
  assert.match(clients[0].socket.extensions, /permessage-deflate/);
  assert.equal(clients[3].socket.extensions, '');
  for (const client of clients) await client.subscribe('s');
  const texts = [
    '1', '""', '"é😀"', '{"b":1,"a":12345678901234567890}',
    JSON.stringify('abc'.repeat(50)),
    JSON.stringify('long '.repeat(40_000)),
    JSON.stringify(Array.from({length: 5_000}, (_, at) => (at * 2_654_435_761) % 4_294_967_296)),
  ];
  for (let round = 0; round < 5; round += 1) {
    for (const text of texts) {
      await daemon.publish('s', text);
      for (const client of clients) assert.ok((await client.nextText()).endsWith(`"message":${text}}`), text.slice(0, 50));
    }
  }
});

test('a client that can only look back a little gets what it can read', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const raw = await connectRaw(t, daemon.port);
  const {headers} = await raw.upgrade({headers: ['Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9']});
  const answer = headers['sec-websocket-extensions'];
  // Declining is as right as obeying; agreeing without saying so is neither.
  assert.ok(answer === undefined || /server_max_window_bits=9/.test(answer), answer);
});

test('an offer that cannot be kept is declined, and another one beside it is taken', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const agreed = async (...lines) => {
    const raw = await connectRaw(t, daemon.port);
    const {status, headers} = await raw.upgrade({headers: lines.map((line) => `Sec-WebSocket-Extensions: ${line}`)});
    assert.equal(status, 101);
    assert.equal((await raw.nextMessage()).type, 'welcome');
    return headers['sec-websocket-extensions'];
  };
  const eight = 'permessage-deflate; server_max_window_bits=8';
  assert.equal(await agreed(eight), undefined);
  assert.equal(await agreed('permessage-deflate; client_max_window_bits; server_max_window_bits="8"'), undefined);
  assert.match(await agreed(`${eight}, permessage-deflate`), /^permessage-deflate\b(?!.*server_max_window_bits)/);
  assert.match(await agreed(eight, 'permessage-deflate; server_max_window_bits=10'), /server_max_window_bits=10/);
  assert.match(await agreed('x-other', offer[0].replace(/^.*: /, '')), /^permessage-deflate\b/);
});

test('the same text is sent in fewer bytes to those who asked for it', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const text = JSON.stringify('the same again and '.repeat(500));
  const cost = async (perMessageDeflate) => {
    const client = await connectCable(t, daemon, {perMessageDeflate});
    await client.subscribe('s');
    // What ws reads from: the only place that knows the bytes on the wire.
    const {_socket: wire} = client.socket;
    const before = wire.bytesRead;
    await daemon.publish('s', text);
    await client.next();
    return wire.bytesRead - before;
  };
  const plain = await cost(false);
  const compressed = await cost(always);
  assert.ok(plain >= text.length, `${plain} bytes for ${text.length}`);
  assert.ok(compressed < plain / 5, `${compressed} bytes instead of ${plain}`);
});

test('compressed commands are obeyed, with context from one to the next, in fragments too', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const cable = await connectCable(t, daemon, {perMessageDeflate: always});
  for (let at = 0; at < 50; at += 1) await cable.subscribe(`stream-${'long-name-'.repeat(20)}${at}`);
  const text = JSON.stringify({command: 'ping', pad: 'x'.repeat(2_000)});
  cable.sendText(text.slice(0, 700), {fin: false});
  cable.sendText(text.slice(700), {fin: true});
  assert.deepEqual(await cable.next(), {type: 'pong'});
  cable.sendText(text, {compress: false});
  assert.deepEqual(await cable.next(), {type: 'pong'});
});

test('meta.exclude_socket holds for compressed frames, too', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const one = await connectCable(t, daemon, {perMessageDeflate: always});
  const other = await connectCable(t, daemon, {perMessageDeflate: always});
  await one.subscribe('s');
  await other.subscribe('s');
  const long = 'long '.repeat(100);
  await daemon.post([
    {stream: 's', data: `1 ${long}`},
    {stream: 's', data: `2 ${long}`, meta: {exclude_socket: one.sid}},
    {stream: 's', data: `3 ${long}`},
  ]);
  assert.equal((await one.next()).message, `1 ${long}`);
  assert.equal((await one.next()).message, `3 ${long}`);
  for (const at of [1, 2, 3]) assert.equal((await other.next()).message, `${at} ${long}`);
});

test('a message that unpacks to more than the limit closes with 1009, and is not unpacked', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const bystander = await connectCable(t, daemon);
  const before = await daemon.memory();
  const bomb = deflated(Buffer.alloc(40_000_000, 0x20));
  assert.ok(bomb.length < 65_536);
  for (let sent = 0; sent < 5; sent += 1) {
    const raw = await connectRawCable(t, daemon, {headers: offer});
    raw.write(frame(opcodes.text, bomb, {rsv: 4}));
    assert.equal(await raw.closeCode(), 1009);
  }
  const grown = (await daemon.memory()) - before;
  assert.ok(grown < 30e6 * Number(process.env.ABILITY_TEST_PATIENCE ?? 1), `grown by ${grown}`);
  await bystander.expectQuiet();
});

test('what cannot be unpacked closes with 1007, and ends no other connection', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const bystander = await connectCable(t, daemon);
  const packed = deflated(JSON.stringify({command: 'ping', pad: 'x'.repeat(100)}));
  const malformed = {
    'an unknown kind of block': [Buffer.from([0xff, 0xff, 0xff, 0xff, 0x00, 0x12])],
    'a stored block whose length is not twice the same': [Buffer.from([0x00, 0x05, 0x00, 0x00, 0x00, 0x61])],
    'a look back to before the beginning': [Buffer.from([0x02, 0x13, 0x00, 0x00])],
    'the second message of a connection': [packed, Buffer.from([0xff, 0xff])],
  };
  for (const [what, messages] of Object.entries(malformed)) {
    const raw = await connectRawCable(t, daemon, {headers: offer});
    for (const message of messages) raw.write(frame(opcodes.text, message, {rsv: 4}));
    assert.equal(await raw.closeCode(), 1007, what);
  }
  // In two fragments, as what was inflated of the first has been taken.
  const raw = await connectRawCable(t, daemon, {headers: offer});
  raw.write(Buffer.concat([frame(opcodes.text, packed.subarray(0, 10), {rsv: 4, fin: false}),
    frame(opcodes.continuation, Buffer.from([0xff, 0xff, 0xff, 0xff]))]));
  assert.equal(await raw.closeCode(), 1007);
  await daemon.waitForMetric('ability_clients_num', 1);
  await bystander.expectQuiet();
});

test('a message that ends its deflate stream, which is not supported, is not called malformed', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  for (const message of [Buffer.from('f348cdc9c9070000', 'hex'), deflateRawSync('{"command":"ping"}')]) {
    const raw = await connectRawCable(t, daemon, {headers: offer});
    raw.write(frame(opcodes.text, message, {rsv: 4}));
    let got = await raw.nextFrame();
    while (got.opcode !== opcodes.close) got = await raw.nextFrame();
    assert.equal(got.payload.readUInt16BE(0), 1003);
    assert.equal(got.payload.subarray(2).toString(), 'final deflate blocks are not supported');
  }
});

test('unpacked text must be UTF-8, too', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--enable-ws-compression']);
  const raw = await connectRawCable(t, daemon, {headers: offer});
  raw.write(frame(opcodes.text, deflated(Buffer.from([0x7b, 0xff, 0x7d])), {rsv: 4}));
  assert.equal(await raw.closeCode(), 1007);
});
