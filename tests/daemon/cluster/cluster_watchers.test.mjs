// Programs that watch a node: those that are slow, silent or dead are dropped, and the node notices nothing.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {clientHandshake} from '../support/basp.mjs';
import {connectCable} from '../support/cable.mjs';
import {follower, portOf, startCluster, startNode, timesLogged} from '../support/cluster.mjs';
import {eventually, patience, slack} from '../support/deadline.mjs';
import {jsonOf, startAsking, startProgram} from '../support/monitoring.mjs';
import {connectRaw} from '../support/raw.mjs';

test('a watcher gets snapshots, and what happens', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const program = await startProgram(t, 'watches', a.clusterPort);
  assert.deepEqual(jsonOf(await program.nextLike(/^answer/), 'answer'), {watching: true});
  const {node, connections} = jsonOf(await program.nextLike(/^snapshot/), 'snapshot');
  assert.deepEqual([node, connections], ['a', 0]);
  const seen = new Map();
  const happened = async (kind) => {
    while (!seen.has(kind)) {
      for (const event of jsonOf(await program.nextLike(/^events/), 'events').events) seen.set(event.kind, event);
    }
    return seen.get(kind);
  };
  const cable = await follower(t, a, 's');
  assert.equal((await happened('connected')).subject, cable.sid);
  assert.equal((await happened('stream_created')).subject, 's');
  await cable.leave();
  await happened('disconnected');
  await happened('stream_retired');
  await b.crash();
  assert.equal((await happened('node_left')).subject, 'b');
});

test('a watcher that never answers is dropped, and the others see all', async (t) => {
  const node = await startNode(t, 'a');
  const cable = await follower(t, node, 's');
  const before = await node.memory();
  const owing = [];
  for (let made = 0; made < 5; made += 1) owing.push(await startProgram(t, 'watches-and-owes', node.clusterPort));
  const good = await startProgram(t, 'watches', node.clusterPort);
  for (const program of owing) await program.nextLike(/^down$/, {ms: patience * 2});
  await node.waitForLog(/watcher too slow/);
  // Ten a second: it has had more than one that owes got, and goes on.
  for (let at = 0; at < 30; at += 1) await good.nextLike(/^snapshot/);
  await node.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  assert.ok((await node.memory()) - before < 15e6 * slack);
});

test('a watcher that is stopped is dropped, however much happens, and the node goes on', {timeout: 120_000}, async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await follower(t, b, 's');
  const program = await startProgram(t, 'watches', a.clusterPort);
  await program.nextLike(/^snapshot/);
  program.process.kill('SIGSTOP');
  const before = await a.memory();
  const from = a.lines.length;
  let at = 0;
  await eventually('the watcher to be dropped', async () => {
    // Each client is four events.
    const client = await follower(t, a, `stream ${at}`);
    await client.leave();
    await a.publish('s', String(at));
    assert.equal((await cable.next()).message, at);
    at += 1;
    return a.lines.slice(from).some((line) => /watcher/.test(line));
  }, {every: 0, ms: patience * 3});
  assert.ok((await a.memory()) - before < 30e6 * slack);
  assert.equal(timesLogged(a, 'left', 'b'), 0);
});

test('watchers that die without a word leave nothing behind', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const cable = await follower(t, a, 's');
  const descriptors = await a.descriptors();
  let memory;
  for (let round = 0; round < 12; round += 1) {
    const program = await startProgram(t, 'watches', a.clusterPort);
    await program.nextLike(/^snapshot/);
    await program.kill();
    if (round === 3) memory = await a.memory();
  }
  await eventually('their descriptors to be closed', async () => (await a.descriptors()) <= descriptors + 1);
  const grown = (await a.memory()) - memory;
  assert.ok(grown < 10e6 * slack, `memory grew by ${grown}`);
  await b.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  assert.equal(timesLogged(a, 'left', 'b'), 0);
  const friend = await startAsking(t, a.clusterPort);
  assert.equal((await friend.ask('status')).node.name, 'a');
});

test('when the node ends its watchers are told, and do not hold it up', async (t) => {
  const node = await startNode(t, 'a');
  const watching = await startProgram(t, 'watches', node.clusterPort);
  await watching.nextLike(/^snapshot/);
  const stopped = await startProgram(t, 'watches', node.clusterPort);
  stopped.process.kill('SIGSTOP');
  const begin = performance.now();
  node.signal('SIGTERM');
  await watching.nextLike(/^down$/);
  assert.deepEqual(await node.waitForExit(), {code: 0, signal: null});
  assert.ok(performance.now() - begin < 4_000 * slack);
});

test('the cluster\'s port serves programs, unless they have one of their own, which serves no nodes', async (t) => {
  const a = await startNode(t, 'a', {args: ['--monitor-listen', '127.0.0.1:0']});
  const port = await portOf(a, 'monitor');
  const cable = await connectCable(t, a);
  const program = await startAsking(t, port);
  assert.deepEqual((await program.ask('connections')).connections.map(({id}) => id), [cable.sid]);
  const raw = await connectRaw(t, a.clusterPort);
  raw.write(clientHandshake());
  await raw.waitForEnd();
  await a.waitForLog(/monitor/, {from: a.lines.length - 1});
  const lost = await startNode(t, 'lost', {join: [`127.0.0.1:${port}`]});
  await lost.waitForLog(/\bwarn\b/);
  assert.ok(!a.lines.some((each) => /node joined/.test(each)));
});
