// Nodes that join by a name: of a headless Service, which stands for all nodes, and of a balancer, which leads anywhere.
// Labels: hardened
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {defer} from '../support/cleanup.mjs';
import {assertAllHearAll, linkedTo, startNode, waitForMesh} from '../support/cluster.mjs';
import {patience} from '../support/deadline.mjs';
import {freePort} from '../support/ports.mjs';

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0;
const options = {skip: mayMount ? false : 'a hosts file of its own needs a mount namespace'};

/** A hosts file in which `nodes.test` stands for `addresses`, and the prefix of commands that see it. */
function makeNames(t, addresses) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-names-'));
  defer(t, () => rmSync(folder, {recursive: true}));
  const file = path.join(folder, 'hosts');
  const own = readFileSync('/etc/hosts', 'utf8');
  const stand = (which) => writeFileSync(file, `${own}\n${which.map((each) => `${each} nodes.test\n`).join('')}`);
  stand(addresses);
  // No name server is asked: it might be slow, or know the name.
  const resolver = path.join(folder, 'resolv.conf');
  writeFileSync(resolver, 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n');
  const mounts = `mount --bind ${file} /etc/hosts && mount --bind ${resolver} /etc/resolv.conf`;
  return {stand, prefix: ['unshare', '-m', 'sh', '-c', `${mounts} && exec "$@"`, 'sh']};
}

test('nodes of a name that has all their addresses link, each with the same options', options, async (t) => {
  const port = await freePort();
  const hosts = ['127.0.0.11', '127.0.0.12', '127.0.0.13'];
  const {prefix} = makeNames(t, hosts);
  const nodes = [];
  for (const [at, host] of hosts.entries()) {
    nodes.push(await startNode(t, `n${at}`, {join: [`nodes.test:${port}`], host, clusterPort: port, prefix}));
  }
  await waitForMesh(nodes);
  await assertAllHearAll(t, nodes);
  const line = await nodes[0].waitForLog(/name resolved/);
  for (const host of hosts) assert.ok(line.includes(`${host}:${port}`), line);
  // Nobody was there yet, and it is said once.
  assert.match(await nodes[0].waitForLog(/not reached, retrying/), /name=nodes\.test:\d+ others=2 reached=0 reason=".*refused/);
});

test('a name that gets another address is asked again', options, async (t) => {
  const port = await freePort();
  const {prefix, stand} = makeNames(t, ['127.0.0.11']);
  const join = [`nodes.test:${port}`];
  const first = await startNode(t, 'first', {join, host: '127.0.0.11', clusterPort: port, prefix});
  const second = await startNode(t, 'second', {host: '127.0.0.12', clusterPort: port, prefix});
  assert.equal(linkedTo(first).size, 0);
  stand(['127.0.0.11', '127.0.0.12']);
  await waitForMesh([first, second], {ms: patience * 2});
});

test('a name that is not known at first is asked again, and the log says so', options, async (t) => {
  const port = await freePort();
  const {prefix, stand} = makeNames(t, []);
  const node = await startNode(t, 'node', {join: [`nodes.test:${port}`], prefix});
  await node.waitForLog(/name not resolved, retrying name=nodes\.test:\d+ reason=/);
  const other = await startNode(t, 'other', {host: '127.0.0.12', clusterPort: port});
  stand(['127.0.0.12']);
  await waitForMesh([node, other], {ms: patience * 2});
});

test('a node joins through a balancer that leads back to it at first', async (t) => {
  const ports = [await freePort(), await freePort()];
  let turn = 0;
  const balancer = net.createServer((inbound) => {
    // Twice to the node that has dialled, then in turns.
    const to = turn < 2 ? 1 : turn % 2;
    turn += 1;
    const outbound = net.connect(ports[to], '127.0.0.1');
    for (const [from, into] of [[inbound, outbound], [outbound, inbound]]) {
      from.pipe(into);
      from.on('error', () => into.destroy());
      from.on('close', () => into.destroy());
    }
  });
  await new Promise((resolve) => { balancer.listen(0, '127.0.0.1', resolve); });
  defer(t, () => balancer.close());
  const a = await startNode(t, 'a', {clusterPort: ports[0]});
  const b = await startNode(t, 'b', {clusterPort: ports[1], join: [`127.0.0.1:${balancer.address().port}`]});
  await waitForMesh([a, b]);
  await b.waitForLog(/an address leads to this node itself, trying it again/);
  await assertAllHearAll(t, [a, b]);
});
