// Who is no node of the cluster, and what comes of it: without TLS, as on the loopback.
// Labels: hardened
import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import {test} from 'node:test';
import {basp, clientHandshake, nodeId, operation} from '../support/basp.mjs';
import {
  assertAllHearAll, clusterSecret, follower, linkedTo, metric, startCluster, startNode, timesLogged, waitForLeft, waitForMesh,
} from '../support/cluster.mjs';
import {ctlJson} from '../support/ctl.mjs';
import {eventually, patience, slack} from '../support/deadline.mjs';
import {dialNode, enterNode, firstBytes, greetingFrame, hello, magic, nextGreeting, proofOf} from '../support/greeting.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {cpuTime} from '../support/procfs.mjs';
import {connectRaw} from '../support/raw.mjs';

/** How long a connection may take until it is a node's or a program's, in ms. */
const greetingDeadline = 3_000;

/** A cluster of two, with what proves at the end that nobody noticed anything. */
async function startCalm(t, options) {
  const cluster = await startCluster(t, ['a', 'b'], options);
  const [a, b] = cluster.nodes;
  const cables = [await follower(t, a, 'calm'), await follower(t, b, 'calm')];
  const [memory, cpu] = [await a.memory(), await cpuTime(a.pid)];
  return {
    a, b,
    async assertCalm({memory: mayGrow = 8e6, cpu: mayUse = 1_000} = {}) {
      for (const node of [a, b]) {
        await node.publish('calm', JSON.stringify(node.name));
        for (const cable of cables) assert.equal((await cable.next()).message, node.name);
      }
      for (const node of [a, b]) for (const {name} of [a, b]) assert.equal(timesLogged(node, 'left', name), 0, node.tail);
      const [grown, used] = [(await a.memory()) - memory, (await cpuTime(a.pid)) - cpu];
      t.diagnostic(`memory grew by ${(grown / 1e6).toFixed(1)} MB, ${used} ms of processor time`);
      assert.ok(grown < mayGrow * slack, `memory grew by ${grown}`);
      assert.ok(used < mayUse * slack, `${used} ms of processor time`);
    },
  };
}

const refusals = async (node) => {
  const {samples} = await node.metrics();
  return Object.fromEntries([...samples].filter(([name]) => name.startsWith(metric.refused))
    .map(([name, value]) => [/reason="(\w+)"/.exec(name)?.[1], value]));
};

async function refusedFor(node, reason, before = {}) {
  await eventually(`a refusal for ${reason}`, async () => ((await refusals(node))[reason] ?? 0) > (before[reason] ?? 0),
    {detail: () => node.tail});
}

test('a node with another secret is refused, says why, and tries again ever less often', async (t) => {
  const {nodes: [a]} = await startCluster(t, ['a', 'b']);
  const another = 'what strangers tell each other';
  const stranger = await startNode(t, 'stranger', {join: [a], secret: another});
  await stranger.waitForLog(/refused for cause, retrying .*reason="wrong_secret: .*serves=no/);
  await stranger.waitForLog(/listening, but not ready/);
  const ready = await request(`${stranger.url}/health/ready`);
  assert.equal(ready.status, 503);
  assert.equal(JSON.parse(ready.body).cause, 'wrong_secret');
  assert.equal((await request(`${a.url}/health/ready`)).status, 200);
  assert.ok(!a.lines.some((line) => /not ready|refused by the cluster/.test(line)), a.tail);
  await refusedFor(a, 'wrong_secret');
  assert.deepEqual(linkedTo(a), new Set(['b']));
  assert.equal(linkedTo(stranger).size, 0);
  const cable = await follower(t, stranger, 'calm');
  await a.publish('calm', '"not for strangers"');
  await stranger.publish('calm', '"not by strangers"');
  assert.equal((await cable.next()).message, 'not by strangers');
  await cable.expectQuiet();
  for (const node of [a, stranger]) {
    for (const secret of [clusterSecret, another]) assert.ok(!node.lines.join('\n').includes(secret), 'a secret in the log');
  }
  assert.ok((await cpuTime(stranger.pid)) < 3_000 * slack);
  await stranger.stop();
  await assertAllHearAll(t, [a]);
});

test('of three nodes with one name the first stays ready, and the others are not', async (t) => {
  const addresses = [];
  for (let at = 0; at < 3; at += 1) addresses.push(`127.0.0.1:${await freePort()}`);
  const nodes = [];
  for (const address of addresses) {
    const others = addresses.filter((each) => each !== address);
    nodes.push(await startNode(t, 'same', {join: others, clusterPort: address.split(':')[1]}));
  }
  const [first, ...later] = nodes;
  for (const node of later) await node.waitForLog(/refused by the cluster, so not ready cause=name_taken/);
  // It has heard of both.
  for (const address of addresses.slice(1)) {
    await first.waitForLog(new RegExp(`refused for cause, retrying address=${address} .*name_taken.* serves=yes`));
  }
  for (const node of nodes) {
    const {status} = await request(`${node.url}/health/ready`);
    assert.equal(status, node === first ? 200 : 503, node.tail);
  }
  assert.ok(!first.lines.some((line) => /not ready/.test(line)), first.tail);
});

test('a hello of another version is refused with a word that names both, and nothing else', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  for (const [oldest, newest] of [[2, 2], [900, 1_000], [0, 0], [65_535, 65_535]]) {
    const {raw, theirs} = await dialNode(t, a, {oldest, newest});
    assert.equal(theirs.type, 'refusal');
    assert.equal(theirs.code, 'wrong_version');
    assert.match(theirs.message, /\d/);
    await raw.waitForEnd({ms: 1_000 * slack});
  }
  await refusedFor(a, 'wrong_version');
  // A later node that still speaks ours is welcome, whatever else it says.
  const {theirs} = await dialNode(t, a, {oldest: 1, newest: 7, colours: ['red']});
  assert.deepEqual([theirs.type, theirs.version], ['challenge', 1]);
  await assertCalm();
});

test('a wrong proof is refused, and so are another\'s, an echo of the node\'s own, and none', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const proofs = [
    () => '', () => 'x', () => '0'.repeat(64),
    (mine, theirs) => proofOf('another', true, mine, theirs),
    (mine, theirs) => proofOf(clusterSecret, false, mine, theirs),
    (mine, theirs) => proofOf(clusterSecret, true, {...mine, nonce: '0'.repeat(32)}, theirs),
    (mine, theirs) => proofOf(clusterSecret, true, mine, {...theirs, nonce: '0'.repeat(32)}),
    (mine, theirs) => proofOf(clusterSecret, true, mine, theirs).toUpperCase(),
    (mine, theirs) => `${proofOf(clusterSecret, true, mine, theirs)} `,
  ];
  for (const make of proofs) {
    const {raw, mine, theirs} = await dialNode(t, a);
    raw.write(greetingFrame({type: 'proof', proof: make(mine, theirs)}));
    const answer = await nextGreeting(raw);
    assert.deepEqual([answer.type, answer.code], ['refusal', 'wrong_secret'], String(make));
    await raw.waitForEnd({ms: 1_000 * slack});
  }
  // What one connection proved is of no use to the next.
  const old = await dialNode(t, a);
  const proof = proofOf(clusterSecret, true, old.mine, old.theirs);
  const {raw} = await dialNode(t, a, {...old.mine, uuid: old.mine.node.uuid});
  raw.write(greetingFrame({type: 'proof', proof}));
  assert.equal((await nextGreeting(raw)).code, 'wrong_secret');
  assert.equal(linkedTo(a).size, 1);
  await assertCalm();
});

test('greetings that are none end the connection at once', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const good = hello();
  const bad = [
    greetingFrame(''), greetingFrame('{'), greetingFrame('[]'), greetingFrame('null'), greetingFrame('"hello"'),
    greetingFrame({type: 'proof', proof: 'x'}), greetingFrame({type: 'welcome', proof: 'x'}), greetingFrame({type: 'explode'}),
    greetingFrame({...good, nonce: 'short'}), greetingFrame({...good, nonce: 7}), greetingFrame({...good, node: null}),
    greetingFrame({...good, node: {...good.node, uuid: 'x'}}), greetingFrame({...good, node: {...good.node, name: 'a b'}}),
    greetingFrame({...good, node: {...good.node, name: 'x'.repeat(65)}}), greetingFrame({...good, oldest: 'one'}),
    greetingFrame({...good, node: {...good.node, name: 'new\nline'}}), greetingFrame({...good, oldest: 3, newest: 1}),
    greetingFrame('['.repeat(16_000)), greetingFrame(randomBytes(1_000)),
    greetingFrame(good, {length: 16_385}), greetingFrame(good, {length: 0xffffffff}), greetingFrame('', {length: 0x7fffffff}),
  ];
  for (const bytes of bad) {
    const raw = await connectRaw(t, a.clusterPort);
    raw.write(Buffer.concat([Buffer.from(magic), bytes]));
    await raw.waitForEnd({ms: 1_500 * slack, detail: () => bytes.toString('latin1').slice(0, 200)});
  }
  // As a second frame, too.
  for (const bytes of [greetingFrame('{'), greetingFrame(good), greetingFrame('', {length: 0xffffffff})]) {
    const {raw} = await dialNode(t, a);
    raw.write(bytes);
    await raw.waitForEnd({ms: 1_500 * slack});
  }
  await assertCalm();
});

test('garbage and giant headers of BASP end the connection at once', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const bad = [
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), randomBytes(5_000), Buffer.alloc(5_000), Buffer.alloc(64, 0xff),
    clientHandshake(nodeId(), {length: 0xffffffff}), clientHandshake(nodeId(), {length: 0x7fffffff}),
    clientHandshake(nodeId(), {length: 1 << 20}), clientHandshake(nodeId(), {length: 33}), clientHandshake(Buffer.alloc(0)),
    ...Object.values(operation).filter((what) => what !== operation.clientHandshake)
      .map((what) => basp(what, {length: 0xffffffff, target: 1})),
    basp(7), basp(255, {length: 0xffffffff}),
  ];
  const begin = performance.now();
  for (let round = 0; round < 20; round += 1) {
    for (const bytes of bad) {
      const raw = await connectRaw(t, a.clusterPort);
      raw.write(bytes);
      await raw.waitForEnd({ms: (greetingDeadline + 1_000) * slack, detail: () => bytes.subarray(0, 64).toString('hex')});
    }
  }
  // One line a second for each reason.
  const said = a.lines.filter((line) => /connection to the cluster or monitor refused/.test(line)).length;
  const seconds = Math.ceil((performance.now() - begin) / 1_000);
  const {malformed} = await refusals(a);
  t.diagnostic(`${malformed} refusals in ${seconds} s, ${said} lines`);
  assert.ok(said > 0 && said <= 3 * (seconds + 1), `${said} lines in ${seconds} s`);
  await assertCalm();
});

test('who has proved the secret, and then sends garbage or giant headers, is cut, too', async (t) => {
  const {a, b, assertCalm} = await startCalm(t);
  const giant = [operation.directMessage, operation.routedMessage, operation.monitorMessage, operation.downMessage];
  const bad = [
    randomBytes(5_000), Buffer.alloc(64, 0xff), clientHandshake(nodeId(), {length: 0xffffffff}),
    ...giant.map((what) => Buffer.concat([clientHandshake(), basp(what, {length: 0xffffffff, target: 1})])),
    ...giant.map((what) => Buffer.concat([clientHandshake(), basp(what, {length: 0x7fffffff, data: 1, source: 1, target: 1})])),
    Buffer.concat([clientHandshake(), clientHandshake(nodeId(1))]),
  ];
  for (const [at, bytes] of bad.entries()) {
    const {raw, answer} = await enterNode(t, a, {secret: clusterSecret, name: `liar${at}`});
    assert.equal(answer.type, 'welcome');
    raw.write(bytes);
    await raw.waitForEnd({detail: () => bytes.subarray(0, 64).toString('hex')});
  }
  assert.deepEqual(linkedTo(a), new Set(['b']));
  assert.deepEqual(linkedTo(b), new Set(['a']));
  await assertCalm();
});

test('idle connections are closed after 3 s, and cost nothing until then', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const descriptors = await a.descriptors();
  const begin = performance.now();
  const idle = [];
  for (let made = 0; made < 200; made += 1) idle.push(await connectRaw(t, a.clusterPort));
  // Half a greeting is no greeting.
  const half = await connectRaw(t, a.clusterPort);
  half.write(magic.slice(0, 5));
  const unproved = await dialNode(t, a);
  const handshake = await connectRaw(t, a.clusterPort);
  handshake.write(clientHandshake().subarray(0, 40));
  const header = await connectRaw(t, a.clusterPort);
  header.write(firstBytes(hello()).subarray(0, 30));
  const all = [...idle, half, unproved.raw, handshake, header];
  await Promise.race(idle.map((raw) => raw.closed));
  const first = performance.now() - begin;
  for (const raw of all) await raw.waitForEnd({ms: patience});
  const took = performance.now() - begin;
  t.diagnostic(`closed between ${Math.round(first)} and ${Math.round(took)} ms`);
  assert.ok(first > greetingDeadline - 500, `closed after ${Math.round(first)} ms`);
  assert.ok(took < (greetingDeadline + 1_500) * slack, `closed after ${Math.round(took)} ms`);
  await eventually('their descriptors to be closed', async () => (await a.descriptors()) <= descriptors + 2);
  await assertCalm({cpu: 500});
});

test('who holds all places of the handshake open keeps neither nodes nor abilityctl out', async (t) => {
  const {a, b, assertCalm} = await startCalm(t);
  const before = await refusals(a);
  const idle = [];
  for (let made = 0; made < 300; made += 1) idle.push(await connectRaw(t, a.clusterPort));
  const status = await ctlJson(t, ['status', '--node', a.address]);
  assert.deepEqual([status.node.name, status.cluster.nodes], ['a', 2]);
  const c = await startNode(t, 'c', {join: [a]});
  await waitForMesh([a, b, c]);
  assert.ok(idle.filter((raw) => !raw.ended).length > 200, 'places were held all the time');
  // The oldest made room for their like, then for abilityctl, whose place c got.
  const refused = await refusals(a);
  assert.ok(refused.crowded_out > 300 - 256, `${refused.crowded_out} made room`);
  assert.equal(refused.other, before.other);
  for (const raw of idle.slice(0, 300 - 256)) await raw.waitForEnd({ms: 1_000 * slack});
  await c.stop();
  await waitForLeft(a, 'c');
  await assertCalm();
});

test('many that come and go at once leave nothing behind', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const descriptors = await a.descriptors();
  for (let round = 0; round < 20; round += 1) {
    const raws = await Promise.all(Array.from({length: 50}, () => connectRaw(t, a.clusterPort)));
    for (const [at, raw] of raws.entries()) {
      raw.write([firstBytes(hello()), clientHandshake(), randomBytes(40), Buffer.from(magic)][at % 4]);
      if (at % 2 === 0) raw.socket.resetAndDestroy();
      else raw.socket.destroy();
    }
  }
  await eventually('their descriptors to be closed', async () => (await a.descriptors()) <= descriptors + 2, {detail: () => a.tail});
  await assertCalm({memory: 25e6, cpu: 4_000});
});

test('who knows the secret and says it is b may take b\'s place for a moment, and b comes back', async (t) => {
  const {nodes: [a, b]} = await startCluster(t, ['a', 'b']);
  const {node: {uuid, started}} = (await dialNode(t, b)).theirs;
  for (let round = 0; round < 3; round += 1) {
    const {raw, answer} = await enterNode(t, a, {secret: clusterSecret, uuid, started, name: 'b', address: b.address});
    // b itself dials again when it has lost a link that a still believes in: then the later one counts.
    if (answer.type === 'refusal') assert.equal(answer.code, 'duplicate');
    else assert.equal(answer.type, 'welcome');
    if (round === 1) raw.write(clientHandshake());
    await raw.waitForEnd();
    await waitForMesh([a, b]);
  }
  await assertAllHearAll(t, [a, b]);
});

test('a node that says it is the one that it dials changes nothing', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const own = (await dialNode(t, a)).theirs.node.uuid;
  const self = await dialNode(t, a, {uuid: own});
  const answer = self.theirs.type === 'challenge' ? await (async () => {
    self.raw.write(greetingFrame({type: 'proof', proof: proofOf(clusterSecret, true, self.mine, self.theirs)}));
    return nextGreeting(self.raw);
  })() : self.theirs;
  assert.deepEqual([answer.type, answer.code], ['refusal', 'self']);
  await assertCalm();
});

test('an hour of dials from a stranger: memory is flat', async (t) => {
  const {a, assertCalm} = await startCalm(t);
  const dial = async () => {
    const {raw, mine, theirs} = await dialNode(t, a);
    raw.write(greetingFrame({type: 'proof', proof: proofOf('another', true, mine, theirs)}));
    assert.equal((await nextGreeting(raw)).code, 'wrong_secret');
    await raw.waitForEnd();
  };
  for (let at = 0; at < 100; at += 1) await dial();
  const before = await a.memory();
  for (let at = 0; at < Math.ceil(800 / slack); at += 1) await dial();
  const grown = (await a.memory()) - before;
  assert.ok(grown < 3e6 * slack, `memory grew by ${grown}`);
  await assertCalm({cpu: 5_000});
});
