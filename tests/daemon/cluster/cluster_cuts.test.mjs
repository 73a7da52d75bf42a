// Links that break, stall and heal, and what becomes of what was on its way.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  assertAllHearAll, deadWithin, follower, metric, publisher, startCluster, startNode, timesLogged,
  waitForJoined, waitForLeft, waitForMesh,
} from '../support/cluster.mjs';
import {eventually, patience, slack} from '../support/deadline.mjs';
import {startAsking} from '../support/monitoring.mjs';
import {startProxy} from '../support/proxy.mjs';

/** Publishes numbers to stream s on `node`, one after the other, until told to stop. */
function steadily(t, node) {
  const {publish} = publisher(t, node);
  let sent = 0;
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      await publish('s', String(sent));
      sent += 1;
    }
  })();
  return {
    get sent() { return sent; },
    stop: async () => {
      stopped = true;
      await done;
      return sent;
    },
  };
}

/** The numbers that `cable` has and gets until `last`, which comes behind them. */
async function numbersUntil(cable, last) {
  const numbers = [];
  for (;;) {
    const {message} = await cable.next(`"${last}"`);
    if (message === last) return numbers;
    numbers.push(message);
  }
}

/** Insists that numbers only ever grow: nothing came twice, and nothing out of order. */
function assertRising(numbers) {
  for (let at = 1; at < numbers.length; at += 1) assert.ok(numbers[at] > numbers[at - 1], `${numbers.slice(at - 1, at + 1)}`);
}

/** Publishes until one comes through to `cable`. */
async function untilThrough(node, cable, word) {
  let sent = 0;
  let arrived = 0;
  const nextOne = async () => {
    for (;;) {
      const {message} = await cable.next(`"${word}"`);
      if (message?.word === word) return message.number;
    }
  };
  const first = nextOne().then((number) => { arrived = number; });
  await eventually('a message to pass', async () => {
    if (arrived === 0) await node.publish('s', {word, number: (sent += 1)});
    return arrived > 0;
  }, {every: 50});
  await first;
  // Where one has passed, all behind it do.
  while (arrived < sent) arrived = await nextOne();
}

test('a link that breaks is dialled again at once, and who may have missed something is told of a gap', async (t) => {
  const cluster = await startCluster(t, ['a', 'b', 'c'], {wires: true});
  const [a, b, c] = cluster.nodes;
  const cables = [await follower(t, b, 's'), await follower(t, c, 's')];
  const asking = [await startAsking(t, b.clusterPort), await startAsking(t, c.clusterPort)];
  const gaps = () => Promise.all(asking.map(async (program) => (await program.ask('stream', {name: 's'})).gaps));
  for (let round = 0; round < 5; round += 1) {
    const [before] = await gaps();
    const from = [a.lines.length, b.lines.length];
    const stream = steadily(t, a);
    await eventually('some messages', () => stream.sent > 50);
    cluster.snap(a, b);
    const begin = performance.now();
    await Promise.all([waitForLeft(a, 'b', {from: from[0]}), waitForLeft(b, 'a', {from: from[1]})]);
    await Promise.all([waitForJoined(a, 'b', {from: from[0]}), waitForJoined(b, 'a', {from: from[1]})]);
    t.diagnostic(`linked again after ${Math.round(performance.now() - begin)} ms`);
    const sent = await stream.stop();
    await a.publish('s', '"the last"');
    const [numbers, untouched] = await Promise.all(cables.map((cable) => numbersUntil(cable, 'the last')));
    assertRising(numbers);
    assert.deepEqual(untouched.length, sent, 'the link of c has nothing to do with it');
    const missing = sent - numbers.length;
    t.diagnostic(`${missing} of ${sent} lost`);
    const [ofB, ofC] = await gaps();
    assert.ok(ofB > before, 'b knows that something is missing');
    assert.equal(ofC, 0);
    for (const cable of cables) await cable.expectQuiet();
  }
  await cluster.settle();
  for (const [one, other] of [[a, b], [b, a]]) assert.equal(timesLogged(one, 'left', other.name), 5);
  assert.equal(timesLogged(a, 'left', 'c'), 0);
});

test('publications that were on a link when it broke are counted, and the gap is marked where they are missing', async (t) => {
  const cluster = await startCluster(t, ['a', 'b'], {wires: true});
  const [a, b] = cluster.nodes;
  const cable = await follower(t, b, 's');
  await follower(t, b, 'unrelated');
  // Nothing passes any more: all that is published waits, and is lost when the link is given up.
  cluster.stall(a, b);
  const {post} = publisher(t, a);
  const count = 2_000;
  const pad = 'x'.repeat(1_000);
  for (let sent = 0; sent < count; sent += 500) {
    await post(Array.from({length: 500}, (_, at) => ({stream: 's', data: JSON.stringify({at: sent + at, pad})})));
  }
  const {reason} = await waitForLeft(a, 'b');
  t.diagnostic(`given up: ${reason}`);
  await waitForLeft(b, 'a');
  await eventually('the loss to be counted', async () => (await a.metric(metric.lost)) >= count);
  assert.equal(await a.metric(metric.lost), count);
  cluster.heal(a, b);
  await cluster.settle();
  await b.waitForMetric(metric.gaps, (gaps) => gaps >= 1);
  await untilThrough(a, cable, 'healed');
  await cable.expectQuiet();
  assert.equal(await a.metric(metric.gaps), 0, 'to a nothing was lost');
});

test('what a node took in before others could reach it is marked as a gap there, and nothing else is', async (t) => {
  const proxy = await startProxy(t);
  const a = await startNode(t, 'a', {advertise: proxy.address});
  proxy.target = a.clusterPort;
  proxy.cut();
  const b = await startNode(t, 'b', {join: [a]});
  const cables = [await follower(t, a, 's'), await follower(t, b, 's')];
  const gapsAt = async (node) => (await (await startAsking(t, node.clusterPort)).ask('stream', {name: 's'})).gaps;
  await a.publish('s', '"too early"');
  assert.equal((await cables[0].next()).message, 'too early');
  assert.equal(await gapsAt(b), 0);
  proxy.heal();
  await waitForMesh([a, b]);
  await a.publish('s', '"together"');
  for (const cable of cables) assert.equal((await cable.next()).message, 'together');
  assert.equal(await gapsAt(b), 1);
  // b has taken in nothing that a could have missed.
  assert.equal(await gapsAt(a), 0);
  assert.equal(timesLogged(a, 'left', 'b'), 0);
});

test('a stalled link is given up within 3.5 s on both ends, stalls no other, and heals', async (t) => {
  const cluster = await startCluster(t, ['a', 'b', 'c'], {wires: true});
  const [a, b, c] = cluster.nodes;
  const cables = [await follower(t, a, 's'), await follower(t, b, 's'), await follower(t, c, 's')];
  const begin = performance.now();
  cluster.stall(a, b);
  const stream = steadily(t, a);
  const gone = Promise.all([waitForLeft(a, 'b'), waitForLeft(b, 'a')]);
  await gone;
  const took = performance.now() - begin;
  assert.ok(took < (deadWithin + 500) * slack, `given up only after ${Math.round(took)} ms`);
  const sent = await stream.stop();
  await a.publish('s', '"after"');
  // a itself and c have every one; c is linked to both all the while.
  for (const cable of [cables[0], cables[2]]) {
    assert.deepEqual(await numbersUntil(cable, 'after'), Array.from({length: sent}, (_, at) => at));
  }
  await c.publish('s', '"by c"');
  for (const cable of cables) while ((await cable.next()).message !== 'by c');
  assert.equal(timesLogged(c, 'left', 'a') + timesLogged(c, 'left', 'b'), 0);
  cluster.heal(a, b);
  await cluster.settle();
  await assertAllHearAll(t, [a, b, c]);
});

test('a short stall loses nothing', async (t) => {
  const cluster = await startCluster(t, ['a', 'b'], {wires: true});
  const [a, b] = cluster.nodes;
  const cable = await follower(t, b, 's');
  const {publish} = publisher(t, a);
  let at = 0;
  for (let round = 0; round < 5; round += 1) {
    cluster.stall(a, b);
    const begin = performance.now();
    while (performance.now() - begin < 600) {
      await publish('s', String(at));
      at += 1;
    }
    cluster.heal(a, b);
    await publish('s', String(at));
    at += 1;
    await eventually('what was held back', async () => cable.inbox.size === at, {ms: patience});
  }
  for (let expected = 0; expected < at; expected += 1) assert.equal((await cable.next()).message, expected);
  assert.equal(timesLogged(a, 'left', 'b') + timesLogged(b, 'left', 'a'), 0);
  assert.equal(await a.metric(metric.lost), 0);
  assert.equal(await b.metric(metric.gaps), 0);
});

test('while a link stays cut it is dialled again and again, but ever less often', async (t) => {
  const cluster = await startCluster(t, ['a', 'b'], {wires: true});
  const [a, b] = cluster.nodes;
  cluster.cut(a, b);
  await Promise.all([waitForLeft(a, 'b'), waitForLeft(b, 'a')]);
  const begin = performance.now();
  const before = cluster.dials(a, b);
  await eventually('six dials', () => cluster.dials(a, b) >= before + 6, {ms: patience * 3});
  const took = performance.now() - begin;
  t.diagnostic(`six dials took ${Math.round(took)} ms`);
  assert.ok(took > 500, `six dials within ${Math.round(took)} ms`);
  const healed = performance.now();
  cluster.heal(a, b);
  await cluster.settle({ms: patience * 2});
  t.diagnostic(`linked ${Math.round(performance.now() - healed)} ms after it was healed`);
  await assertAllHearAll(t, [a, b]);
});

test('what waits for a link is bounded, and more is lost and counted', async (t) => {
  const limit = 1_000_000;
  const cluster = await startCluster(t, ['a', 'b'], {wires: true, args: ['--cluster-max-pending-size', String(limit)]});
  const [a, b] = cluster.nodes;
  const cable = await follower(t, b, 's');
  const {post} = publisher(t, a);
  const pad = 'x'.repeat(10_000);
  const publications = Array.from({length: 50}, () => ({stream: 's', data: JSON.stringify({pad})}));
  cluster.stall(a, b);
  const before = await a.memory();
  // 20 MB for a link that takes nothing.
  for (let sent = 0; sent < 40; sent += 1) await post(publications);
  const grown = (await a.memory()) - before;
  const lost = await a.metric(metric.lost);
  t.diagnostic(`${lost} of 2000 lost, memory grew by ${(grown / 1e6).toFixed(1)} MB`);
  // Who is slow with it has no link to lose anything on in the end.
  assert.ok(lost > 1_000 || timesLogged(a, 'left', 'b') > 0, `${lost} lost`);
  assert.ok(grown < 25e6 * slack, `memory grew by ${grown}`);
  cluster.heal(a, b);
  await untilThrough(a, cable, 'healed');
  if (timesLogged(a, 'left', 'b') === 0) await b.waitForMetric(metric.gaps, (gaps) => gaps >= 1);
});
