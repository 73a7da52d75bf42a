// Who belongs to a cluster, and how nodes find each other.
import assert from 'node:assert/strict';
import net from 'node:net';
import {hostname} from 'node:os';
import {test} from 'node:test';
import {
  assertAllHearAll, clusterSecret, connectionsAt, fieldsOf, follower, linkedTo, metric, nextMessages, publisher,
  startCluster, startNode, timesLogged, waitForJoined, waitForMesh,
} from '../support/cluster.mjs';
import {connectCable} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience, slack} from '../support/deadline.mjs';
import {cpuTime} from '../support/procfs.mjs';
import {freePort} from '../support/ports.mjs';

test('three commands make a cluster: a client on each, and one POST to any reaches all', async (t) => {
  const {nodes} = await startCluster(t, ['a', 'b', 'c']);
  const cables = await Promise.all(nodes.map((node) => follower(t, node, 's')));
  for (const node of nodes) {
    await node.publish('s', JSON.stringify(`by ${node.name}`));
    for (const cable of cables) assert.equal((await cable.next()).message, `by ${node.name}`);
  }
  for (const cable of cables) await cable.expectQuiet();
});

test('any one address is enough to find all the others', async (t) => {
  const a = await startNode(t, 'a');
  const b = await startNode(t, 'b', {join: [a]});
  const c = await startNode(t, 'c', {join: [b]});
  const d = await startNode(t, 'd', {join: [c]});
  const e = await startNode(t, 'e', {join: [b, d]});
  const nodes = [a, b, c, d, e];
  await waitForMesh(nodes);
  for (const node of nodes) await node.waitForMetric(metric.nodes, nodes.length);
  await assertAllHearAll(t, nodes);
  for (const node of nodes) for (const other of nodes) {
    if (other !== node) assert.equal(timesLogged(node, 'joined', other.name), 1, `${other.name} at ${node.name}`);
  }
});

test('a node that comes late knows all that is followed elsewhere', async (t) => {
  const cluster = await startCluster(t, ['a', 'b']);
  const [a, b] = cluster.nodes;
  const count = 300;
  const names = Array.from({length: count}, (_, at) => `stream ${at}`);
  const cables = [await connectCable(t, a), await connectCable(t, b)];
  for (const name of names) for (const cable of cables) await cable.subscribe(name);
  const c = await cluster.add('c');
  await waitForJoined(c, 'a');
  await waitForJoined(c, 'b');
  const {publish} = publisher(t, c);
  for (const name of names) await publish(name, JSON.stringify(name));
  for (const cable of cables) assert.deepEqual((await nextMessages(cable, count)).sort(), [...names].sort());
});

test('what is no longer followed is forgotten on all nodes', async (t) => {
  const {nodes: [a, b, c]} = await startCluster(t, ['a', 'b', 'c']);
  const cable = await follower(t, b, 's');
  await a.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  await cable.leave();
  await b.waitForMetric('ability_broadcast_streams_num', 0);
  // The news takes its way; from some publication on none is sent any more.
  await eventually('publications to stay on their node', async () => {
    const before = [await a.metric(metric.sent), await c.metric(metric.sent)];
    await a.publish('s', '2');
    await c.publish('s', '3');
    return (await a.metric(metric.sent)) === before[0] && (await c.metric(metric.sent)) === before[1];
  });
  const again = await follower(t, b, 's');
  await c.publish('s', '4');
  assert.equal((await again.next()).message, 4);
});

test('two nodes that dial each other at once have one link', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const ports = [await freePort(), await freePort()];
    const start = (at) => startNode(t, `n${at}`, {clusterPort: ports[at], join: [`127.0.0.1:${ports[1 - at]}`]});
    const nodes = await Promise.all([start(0), start(1)]);
    await waitForMesh(nodes);
    await assertAllHearAll(t, nodes);
    await eventually('one connection between them', () => connectionsAt(ports[0]) + connectionsAt(ports[1]) === 1);
    for (const [at, node] of nodes.entries()) assert.deepEqual(linkedTo(node), new Set([`n${1 - at}`]));
    for (const node of nodes) await node.stop();
  }
});

test('nodes that all know each other\'s addresses, and start at once, form a mesh', async (t) => {
  const ports = [];
  for (let at = 0; at < 4; at += 1) ports.push(await freePort());
  const join = ports.map((port) => `127.0.0.1:${port}`);
  const nodes = await Promise.all(ports.map((clusterPort, at) => startNode(t, `n${at}`, {clusterPort, join})));
  await waitForMesh(nodes);
  await assertAllHearAll(t, nodes);
  const connections = () => ports.reduce((sum, port) => sum + connectionsAt(port), 0);
  await eventually('six connections', () => connections() === 6);
});

test('a node among the addresses that it joins does no harm', async (t) => {
  const port = await freePort();
  const a = await startNode(t, 'a', {clusterPort: port, join: [`127.0.0.1:${port}`, `localhost:${port}`]});
  const b = await startNode(t, 'b', {join: [a]});
  await waitForMesh([a, b]);
  await assertAllHearAll(t, [a, b]);
  const before = await cpuTime(a.pid);
  const begin = performance.now();
  const c = await startNode(t, 'c', {join: [b]});
  await waitForMesh([a, b, c]);
  await eventually('a second to pass', () => performance.now() - begin > 1_000);
  const used = (await cpuTime(a.pid)) - before;
  assert.ok(used < 300 * slack, `${used} ms of processor time: it dials itself again and again`);
  assert.ok(!linkedTo(a).has('a'));
});

test('an address to join may be down at the start and come later', async (t) => {
  const port = await freePort();
  const b = await startNode(t, 'b', {join: [`127.0.0.1:${port}`]});
  const cable = await follower(t, b, 's');
  await b.publish('s', '"alone"');
  assert.equal((await cable.next()).message, 'alone');
  const a = await startNode(t, 'a', {clusterPort: port});
  await waitForMesh([a, b]);
  await a.publish('s', '"together"');
  assert.equal((await cable.next()).message, 'together');
});

test('an address to join may hang up, or say nothing, or something else: others are joined, and it when it is a node', async (t) => {
  const dialled = {silent: 0, rude: 0, liar: 0};
  const listen = async (name, serve) => {
    const server = net.createServer((socket) => {
      dialled[name] += 1;
      socket.on('error', () => {});
      serve(socket);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sockets = new Set();
    server.on('connection', (socket) => sockets.add(socket));
    const stop = () => new Promise((resolve) => {
      server.close(resolve);
      for (const socket of sockets) socket.destroy();
    });
    defer(t, stop);
    return {port: server.address().port, stop};
  };
  const silent = await listen('silent', () => {});
  const rude = await listen('rude', (socket) => socket.destroy());
  const liar = await listen('liar', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const a = await startNode(t, 'a');
  const join = [silent, rude, liar].map(({port}) => `127.0.0.1:${port}`);
  const b = await startNode(t, 'b', {join: [...join, a]});
  await waitForMesh([a, b]);
  await eventually('each to be dialled again', () => Object.values(dialled).every((count) => count >= 2), {ms: patience * 2});
  await assertAllHearAll(t, [a, b]);
  await silent.stop();
  const c = await startNode(t, 'c', {clusterPort: silent.port});
  await waitForMesh([a, b, c], {ms: patience * 2});
});

test('the address that a node advertises is where others reach it', async (t) => {
  const port = await freePort();
  const a = await startNode(t, 'a');
  const b = await startNode(t, 'b', {join: [a], clusterPort: port, advertise: `localhost:${port}`});
  assert.equal(fieldsOf(await waitForJoined(a, 'b')).address, `localhost:${port}`);
  const c = await startNode(t, 'c', {join: [a]});
  assert.equal(fieldsOf(await waitForJoined(c, 'b')).address, `localhost:${port}`);
  await waitForMesh([a, b, c]);
});

test('a node that is given no name takes that of the host, with its port', async (t) => {
  const a = await startNode(t, 'a');
  await startDaemon(t, ['--public', '--cluster-listen', '127.0.0.1:0', '--cluster-secret', clusterSecret,
    '--cluster-join', a.address]);
  const {name} = fieldsOf(await a.waitForLog(/\bnode joined\b/));
  assert.match(name, new RegExp(`^${hostname()}:\\d+$`));
});

test('of two nodes with one name the later one stays, and the other is told what to do', async (t) => {
  const {nodes: [a, c, first]} = await startCluster(t, ['a', 'c', 'b']);
  const later = await startNode(t, 'b', {join: [a]});
  await first.waitForLog(/\bwarn\b.*--node-name/);
  await waitForMesh([a, c, later]);
  await assertAllHearAll(t, [a, c, later]);
  // Nobody changes sides again and again.
  const from = a.lines.length;
  const begin = performance.now();
  await eventually('two seconds to pass', () => performance.now() - begin > 2_000);
  assert.equal(timesLogged(a, 'joined', 'b', from) + timesLogged(a, 'left', 'b', from), 0, a.tail);
  const cable = await follower(t, first, 's');
  await a.publish('s', '"not for it"');
  await first.publish('s', '"its own"');
  assert.equal((await cable.next()).message, 'its own');
});
