import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, openCable, pubsub} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {connectRaw, connectRawCable} from '../support/raw.mjs';

test('a connection is welcomed with a session id of its own', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const sids = new Set();
  for (let made = 0; made < 50; made += 1) {
    const cable = await openCable(t, daemon);
    const welcome = await cable.next();
    assert.deepEqual(Object.keys(welcome), ['type', 'sid']);
    assert.equal(typeof welcome.sid, 'string');
    assert.ok(welcome.sid.length >= 16, `guessable: ${welcome.sid}`);
    sids.add(welcome.sid);
  }
  assert.equal(sids.size, 50);
});

test('a known subprotocol is echoed, and of several the client prefers the first', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const offers = [
    [['actioncable-v1-json', 'actioncable-unsupported'], 'actioncable-v1-json'],
    [['actioncable-v1-ext-json', 'actioncable-v1-json'], 'actioncable-v1-ext-json'],
    [['chat', 'actioncable-v1-ext-json'], 'actioncable-v1-ext-json'],
  ];
  for (const [offered, chosen] of offers) {
    const cable = await connectCable(t, daemon, {offered});
    assert.equal(cable.socket.protocol, chosen);
  }
});

test('without a known subprotocol the upgrade succeeds without that header', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const offer of ['Sec-WebSocket-Protocol: chat, superchat', 'X-Nothing: offered']) {
    const raw = await connectRaw(t, daemon.port);
    raw.write(`GET /cable HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${offer}\r\n`
      + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    const {status, headers} = await raw.nextResponse();
    assert.equal(status, 101);
    assert.equal(headers['sec-websocket-protocol'], undefined);
    assert.equal(headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    assert.equal((await raw.nextMessage()).type, 'welcome');
  }
});

test('several paths are served, a wildcard among them, and the query is no part of a path', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--path', '/cable,/tenants/*']);
  for (const path of ['/cable', '/cable?token=1', '/tenants/7/cable']) {
    await connectCable(t, daemon, {path});
  }
});

test('a subscriber is confirmed, and gets what is published to its stream only', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe('lobby');
  await daemon.publish('attic', {not: 'for the lobby'});
  await daemon.publish('lobby', {for: 'the lobby'});
  assert.deepEqual(await cable.next(), {identifier, message: {for: 'the lobby'}});
  await cable.expectQuiet();
});

test('the identifier comes back byte for byte', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifier = '{ "stream_name" :"s",\t"note":"\\u00e9 é \\/ \\" 😀 <&>",  "channel":"$pubsub"}';
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
  await daemon.publish('s', '1');
  assert.deepEqual(await cable.next(), {identifier, message: 1});
});

test('one connection may follow a stream by two identifiers, and gets one message for each', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifiers = [await cable.subscribe('s'), await cable.subscribe('s', {tab: 2})];
  await daemon.publish('s', '"x"');
  const seen = [await cable.next(), await cable.next()];
  assert.deepEqual(seen.map(({message}) => message), ['x', 'x']);
  assert.deepEqual(seen.map(({identifier}) => identifier).sort(), identifiers.sort());
  await cable.expectQuiet();
});

test('after unsubscribe nothing more comes for that identifier, and it may subscribe again', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const left = await cable.subscribe('s');
  const kept = await cable.subscribe('s', {tab: 2});
  cable.send({command: 'unsubscribe', identifier: left});
  await cable.expectQuiet('unsubscribe has no answer');
  // The same stream serves both identifiers: had `left` still followed it, its message would come before `kept`'s second.
  await daemon.publish('s', '1');
  await daemon.publish('s', '2');
  assert.deepEqual(await cable.next(), {identifier: kept, message: 1});
  assert.deepEqual(await cable.next(), {identifier: kept, message: 2});
  assert.equal(await cable.subscribe('s'), left);
  await daemon.publish('s', '3');
  const both = [await cable.next(), await cable.next()];
  assert.deepEqual(both.map(({identifier}) => identifier).sort(), [left, kept].sort());
  await cable.expectQuiet();
});

test('what is no public stream is rejected, again at each try, and the connection lives on', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const rejected = [
    JSON.stringify({channel: 'ChatChannel', id: 42}),
    JSON.stringify({channel: '$pubsub'}),
    JSON.stringify({channel: '$pubsub', stream_name: ''}),
    JSON.stringify({channel: '$pubsub', stream_name: 7}),
    JSON.stringify({stream_name: 's'}),
    '[]',
    'ChatChannel',
    '{"channel":"$pubsub","stream_name":',
  ];
  for (const identifier of [...rejected, ...rejected]) {
    cable.send({command: 'subscribe', identifier});
    assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier});
  }
  await cable.subscribe('s');
});

test('commands are answered in the order they were sent in', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const cable = await connectCable(t, daemon);
  const names = Array.from({length: 200}, (_, at) => `stream-${at}`);
  for (const name of names) {
    cable.send({command: 'subscribe', identifier: pubsub(name)});
    cable.send({command: 'ping'});
  }
  for (const name of names) {
    assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier: pubsub(name)});
    assert.deepEqual(await cable.next(), {type: 'pong'});
  }
});

test('a command in a binary frame, or in fragments, is a command', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const text = JSON.stringify({command: 'ping'});
  cable.sendText(text, {binary: true});
  assert.deepEqual(await cable.next(), {type: 'pong'});
  for (const binary of [false, true]) {
    cable.sendText(text.slice(0, 4), {binary, fin: false});
    cable.sendText(text.slice(4, 9), {binary, fin: false});
    cable.sendText(text.slice(9), {binary, fin: true});
    assert.deepEqual(await cable.next(), {type: 'pong'});
  }
});

test('the pong command has no answer, and a WebSocket ping has a pong', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  cable.send({command: 'pong'});
  await cable.expectQuiet();
  const pong = new Promise((resolve) => cable.socket.once('pong', resolve));
  cable.socket.ping('are you there?');
  assert.equal((await pong).toString(), 'are you there?');
});

test('a client that leaves is forgotten, with its streams, whether it says so or not', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const polite = await connectCable(t, daemon);
  const raw = await connectRawCable(t, daemon);
  await polite.subscribe('a');
  raw.command({command: 'subscribe', identifier: pubsub('b')});
  assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
  await daemon.waitForMetric('ability_clients_num', 2);
  await daemon.waitForMetric('ability_broadcast_streams_num', 2);
  await polite.leave();
  assert.equal(polite.close.code, 1000);
  raw.socket.resetAndDestroy();
  await daemon.waitForMetric('ability_clients_num', 0);
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});
