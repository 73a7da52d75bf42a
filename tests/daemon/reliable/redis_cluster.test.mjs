// Logs in a Redis Cluster: streams on all masters, slots that move, masters that fail.
import assert from 'node:assert/strict';
import {setTimeout as pause} from 'node:timers/promises';
import {test} from 'node:test';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {askAnew, connectExtended} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {startRedis} from '../support/redis.mjs';
import {startRedisCluster} from '../support/redis_cluster.mjs';

const startNode = (t, url, ...args) => startDaemon(t, ['--public', '--broker', 'redis', '--redis-url', url, '--lanes', '2', ...args]);

const degraded = async (node) => JSON.parse((await request(`${node.url}/health/ready`)).body).degraded;
const reaches = (node) => eventually('Redis to be reached', async () => (await degraded(node)).length === 0, {ms: 60_000});
const misses = (node) => eventually('Redis to be missed', async () => (await degraded(node)).includes('redis'));

async function startNodes(t, cluster, ...args) {
  const nodes = [await startNode(t, cluster.url, ...args), await startNode(t, cluster.url, ...args)];
  for (const each of nodes) await reaches(each);
  return nodes;
}

const keyOf = (stream) => `ability:head{s:${stream}}`;
const upTo = (last, first = 1) => Array.from({length: last - first + 1}, (_, at) => first + at);
const redirects = async (node, kind) => (await node.metrics()).samples.get(`ability_redis_redirects_total{kind="${kind}"}`);

/** A stream for each master, in their order. */
async function streamOfEach(cluster) {
  const found = new Map();
  for (let n = 0; found.size < cluster.masters.length; n += 1) {
    const master = await cluster.masterOf(await cluster.slotOf(keyOf(`s${n}`)));
    if (!found.has(master)) found.set(master, `s${n}`);
  }
  return cluster.masters.map((each) => found.get(each));
}

async function follower(t, node, streams) {
  const cable = await connectExtended(t, node);
  for (const each of streams) await cable.subscribe(each);
  return cable;
}

/** Publishes 1, 2, 3 … to a stream until it is told to end, each until it is accepted. */
class Storm {
  accepted = [];
  refusals = new Map();
  #ends = false;

  constructor(node, stream, {ids = true} = {}) {
    this.node = node;
    this.stream = stream;
    this.ids = ids;
    this.running = this.#run();
  }

  async publish(data, id) {
    for (;;) {
      const answer = await this.node.post({stream: this.stream, data}, {headers: id ? {'idempotency-key': id} : {}});
      if (answer.status === 201) return;
      assert.ok(answer.status === 503 || answer.status === 504, `${answer.status} ${answer.body}`);
      this.refusals.set(answer.body, (this.refusals.get(answer.body) ?? 0) + 1);
      await pause(20);
    }
  }

  async #run() {
    for (let n = 1; !this.#ends; n += 1) {
      await this.publish(String(n), this.ids && `${this.stream}-${n}`);
      this.accepted.push(n);
    }
  }

  reached(count) {
    return eventually(`${count} publications to ${this.stream}`, () => this.accepted.length >= count, {ms: 60_000});
  }

  /** Ends, and says so in the stream. */
  async end() {
    this.#ends = true;
    await this.running;
    await this.publish('"end"', this.ids && `${this.stream}-end`);
  }
}

/** All messages up to the end of each stream, by stream; and how often the client was told of a gap. */
async function readToEnds(cable, streams) {
  const seen = new Map(streams.map((each) => [each, []]));
  let told = 0;
  for (let open = streams.length; open > 0; ) {
    const frame = await cable.next('the end of a storm', {ms: 60_000});
    if (frame.type === 'reject_history') told += 1;
    else if (frame.message === 'end') open -= 1;
    else if (frame.type === undefined) seen.get(frame.stream_id).push(frame);
  }
  return {seen, told};
}

const numbersOf = (messages) => messages.map(({message}) => message);

function assertPositionsOnce(messages) {
  const positions = messages.map(({epoch, offset}) => `${epoch}/${offset}`);
  assert.equal(new Set(positions).size, positions.length, 'no position comes twice');
  for (const [at, {epoch, offset}] of messages.entries()) {
    const before = messages[at - 1];
    if (before && before.epoch === epoch) assert.equal(offset, before.offset + 1, 'offsets have no gaps');
  }
}

test('two hundred streams on three masters: all followers of both nodes get all in order', async (t) => {
  const cluster = await startRedisCluster(t);
  const [a, b] = await startNodes(t, cluster);
  const streams = upTo(200).map((n) => `room/${n}`);
  const cables = [await follower(t, a, streams), await follower(t, b, streams)];
  await Promise.all(streams.map(async (stream) => {
    for (let n = 1; n <= 5; n += 1) await (n % 2 ? a : b).publish(stream, String(n));
  }));
  for (const cable of cables) {
    const seen = new Map(streams.map((each) => [each, []]));
    for (let left = 5 * streams.length; left > 0; left -= 1) {
      const {stream_id: stream, message, offset} = await cable.next();
      assert.equal(message, offset);
      seen.get(stream).push(message);
    }
    for (const [stream, messages] of seen) assert.deepEqual(messages, upTo(5), stream);
  }
  assert.equal(await b.metric('ability_redis_gaps_total'), 0);
  assert.equal(await a.metric('ability_redis_servers'), 2 * 3);
  for (const master of cluster.masters) assert.ok((await master.command('DBSIZE')) > 50, 'each master has a part');
  // Missed messages, and the log for programs, from either node.
  const log = JSON.parse((await request(`${b.url}/api/streams/room%2F7/history`)).body);
  assert.deepEqual(log.messages.map(({data}) => data), upTo(5));
  assert.deepEqual(await askAnew(t, a, 'room/7', {streams: {'room/7': {epoch: log.epoch, offset: 2}}}), [3, 4, 5]);
  // The same id is published once, at whichever node.
  const headers = {'idempotency-key': 'order-7'};
  const [first, again] = [await a.post({stream: 'room/7', data: '6'}, {headers}), await b.post({stream: 'room/7', data: '6'}, {headers})];
  assert.equal(again.headers['ability-position'], first.headers['ability-position']);
});

test('a slot moves while it is published to: nothing is lost, repeated or out of order', async (t) => {
  const cluster = await startRedisCluster(t);
  const [a, b] = await startNodes(t, cluster, '--history-limit', '10000');
  const [stream] = await streamOfEach(cluster);
  const slot = await cluster.slotOf(keyOf(stream));
  const [from, to] = cluster.masters;
  const cables = [await follower(t, a, [stream]), await follower(t, b, [stream])];
  const storm = new Storm(a, stream, {ids: false});
  await storm.reached(50);
  await cluster.beginMove(slot, from, to);
  await storm.reached(storm.accepted.length + 20);
  // One of its two keys is on its way: neither master runs the script.
  assert.equal(await cluster.moveKeys(slot, from, to, 1), 1);
  await eventually('commands that wait', async () => (await redirects(a, 'try_again')) > 0);
  const during = storm.accepted.length;
  await cluster.moveKeys(slot, from, to);
  await storm.reached(during + 20);
  assert.ok((await redirects(a, 'ask')) > 0);
  // With an id it needs a key that is not there, so it waits for the whole slot.
  const withId = new Storm(b, stream);
  await eventually('a publication that waits', async () => (await redirects(b, 'try_again')) > 0);
  await cluster.endMove(slot, from, to);
  await storm.reached(storm.accepted.length + 50);
  await withId.reached(10);
  await withId.end();
  await storm.end();
  for (const cable of cables) {
    const seen = [];
    for (let open = 2; open > 0; ) {
      const frame = await cable.next('the end of the storms', {ms: 30_000});
      assert.equal(frame.type, undefined, JSON.stringify(frame));
      seen.push(frame);
      if (frame.message === 'end') open -= 1;
    }
    assertPositionsOnce(seen);
    assert.deepEqual(seen.map(({offset}) => offset), upTo(seen.length));
    assert.equal(seen.length, storm.accepted.length + withId.accepted.length + 2);
  }
  assert.deepEqual([...storm.refusals], [], 'each waited for its turn');
  assert.equal(await b.metric('ability_redis_gaps_total'), 0);
  assert.ok((await redirects(b, 'moved')) + (await redirects(a, 'moved')) > 0);
  assert.equal(await a.metric('ability_redis_waiting_commands'), 0);
});

test('a replica takes over, by order and after a death: nothing is lost silently', async (t) => {
  const cluster = await startRedisCluster(t, {replicas: true});
  const [a, b] = await startNodes(t, cluster, '--history-limit', '10000');
  const streams = await streamOfEach(cluster);
  const cable = await follower(t, b, streams);
  const storms = streams.map((each) => new Storm(a, each));
  for (const each of storms) await each.reached(50);

  // By order: the replica has all.
  await cluster.replicas[0].command('CLUSTER', 'FAILOVER');
  await eventually('the new master', async () => (await cluster.replicas[0].command('ROLE'))[0] === 'master', {ms: 30_000});
  for (const each of storms) await each.reached(each.accepted.length + 50);
  await reaches(b);
  const orderly = storms[0].accepted.length;

  // After a death: the failover is asynchronous.
  await cluster.masters[1].kill();
  const before = storms[1].accepted.length;
  await misses(a);
  await storms[1].reached(before + 50);
  for (const each of storms) await each.reached(each.accepted.length + 50);
  for (const each of [a, b]) await reaches(each);
  await Promise.all(storms.map((each) => each.end()));

  const {seen, told} = await readToEnds(cable, streams);
  for (const [at, stream] of streams.entries()) {
    const messages = seen.get(stream);
    const numbers = numbersOf(messages);
    assertPositionsOnce(messages);
    assert.deepEqual(numbers, [...numbers].sort((one, other) => one - other), `${stream} keeps its order`);
    const lost = storms[at].accepted.filter((n) => !numbers.includes(n));
    if (at !== 1) {
      assert.deepEqual(lost, [], stream);
      assert.equal(new Set(numbers).size, numbers.length, 'nothing comes twice');
    } else {
      assert.ok(lost.every((n) => n > before - 50 && n <= before), `lost ${lost}`);
      assert.ok(lost.length === 0 || told > 0, 'what is lost is told');
    }
  }
  assert.ok(orderly > 100);
  assert.equal(new Set(seen.get(streams[2]).map(({epoch}) => epoch)).size, 1, 'the third master has noticed nothing');
  assert.ok(new Set(seen.get(streams[1]).map(({epoch}) => epoch)).size >= 2, 'the new master has an epoch of its own');
});

test('while one master is away, the streams of the others go on', async (t) => {
  const cluster = await startRedisCluster(t, {args: ['--cluster-require-full-coverage', 'no']});
  const [a] = await startNodes(t, cluster);
  const streams = await streamOfEach(cluster);
  const cable = await follower(t, a, streams);
  await cluster.masters[0].kill();
  await misses(a);
  const refused = await a.post({stream: streams[0], data: '1'});
  assert.equal(refused.status, 503, refused.body);
  assert.equal(refused.headers['retry-after'], '1');
  for (const each of streams.slice(1)) {
    await a.publish(each, '1');
    assert.equal((await cable.next()).stream_id, each);
  }
  await cluster.masters[0].start();
  await reaches(a);
  await eventually('the stream of the master that is back', async () => (await a.post({stream: streams[0], data: '2'})).status === 201);
});

test('a cluster that is not there, or is none, is told', async (t) => {
  const nowhere = await startNode(t, `redis+cluster://127.0.0.1:${await freePort()}`);
  await nowhere.waitForLog(/redis not reached, retrying/);
  assert.equal((await nowhere.post({stream: 's', data: '1'})).status, 503);
  const alone = await startRedis(t);
  const wrong = await startNode(t, `redis+cluster://127.0.0.1:${alone.port}`);
  await wrong.waitForLog(/CLUSTER refused: ERR This instance has cluster support disabled/);
});
