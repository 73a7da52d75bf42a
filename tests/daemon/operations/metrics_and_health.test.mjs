import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {request} from '../support/http.mjs';

test('health is answered 200, with and without --public, and its path can be another', async (t) => {
  for (const options of [[], ['--public']]) {
    const daemon = await startDaemon(t, options);
    assert.equal((await request(`${daemon.url}/health`)).status, 200);
  }
  const daemon = await startDaemon(t, ['--health-path', '/healthz']);
  assert.equal((await request(`${daemon.url}/healthz`)).status, 200);
  assert.equal((await request(`${daemon.url}/health`)).status, 404);
});

const expected = {
  ability_clients_num: 'gauge',
  ability_broadcast_streams_num: 'gauge',
  ability_client_msg_total: 'counter',
  ability_failed_client_msg_total: 'counter',
  ability_broadcast_msg_total: 'counter',
  ability_failed_broadcast_msg_total: 'counter',
  ability_server_msg_total: 'counter',
  ability_failed_auths_total: 'counter',
  ability_disconnected_slow_clients_total: 'counter',
  ability_disconnected_silent_clients_total: 'counter',
  ability_presence_members_num: 'gauge',
  ability_presence_joins_total: 'counter',
  ability_presence_leaves_total: 'counter',
  ability_presence_expired_total: 'counter',
  ability_presence_returns_total: 'counter',
  ability_presence_kept_total: 'counter',
  ability_presence_unavailable_total: 'counter',
  ability_remote_commands_total: 'counter',
  ability_data_sent_total: 'counter',
  ability_data_rcvd_total: 'counter',
  ability_broadcast_latency_seconds: 'histogram',
  ability_broadcast_fanout: 'histogram',
};

test('the metrics are a page for Prometheus with every name, typed, from the start', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {status, headers, body} = await request(`${daemon.url}/metrics`);
  assert.equal(status, 200);
  assert.match(headers['content-type'], /^text\/plain; *version=0\.0\.4/);
  const {types, samples} = await daemon.metrics();
  for (const [name, type] of Object.entries(expected)) {
    assert.equal(types.get(name), type, name);
    assert.match(body, new RegExp(`^# HELP ${name} \\S`, 'm'));
    if (type !== 'histogram') assert.equal(await daemon.metric(name), 0, name);
  }
  for (const name of ['ability_broadcast_latency_seconds', 'ability_broadcast_fanout']) {
    const buckets = [...samples.keys()].filter((key) => key.startsWith(`${name}_bucket{`));
    assert.ok(buckets.length > 3 && buckets.some((key) => key.includes('le="+Inf"')), name);
  }
});

test('metrics can have another path, or none', async (t) => {
  const elsewhere = await startDaemon(t, ['--metrics-http', '/internal/metrics']);
  assert.equal((await request(`${elsewhere.url}/internal/metrics`)).status, 200);
  assert.equal((await request(`${elsewhere.url}/metrics`)).status, 404);
  const none = await startDaemon(t, ['--metrics-http', 'none']);
  assert.equal((await request(`${none.url}/metrics`)).status, 404);
});

test('what happens is counted', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '0']);
  const cables = [await connectCable(t, daemon), await connectCable(t, daemon), await connectCable(t, daemon)];
  await cables[0].subscribe('a');
  await cables[1].subscribe('a');
  await cables[1].subscribe('b');
  cables[2].sendText('garbage');
  assert.equal((await cables[2].next()).type, 'error');
  await cables[2].expectQuiet();
  await daemon.publish('a', '"to two"');
  await daemon.publish('b', '"to one"');
  await daemon.publish('c', '"to nobody"');
  await daemon.post('garbage');
  await daemon.post({command: 'disconnect', payload: {identifier: 'nobody'}});
  for (const [cable, count] of [[cables[0], 1], [cables[1], 2]]) {
    for (let left = count; left > 0; left -= 1) await cable.next();
  }

  const {samples} = await daemon.metrics();
  const value = (name) => daemon.metric(name);
  assert.equal(await value('ability_clients_num'), 3);
  assert.equal(await value('ability_broadcast_streams_num'), 2);
  assert.equal(await value('ability_failed_client_msg_total'), 1);
  // Three subscribes, a ping, and the garbage.
  assert.equal(await value('ability_client_msg_total'), 5);
  assert.equal(await value('ability_broadcast_msg_total'), 3);
  assert.equal(await value('ability_failed_broadcast_msg_total'), 1);
  assert.equal(await value('ability_remote_commands_total'), 1);
  assert.equal(await value('ability_failed_auths_total'), 0);
  // Three welcomes, three confirmations, an error, a pong, three data messages.
  await daemon.waitForMetric('ability_server_msg_total', 11);
  assert.ok(await value('ability_data_rcvd_total') > 150);
  assert.ok(await value('ability_data_sent_total') > 500);
  assert.equal(await value('ability_broadcast_fanout_sum'), 3);
  // One was for nobody: it may count as a fan-out of 0, or not at all.
  for (const name of ['ability_broadcast_fanout_count', 'ability_broadcast_latency_seconds_count']) {
    const count = await value(name);
    assert.ok(count === 2 || count === 3, `${name} is ${count}`);
  }
  assert.ok(await value('ability_broadcast_latency_seconds_sum') < 5);

  const buckets = [...samples].filter(([key]) => key.startsWith('ability_broadcast_fanout_bucket')).map(([, count]) => count);
  assert.deepEqual(buckets, [...buckets].sort((a, b) => a - b), 'buckets add up');

  for (const cable of cables) await cable.leave();
  await daemon.waitForMetric('ability_clients_num', 0);
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('asking for metrics and health counts for nothing', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (let asked = 0; asked < 20; asked += 1) await request(`${daemon.url}/health`);
  const {samples} = await daemon.metrics();
  for (const [name, type] of Object.entries(expected)) {
    if (type !== 'histogram') assert.equal(await daemon.metric(name), 0, name);
  }
  assert.ok(samples.size > 12);
});

test('connections that come and go leave neither descriptors nor memory behind', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const round = async () => {
    const cables = await Promise.all(Array.from({length: 100}, () => connectCable(t, daemon)));
    await Promise.all(cables.map((cable, at) => cable.subscribe(`stream-${at % 10}`)));
    await daemon.publish('stream-3', '1');
    cables.forEach((cable, at) => (at % 2 === 0 ? cable.socket.close() : cable.socket.terminate()));
    await daemon.waitForMetric('ability_clients_num', 0);
    await daemon.waitForMetric('ability_broadcast_streams_num', 0);
  };
  await round();
  await round();
  const descriptors = await daemon.descriptors();
  const memory = await daemon.memory();
  for (let more = 0; more < 8; more += 1) await round();
  assert.ok((await daemon.descriptors()) <= descriptors + 4, `${await daemon.descriptors()} descriptors`);
  // ASan keeps what was freed for a while.
  if (Number(process.env.ABILITY_TEST_PATIENCE ?? 1) === 1) {
    assert.ok((await daemon.memory()) < memory + 8e6, `${await daemon.memory()} bytes, ${memory} before`);
  }
});
