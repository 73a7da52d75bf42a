// Faults of all kinds, by chance, while all nodes publish: what must hold whatever happens.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {assertAllHearAll, follower, freeze, publisher, resume, startCluster} from '../support/cluster.mjs';
import {patience} from '../support/deadline.mjs';
import {startAsking} from '../support/monitoring.mjs';

const seed = Number(process.env.ABILITY_TEST_SEED ?? Date.now() % 1_000_000);
const duration = 1_000 * Number(process.env.ABILITY_TEST_CHAOS_S ?? 25);

/** Numbers from 0 to below `bound`, the same ones for the same seed. */
function chance(from) {
  let state = from;
  return (bound) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor(state / 2 ** 16) % bound;
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test(`order holds, nothing comes twice, and what is missing is marked (ABILITY_TEST_SEED=${seed})`, {timeout: 170_000}, async (t) => {
  const [choose, size] = [chance(seed), chance(seed + 1)];
  const one = (choices) => choices[choose(choices.length)];
  // Who was asleep has much to hand on at once when it wakes up.
  const cluster = await startCluster(t, ['a', 'b', 'c', 'd'], {wires: true, args: ['--max-pending-size', '100000000']});
  const {nodes} = cluster;
  const cables = [];
  for (const node of nodes) cables.push(await follower(t, node, 's'));

  let stopped = false;
  const sent = nodes.map(() => 0);
  const publishing = Promise.all(nodes.map(async (node, from) => {
    const {publish} = publisher(t, node);
    while (!stopped) {
      await publish('s', JSON.stringify({from, number: sent[from], pad: 'x'.repeat(size(3) > 0 ? size(50) : 20_000)}),
        {ms: patience * 2});
      sent[from] += 1;
      await pause(3);
    }
  }));
  const faults = {
    cut: (node, other, ms) => cluster.cut(node, other) ?? pause(ms),
    stall: (node, other, ms) => cluster.stall(node, other) ?? pause(ms),
    snap: (node, other) => cluster.snap(node, other),
    sleep: async (node, other, ms) => {
      freeze(t, node);
      await pause(ms);
      resume(node);
    },
  };
  const counts = {};
  const begin = performance.now();
  while (performance.now() - begin < duration) {
    const at = choose(nodes.length);
    const other = (at + 1 + choose(nodes.length - 1)) % nodes.length;
    const what = one(Object.keys(faults));
    counts[what] = (counts[what] ?? 0) + 1;
    await faults[what](nodes[at], nodes[other], one([50, 400, 1_500, 3_300, 5_000]));
    cluster.heal(nodes[at], nodes[other]);
    await pause(one([0, 100, 1_000, 4_000]));
  }
  stopped = true;
  await publishing;
  await cluster.settle({ms: patience * 3});
  t.diagnostic(`${JSON.stringify(counts)}, ${sent} published`);

  // From each, behind all that it published.
  for (const [from, node] of nodes.entries()) await node.publish('s', JSON.stringify({from, number: 'last'}));
  for (const [at, cable] of cables.entries()) {
    const heard = nodes.map(() => []);
    while (!heard.every((numbers) => numbers.at(-1) === 'last')) {
      const {message: {from, number}} = await cable.next('the last of each');
      heard[from].push(number);
    }
    await cable.expectQuiet();
    for (const numbers of heard) {
      numbers.pop();
      for (let next = 1; next < numbers.length; next += 1) {
        assert.ok(numbers[next] > numbers[next - 1], `${numbers.slice(Math.max(next - 3, 0), next + 3)} at ${nodes[at].name}`);
      }
    }
    const missing = heard.map((numbers, from) => sent[from] - numbers.length);
    const {gaps} = await (await startAsking(t, nodes[at].clusterPort)).ask('stream', {name: 's'});
    t.diagnostic(`${nodes[at].name} misses ${missing}, and has marked ${gaps} gaps`);
    assert.equal(missing[at], 0, 'of what was published here nothing is missing');
    if (missing.some((count) => count > 0)) assert.ok(gaps > 0, 'something is missing, and no gap is marked');
  }
  await assertAllHearAll(t, nodes);
});
