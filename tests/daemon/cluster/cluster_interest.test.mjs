// Publications go where they are followed, and nowhere else.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {follower, metric, nextMessages, publisher, startCluster} from '../support/cluster.mjs';

/** What each node's links have carried so far. */
const traffic = (nodes) => Promise.all(nodes.map(async (node) => ({
  sent: await node.metric(metric.sent),
  received: await node.metric(metric.received),
  bytesSent: await node.metric(metric.bytesSent),
  bytesReceived: await node.metric(metric.bytesReceived),
})));

const grown = (before, after) => after.map((each, at) => (
  Object.fromEntries(Object.entries(each).map(([key, value]) => [key, value - before[at][key]]))));

const batch = (stream, count) => Array.from({length: count}, (_, at) => (
  {stream, data: JSON.stringify({at, pad: 'x'.repeat(200)})}));

test('a stream that one node follows costs the links of others nothing', async (t) => {
  const {nodes} = await startCluster(t, ['a', 'b', 'c']);
  const [a, b] = nodes;
  const cable = await follower(t, b, 's');
  const count = 5_000;
  const before = await traffic(nodes);
  const {post} = publisher(t, a);
  for (let sent = 0; sent < count; sent += 500) {
    await post(batch('s', 500));
    await nextMessages(cable, 500);
  }
  const [ofA, ofB, ofC] = grown(before, await traffic(nodes));
  t.diagnostic(`a sent ${ofA.bytesSent} bytes, b received ${ofB.bytesReceived}, c ${ofC.bytesReceived}`);
  assert.equal(ofA.sent, count);
  assert.equal(ofB.received, count);
  assert.ok(ofA.bytesSent > count * 200 && ofB.bytesReceived > count * 200, JSON.stringify({ofA, ofB}));
  assert.deepEqual([ofC.sent, ofC.received, ofA.received, ofB.sent], [0, 0, 0, 0]);
  // Signs of life, and no more.
  assert.ok(ofC.bytesReceived < 20_000, `${ofC.bytesReceived} bytes to c, which follows nothing`);
});

test('a stream that is followed only where it is published, or nowhere, goes over no link', async (t) => {
  const {nodes} = await startCluster(t, ['a', 'b', 'c']);
  const [a, b] = nodes;
  const cable = await follower(t, a, 's');
  await follower(t, b, 'another');
  const before = await traffic(nodes);
  const {post} = publisher(t, a);
  await post(batch('s', 1_000));
  await post(batch('nobody', 1_000));
  await nextMessages(cable, 1_000);
  await a.waitForMetric('ability_broadcast_msg_total', 2_000);
  for (const node of grown(before, await traffic(nodes))) {
    assert.deepEqual([node.sent, node.received], [0, 0]);
    assert.ok(node.bytesSent < 20_000, `${node.bytesSent} bytes`);
  }
});

test('a stream with many followers on a node goes there once', async (t) => {
  const {nodes} = await startCluster(t, ['a', 'b']);
  const [a, b] = nodes;
  const cables = [];
  for (let made = 0; made < 20; made += 1) cables.push(await follower(t, b, 's'));
  await publisher(t, a).post(batch('s', 100));
  for (const cable of cables) await nextMessages(cable, 100);
  assert.equal(await a.metric(metric.sent), 100);
  assert.equal(await b.metric(metric.received), 100);
});

test('a node with many streams comes back to a node with many streams, and all are known', async (t) => {
  const cluster = await startCluster(t, ['a', 'b']);
  const [a] = cluster.nodes;
  const [clients, each] = [10, 900];
  const cables = [];
  for (let client = 0; client < clients; client += 1) {
    const cable = await connectCable(t, a);
    cables.push(cable);
    await Promise.all(Array.from({length: each}, (_, at) => at).map(async (at) => {
      cable.send({command: 'subscribe', identifier: JSON.stringify({channel: '$pubsub', stream_name: `s${client}-${at}`})});
      assert.equal((await cable.next()).type, 'confirm_subscription');
    }));
  }
  await cluster.nodes[1].crash();
  const b = await cluster.startAgain(cluster.nodes[1]);
  await cluster.settle();
  const publications = [];
  for (let client = 0; client < clients; client += 1) {
    for (let at = 0; at < each; at += 1) publications.push({stream: `s${client}-${at}`, data: '1'});
  }
  await publisher(t, b).post(publications);
  for (const cable of cables) {
    const streams = new Set();
    for (let at = 0; at < each; at += 1) streams.add(JSON.parse((await cable.next()).identifier).stream_name);
    assert.equal(streams.size, each);
  }
});
