// Labels: hardened
// What a remote end can have the daemon hold, for how long, and that it is given back.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience, slack} from '../support/deadline.mjs';
import {code, connectFly, flag, greetFly, packet, startFly} from '../support/fly.mjs';
import {linkId, muxFrame, startGateway, waitForLinks} from '../support/fly_backend.mjs';
import {connectRaw, connectRawCable, frame, opcodes} from '../support/raw.mjs';

const hits = async (daemon, limit) => (await daemon.metrics()).samples.get(`ability_limit_hits_total{limit="${limit}"}`);

// -- a backend that does not read --

test('a backend that pings its link and never reads loses it, with a reason, and can come back', async (t) => {
  const bound = 4_194_304;
  const {backend, daemon, link} = await startGateway(t, {}, ['--public', '--fly-rpc-max-pending-size', String(bound)]);
  await daemon.resetPeak();
  const before = await daemon.memory();
  const {socket} = link;
  socket.pause();
  const ping = muxFrame([linkId], packet(flag.ping, {buffer: 'x'.repeat(60_000)}));
  let sent = 0;
  while (!socket.destroyed) {
    assert.ok(sent < 100 * bound, 'it has taken all of this and not complained');
    sent += ping.length;
    if (!socket.write(ping)) await Promise.race([once(socket, 'drain').catch(() => {}), link.closed]);
  }
  const line = await daemon.waitForLog(/backend link lost/);
  assert.match(line, /does not read, \d+ bytes wait for it \(--fly-rpc-max-pending-size\)/);
  const grown = (await daemon.peak()) - before;
  t.diagnostic(`${(sent / 1e6).toFixed(1)} MB of pings were sent, memory grew by ${(grown / 1e6).toFixed(1)} MB`);
  // While the queue grows there are an old and a new one, of twice its size.
  assert.ok(grown < 6 * bound * slack, `grown by ${grown}`);
  assert.equal(await hits(daemon, 'backend_pending_size'), 1);
  const again = await backend.nextLink();
  await waitForLinks(daemon, 1);
  await again.settle();
});

// -- requests that stop short --

const post = (length, sent) => 'POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  + `Content-Length: ${length}\r\n\r\n${'x'.repeat(sent)}`;

test('200 publications of a megabyte that stop short take no more than they may together', async (t) => {
  const bound = 8_388_608;
  const daemon = await startDaemon(t, ['--public', '--max-unfinished-size', String(bound), '--handshake-timeout', '60']);
  await daemon.publish('s', '1');
  const before = await daemon.memory();
  const attackers = await Promise.all(Array.from({length: 200}, () => connectRaw(t, daemon.port)));
  for (const raw of attackers) raw.write(post(1_000_000, 900_000));
  let refused = 0;
  for (const raw of attackers) raw.nextResponse().then(({status, headers}) => {
    assert.equal(status, 503);
    assert.equal(headers['retry-after'], '1');
    refused += 1;
  }, () => {});
  await eventually('the others to be refused', () => refused >= 190, {detail: () => `${refused} were`});
  const grown = (await daemon.memory()) - before;
  t.diagnostic(`${refused} were refused, memory grew by ${(grown / 1e6).toFixed(1)} MB`);
  assert.ok(grown < 3 * bound * slack, `grown by ${grown}`);
  assert.equal(await hits(daemon, 'unfinished_size'), refused);
  // What comes in one piece waits for nothing, and needs no room.
  await daemon.publish('s', '2');
  for (const raw of attackers) raw.socket.destroy();
  await eventually('a large one to be taken', async () => (
    await daemon.post({stream: 's', data: JSON.stringify('y'.repeat(900_000))}, {timeout: patience})).status === 201);
});

test('a second request on a connection has a deadline of its own, from its first byte', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--handshake-timeout', '500ms', '--http-idle-timeout', '1h']);
  const raw = await connectRaw(t, daemon.port);
  raw.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal((await raw.nextResponse()).status, 200);
  const dripping = setInterval(() => raw.write('x'), 50);
  defer(t, () => clearInterval(dripping));
  raw.write(post(1_000, 1));
  assert.equal((await raw.nextResponse()).status, 408);
  await raw.waitForEnd();
  assert.equal(await hits(daemon, 'request_timeout'), 1);
});

test('silence between two requests is no request that takes too long', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--handshake-timeout', '100ms', '--http-idle-timeout', '700ms']);
  const raw = await connectRaw(t, daemon.port);
  raw.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.equal((await raw.nextResponse()).status, 200);
  const since = performance.now();
  await raw.waitForEnd();
  assert.ok(performance.now() - since > 600, 'it may be silent for longer than a request may take');
  assert.equal(await hits(daemon, 'request_timeout'), 0);
});

// -- messages that stop short --

const whole = JSON.stringify({command: 'subscribe', identifier: pubsub('s'), pad: 'x'.repeat(50_000)});
const unfinished = {
  'a frame': (raw) => raw.write(frame(opcodes.text, whole).subarray(0, 30_000)),
  'the head of a frame': (raw) => raw.write(frame(opcodes.text, whole).subarray(0, 3)),
  'a message of several frames': (raw) => raw.write(frame(opcodes.text, whole, {fin: false})),
  'a frame that drips in': (raw, t) => {
    const bytes = frame(opcodes.text, whole);
    let at = 0;
    const dripping = setInterval(() => raw.write(bytes.subarray(at, at += 1)), 50);
    defer(t, () => clearInterval(dripping));
  },
};

for (const [what, send] of Object.entries(unfinished)) {
  test(`a client that stops in the middle of ${what} is closed, and no other`, async (t) => {
    const daemon = await startDaemon(t, ['--public', '--message-timeout', '500ms']);
    const quiet = await connectCable(t, daemon);
    const raw = await connectRawCable(t, daemon);
    send(raw, t);
    assert.equal(await raw.closeCode(), 1008);
    assert.equal(await hits(daemon, 'message_timeout'), 1);
    await quiet.expectQuiet();
  });
}

test('a message in pieces is taken, and the time for it is over', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--message-timeout', '700ms']);
  const raw = await connectRawCable(t, daemon);
  const bytes = frame(opcodes.text, whole);
  raw.write(bytes.subarray(0, 20_000));
  await daemon.waitForMetric('ability_data_rcvd_total', (value) => value >= 20_000);
  raw.write(bytes.subarray(20_000));
  assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
  // A deadline that was left behind would end this one.
  const late = await connectRawCable(t, daemon);
  late.write(bytes.subarray(0, 20_000));
  assert.equal(await late.closeCode(), 1008);
  raw.command({command: 'ping'});
  assert.equal((await raw.nextMessage()).type, 'pong');
});

test('messages that are not whole share a bound with all others of the node', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-unfinished-size', '100000']);
  const half = frame(opcodes.text, whole).subarray(0, 45_000);
  const first = await connectRawCable(t, daemon);
  first.write(half);
  await daemon.waitForMetric('ability_data_rcvd_total', (value) => value >= 45_000);
  const others = [await connectRawCable(t, daemon), await connectRawCable(t, daemon)];
  for (const raw of others) raw.write(half);
  const closing = Promise.any(others.map((raw) => raw.closeCode()));
  assert.equal(await closing, 1013);
  assert.ok(await hits(daemon, 'unfinished_size') >= 1);
  first.socket.destroy();
  for (const raw of others) raw.socket.destroy();
  await daemon.waitForMetric('ability_clients_num', 0);
  const received = await daemon.metric('ability_data_rcvd_total');
  const later = await connectRawCable(t, daemon);
  later.write(half);
  await daemon.waitForMetric('ability_data_rcvd_total', (value) => value >= received + 45_000);
  assert.equal(await daemon.metric('ability_clients_num'), 1);
});

test('a device that stops in the middle of a packet is told and closed; one that sends many is not', async (t) => {
  const daemon = await startFly(t, ['--public', '--message-timeout', '700ms']);
  const busy = await greetFly(t, daemon);
  const large = packet(flag.ping, {sequence: 7, buffer: 'z'.repeat(60_000)});
  // Each write ends inside a packet.
  let rest = Buffer.alloc(0);
  let pongs = 0;
  const stalled = await connectFly(t, daemon);
  await stalled.helo();
  stalled.write(large.subarray(0, 30_000));
  const ended = stalled.expectEnd(code.badPayload, /took too long/);
  let over = false;
  ended.finally(() => { over = true; }).catch(() => {});
  while (!over) {
    rest = Buffer.concat([rest, large]);
    busy.write(rest.subarray(0, rest.length - 100));
    rest = rest.subarray(rest.length - 100);
    if (pongs > 0 || rest.length > 0) {
      if (pongs > 0) await busy.expect({flag: flag.pong, sequence: 7});
      pongs += 1;
    }
  }
  await ended;
  assert.equal(await hits(daemon, 'message_timeout'), 1);
  busy.write(rest);
  await busy.expect({flag: flag.pong, sequence: 7});
});

// -- counted --

test('every bound that a client can reach is counted by its name', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-subscriptions', '10', '--max-message-size',
    '65536']);
  const {samples} = await daemon.metrics();
  const limits = [...samples.keys()].filter((name) => name.startsWith('ability_limit_hits_total'));
  assert.ok(limits.length >= 12, limits.join());
  for (const each of limits) assert.equal(samples.get(each), 0, each);

  const [first, second] = [await connectCable(t, daemon), await connectRawCable(t, daemon)];
  for (let n = 0; n < 8; n += 1) await first.subscribe('s', {n, pad: 'x'.repeat(60_000)});
  const rejected = async (identifier) => {
    first.send({command: 'subscribe', identifier});
    assert.deepEqual(await first.next(), {type: 'reject_subscription', identifier});
  };
  await rejected(pubsub('s', {n: 8, pad: 'x'.repeat(60_000)}));
  assert.equal(await hits(daemon, 'identifier_bytes'), 1);
  for (let n = 9; n < 11; n += 1) await first.subscribe('s', {n});
  await rejected(pubsub('s', {n: 11}));
  assert.equal(await hits(daemon, 'subscriptions'), 1);

  second.write(frame(opcodes.text, 'x'.repeat(65_537)));
  assert.equal(await second.closeCode(), 1009);
  assert.equal(await hits(daemon, 'message_size'), 1);

  const large = await connectRaw(t, daemon.port);
  large.write(`GET /health HTTP/1.1\r\nHost: localhost\r\nX-Filler: ${'x'.repeat(17_000)}\r\n\r\n`);
  assert.equal((await large.nextResponse()).status, 431);
  assert.equal(await hits(daemon, 'request_head'), 1);
});

// -- given back --

test('what an attack has taken is given back soon after it', {timeout: 150_000,
  skip: slack > 1 && 'a sanitizer has an allocator of its own, which keeps what was freed'}, async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2', '--handshake-timeout', '1h',
    '--max-unfinished-size', '1000000000']);
  const start = await daemon.memory();
  const attackers = await Promise.all(Array.from({length: 300}, () => connectRaw(t, daemon.port)));
  for (const raw of attackers) raw.write(post(1_000_000, 900_000));
  let taken;
  await eventually('the attack to be large', async () => (taken = await daemon.memory()) > start + 240e6,
    {ms: patience * 4, detail: () => `it is ${taken - start}`});
  const clients = [];
  for (let each = 0; each < 10; each += 1) {
    const raw = await connectRawCable(t, daemon);
    for (let n = 0; n < 500; n += 1) raw.command({command: 'subscribe', identifier: pubsub(`${each}/${n}`)});
    for (let n = 0; n < 500; n += 1) assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
    clients.push(raw);
  }
  for (const raw of [...attackers, ...clients]) raw.socket.destroy();
  await daemon.waitForMetric('ability_clients_num', 0);
  const since = performance.now();
  let left;
  await eventually('the memory to be given back', async () => (left = await daemon.memory()) <= 1.5 * start,
    {detail: () => `${left} are left, ${start} were there`});
  t.diagnostic(`of ${(taken / 1e6).toFixed(0)} MB ${(left / 1e6).toFixed(1)} were left after `
    + `${((performance.now() - since) / 1e3).toFixed(1)} s, ${(start / 1e6).toFixed(1)} were there before`);
});
