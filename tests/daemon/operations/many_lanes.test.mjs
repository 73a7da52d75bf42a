import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {keepAlive} from '../support/http.mjs';
import {startRedis} from '../support/redis.mjs';

const lanes = ['--public', '--lanes', '2'];

test('what one publisher sends to a stream arrives in that order, whatever the others do', async (t) => {
  const redis = await startRedis(t);
  const daemon = await startDaemon(t, [...lanes, '--redis-url', redis.url]);
  await redis.waitForSubscriber();
  const streams = Array.from({length: 20}, (_, at) => `stream-${at}`);
  const cables = [];
  for (let made = 0; made < 8; made += 1) cables.push(await connectCable(t, daemon));
  for (const cable of cables) {
    for (const stream of streams) await cable.subscribe(stream);
  }

  const each = 60;
  const byHttp = async (publisher) => {
    const agent = keepAlive(t);
    for (let at = 0; at < each; at += 1) {
      const batch = streams.map((stream) => ({stream, data: JSON.stringify({publisher, at})}));
      assert.equal((await daemon.post(batch, {agent})).status, 201);
    }
  };
  const byRedis = async (publisher) => {
    for (let at = 0; at < each; at += 1) {
      for (const stream of streams) await redis.publish({stream, data: JSON.stringify({publisher, at})});
    }
  };
  await Promise.all([byHttp('a'), byHttp('b'), byRedis('c')]);

  for (const cable of cables) {
    const next = new Map();
    for (let left = each * streams.length * 3; left > 0; left -= 1) {
      const {identifier, message: {publisher, at}} = await cable.next();
      const key = `${publisher} ${identifier}`;
      assert.equal(at, next.get(key) ?? 0, key);
      next.set(key, at + 1);
    }
    assert.equal(next.size, streams.length * 3);
    await cable.expectQuiet();
  }
});

test('who saw the confirmation misses no later broadcast, whoever comes and goes meanwhile', {timeout: 120_000}, async (t) => {
  const daemon = await startDaemon(t, lanes);
  const streams = Array.from({length: 6}, (_, at) => `stream-${at}`);
  const clients = 12;
  const cycles = 40;

  // The publishers count up, per stream, until the last client is through. What was accepted is what must arrive.
  const accepted = new Map(streams.map((stream) => [stream, 0]));
  let through = 0;
  const publish = async (stream) => {
    const agent = keepAlive(t);
    while (through < clients) {
      const number = accepted.get(stream) + 1;
      await daemon.publish(stream, String(number), {agent});
      accepted.set(stream, number);
    }
  };

  const churn = async (client) => {
    const cable = await connectCable(t, daemon);
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const stream = streams[(client + cycle) % streams.length];
      const identifier = pubsub(stream, {client, cycle});
      cable.send({command: 'subscribe', identifier});
      let first = null;
      for (let frame; (frame = await cable.next('the confirmation')).type !== 'confirm_subscription';) {
        // Leftovers of the cycle before may still be on their way, and no more than they.
        assert.notEqual(frame.identifier, identifier, 'a message before its confirmation');
      }
      const known = accepted.get(stream);
      for (let seen = 0; seen < 5;) {
        const frame = await cable.next('a broadcast');
        if (frame.identifier !== identifier) continue;
        if (first === null) {
          first = frame.message;
          // One broadcast may have been on its way by then; all that was sent later must come.
          assert.ok(first <= known + 2, `missed ${known + 2} to ${first - 1} of ${stream}`);
        } else {
          assert.equal(frame.message, first + seen, stream);
        }
        seen += 1;
      }
      cable.send({command: 'unsubscribe', identifier});
    }
    through += 1;
    await cable.leave();
  };

  await Promise.all([
    ...streams.map(publish),
    ...Array.from({length: clients}, (_, client) => churn(client)),
  ]);
  await daemon.waitForMetric('ability_clients_num', 0);
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
  const published = [...accepted.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(await daemon.metric('ability_broadcast_msg_total'), published);
  t.diagnostic(`${published} broadcasts met ${clients * cycles} subscriptions`);
});

test('a stream that empties and fills again while it is published to loses nothing', async (t) => {
  const daemon = await startDaemon(t, lanes);
  const cable = await connectCable(t, daemon);
  const identifier = pubsub('s');
  const agent = keepAlive(t);
  for (let cycle = 0; cycle < 400; cycle += 1) {
    cable.send({command: 'subscribe', identifier});
    assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
    await daemon.publish('s', String(cycle), {agent});
    assert.equal((await cable.next()).message, cycle);
    // The stream is told of this and may retire just as the next cycle asks for it.
    cable.send({command: 'unsubscribe', identifier});
  }
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('published is delivered: nothing is lost, doubled or left pending', async (t) => {
  const daemon = await startDaemon(t, [...lanes, '--ping-interval', '0']);
  const cables = [];
  for (let made = 0; made < 30; made += 1) cables.push(await connectCable(t, daemon));
  // Client n follows every stream whose number n divides.
  const streams = Array.from({length: 30}, (_, at) => at + 1);
  const followed = cables.map((_, at) => streams.filter((stream) => stream % (at + 1) === 0));
  for (const [at, cable] of cables.entries()) {
    for (const stream of followed[at]) await cable.subscribe(String(stream));
  }
  const rounds = 40;
  const publishers = [keepAlive(t), keepAlive(t), keepAlive(t)];
  await Promise.all(publishers.map(async (agent, publisher) => {
    for (let round = 0; round < rounds; round += 1) {
      const batch = streams.map((stream) => ({stream: String(stream), data: JSON.stringify([publisher, round])}));
      assert.equal((await daemon.post(batch, {agent})).status, 201);
    }
  }));

  let delivered = 0;
  for (const [at, cable] of cables.entries()) {
    const seen = new Set();
    const due = followed[at].length * rounds * publishers.length;
    for (let left = due; left > 0; left -= 1) {
      const {identifier, message} = await cable.next();
      const key = `${identifier} ${message}`;
      assert.ok(!seen.has(key), `twice: ${key}`);
      seen.add(key);
    }
    await cable.expectQuiet();
    delivered += due;
  }
  assert.equal(await daemon.metric('ability_broadcast_msg_total'), rounds * publishers.length * streams.length);
  assert.equal(await daemon.metric('ability_broadcast_fanout_sum'), delivered);
  // A welcome and a pong each, a confirmation for each subscription, and the broadcasts.
  const confirmed = followed.flat().length;
  await daemon.waitForMetric('ability_server_msg_total', delivered + confirmed + 2 * cables.length);
});

test('subscribers that vanish in the middle of a broadcast harm nobody', async (t) => {
  const daemon = await startDaemon(t, lanes);
  const steady = await connectCable(t, daemon);
  await steady.subscribe('s');
  const agent = keepAlive(t);
  let sent = 0;
  for (let round = 0; round < 15; round += 1) {
    const fleeting = await Promise.all(Array.from({length: 20}, () => connectCable(t, daemon)));
    await Promise.all(fleeting.map((cable) => cable.subscribe('s')));
    const batch = Array.from({length: 50}, (_, at) => ({stream: 's', data: String(sent + at)}));
    const posting = daemon.post(batch, {agent});
    fleeting.forEach((cable, at) => (at % 2 === 0 ? cable.socket.terminate() : cable.socket.close()));
    assert.equal((await posting).status, 201);
    for (const {data} of batch) assert.equal((await steady.next()).message, Number(data));
    sent += batch.length;
  }
  await daemon.waitForMetric('ability_clients_num', 1);
  await steady.leave();
  await eventually('all to be forgotten', async () => (await daemon.metric('ability_broadcast_streams_num')) === 0);
});
