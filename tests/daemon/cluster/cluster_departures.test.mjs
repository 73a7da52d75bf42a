// Nodes that leave, die, hang or come back.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {
  assertAllHearAll, deadWithin, fieldsOf, follower, freeze, linkedTo, metric, publisher, resume, startCluster, startNode,
  timesLogged, waitForLeft, waitForMesh,
} from '../support/cluster.mjs';
import {slack} from '../support/deadline.mjs';

/** Does `act`, and insists that all of `nodes` log within `ms` that `name` is gone; hands out what they log. */
async function goneWithin(t, nodes, name, ms, act) {
  const begin = performance.now();
  const waits = nodes.map((node) => waitForLeft(node, name, {from: node.lines.length}));
  await act();
  const left = await Promise.all(waits);
  const took = performance.now() - begin;
  t.diagnostic(`${name} was gone after ${Math.round(took)} ms: ${left[0].reason}`);
  assert.ok(took < ms * slack, `gone only after ${Math.round(took)} ms`);
  for (const node of nodes) await node.waitForMetric(metric.nodes, nodes.length);
  return left;
}

test('a node that leaves in good order is forgotten at once', async (t) => {
  const {nodes: [a, b, c]} = await startCluster(t, ['a', 'b', 'c']);
  await follower(t, b, 's');
  await goneWithin(t, [a, c], 'b', 1_000, () => b.signal('SIGTERM'));
  const {code} = await b.waitForExit();
  assert.equal(code, 0);
  assert.equal(await a.metric(metric.gaps), 0, 'nothing was lost');
  await assertAllHearAll(t, [a, c]);
});

test('a node that is killed is gone within 3 s, and the others go on', async (t) => {
  const {nodes: [a, b, c]} = await startCluster(t, ['a', 'b', 'c']);
  const cable = await follower(t, a, 's');
  await follower(t, b, 's');
  await goneWithin(t, [a, c], 'b', deadWithin, () => b.crash());
  await c.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  await assertAllHearAll(t, [a, c]);
});

test('a node that hangs is gone within 3.5 s, stalls nobody, and is taken in again when it wakes up', async (t) => {
  const {nodes: [a, b, c]} = await startCluster(t, ['a', 'b', 'c']);
  const cable = await follower(t, a, 's');
  const asleep = await follower(t, b, 's');
  const from = [a, b, c].map((node) => node.lines.length);
  const {publish} = publisher(t, c);
  let slowest = 0;
  let sent = 0;
  let gone = false;
  const done = goneWithin(t, [a, c], 'b', deadWithin + 500, () => freeze(t, b)).finally(() => { gone = true; });
  // While nobody knows yet that b is dead, too.
  while (!gone) {
    const begin = performance.now();
    await publish('s', String(sent));
    assert.equal((await cable.next()).message, sent);
    slowest = Math.max(slowest, performance.now() - begin);
    sent += 1;
  }
  await done;
  t.diagnostic(`${sent} messages meanwhile, the slowest took ${Math.round(slowest)} ms`);
  assert.ok(slowest < 500 * slack, `a message took ${Math.round(slowest)} ms`);

  resume(b);
  await waitForMesh([a, b, c]);
  await publish('s', '"awake"');
  assert.equal((await cable.next()).message, 'awake');
  // What came before it fell asleep, or lay in its sockets, may come first.
  while ((await asleep.next()).message !== 'awake');
  await assertAllHearAll(t, [a, b, c]);
  for (const [at, node] of [a, b, c].entries()) {
    for (const other of [a, b, c]) assert.ok(timesLogged(node, 'joined', other.name, from[at]) <= 1, node.tail);
  }
});

test('while a node hangs, a client elsewhere waits no longer than a second or so for its confirmation', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await connectCable(t, a);
  freeze(t, b);
  for (let at = 0; at < 3; at += 1) {
    const begin = performance.now();
    await cable.subscribe(`s${at}`);
    const took = performance.now() - begin;
    t.diagnostic(`confirmed after ${Math.round(took)} ms`);
    assert.ok(took < 1_500 * slack, `confirmed only after ${Math.round(took)} ms`);
  }
  // Many at once wait together, not one after the other.
  const begin = performance.now();
  for (let at = 10; at < 60; at += 1) cable.send({command: 'subscribe', identifier: pubsub(`s${at}`)});
  for (let at = 10; at < 60; at += 1) assert.equal((await cable.next()).type, 'confirm_subscription');
  const took = performance.now() - begin;
  t.diagnostic(`50 confirmed after ${Math.round(took)} ms`);
  await a.publish('s0', '1');
  assert.equal((await cable.next()).message, 1);
});

test('a node that leaves while another hangs ends with 0, within its time', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b'], {args: ['--shutdown-timeout', '2']});
  freeze(t, b);
  a.signal('SIGTERM');
  assert.deepEqual(await a.waitForExit(), {code: 0, signal: null});
});

for (const [how, end] of [['killed', (node) => node.crash()], ['ended', (node) => node.stop()]]) {
  test(`a node that was ${how} comes back under the same name and address`, async (t) => {
    const cluster = await startCluster(t, ['a', 'b', 'c']);
    const [a, , c] = cluster.nodes;
    for (let round = 0; round < 3; round += 1) {
      await end(cluster.nodes[1]);
      const b = await cluster.startAgain(cluster.nodes[1]);
      await waitForMesh([a, b, c]);
      await assertAllHearAll(t, [a, b, c]);
    }
    for (const node of [a, c]) assert.equal(timesLogged(node, 'joined', 'b'), 4, node.tail);
  });
}

test('the node that all others have joined by may be the one that comes back', async (t) => {
  const cluster = await startCluster(t, ['a', 'b', 'c']);
  const [, b, c] = cluster.nodes;
  await cluster.nodes[0].crash();
  await Promise.all([waitForLeft(b, 'a'), waitForLeft(c, 'a')]);
  await assertAllHearAll(t, [b, c]);
  const a = await cluster.startAgain(cluster.nodes[0]);
  await waitForMesh([a, b, c]);
  await assertAllHearAll(t, [a, b, c]);
});

test('a node that comes back at another address is known by its name only', async (t) => {
  const cluster = await startCluster(t, ['a', 'b', 'c']);
  const [a, b, c] = cluster.nodes;
  await b.crash();
  const again = await startNode(t, 'b', {join: [c]});
  await waitForMesh([a, again, c]);
  await assertAllHearAll(t, [a, again, c]);
  assert.notEqual(again.clusterPort, b.clusterPort);
});

test('all nodes end at once, and well', async (t) => {
  const {nodes} = await startCluster(t, ['a', 'b', 'c', 'd']);
  for (const node of nodes) await follower(t, node, 's');
  const begin = performance.now();
  for (const node of nodes) node.signal('SIGTERM');
  for (const node of nodes) assert.deepEqual(await node.waitForExit(), {code: 0, signal: null});
  const took = performance.now() - begin;
  assert.ok(took < 3_000 * slack, `ended only after ${Math.round(took)} ms`);
});

test('a node whose neighbour hangs ends as fast as any', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await follower(t, a, 's');
  freeze(t, b);
  a.signal('SIGTERM');
  assert.equal((await cable.next()).reason, 'server_restart');
  const begin = performance.now();
  assert.deepEqual(await a.waitForExit(), {code: 0, signal: null});
  const took = performance.now() - begin;
  assert.ok(took < 4_000 * slack, `ended only after ${Math.round(took)} ms`);
});

test('who has left is named with the reason that it gave', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const from = a.lines.length;
  await b.stop();
  const line = await a.waitForLog(/\bnode left\b/, {from});
  assert.match(fieldsOf(line).reason, /\S/, line);
  assert.ok(!linkedTo(a).has('b'));
  assert.equal(timesLogged(a, 'left', 'b'), 1);
});
