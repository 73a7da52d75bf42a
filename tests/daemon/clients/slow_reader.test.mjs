import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {keepAlive} from '../support/http.mjs';
import {connectRawCable, frame, opcodes} from '../support/raw.mjs';

/** A subscriber that stops reading for good: what its socket does not hold waits in the daemon. */
async function stalledReader(t, daemon, stream) {
  const raw = await connectRawCable(t, daemon);
  raw.command({command: 'subscribe', identifier: pubsub(stream)});
  assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
  raw.socket.pause();
  return raw;
}

const large = 'x'.repeat(100_000);

/** Publishes one large message after the other, each once the readers have the one before, until `done`. */
async function publishUntil(daemon, agent, stream, readers, done) {
  let sent = 0;
  await eventually('slow clients to be closed', async () => {
    await daemon.publish(stream, JSON.stringify({at: sent, large}), {agent});
    for (const reader of readers) assert.equal((await reader.next()).message.at, sent);
    sent += 1;
    return sent % 5 === 0 && await done();
  }, {every: 0, ms: patience * 4, detail: () => `${sent} messages were sent\n${daemon.tail}`});
  return sent;
}

test('a slow reader is closed at the limit, and nobody else misses anything', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-size', '300000']);
  const agent = keepAlive(t);
  const stalled = await stalledReader(t, daemon, 's');
  const healthy = [await connectCable(t, daemon), await connectCable(t, daemon)];
  for (const cable of healthy) await cable.subscribe('s');
  const slow = async () => (await daemon.metric('ability_disconnected_slow_clients_total')) === 1;
  const sent = await publishUntil(daemon, agent, 's', healthy, slow);
  t.diagnostic(`closed after ${sent} messages of 100 kB`);
  await daemon.waitForMetric('ability_clients_num', 2);
  stalled.socket.resume();
  await stalled.waitForEnd();
  for (const cable of healthy) await cable.expectQuiet();
});

test('a client that is too slow for one stream is closed even if it asks for more in between', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-size', '300000', '--ping-interval', '1']);
  const agent = keepAlive(t);
  const stalled = await stalledReader(t, daemon, 's');
  const pinging = setInterval(() => stalled.command({command: 'ping'}), 20);
  defer(t, () => clearInterval(pinging));
  const healthy = await connectCable(t, daemon);
  await healthy.subscribe('s');
  await publishUntil(daemon, agent, 's', [healthy],
    async () => (await daemon.metric('ability_disconnected_slow_clients_total')) === 1);
  await daemon.waitForMetric('ability_clients_num', 1);
});

test('a stalled reader holds up no publisher, however small the messages', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-broadcasts', '5000']);
  const agent = keepAlive(t);
  await stalledReader(t, daemon, 's');
  const healthy = await connectCable(t, daemon);
  await healthy.subscribe('s');
  let sent = 0;
  await eventually('the slow client to be closed', async () => {
    const batch = Array.from({length: 500}, (_, at) => ({stream: 's', data: String(sent + at)}));
    const {status} = await daemon.post(batch, {agent});
    assert.equal(status, 201, `refused after ${sent} messages, of which the others have every one`);
    for (const {data} of batch) assert.equal((await healthy.next()).message, Number(data));
    sent += batch.length;
    return (await daemon.metric('ability_disconnected_slow_clients_total')) === 1;
  }, {every: 0, ms: patience * 4, detail: () => `${sent} messages were sent`});
  await healthy.expectQuiet();
});

test('those who read get all of a publication that becomes larger than the limit on its way', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '1', '--max-pending-size', '300000']);
  const readers = [];
  for (let made = 0; made < 3; made += 1) readers.push(await connectCable(t, daemon));
  for (const cable of readers) await cable.subscribe('s');
  const batch = Array.from({length: 5000}, (_, at) => ({stream: 's', data: String(at)}));
  const {status, body} = await daemon.post(batch);
  assert.equal(status, 201, body);
  for (const cable of readers) {
    for (const {data} of batch) assert.equal((await cable.next()).message, Number(data));
    await cable.expectQuiet();
  }
  assert.equal(await daemon.metric('ability_disconnected_slow_clients_total'), 0);
});

test('one message that is larger than the limit closes those it was for', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-size', '50000']);
  const cable = await connectCable(t, daemon, {tolerant: true});
  await cable.subscribe('s');
  const other = await connectCable(t, daemon);
  await other.subscribe('other');
  await daemon.publish('s', JSON.stringify(large));
  await daemon.waitForMetric('ability_disconnected_slow_clients_total', 1);
  await cable.waitForClose();
  await daemon.publish('other', '1');
  assert.equal((await other.next()).message, 1);
});

test('50 stalled readers hold up nobody', {timeout: 120_000}, async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const agent = keepAlive(t);
  const healthy = [];
  for (let made = 0; made < 10; made += 1) healthy.push(await connectCable(t, daemon));
  for (const cable of healthy) await cable.subscribe('s');

  const rounds = 300;
  const latencies = async () => {
    const times = [];
    for (let at = 0; at < rounds; at += 1) {
      const begin = performance.now();
      await daemon.publish('s', JSON.stringify({at, pad: 'x'.repeat(80)}), {agent});
      await Promise.all(healthy.map(async (cable) => assert.equal((await cable.next()).message.at, at)));
      times.push(performance.now() - begin);
    }
    times.sort((a, b) => a - b);
    const show = (share) => `${times[Math.floor(rounds * share)].toFixed(2)} ms`;
    return `p50 ${show(0.5)}, p99 ${show(0.99)}`;
  };
  t.diagnostic(`alone:                   ${await latencies()}`);

  const stalled = [];
  for (let made = 0; made < 50; made += 1) stalled.push(await stalledReader(t, daemon, 's'));
  // Until their sockets take no more, they are not stalled for the daemon.
  for (let at = 0; at < 40; at += 1) {
    await daemon.publish('s', JSON.stringify({at, large}), {agent});
    await Promise.all(healthy.map((cable) => cable.next()));
  }
  t.diagnostic(`with 50 stalled readers: ${await latencies()}`);
  const before = await daemon.memory();

  await publishUntil(daemon, agent, 's', healthy,
    async () => (await daemon.metric('ability_disconnected_slow_clients_total')) === 50);
  await daemon.waitForMetric('ability_clients_num', 10);
  const grown = (await daemon.memory()) - before;
  t.diagnostic(`memory grew by ${(grown / 1e6).toFixed(1)} MB until all were closed`);
  // A broadcast is held once, however many wait for it.
  assert.ok(grown < 60e6 * Number(process.env.ABILITY_TEST_PATIENCE ?? 1), `grown by ${grown}`);
  for (const cable of healthy) await cable.expectQuiet();
  for (const raw of stalled) raw.socket.destroy();
});

test('a client that takes no pongs of WebSocket is closed as too slow, and is told so', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-size', '65536', '--close-timeout', '30s']);
  const raw = await connectRawCable(t, daemon);
  raw.socket.pause();
  const pings = Buffer.concat(Array.from({length: 500}, () => frame(opcodes.ping, 'p'.repeat(120))));
  await eventually('the client to be too slow', async () => {
    if (!raw.socket.destroyed && raw.socket.writableLength < 1_000_000) raw.socket.write(pings);
    return (await daemon.metric('ability_disconnected_slow_clients_total')) === 1;
  }, {every: 5});
  raw.socket.resume();
  await eventually('the reason', () => raw.buffer.includes(Buffer.from('"reason":"too_slow"')));
});
