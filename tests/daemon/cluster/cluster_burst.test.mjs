// As much as the links take, and more.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {follower, metric, publisher, startCluster, timesLogged} from '../support/cluster.mjs';
import {countingCable} from '../support/counting.mjs';
import {slack} from '../support/deadline.mjs';

const batchSize = 10_000;

/** One body of numbered publications to stream s. */
function numbered(from) {
  const parts = [];
  for (let at = from; at < from + batchSize; at += 1) parts.push(`{"stream":"s","data":"${at}"}`);
  return Buffer.from(`[${parts.join(',')}]`);
}

// What waits for clients and for links may grow: that is not what this is about.
const roomy = ['--max-pending-size', '1000000000', '--max-pending-broadcasts', '200000'];

test('a burst of 3,000,000 messages fells no link', {timeout: 170_000}, async (t) => {
  const count = slack === 1 ? 3_000_000 : 200_000;
  const {nodes} = await startCluster(t, ['a', 'b', 'c'], {args: roomy});
  const [a, b, c] = nodes;
  const counting = await countingCable(t, b, 's');
  const other = await follower(t, c, 'calm');
  const {post} = publisher(t, a);
  const calm = publisher(t, a);
  const begin = performance.now();
  let slowest = 0;
  for (let sent = 0; sent < count; sent += batchSize) {
    await post(numbered(sent));
    if (sent % (10 * batchSize) !== 0) continue;
    const since = performance.now();
    await calm.publish('calm', String(sent));
    assert.equal((await other.next()).message, sent);
    slowest = Math.max(slowest, performance.now() - since);
  }
  const posted = performance.now() - begin;
  const lost = await a.metric(metric.lost);
  if (lost === 0) await counting.waitForLast(count - 1, {ms: 60_000 * slack});
  const took = performance.now() - begin;
  t.diagnostic(`posted in ${(posted / 1e3).toFixed(1)} s, all there after ${(took / 1e3).toFixed(1)} s: `
    + `${Math.round(count / took)} a ms; ${lost} lost; a calm message took ${Math.round(slowest)} ms at most`);
  for (const node of nodes) {
    for (const {name} of nodes) {
      assert.equal(timesLogged(node, 'left', name), 0, `${node.name} took ${name} for dead\n${node.tail}`);
    }
  }
  assert.deepEqual([lost, counting.received, counting.missed, counting.late], [0, count, 0, 0]);
  assert.equal(await b.metric(metric.received), count);
  assert.equal(await b.metric(metric.gaps), 0);
});

test('bursts from all sides at once fell no link', {timeout: 170_000}, async (t) => {
  const count = slack === 1 ? 300_000 : 50_000;
  const {nodes} = await startCluster(t, ['a', 'b', 'c'], {args: roomy});
  const followers = [];
  for (const node of nodes) followers.push(await countingCable(t, node, 's'));
  await Promise.all(nodes.map(async (node) => {
    const {post} = publisher(t, node);
    for (let sent = 0; sent < count; sent += batchSize) await post(numbered(sent));
  }));
  for (const [at, node] of nodes.entries()) {
    await node.waitForMetric(metric.received, 2 * count, {ms: 60_000 * slack});
    await followers[at].waitForLast(count - 1);
    for (const {name} of nodes) assert.equal(timesLogged(node, 'left', name), 0, node.tail);
    assert.equal(await node.metric(metric.lost), 0);
  }
});
