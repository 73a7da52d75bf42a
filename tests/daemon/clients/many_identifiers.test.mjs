// Labels: hardened
// One connection that follows one stream under many identifiers gets every message as often; and one that follows many
// streams.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation} from '../support/app_script.mjs';
import {connectCable, pubsub} from '../support/cable.mjs';
import {channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience, slack} from '../support/deadline.mjs';
import {keepAlive} from '../support/http.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {connectRawCable} from '../support/raw.mjs';

const limit = 1_048_576;  // --max-pending-size
const large = JSON.stringify('x'.repeat(1_000_000));

/** A client that follows `stream` under `count` identifiers, and reads no more. */
async function crowd(t, daemon, stream, count, from = 0) {
  const raw = await connectRawCable(t, daemon);
  const identifiers = Array.from({length: count}, (_, n) => pubsub(stream, {n: from + n}));
  for (const identifier of identifiers) raw.command({command: 'subscribe', identifier});
  for (const identifier of identifiers) {
    assert.deepEqual(await raw.nextMessage(), {type: 'confirm_subscription', identifier});
  }
  raw.socket.pause();
  return raw;
}

/** Publishes small messages to a stream of its own until `done`; how long each took to arrive, in ms. */
async function latencies(daemon, agent, cable, stream, done) {
  const times = [];
  for (let at = 0; !done(); at += 1) {
    const begin = performance.now();
    await daemon.publish(stream, String(at), {agent});
    assert.equal((await cable.next()).message, at);
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b);
}

for (const [clients, shared, lanes] of [[1, false, 1], [8, false, 2], [8, true, 2]]) {
  const whose = shared ? 'the same thousand' : 'a thousand';
  test(`a megabyte for ${clients} stalled clients under ${whose} identifiers each`, {timeout: 150_000}, async (t) => {
    const daemon = await startDaemon(t, ['--public', '--lanes', String(lanes), '--max-stream-subscriptions', '1000']);
    const agent = keepAlive(t);
    const other = await connectCable(t, daemon);
    await other.subscribe('other');
    const reader = await connectCable(t, daemon);
    const identifier = await reader.subscribe('s');
    const hear = async () => assert.equal((await reader.next()).message.length, 1_000_000);
    // What the way of one publication takes for itself.
    await daemon.publish('s', large, {agent});
    await hear();
    for (let each = 0; each < clients; each += 1) await crowd(t, daemon, 's', 1000, shared ? 0 : each * 1000);
    const before = await daemon.memory();
    await daemon.resetPeak();
    let closed = false;
    const meanwhile = latencies(daemon, agent, other, 'other', () => closed);
    await daemon.publish('s', large);
    await hear();
    await daemon.waitForMetric('ability_clients_num', 2, {ms: patience * 4});
    closed = true;
    const times = await meanwhile;
    const grown = (await daemon.peak()) - before;
    t.diagnostic(`memory grew by ${(grown / 1e6).toFixed(1)} MB at most; of ${times.length} messages to others, p50 `
      + `${times[Math.floor(times.length * 0.5)].toFixed(1)} ms, p99 ${times[Math.floor(times.length * 0.99)].toFixed(1)} ms`);
    // And the copies that a publication is on its way in: the request, what is read of it, a frame.
    assert.ok(grown <= (2 * clients + 4) * limit * slack, `grown by ${grown}`);
    assert.equal(await daemon.metric('ability_disconnected_slow_clients_total'), clients);
    await reader.expectQuiet();
    reader.send({command: 'unsubscribe', identifier});
    await eventually('the stream to end', async () => await daemon.metric('ability_broadcast_streams_num') === 1);
  });
}

test('a client that reads gets a large message under each of its identifiers, and what follows in order', async (t) => {
  // All 12 MB may wait: how fast a busy machine lets the client read is not what this is about.
  const daemon = await startDaemon(t, ['--public', '--lanes', '2', '--max-pending-size', '16777216']);
  const cable = await connectCable(t, daemon);
  const identifiers = [];
  for (let n = 0; n < 30; n += 1) identifiers.push(await cable.subscribe('s', {n}));
  const heard = new Map(identifiers.map((identifier) => [identifier, []]));
  const text = 'y'.repeat(100_000);
  const sent = [];
  for (let at = 0; at < 8; at += 1) {
    sent.push(at % 2 === 0 ? `${at}${text}` : String(at));
    await daemon.publish('s', JSON.stringify(sent.at(-1)));
  }
  for (let left = identifiers.length * sent.length; left > 0; left -= 1) {
    const {identifier, message} = await cable.next();
    heard.get(identifier).push(message);
  }
  for (const messages of heard.values()) assert.ok(messages.every((message, at) => message === sent[at]));
  await cable.expectQuiet();
});

test('more subscriptions to one stream than a connection may have are rejected and counted', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-stream-subscriptions', '3']);
  const cable = await connectCable(t, daemon);
  for (let n = 0; n < 3; n += 1) await cable.subscribe('s', {n});
  const identifier = pubsub('s', {n: 3});
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier});
  await cable.subscribe('other', {n: 3});
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_limit_hits_total{limit="stream_subscriptions"}'), 1);
  await daemon.publish('s', '1');
  for (let n = 0; n < 3; n += 1) assert.equal((await cable.next()).message, 1);
  await cable.expectQuiet();
});

test('more identifiers than one stream may have are rejected and counted', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-stream-identifiers', '2']);
  const [first, second] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  await first.subscribe('s', {n: 1});
  await first.subscribe('s', {n: 2});
  const identifier = pubsub('s', {n: 3});
  second.send({command: 'subscribe', identifier});
  assert.deepEqual(await second.next(), {type: 'reject_subscription', identifier});
  await second.subscribe('s', {n: 2});
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_limit_hits_total{limit="stream_identifiers"}'), 1);
  await daemon.publish('s', '1');
  assert.equal((await second.next()).message, 1);
  await second.expectQuiet();
});

test('more streams than the application may give one connection are rejected, logged and counted', async (t) => {
  const given = new Map([[channel('First'), 2_000], [channel('Second'), 1_001], [channel('Third'), 1_000]]);
  const app = await startHttpApp(t, {subscribe: ({body: {identifier}}) => ({status: 1,
    transmissions: [confirmation(identifier)],
    streams: Array.from({length: given.get(identifier)}, (_, at) => `${identifier}${at}`)})});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--noauth', '--broadcast-key', 'none',
    '--max-connection-streams', '3000']);
  const cable = await connectCable(t, daemon);
  await join(cable, channel('First'));
  cable.send({command: 'subscribe', identifier: channel('Second')});
  assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier: channel('Second')});
  await daemon.waitForLog(/stream not followed.*too many streams of this connection \(--max-connection-streams\)/);
  await join(cable, channel('Third'));
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_limit_hits_total{limit="connection_streams"}'), 1);
  for (const [stream, identifier] of [[`${channel('First')}1999`, channel('First')], [`${channel('Third')}0`, channel('Third')]]) {
    await daemon.publish(stream, '1');
    assert.deepEqual(await cable.next(), {identifier, message: 1});
  }
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), 3_000);
});
