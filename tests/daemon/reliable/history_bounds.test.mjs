// How much is kept for those who come back, of which streams, and where.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {
  ask, askAnew, connectExtended, followFrom, followLogged, logged, nextSecond, outcome, positionOf, publishNumbers,
} from '../support/history.mjs';

const cluster = ['--cluster-listen', '127.0.0.1:0', '--cluster-secret', 's3cret'];

/** The words that name that metric's label, and its value. */
const answers = async (daemon, outcomeName) => (await daemon.metrics()).samples.get(`ability_history_answers_total{outcome="${outcomeName}"}`);

// -- number and age --

test('publications that are too many or too old are not kept', async (t) => {
  const few = await startDaemon(t, ['--public', '--history-limit', '1']);
  const one = await logged(t, few, 's', 3);
  assert.deepEqual(await askAnew(t, few, 's', {streams: {s: {epoch: one.epoch, offset: 2}}}), [3]);
  assert.equal(await askAnew(t, few, 's', {streams: {s: {epoch: one.epoch, offset: 1}}}), 'rejected');

  const short = await startDaemon(t, ['--public', '--history-ttl', '500ms']);
  const {epoch} = await logged(t, short, 's', 3);
  for (let answer; answer !== 'rejected';) answer = await askAnew(t, short, 's', {streams: {s: {epoch, offset: 1}}});
  await publishNumbers(short, 's', 4, 5);
  assert.deepEqual(await askAnew(t, short, 's', {streams: {s: {epoch, offset: 3}}}), [4, 5], 'the numbers go on');
});

test('why requests are rejected is counted', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '2', '--history-streams', 'typing/*:off']);
  const {epoch} = await logged(t, daemon, 's', 5);
  const {answer} = await followFrom(await connectExtended(t, daemon), 'typing/1', {since: 1});
  assert.equal(answer.type, 'reject_history');
  const asked = [
    ['answered', {streams: {s: {epoch, offset: 4}}}], ['other_epoch', {streams: {s: {epoch: '0123456789abcdef', offset: 4}}}],
    ['ahead', {streams: {s: {epoch, offset: 6}}}], ['too_old', {streams: {s: {epoch, offset: 1}}}], ['malformed', {streams: {s: 1}}],
  ];
  for (const [, history] of asked) await askAnew(t, daemon, 's', history);
  for (const [name] of [...asked, ['no_log']]) assert.equal(await answers(daemon, name), 1, name);
  assert.equal(await daemon.metric('ability_history_replayed_total'), 1);
});

test('streams have bounds of their own, or no log', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '3',
    '--history-streams', 'chat/*:limit=5,ttl=1h;typing/*:off;*/log:limit=1']);
  const kept = async (stream) => {
    const {epoch} = await logged(t, daemon, stream, 8);
    let count = 0;
    while (await askAnew(t, daemon, stream, {streams: {[stream]: {epoch, offset: 7 - count}}}) !== 'rejected') count += 1;
    return count;
  };
  assert.equal(await kept('chat/1'), 5);
  assert.equal(await kept('chat/log'), 5, 'the first rule that fits counts');
  assert.equal(await kept('error/log'), 1);
  assert.equal(await kept('chat'), 3);

  const cable = await connectExtended(t, daemon);
  const identifier = pubsub('typing/1');
  assert.equal(outcome(await followFrom(cable, 'typing/1', {since: 1})), 'rejected');
  await daemon.publish('typing/1', '1');
  assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":1}`, 'no position');
  assert.equal(outcome(await ask(cable, identifier, {streams: {'typing/1': {epoch: '0123456789abcdef', offset: 1}}})), 'rejected');
});

test('rules that are none are refused with the reason', async () => {
  for (const rules of ['chat/*', 'chat/*:limit', 'chat/*:limit=x', ':off', 'chat/*:size=3', 'chat/*:limit=-1', 'chat/*:ttl=5 days']) {
    const {code, stderr} = await runDaemon(['--port', '0', '--public', '--history-streams', rules]);
    assert.notEqual(code, 0, rules);
    assert.match(stderr, /history[-_]streams/, rules);
  }
});

// -- bytes --

test('over the bound the log that was longest without a publication goes first', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '1', '--history-max-size', '64kb']);
  const cable = await connectExtended(t, daemon);
  const streams = ['oldest', 'busy', 'new'];
  const data = JSON.stringify('x'.repeat(3000));
  const at = {};
  const publish = async (stream) => {
    await daemon.publish(stream, data);
    at[stream] = positionOf(await cable.next());
  };
  for (const stream of streams) {
    await followFrom(cable, stream, {streams: {}});
    for (let count = 0; count < 4; count += 1) await publish(stream);
  }
  assert.equal(await daemon.metric('ability_history_evicted_total'), 0);
  const before = (stream) => askAnew(t, daemon, stream, {streams: {[stream]: {...at[stream], offset: at[stream].offset - 2}}});
  while (await daemon.metric('ability_history_evicted_total') === 0) {
    await publish('busy');
    await publish('new');
  }
  assert.equal(await daemon.metric('ability_history_evicted_total'), 1);
  assert.equal(await before('oldest'), 'rejected');
  assert.equal((await before('busy')).length, 2);
  assert.equal((await before('new')).length, 2);
  assert.deepEqual(await askAnew(t, daemon, 'oldest', {streams: {oldest: at.oldest}}), [], 'its position is known');
  assert.ok(await daemon.metric('ability_history_bytes') <= 64 * 1024 + 5000);
});

test('logs of many streams stay below the bound', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--history-max-size', '4mb', '--history-limit', '1000']);
  const before = await daemon.memory();
  const data = 'x'.repeat(1000);
  for (let round = 0; round < 40; round += 1) {
    const {status} = await daemon.post(Array.from({length: 500}, (_, n) => ({stream: `s/${round * 500 + n}`, data})));
    assert.equal(status, 201);
    assert.ok(await daemon.metric('ability_history_bytes') < 10e6); // 2 MB with each publication
  }
  await daemon.waitForMetric('ability_pending_broadcasts_num', 0);
  await daemon.waitForMetric('ability_history_bytes', (bytes) => bytes <= 5e6);
  assert.ok(await daemon.metric('ability_history_evicted_total') > 10_000);
  assert.ok(await daemon.memory() - before < 48e6);
});

test('a replay that is more than may wait for a client is refused, and the client stays', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '1000', '--max-pending-size', '64kb', '--broadcast-key', 'none']);
  const cable = await followLogged(t, daemon, 's');
  const data = JSON.stringify('x'.repeat(1000));
  let last;
  for (let n = 1; n <= 200; n += 1) {
    await daemon.publish('s', data);
    last = await cable.next();
  }
  const back = await connectExtended(t, daemon);
  assert.equal(outcome(await followFrom(back, 's', {streams: {s: {epoch: last.epoch, offset: 0}}})), 'rejected');
  assert.equal(await answers(daemon, 'too_large'), 1);
  await daemon.publish('s', '201');
  assert.equal((await back.next()).offset, 201);
  assert.equal((await askAnew(t, daemon, 's', {streams: {s: {epoch: last.epoch, offset: 190}}})).length, 11);
  assert.equal(await daemon.metric('ability_disconnected_slow_clients_total'), 0);
});

test('a client that was closed as too slow gets all that it missed, or is told', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '100000', '--max-pending-size', '256kb']);
  const slow = await followLogged(t, daemon, 's');
  const identifier = pubsub('s');
  await daemon.publish('s', '1');
  const first = await slow.next();
  slow.socket.pause();
  const data = JSON.stringify('x'.repeat(50_000));
  while (await daemon.metric('ability_disconnected_slow_clients_total') === 0) await daemon.publish('s', data);
  slow.socket.resume();
  await slow.waitForClose();
  let {offset} = first;
  while (slow.inbox.size > 0) {
    const frame = await slow.next();
    if (frame.identifier !== identifier) continue;
    offset += 1;
    assert.equal(frame.offset, offset);
  }
  const back = await connectExtended(t, daemon);
  const answer = outcome(await followFrom(back, 's', {streams: {s: {epoch: first.epoch, offset}}}));
  await daemon.publish('s', '"new"');
  const {message, offset: last} = await back.next();
  assert.equal(message, 'new');
  if (answer !== 'rejected') assert.equal(answer.length, last - offset - 1);
});

test('a client with many streams to replay is not closed as too slow', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-size', '256kb']);
  const cable = await connectExtended(t, daemon);
  const data = JSON.stringify('x'.repeat(1000));
  const at = {};
  for (let n = 0; n < 20; n += 1) {
    await followFrom(cable, `s/${n}`, {streams: {}});
    for (let count = 0; count < 50; count += 1) {
      await daemon.publish(`s/${n}`, data);
      at[`s/${n}`] = positionOf(await cable.next());
    }
  }
  const back = await connectExtended(t, daemon);
  for (const [stream, {epoch}] of Object.entries(at)) {
    back.send({command: 'subscribe', identifier: pubsub(stream), history: {streams: {[stream]: {epoch, offset: 0}}}});
  }
  let answered = 0;
  let replayed = 0;
  while (answered < 20) {
    const {type} = await back.next();
    if (type === undefined) replayed += 1;
    else if (type.endsWith('_history')) answered += 1;
  }
  assert.equal(replayed % 50, 0);
  await back.expectQuiet();
});

// -- the broker --

test('without a broker there are no positions, and history is rejected', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'none']);
  const cable = await connectExtended(t, daemon);
  const identifier = pubsub('s');
  assert.equal(outcome(await followFrom(cable, 's', {since: 1, streams: {s: {epoch: '0123456789abcdef', offset: 1}}})), 'rejected');
  await daemon.publish('s', '1');
  assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":1}`);
  assert.equal(outcome(await ask(cable, identifier, {since: 1})), 'rejected');
});

test('a base client is answered by time, where all streams keep logs', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory']);
  const second = await nextSecond();
  await publishNumbers(daemon, 's', 1, 3);
  assert.deepEqual(outcome(await followFrom(await connectCable(t, daemon), 's', {since: second})), [1, 2, 3]);
});

test('a broker that is not known is refused', async () => {
  for (const broker of ['nats', 'redis', '']) {
    const {code, stderr} = await runDaemon(['--port', '0', '--public', '--broker', broker]);
    assert.notEqual(code, 0, broker);
    assert.match(stderr, /broker/);
  }
});

test('in a cluster memory is refused with the remedy, and auto means none with a warning', async (t) => {
  const {code, stderr} = await runDaemon(['--port', '0', '--public', '--broker', 'memory', ...cluster]);
  assert.notEqual(code, 0);
  assert.match(stderr, /broker/);
  assert.match(stderr, /auto|none/, 'the remedy');

  const daemon = await startDaemon(t, ['--public', ...cluster]);
  const warnings = (of) => of.lines.filter((line) => / warn .*(\bbroker\b|history)/.test(line)).length;
  assert.equal(warnings(daemon), 1, daemon.tail);
  const cable = await connectExtended(t, daemon);
  assert.equal(outcome(await followFrom(cable, 's', {since: 1})), 'rejected');
  await daemon.publish('s', '1');
  assert.deepEqual(Object.keys(await cable.next()), ['identifier', 'message']);

  const quiet = await startDaemon(t, ['--public', '--broker', 'none', ...cluster]);
  assert.equal(warnings(quiet), 0, quiet.tail);
});
