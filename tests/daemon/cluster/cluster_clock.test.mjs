// Clocks that jump, or are wrong from the start: nothing between nodes goes by the time of day.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {defer} from '../support/cleanup.mjs';
import {day, makeClock} from '../support/clock.mjs';
import {
  assertAllHearAll, deadWithin, follower, publisher, startCluster, startNode, timesLogged, waitForLeft, waitForMesh,
} from '../support/cluster.mjs';
import {patience, slack} from '../support/deadline.mjs';
import {startAsking} from '../support/monitoring.mjs';

test('a clock that jumps by a day, forth and back, fells no link and loses nothing', async (t) => {
  const clock = makeClock(t);
  const {nodes: [a]} = await startCluster(t, ['a']);
  const b = await startNode(t, 'b', {join: [a], env: clock.env});
  const nodes = [a, b];
  await waitForMesh(nodes);
  const cables = [await follower(t, a, 's'), await follower(t, b, 's')];
  const from = nodes.map(publisher.bind(null, t));
  let at = 0;
  for (const days of [1, 0, -1, 30, -3_650]) {
    clock.jump(days * day);
    const pings = cables.map((cable) => cable.pings.length);
    const pingsGoOn = () => cables.every((cable, i) => cable.pings.length > pings[i]);
    const begin = performance.now();
    const passed = () => performance.now() - begin;
    // Longer than it takes to be dead, and until a ping has come, as one does every 3 s.
    while (passed() < deadWithin + 1_000 || (!pingsGoOn() && passed() < patience)) {
      for (const {publish} of from) {
        await publish('s', String(at));
        for (const cable of cables) assert.equal((await cable.next(`message ${at} at ${days} days`)).message, at);
        at += 1;
      }
    }
    assert.ok(pingsGoOn(), `no ping at ${days} days`);
    for (const node of nodes) for (const {name} of nodes) assert.equal(timesLogged(node, 'left', name), 0, `${days} days\n${node.tail}`);
  }
  t.diagnostic(`${at} messages`);
});

test('the clock of these tests is what the daemon sees', async (t) => {
  const clock = makeClock(t, 10 * day);
  const node = await startNode(t, 'a', {env: clock.env});
  const asking = await startAsking(t, node.clusterPort);
  const daysAhead = async () => ((await asking.ask('status')).node.started_ms - Date.now()) / 1_000 / day;
  assert.ok(Math.abs((await daysAhead()) - 10) < 0.01, `${await daysAhead()} days ahead`);
});

test('a node that comes back with an earlier clock is the one that counts', async (t) => {
  const clock = makeClock(t, day);
  const {nodes: [a]} = await startCluster(t, ['a']);
  const b = await startNode(t, 'b', {join: [a], env: clock.env});
  await waitForMesh([a, b]);
  await b.crash();
  await waitForLeft(a, 'b');
  const again = await startNode(t, 'b', {join: [a], clusterPort: b.clusterPort});
  await waitForMesh([a, again]);
  await assertAllHearAll(t, [a, again]);
});

test('a node whose clock is wrong finds others, dies and is found dead as any', async (t) => {
  const [early, late] = [makeClock(t, -10 * day), makeClock(t, 10 * day)];
  const a = await startNode(t, 'a', {env: early.env});
  const b = await startNode(t, 'b', {join: [a], env: late.env});
  const c = await startNode(t, 'c', {join: [b]});
  await waitForMesh([a, b, c]);
  await assertAllHearAll(t, [a, b, c]);
  b.signal('SIGSTOP');
  defer(t, () => b.signal('SIGCONT'));
  const begin = performance.now();
  await Promise.all([a, c].map((node) => waitForLeft(node, 'b')));
  assert.ok(performance.now() - begin < (deadWithin + 500) * slack);
  b.signal('SIGCONT');
  await waitForMesh([a, b, c]);
  await assertAllHearAll(t, [a, b, c]);
});
