// Publishers that repeat themselves: with an id the followers get it once, and each answer tells the place in the log.
// Labels: hardened
import assert from 'node:assert/strict';
import net from 'node:net';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {flag} from '../support/fly.mjs';
import {linkCommand, startGateway} from '../support/fly_backend.mjs';
import {followLogged} from '../support/history.mjs';
import {startRedis} from '../support/redis.mjs';

const json = {accept: 'application/json'};
const under = (key, more = {}) => ({headers: {'idempotency-key': key, ...more}});

/** Publishes and insists that it was accepted; hands out the position that it was told, if any. */
async function positionFor(daemon, body, options) {
  const answer = await daemon.post(body, options);
  assert.equal(answer.status, 201, answer.body);
  assert.equal(answer.body, '');
  return answer.headers['ability-position'];
}

/** The positions that a publisher of a batch is told. */
async function positionsFor(daemon, body, options = {}) {
  const answer = await daemon.post(body, {...options, headers: {...options.headers, ...json}});
  assert.equal(answer.status, 201, answer.body);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['ability-position'], undefined);
  return JSON.parse(answer.body);
}

const placeOf = ({epoch, offset}) => `${epoch}/${offset}`;

// -- the position --

test('a publisher is told where in the log its publication is', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await followLogged(t, daemon, 's');
  for (let n = 1; n <= 3; n += 1) {
    const told = await positionFor(daemon, {stream: 's', data: n});
    assert.match(told, /^[0-9a-f]{16}\/[1-9]$/);
    const message = await cable.next();
    assert.deepEqual([message.message, placeOf(message)], [n, told]);
  }
  assert.equal(await positionFor(daemon, {stream: 's', data: 4, meta: {transient: true}}), undefined);
  assert.equal(await positionFor(daemon, {stream: 'other', data: 5}), undefined, 'it keeps no log');
  assert.equal(await positionFor(daemon, [{stream: 's', data: 6}]), undefined, 'a batch has more than one');
});

test('where all streams keep logs, every publication has a position', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--history-streams', 'typing/*:off']);
  const first = await positionFor(daemon, {stream: 's', data: 1});
  assert.match(first, /\/1$/);
  assert.equal(await positionFor(daemon, {stream: 's', data: 2}), first.replace(/1$/, '2'));
  assert.equal(await positionFor(daemon, {stream: 'typing/1', data: 3}), undefined);
  const told = await positionsFor(daemon, [{stream: 's', data: 4}, {stream: 'typing/1', data: 5}, {stream: 's', data: 6},
    {stream: 's', data: 7, meta: {transient: true}}]);
  assert.deepEqual(told, [first.replace(/1$/, '3'), null, first.replace(/1$/, '4'), null]);
});

test('publications that are sent without waiting are answered in their order', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--lanes', '2']);
  const socket = net.connect(daemon.port, daemon.host);
  defer(t, () => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (part) => { text += part; });
  const count = 60;
  const requests = Array.from({length: count}, (_, at) => {
    const body = JSON.stringify({stream: `s/${at % 3}`, data: at});
    return `POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  });
  socket.write(requests.join(''));
  const told = () => [...text.matchAll(/^Ability-Position: [0-9a-f]{16}\/(\d+)\r$/gm)].map(([, offset]) => Number(offset));
  await eventually('all answers', () => told().length === count, {detail: () => text});
  assert.deepEqual(told(), Array.from({length: count}, (_, at) => 1 + Math.floor(at / 3)));
});

// -- repetitions --

test('what is published again under one key is answered as the first time, and heard once', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await followLogged(t, daemon, 's');
  const first = await positionFor(daemon, {stream: 's', data: 1}, under('a'));
  await positionFor(daemon, {stream: 's', data: 2}, under('b'));
  assert.equal(await positionFor(daemon, {stream: 's', data: 'another text'}, under('a')), first);
  assert.equal(await positionFor(daemon, {stream: 's', data: 3, meta: {id: 'a'}}), first, 'it is the same id in meta');
  assert.equal(await positionFor(daemon, {stream: 's', data: 4, meta: {id: 'a'}}, under('c')), first, 'which counts more');
  assert.match(await positionFor(daemon, {stream: 's', data: 5}, under('c')), /\/3$/);
  for (const expected of [1, 2, 5]) assert.equal((await cable.next()).message, expected);
  await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_history_repeated_total'), 3);
  assert.equal(await daemon.metric('ability_history_publications_total'), 3);
  assert.equal(await daemon.metric('ability_pending_broadcasts_num'), 0);
});

test('ids of different streams have nothing to do with each other', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory']);
  for (const stream of ['a', 'b']) assert.match(await positionFor(daemon, {stream, data: 1}, under('same')), /\/1$/);
  assert.equal(await daemon.metric('ability_history_repeated_total'), 0);
});

test('without a log, and without a follower, a repetition is not published either', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await positionFor(daemon, {stream: 's', data: 1}, under('a')), undefined);
  }
  assert.equal((await cable.next()).message, 1);
  await positionFor(daemon, {stream: 'unheard', data: 1}, under('a'));
  await cable.subscribe('unheard');
  await positionFor(daemon, {stream: 'unheard', data: 1}, under('a'));
  await positionFor(daemon, {stream: 'unheard', data: 2}, under('b'));
  assert.equal((await cable.next()).message, 2);
  await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_history_repeated_total'), 3);
});

test('elements of a batch have the key with their place, and each is looked at by itself', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory']);
  const cable = await followLogged(t, daemon, 's');
  const batch = [1, 2, 3].map((data) => ({stream: 's', data}));
  const first = await positionsFor(daemon, batch, under('k'));
  assert.deepEqual(first.map((each) => each.split('/')[1]), ['1', '2', '3']);
  assert.deepEqual(await positionsFor(daemon, batch, under('k')), first);
  assert.equal(await positionFor(daemon, batch, under('k')), undefined);
  assert.equal(await positionFor(daemon, {stream: 's', data: 4, meta: {id: 'k#1'}}), first[1]);
  const longer = [...batch, {stream: 's', data: 4}, {stream: 's', data: 5, meta: {id: 'own'}}, {stream: 's', data: 6, meta: {id: 'own'}}];
  const [epoch] = first[0].split('/');
  assert.deepEqual(await positionsFor(daemon, longer, under('k')), [...first, `${epoch}/4`, `${epoch}/5`, `${epoch}/5`]);
  for (const expected of [1, 2, 3, 4, 5]) assert.equal((await cable.next()).message, expected);
  await cable.expectQuiet();
});

test('repetitions that come at the same time are published once, and all are told the same', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const cable = await followLogged(t, daemon, 's');
  const count = 40;
  for (let round = 1; round <= 5; round += 1) {
    const told = await Promise.all(Array.from({length: count}, () => positionFor(daemon, {stream: 's', data: round}, under(`r${round}`))));
    const message = await cable.next();
    assert.equal(message.message, round);
    assert.deepEqual(new Set(told), new Set([placeOf(message)]));
  }
  await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_history_repeated_total'), 5 * (count - 1));
});

test('a publisher that did not wait for its answer is told when it asks again', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await followLogged(t, daemon, 's');
  for (let n = 1; n <= 20; n += 1) {
    const body = JSON.stringify({stream: 's', data: n});
    const socket = net.connect(daemon.port, daemon.host);
    socket.on('error', () => {});
    socket.write(`POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k${n}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      () => socket.destroy());
    await within(new Promise((resolve) => socket.once('close', resolve)), 'the end of the connection');
    const told = await positionFor(daemon, {stream: 's', data: n}, under(`k${n}`));
    const message = await cable.next();
    assert.deepEqual([message.message, placeOf(message)], [n, told]);
  }
  await cable.expectQuiet();
});

// -- bounds --

test('an id is known for its time', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--history-dedupe', '300ms']);
  const begin = performance.now();
  const first = await positionFor(daemon, {stream: 's', data: 1}, under('a'));
  let next = first;
  await eventually('the id to be forgotten', async () => {
    next = await positionFor(daemon, {stream: 's', data: 1}, under('a'));
    return next !== first;
  });
  assert.ok(performance.now() - begin >= 290);
  assert.equal(next, first.replace(/1$/, '2'));
  assert.equal(await daemon.metric('ability_history_ids_dropped_total'), 0);
});

test('beyond their number the oldest ids are forgotten, which is counted', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--history-max-ids', '3', '--lanes', '1']);
  const publish = (id) => positionFor(daemon, {stream: 's', data: 1}, under(id));
  const [first] = [await publish('a'), await publish('b'), await publish('c')];
  assert.equal(await publish('a'), first);
  await publish('d');
  assert.equal(await daemon.metric('ability_history_ids_dropped_total'), 1);
  assert.match(await publish('a'), /\/5$/);
  assert.match(await publish('d'), /\/4$/);
  assert.equal(await daemon.metric('ability_history_ids_dropped_total'), 2);
});

test('ids without end cost a bounded memory', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-max-ids', '20000']);
  const fill = async (from, to) => {
    for (let n = from; n < to; n += 1) {
      const batch = Array.from({length: 500}, (_, at) => ({stream: 'x'.repeat(300), data: 1, meta: {id: `${n}/${at}/${'y'.repeat(100)}`}}));
      assert.equal((await daemon.post(batch)).status, 201);
    }
    await daemon.waitForMetric('ability_pending_broadcasts_num', 0);
  };
  await fill(0, 60);
  const before = await daemon.memory();
  await fill(60, 300);
  assert.equal(await daemon.metric('ability_history_ids_dropped_total') >= 120_000, true);
  assert.ok(await daemon.memory() - before < 16e6);
});

test('ids can be turned off, and have no effect without a broker and in a cluster', async (t) => {
  const off = [['--broker', 'memory', '--history-dedupe', '0'], ['--broker', 'memory', '--history-max-ids', '0'], ['--broker', 'none'],
    ['--cluster-listen', '127.0.0.1:0', '--cluster-secret', 's3cret']];
  for (const args of off) {
    const daemon = await startDaemon(t, ['--public', ...args]);
    const cable = await connectCable(t, daemon);
    await cable.subscribe('s');
    const told = [];
    for (let count = 0; count < 2; count += 1) told.push(await positionFor(daemon, {stream: 's', data: 1}, under('a')));
    for (let count = 0; count < 2; count += 1) assert.equal((await cable.next()).message, 1, args.join(' '));
    assert.equal(told[0] !== undefined, args.includes('memory'));
    assert.equal(told[0] === told[1], !args.includes('memory'));
    assert.equal(await daemon.metric('ability_history_repeated_total'), 0);
  }
});

// -- what is no id --

test('what is no id is refused with its form', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory']);
  const form = /must be a string of 1 to 128 bytes without control characters/;
  for (const key of ['', 'x'.repeat(129), 'a\tb']) {
    const {status, body} = await daemon.post({stream: 's', data: 1}, under(key));
    assert.equal(status, 400, JSON.stringify(key));
    assert.match(body, /^Idempotency-Key /);
    assert.match(body, form);
  }
  for (const id of ['', 'x'.repeat(129), 'a\nb', '\u0000', 7, true, [], {}, 'é'.repeat(65)]) {
    const {status, body} = await daemon.post([{stream: 's', data: 1}, {stream: 's', data: 2, meta: {id}}]);
    assert.equal(status, 422, JSON.stringify(id));
    assert.match(body, /^publication 1: "id" /);
    assert.match(body, form);
  }
  assert.equal(await daemon.metric('ability_broadcast_msg_total'), 0);
  assert.equal(await daemon.metric('ability_failed_broadcast_msg_total'), 12);
  for (const key of ['x'.repeat(128), '"quoted, as the draft of the field has it"', 'a b']) {
    const first = await positionFor(daemon, {stream: 's', data: 1}, under(key));
    assert.equal(await positionFor(daemon, {stream: 's', data: 1}, under(key)), first);
  }
  assert.match(await positionFor(daemon, {stream: 's', data: 1, meta: {id: null}}), /\/4$/);
});

// -- other ways in --

test('ids count by Redis and from FlyRPC backends, too', async (t) => {
  const redis = await startRedis(t);
  const {daemon, link} = await startGateway(t, {}, ['--public', '--redis-url', redis.url, '--broker', 'memory']);
  await redis.waitForSubscriber();
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  const publication = (data, id) => ({stream: 's', data: String(data), meta: {id}});
  await redis.publish(publication(1, 'a'));
  await redis.publish(publication(2, 'a'));
  assert.equal((await cable.next()).message, 1);
  await daemon.waitForMetric('ability_history_repeated_total', 1);
  for (const data of [3, 4]) {
    const sequence = link.publish(publication(data, data === 3 ? 'a' : 'b'), {ack: true});
    await link.expect({flag: flag.reply, command: linkCommand.publish, sequence, text: ''});
  }
  assert.equal((await cable.next()).message, 4);
  assert.match(await positionFor(daemon, publication(5, 'b')), /\/2$/);
  await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_history_repeated_total'), 3);
});
