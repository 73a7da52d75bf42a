// Nodes that speak TLS to each other, and those that would like to.
// Labels: hardened
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {test} from 'node:test';
import tls from 'node:tls';
import {Authority} from '../support/authority.mjs';
import {basp, clientHandshake, nodeId, operation} from '../support/basp.mjs';
import {
  assertAllHearAll, clusterSecret, follower, linkedTo, startCluster, startNode, timesLogged, waitForMesh,
} from '../support/cluster.mjs';
import {defer} from '../support/cleanup.mjs';
import {runDaemon} from '../support/daemon.mjs';
import {eventually, slack, within} from '../support/deadline.mjs';
import {dialNode, enterNode} from '../support/greeting.mjs';
import {request} from '../support/http.mjs';
import {cpuTime} from '../support/procfs.mjs';
import {connectRaw} from '../support/raw.mjs';

async function startSecure(t, authority, names = ['a', 'b']) {
  const nodes = [];
  for (const name of names) {
    nodes.push(await startNode(t, name, {join: nodes.slice(0, 1), args: authority.options({name})}));
  }
  await waitForMesh(nodes);
  return nodes;
}

/** Tells how a TLS client fares at the cluster's port: 'closed' within the deadline, or what it was answered. */
async function attempt(t, node, options, bytes) {
  const socket = tls.connect({host: '127.0.0.1', port: node.clusterPort, rejectUnauthorized: false, ...options});
  defer(t, () => socket.destroy());
  let answer = '';
  socket.on('secureConnect', () => { if (bytes) socket.write(bytes); });
  socket.on('data', (data) => { answer += data.toString('latin1'); });
  socket.on('error', () => {});
  await within(new Promise((resolve) => socket.once('close', resolve)), 'the end of the connection', {ms: 4_500 * slack});
  return answer;
}

test('nodes with certificates of one authority form a mesh', async (t) => {
  const authority = new Authority(t);
  const nodes = await startSecure(t, authority, ['a', 'b', 'c']);
  await assertAllHearAll(t, nodes);
  const cable = await follower(t, nodes[2], 's');
  for (let at = 0; at < 50; at += 1) await nodes[0].publish('s', JSON.stringify({at, pad: 'x'.repeat(at * 2_000)}));
  for (let at = 0; at < 50; at += 1) assert.equal((await cable.next()).message.at, at);
});

test('who has no certificate, or one of another authority, or an older TLS, is refused, and the links live on', async (t) => {
  const authority = new Authority(t);
  const [a, b] = await startSecure(t, authority);
  const other = new Authority(t, 'others');
  const handmade = clientHandshake();
  const wrong = {
    'no certificate': {},
    'another authority': other.issue().secure,
    'TLS 1.2': {...authority.issue().secure, maxVersion: 'TLSv1.2'},
  };
  for (const [what, options] of Object.entries(wrong)) {
    for (const bytes of [undefined, handmade, randomBytes(1_000)]) {
      assert.equal(await attempt(t, a, options, bytes), '', what);
    }
  }
  // In clear.
  for (const bytes of [handmade, randomBytes(1_000), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    const raw = await connectRaw(t, a.clusterPort);
    raw.write(bytes);
    await raw.waitForEnd({ms: 4_500 * slack});
  }
  await assertAllHearAll(t, [a, b]);
  for (const node of [a, b]) for (const {name} of [a, b]) assert.equal(timesLogged(node, 'left', name), 0, node.tail);
});

test('real nodes with a wrong certificate, with none, or without the secret stay outside, and say why', async (t) => {
  const authority = new Authority(t);
  const [a] = await startSecure(t, authority);
  const other = new Authority(t, 'others');
  const strangers = [
    await startNode(t, 'foreign', {join: [a], args: other.options()}),
    await startNode(t, 'plain', {join: [a]}),
    await startNode(t, 'secretless', {join: [a], secret: 'another', args: authority.options()}),
  ];
  const whys = [/certificate|verif|tls|alert/i, /tls_required: .*give --cluster-cert/, /secret/i];
  for (const [at, stranger] of strangers.entries()) {
    const line = await stranger.waitForLog(/\bwarn\b.*127\.0\.0\.1/);
    assert.match(line, whys[at], stranger.name);
    await stranger.waitForLog(/listening, but not ready/);
  }
  // Trust is needed both ways: a node does not dial into what it does not know.
  const trusting = await startNode(t, 'trusting', {join: [a], args: [
    ...authority.options().slice(0, 4), '--cluster-ca', other.certificate]});
  assert.match(await trusting.waitForLog(/\bwarn\b.*127\.0\.0\.1/), /certificate|verif/i);
  await trusting.waitForLog(/listening, but not ready/);
  for (const stranger of [...strangers, trusting]) assert.equal(linkedTo(stranger).size, 0);
  assert.deepEqual(linkedTo(a), new Set(['b']));
  await assertAllHearAll(t, [a]);
});

test('a node with certificates that joins a cluster without any is refused, says why, and is not ready', async (t) => {
  const [a, b] = (await startCluster(t, ['a', 'b'])).nodes;
  const secure = await startNode(t, 'secure', {join: [a, b], args: new Authority(t).options()});
  await secure.waitForLog(/refused for cause, retrying .*reason="tls_failed: .*speak no TLS: .*--cluster-cert.*serves=no/);
  await secure.waitForLog(/listening, but not ready/);
  const ready = await request(`${secure.url}/health/ready`);
  assert.equal(ready.status, 503);
  assert.equal(JSON.parse(ready.body).cause, 'certificates');
  assert.match(await a.waitForLog(/connection to the cluster .*refused/), /reason=tls_failed .*speaks TLS.*--cluster-cert/);
  for (const node of [a, b]) assert.equal((await request(`${node.url}/health/ready`)).status, 200);
  await assertAllHearAll(t, [a, b]);
});

test('with a good certificate garbage and giant headers are cut all the same', async (t) => {
  const authority = new Authority(t);
  const [a, b] = await startSecure(t, authority);
  const {secure} = authority.issue({name: 'mallory'});
  const [memory, cpu] = [await a.memory(), await cpuTime(a.pid)];
  const bad = [
    randomBytes(5_000), Buffer.alloc(64, 0xff), clientHandshake(nodeId(), {length: 0xffffffff}),
    clientHandshake(nodeId(), {length: 1 << 20}), basp(operation.directMessage, {length: 0xffffffff, target: 1}),
    Buffer.concat([clientHandshake(), basp(operation.directMessage, {length: 0xffffffff, target: 1})]),
    Buffer.concat([clientHandshake(), basp(operation.routedMessage, {length: 0xffffffff, target: 1})]),
  ];
  for (let round = 0; round < 10; round += 1) for (const bytes of bad) await attempt(t, a, secure, bytes);
  const entered = await enterNode(t, a, {secret: clusterSecret, secure: {...secure, rejectUnauthorized: false}, name: 'liar'});
  assert.equal(entered.answer.type, 'welcome');
  entered.raw.write(Buffer.concat([clientHandshake(), basp(operation.directMessage, {length: 0x7fffffff, target: 1})]));
  await entered.raw.waitForEnd();
  const refused = await dialNode(t, a, {oldest: 99, newest: 99, secure: {...secure, rejectUnauthorized: false}});
  assert.equal(refused.theirs.code, 'wrong_version');
  await assertAllHearAll(t, [a, b]);
  const [grown, used] = [(await a.memory()) - memory, (await cpuTime(a.pid)) - cpu];
  t.diagnostic(`memory grew by ${(grown / 1e6).toFixed(1)} MB, ${used} ms of processor time`);
  assert.ok(grown < 12e6 * slack, `memory grew by ${grown}`);
  assert.ok(used < 2_000 * slack, `${used} ms of processor time`);
  for (const node of [a, b]) for (const {name} of [a, b]) assert.equal(timesLogged(node, 'left', name), 0, node.tail);
});

test('idle connections are closed after 3 s, before and behind the TLS handshake, and cost no processor', async (t) => {
  const authority = new Authority(t);
  const [a, b] = await startSecure(t, authority);
  const {secure} = authority.issue();
  const descriptors = await a.descriptors();
  const begin = performance.now();
  const raws = [];
  for (let made = 0; made < 50; made += 1) raws.push(await connectRaw(t, a.clusterPort));
  // The begin of a ClientHello.
  for (const raw of raws.slice(0, 10)) raw.write(Buffer.from('1603010200010001fc0303', 'hex'));
  for (let made = 0; made < 10; made += 1) {
    raws.push(await connectRaw(t, a.clusterPort, {secure: {...secure, rejectUnauthorized: false}}));
  }
  const cpu = await cpuTime(a.pid);
  for (const raw of raws) await raw.waitForEnd();
  const took = performance.now() - begin;
  const used = (await cpuTime(a.pid)) - cpu;
  t.diagnostic(`closed after ${Math.round(took)} ms, with ${used} ms of processor time`);
  assert.ok(took < 4_500 * slack, `closed after ${Math.round(took)} ms`);
  assert.ok(used < 500 * slack, `${used} ms of processor time`);
  await eventually('their descriptors to be closed', async () => (await a.descriptors()) <= descriptors + 2);
  await assertAllHearAll(t, [a, b]);
});

test('without certificates no other address than the loopback is listened at, and the refusal says what to do', async (t) => {
  const given = ['--public', '--port', '0', '--cluster-secret', clusterSecret];
  for (const options of [
    ['--cluster-listen', '0.0.0.0:0', '--cluster-advertise', '10.0.0.1:7700'],
    ['--cluster-listen', '[::]:0', '--cluster-advertise', '10.0.0.1:7700'],
    ['--cluster-listen', '192.0.2.1:0'],
    ['--cluster-listen', '127.0.0.1:0', '--monitor-listen', '0.0.0.0:0'],
    ['--monitor-listen', '0.0.0.0:0'],
  ]) {
    const {code, stderr} = await runDaemon([...given, ...options]);
    assert.ok(code === 1 || code === 2, `${options}: exit ${code}\n${stderr}`);
    assert.match(stderr, /--cluster-cert/, String(options));
    assert.doesNotMatch(stderr, /\bready\b/);
  }
  // Wherever the loopback is.
  for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '[::1]']) {
    const node = await startNode(t, 'a', {host});
    await node.stop();
  }
});

test('files that cannot be used are told at the start', async (t) => {
  const authority = new Authority(t);
  const {certificate, key} = authority.issue();
  const other = authority.issue();
  const ca = authority.certificate;
  const wrong = [
    [certificate, key, '/nowhere/ca.pem'], ['/nowhere/cert.pem', key, ca], [certificate, '/nowhere/key.pem', ca],
    [certificate, other.key, ca], [key, key, ca], [certificate, key, key],
  ];
  for (const [cert, itsKey, itsCa] of wrong) {
    const {code, stderr} = await runDaemon(['--public', '--port', '0', '--cluster-listen', '127.0.0.1:0', '--cluster-secret', 'x',
      '--cluster-cert', cert, '--cluster-key', itsKey, '--cluster-ca', itsCa]);
    assert.ok(code === 1 || code === 2, `exit ${code}`);
    assert.match(stderr, /cluster|certificate|key|\.pem/i);
    assert.doesNotMatch(stderr, /\bready\b/);
  }
});
