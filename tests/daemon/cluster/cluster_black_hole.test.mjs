// Nodes on hosts of their own, whose network swallows what they send. Network namespaces stand in for hosts.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Authority} from '../support/authority.mjs';
import {assertAllHearAll, deadWithin, follower, startNode, waitForLeft, waitForMesh} from '../support/cluster.mjs';
import {patience, slack} from '../support/deadline.mjs';
import {makeNetwork, whyNoNamespaces} from '../support/network.mjs';

const options = {skip: whyNoNamespaces(), timeout: 120_000};

async function startHosts(t, names) {
  const hosts = makeNetwork(t, names.length);
  const authority = new Authority(t);
  const nodes = [];
  for (const [at, name] of names.entries()) {
    const {address, control, prefix} = hosts[at];
    const node = await startNode(t, name, {
      join: nodes.slice(0, 1), host: address, httpHost: control, prefix,
      args: authority.options({name, addresses: [address]}),
    });
    node.host = control;
    nodes.push(Object.assign(node, {plug: hosts[at].plug, unplug: hosts[at].unplug}));
  }
  await waitForMesh(nodes);
  return nodes;
}

test('a node whose network is gone is given up by all within 3.5 s, and is back when its network is', options, async (t) => {
  const [a, b, c] = await startHosts(t, ['a', 'b', 'c']);
  await assertAllHearAll(t, [a, b, c]);
  const cables = [await follower(t, a, 's'), await follower(t, b, 's'), await follower(t, c, 's')];
  for (let round = 0; round < 2; round += 1) {
    const from = [a, b, c].map((node) => node.lines.length);
    const begin = performance.now();
    b.unplug();
    await a.publish('s', '"into the void"');
    await Promise.all([
      waitForLeft(a, 'b', {from: from[0]}), waitForLeft(c, 'b', {from: from[2]}),
      waitForLeft(b, 'a', {from: from[1]}), waitForLeft(b, 'c', {from: from[1]}),
    ]);
    const took = performance.now() - begin;
    t.diagnostic(`given up after ${Math.round(took)} ms`);
    assert.ok(took < (deadWithin + 700) * slack, `given up only after ${Math.round(took)} ms`);
    for (const cable of [cables[0], cables[2]]) assert.equal((await cable.next()).message, 'into the void');
    // Both parts go on alone.
    await b.publish('s', '"alone"');
    assert.equal((await cables[1].next()).message, 'alone');
    await c.publish('s', '"without b"');
    for (const cable of [cables[0], cables[2]]) assert.equal((await cable.next()).message, 'without b');
    b.plug();
    const plugged = performance.now();
    await waitForMesh([a, b, c], {ms: patience * 3});
    t.diagnostic(`linked ${Math.round(performance.now() - plugged)} ms after it was plugged in`);
    await assertAllHearAll(t, [a, b, c]);
  }
  for (const cable of cables) await cable.expectQuiet();
});
