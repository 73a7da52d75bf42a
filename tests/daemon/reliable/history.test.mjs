// What a client is told of positions, and gets when it asks for what it missed.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {confirmation, follow} from '../support/app_script.mjs';
import {channel} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {
  ask, askAnew, connectExtended, followFrom, followLogged, logged, nextSecond, outcome, positionOf, publishNumbers,
  readHistory,
} from '../support/history.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {connectRawCable} from '../support/raw.mjs';

// -- positions --

test('extended clients are told positions, which count from 1 in each stream', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectExtended(t, daemon);
  await cable.subscribe('a');
  await cable.subscribe('b"ö');
  const epochs = {};
  for (const [stream, offset] of [['a', 1], ['b"ö', 1], ['a', 2], ['b"ö', 2], ['b"ö', 3]]) {
    await daemon.publish(stream, '{"x":[1.50, "é"]}');
    const text = await cable.nextText('the message');
    const {epoch} = JSON.parse(text);
    assert.match(epoch, /^[0-9a-f]{16}$/);
    epochs[stream] ??= epoch;
    // Key by key as AnyCable has it, and the data as it was published.
    assert.equal(text, `{"identifier":${JSON.stringify(pubsub(stream))},"message":{"x":[1.50, "é"]},`
      + `"stream_id":${JSON.stringify(stream)},"epoch":"${epochs[stream]}","offset":${offset}}`);
  }
  assert.notEqual(epochs.a, epochs['b"ö']);
});

test('base clients are told no positions, unless the broker is memory', async (t) => {
  const plain = await startDaemon(t, ['--public']);
  const base = await connectCable(t, plain);
  const neighbour = await connectExtended(t, plain);
  const identifier = await base.subscribe('s');
  await neighbour.subscribe('s');
  await plain.publish('s', '1');
  assert.equal(await base.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":1}`);
  assert.equal((await neighbour.next()).offset, 1);

  const memory = await startDaemon(t, ['--public', '--broker', 'memory']);
  const told = await connectCable(t, memory);
  await memory.publish('s', '1');
  await told.subscribe('s');
  await memory.publish('s', '2');
  const message = await told.next();
  assert.deepEqual(Object.keys(message), ['identifier', 'message', 'stream_id', 'epoch', 'offset']);
  assert.equal(message.offset, 2, 'what was published before anybody followed is logged, too');
  assert.deepEqual(outcome(await followFrom(await connectCable(t, memory), 's', {streams: {s: {epoch: message.epoch, offset: 0}}})), [1, 2]);
});

test('transient publications and whispers have no position, and are not replayed', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await followLogged(t, daemon, 's');
  const other = await connectExtended(t, daemon);
  const identifier = await other.subscribe('s');
  await daemon.publish('s', '1');
  await daemon.publish('s', '"gone"', {meta: {transient: true}});
  other.send({command: 'whisper', identifier, data: 'whispered'});
  await daemon.publish('s', '2');
  const got = [];
  for (let at = 0; at < 4; at += 1) got.push(await cable.next());
  const numbered = got.filter(({offset}) => offset !== undefined);
  assert.deepEqual(numbered.map(({message, offset}) => [message, offset]), [[1, 1], [2, 2]]);
  for (const each of got.filter((message) => !numbered.includes(message))) {
    assert.deepEqual(Object.keys(each), ['identifier', 'message']);
    assert.ok(['gone', 'whispered'].includes(each.message));
  }
  const {epoch} = numbered[0];
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 0}}}), [1, 2]);
});

// -- history with a subscription and as a command --

test('a client that comes back gets what it missed, before what is new', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, identifier} = await logged(t, daemon, 's', 5);
  const cable = await connectExtended(t, daemon);
  cable.send({command: 'subscribe', identifier, history: {since: 1, streams: {s: {epoch, offset: 2}}}});
  assert.equal(await cable.nextText('the confirmation'), `{"type":"confirm_subscription","identifier":${JSON.stringify(identifier)}}`);
  for (const offset of [3, 4, 5]) {
    assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":${offset},`
      + `"stream_id":"s","epoch":"${epoch}","offset":${offset}}`);
  }
  assert.deepEqual(await cable.next(), {type: 'confirm_history', identifier, positions: {s: {epoch, offset: 5}}});
  await daemon.publish('s', '6');
  const live = await cable.next();
  assert.deepEqual([live.message, positionOf(live)], [6, {epoch, offset: 6}]);
  await cable.expectQuiet();
});

test('a confirmation, what was missed, its answer and what is new come in this order while messages flow', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '100000']);
  const {epoch} = await logged(t, daemon, 's', 3);
  let last = 3;
  let publishes = true;
  const publisher = (async () => {
    while (publishes) {
      await publishNumbers(daemon, 's', last + 1, last + 3);
      last += 3;
    }
  })();
  let from = 0;
  for (let round = 0; round < 40; round += 1) {
    const cable = await connectExtended(t, daemon);
    const {messages, answer} = await followFrom(cable, 's', {streams: {s: {epoch, offset: from}}});
    assert.equal(answer.type, 'confirm_history');
    assert.equal(answer.positions.s.offset, from + messages.length);
    for (let at = 0; at < 20; at += 1) messages.push(await cable.next());
    messages.forEach((each, at) => assert.deepEqual([each.message, each.offset], [from + at + 1, from + at + 1], `round ${round}`));
    await cable.leave();
    from = messages.at(-1).offset - 5;
  }
  publishes = false;
  await publisher;
});

test('the same while each message goes out in many parts', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '1000', '--max-pending-size', '64mb']);
  const {epoch} = await logged(t, daemon, 's', 1);
  // More than 256 KiB a message: the stream encodes them for a few identifiers at a time.
  const crowd = await connectExtended(t, daemon);
  for (let at = 0; at < 80; at += 1) await crowd.subscribe('s', {at});
  const data = JSON.stringify('x'.repeat(10_000));
  let publishes = true;
  const publisher = (async () => {
    while (publishes) await daemon.publish('s', data);
  })();
  const offsets = new Map();
  const reader = (async () => {
    for (;;) {
      const {identifier, offset} = await crowd.next().catch(() => ({}));
      if (identifier === undefined) return;
      if (offset !== (offsets.get(identifier) ?? 1) + 1) offsets.set('wrong', [identifier, offset]);
      offsets.set(identifier, offset);
    }
  })();
  let from = 1;
  for (let round = 0; round < 30; round += 1) {
    const cable = await connectExtended(t, daemon);
    const identifier = pubsub('s', round % 2 ? {at: round} : {});
    const history = {streams: {s: {epoch, offset: from}}};
    if (round % 3 === 0) {
      cable.send({command: 'subscribe', identifier});
      cable.send({command: 'history', identifier, history});
    } else {
      cable.send({command: 'subscribe', identifier, history});
    }
    const got = [];
    let answer;
    while (answer === undefined || got.length < 10) {
      const frame = await cable.next();
      if (frame.offset) got.push(frame.offset);
      else if (frame.type !== 'confirm_subscription') answer = frame.type;
    }
    // A command behind a plain subscription may find that live messages were faster.
    const begins = answer === 'confirm_history' ? from + 1 : got[0];
    assert.deepEqual(got, got.map((_, at) => begins + at), `round ${round}: ${answer} from ${from}`);
    if (round % 3 > 0) assert.equal(answer, 'confirm_history');
    from = got.at(-1) - 3;
    await cable.leave();
  }
  publishes = false;
  await publisher;
  await crowd.leave();
  await reader;
  assert.equal(offsets.get('wrong'), undefined);
});

test('history is answered as a command, too, but nothing comes behind what is newer', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, identifier} = await logged(t, daemon, 's', 4);
  const cable = await connectExtended(t, daemon);
  await cable.subscribe('s');
  const from = (offset) => ({streams: {s: {epoch, offset}}});
  assert.deepEqual(outcome(await ask(cable, identifier, from(2))), [3, 4], 'it has been sent nothing yet');
  assert.deepEqual(outcome(await ask(cable, identifier, from(2))), [], 'it has what it asks for');
  assert.deepEqual(outcome(await ask(cable, identifier, from(4))), []);
  assert.equal(outcome(await ask(cable, identifier, from(1))), 'rejected', 'offset 2 would come behind 4');
  await daemon.publish('s', '5');
  assert.equal((await cable.next()).offset, 5);
  assert.deepEqual(outcome(await ask(cable, identifier, from(2))), []);
  assert.deepEqual(outcome(await ask(cable, identifier, from(5))), []);
  assert.equal(outcome(await ask(cable, identifier, from(0))), 'rejected');

  const late = await connectExtended(t, daemon);
  await late.subscribe('s');
  await daemon.publish('s', '6');
  assert.equal((await late.next()).offset, 6);
  assert.equal(outcome(await ask(late, identifier, from(4))), 'rejected', 'offset 5 would come behind 6');
  assert.deepEqual(outcome(await ask(late, identifier, from(5))), []);
});

test('history in a subscription that is there already is answered as a command', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch} = await logged(t, daemon, 's', 2);
  const cable = await connectExtended(t, daemon);
  await cable.subscribe('s');
  assert.deepEqual(outcome(await followFrom(cable, 's', {streams: {s: {epoch, offset: 0}}})), [1, 2]);
  assert.deepEqual(outcome(await followFrom(cable, 's', {streams: {s: {epoch, offset: 0}}})), []);
});

test('history of a subscription that is not there is rejected', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch} = await logged(t, daemon, 's', 2);
  const cable = await connectExtended(t, daemon);
  assert.equal(outcome(await ask(cable, pubsub('s'), {streams: {s: {epoch, offset: 0}}})), 'rejected');
  const rejected = channel('Unknown');
  cable.send({command: 'subscribe', identifier: rejected, history: {since: 1}});
  assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier: rejected});
  await cable.expectQuiet();
});

test('a client that leaves while it waits for its history leaves nothing behind', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, identifier, cable: first} = await logged(t, daemon, 's', 50);
  await first.leave();
  for (let round = 0; round < 50; round += 1) {
    const raw = await connectRawCable(t, daemon, {protocol: 'actioncable-v1-ext-json'});
    raw.command({command: 'subscribe', identifier, history: {streams: {s: {epoch, offset: 0}}}});
    if (round % 2 === 0) raw.command({command: 'unsubscribe', identifier});
    await daemon.publish('s', String(51 + round));
    raw.socket.resetAndDestroy();
  }
  await daemon.waitForMetric('ability_clients_num', 0);
  await daemon.waitForMetric('ability_pending_broadcasts_num', 0);
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 98}}}), [99, 100]);
});

// -- answers by position --

test('the edges of what is kept', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '5']);
  const {epoch} = await logged(t, daemon, 's', 10);
  const from = (offset) => askAnew(t, daemon, 's', {streams: {s: {epoch, offset}}});
  assert.equal(await from(4), 'rejected', 'first - 2: offset 5 is gone');
  assert.deepEqual(await from(5), [6, 7, 8, 9, 10], 'first - 1');
  assert.deepEqual(await from(6), [7, 8, 9, 10], 'first');
  assert.deepEqual(await from(9), [10], 'last - 1');
  assert.deepEqual(await from(10), [], 'last');
  assert.equal(await from(11), 'rejected', 'last + 1');
  assert.equal(await from(0), 'rejected');
});

test('a client that has all of an idle stream is told so, when the data are gone, too', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-ttl', '1s']);
  const {epoch, cable} = await logged(t, daemon, 's', 3);
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 3}}}), []);
  await cable.leave();
  for (let answer; answer !== 'rejected';) answer = await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 0}}});
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 3}}}), [], 'its position outlives the data');
  assert.equal(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 2}}}), 'rejected');
  assert.equal(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 4}}}), 'rejected');
  const back = await followLogged(t, daemon, 's');
  await daemon.publish('s', '4');
  assert.deepEqual(positionOf(await back.next()), {epoch, offset: 4}, 'the epoch goes on');
});

test('an epoch ends when a publication gets no number', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-ttl', '1s']);
  const {epoch, cable} = await logged(t, daemon, 's', 3);
  await cable.leave();
  // Nobody with positions has followed it within history_ttl: no log is kept any more.
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
  await daemon.publish('s', '4');
  assert.equal(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 3}}}), 'rejected', 'the 4 is told as missing');
  const back = await followLogged(t, daemon, 's');
  await daemon.publish('s', '5');
  const message = await back.next();
  assert.notEqual(message.epoch, epoch);
  assert.equal(message.offset, 1);
});

test('a base client that follows on while an epoch ends gets nothing twice', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-ttl', '1s']);
  const {cable, epoch} = await logged(t, daemon, 's', 5);
  const base = await connectCable(t, daemon);
  const identifier = await base.subscribe('s');
  await cable.leave();
  let last = 5;
  for (let answer; answer !== 'rejected';) {
    // Longer than history_ttl: the next publication may get no number.
    await nextSecond();
    await nextSecond();
    last += 1;
    await daemon.publish('s', String(last));
    assert.equal((await base.next()).message, last);
    answer = await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: last}}});
  }
  await followLogged(t, daemon, 's');
  const since = await nextSecond();
  for (const n of [101, 102, 103]) {
    await daemon.publish('s', String(n));
    assert.equal((await base.next()).message, n);
  }
  assert.deepEqual(outcome(await ask(base, identifier, {since})), [], 'it has them');
});

test('positions that are none are rejected, and the client goes on', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, cable, identifier} = await logged(t, daemon, 's', 3);
  const other = epoch.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  const long = (low, high, unsigned = true) => ({low, high, unsigned});
  const positions = [
    [{epoch, offset: 2}, [3]], [{epoch, offset: '2'}, [3]], [{epoch, offset: long(2, 0)}, [3]],
    [{epoch, offset: long(2, 0, false)}, [3]], [{epoch, offset: 2, more: {}}, [3]],
    ...[
      {epoch: other, offset: 2}, {epoch: other, offset: 0}, {epoch: '', offset: 2}, {epoch: 'E', offset: 2},
      {epoch: `${epoch}0`, offset: 2}, {epoch: `0x${epoch}`, offset: 2}, {epoch: 7, offset: 2}, {epoch: null, offset: 2}, {offset: 2},
      {epoch, offset: -1}, {epoch, offset: 2.5}, {epoch, offset: '-1'}, {epoch, offset: ''}, {epoch, offset: 'two'}, {epoch, offset: ' 2'},
      {epoch, offset: null}, {epoch, offset: true}, {epoch, offset: []}, {epoch, offset: {}}, {epoch}, {epoch, offset: '2'.repeat(400)},
      {epoch, offset: long(-1, -1, false)}, {epoch, offset: long(-1, -1)}, {epoch, offset: long(2, 1)}, {epoch, offset: long('2', 0)},
      {epoch, offset: long(2)}, {epoch, offset: long(1e300, 0)}, {epoch, offset: 4}, {epoch, offset: 2 ** 63},
      null, 2, 'x', [], true, {},
    ].map((at) => [at, 'rejected']),
  ];
  for (const [at, expected] of positions) {
    assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: at}}), expected, JSON.stringify(at));
  }
  // What JavaScript cannot write.
  const raw = await connectExtended(t, daemon);
  await raw.subscribe('s');
  for (const offset of ['18446744073709551615', '18446744073709551616', '1e0', '1e400', '-0', '2e18446744073709551616']) {
    raw.sendText(`{"command":"history","identifier":${JSON.stringify(identifier)},"history":{"streams":{"s":{"epoch":"${epoch}","offset":${offset}}}}}`);
    const frame = await raw.next(offset);
    assert.ok(frame.type === 'reject_history' || frame.type === 'error', `${offset}: ${JSON.stringify(frame)}`);
  }
  await daemon.publish('s', '4');
  for (const each of [raw, cable]) assert.equal((await each.next()).offset, 4);
});

test('requests that are none are rejected, and the client goes on', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch} = await logged(t, daemon, 's', 2);
  const good = {s: {epoch, offset: 1}};
  const requests = [
    [{streams: good, since: null}, [2]], [{streams: good, more: 1}, [2]], [{streams: good, since: 0}, [2]],
    [{streams: {}}, []], [{streams: {}, since: 0}, []], [{streams: {t: {epoch, offset: 1}}}, []], [{streams: {t: 7}}, []],
    [{}, 'rejected'], [{since: 0}, 'rejected'], [{since: null, streams: null}, 'rejected'], [{streams: []}, 'rejected'],
    [{streams: 5}, 'rejected'], [{streams: 's'}, 'rejected'], [{streams: good, since: -1}, 'rejected'],
    [{streams: good, since: 'now'}, 'rejected'], [{streams: good, since: {}}, 'rejected'], [{since: []}, 'rejected'],
    [[], 'rejected'], [5, 'rejected'], ['history', 'rejected'], [true, 'rejected'],
  ];
  for (const [request, expected] of requests) {
    assert.deepEqual(await askAnew(t, daemon, 's', request), expected, JSON.stringify(request));
  }
  const cable = await connectExtended(t, daemon);
  const identifier = pubsub('s');
  cable.send({command: 'subscribe', identifier, history: null});
  assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
  await cable.expectQuiet('no history was asked for');
  cable.send({command: 'history', identifier});
  assert.deepEqual(await cable.next(), {type: 'reject_history', identifier});
});

// -- answers by time --

test('what came since a time is replayed', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await followLogged(t, daemon, 's');
  const first = await nextSecond();
  await publishNumbers(daemon, 's', 1, 3);
  const second = await nextSecond();
  await publishNumbers(daemon, 's', 4, 5);
  for (let n = 1; n <= 5; n += 1) assert.equal((await cable.next()).message, n);
  const since = (time, streams) => askAnew(t, daemon, 's', {since: time, streams});
  assert.deepEqual(await since(first, {}), [1, 2, 3, 4, 5]);
  assert.deepEqual(await since(second), [4, 5]);
  assert.deepEqual(await since(second + 0.25), [4, 5], 'a part of a second asks for all of it');
  assert.deepEqual(await since(String(second)), [4, 5]);
  assert.deepEqual(await since({low: second | 0, high: Math.floor(second / 2 ** 32), unsigned: false}), [4, 5]);
  assert.equal(await since(1), 'rejected', 'in 1970 there was no log');
  assert.equal(await since(first - 3600), 'rejected');
  assert.equal(await since(second + 3600), 'rejected', 'the client\'s clock is wrong');
  for (const time of [-1, 2 ** 63, 1e300]) assert.equal(await since(time), 'rejected');
  const third = await nextSecond();
  assert.deepEqual(await since(third), [], 'nothing came since');
});

test('a position counts for its stream, the time for the others', async (t) => {
  const {daemon} = await startChat(t, ['a', 'b']);
  const {positions} = await chatters(t, daemon);
  const second = await nextSecond();
  for (const [stream, n] of [['a', 3], ['b', 3]]) await daemon.publish(stream, `"${stream}${n}"`);
  const cable = await connectExtended(t, daemon);
  assert.deepEqual(outcome(await joinFrom(cable, {since: second, streams: {a: {...positions.a, offset: 1}}})).sort(), ['a2', 'a3', 'b3']);
});

// -- subscriptions with several streams --

async function startChat(t, streams) {
  const app = await startHttpApp(t, {subscribe: follow(...streams)});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--broadcast-key', 'none']);
  return {daemon};
}

/** Joins the channel of the application, with a request for history. */
async function joinFrom(cable, history, identifier = channel()) {
  cable.send({command: 'subscribe', identifier, history});
  assert.equal(await cable.nextText('the confirmation'), confirmation(identifier));
  return readHistory(cable, identifier);
}

/** A client that has followed both streams; its positions after two messages of each. */
async function chatters(t, daemon) {
  const cable = await connectExtended(t, daemon);
  await joinFrom(cable, {streams: {}});
  const positions = {};
  for (const n of [1, 2]) {
    for (const stream of ['a', 'b']) {
      await daemon.publish(stream, `"${stream}${n}"`);
      const message = await cable.next();
      assert.equal(message.message, `${stream}${n}`);
      assert.equal(message.stream_id, stream);
      positions[stream] = positionOf(message);
    }
  }
  return {cable, positions};
}

test('a subscription with several streams gets what it missed of each, and one answer', async (t) => {
  const {daemon} = await startChat(t, ['a', 'b']);
  const {positions} = await chatters(t, daemon);
  const cable = await connectExtended(t, daemon);
  const {messages, answer} = await joinFrom(cable, {streams: {a: {...positions.a, offset: 0}, b: {...positions.b, offset: 1}}});
  assert.deepEqual(messages.filter((each) => each.stream_id === 'a').map(({message}) => message), ['a1', 'a2']);
  assert.deepEqual(messages.filter((each) => each.stream_id === 'b').map(({message}) => message), ['b2']);
  assert.deepEqual(answer.positions, positions);
  await daemon.publish('b', '"b3"');
  assert.deepEqual(positionOf(await cable.next()), {...positions.b, offset: 3});
});

test('if one of several streams cannot be answered nothing is replayed, and what is new comes', async (t) => {
  const {daemon} = await startChat(t, ['a', 'b']);
  const {positions} = await chatters(t, daemon);
  const good = {...positions.a, offset: 0};
  for (const bad of [{...positions.b, offset: 9}, {epoch: '0123456789abcdef', offset: 0}, null]) {
    const cable = await connectExtended(t, daemon);
    assert.equal(outcome(await joinFrom(cable, {streams: {a: good, b: bad}})), 'rejected', JSON.stringify(bad));
    positions.a.offset += 1;
    await daemon.publish('a', `"a${positions.a.offset}"`);
    assert.deepEqual(positionOf(await cable.next('what is new')), positions.a);
    await cable.expectQuiet();
    await cable.leave();
  }
});

test('streams that the subscription does not follow are ignored', async (t) => {
  const {daemon} = await startChat(t, ['a', 'b']);
  const {positions} = await chatters(t, daemon);
  const cable = await connectExtended(t, daemon);
  const others = {c: {epoch: 'x', offset: -1}, '': 7, A: positions.a};
  assert.deepEqual(outcome(await joinFrom(cable, {streams: {...others, b: {...positions.b, offset: 1}}})), ['b2']);
  assert.deepEqual(outcome(await ask(cable, channel(), {streams: others})), []);
});

test('a client that the application rejects gets no history', async (t) => {
  const identifier = channel();
  const app = await startHttpApp(t, {subscribe: {status: 2, transmissions: [`{"type":"reject_subscription","identifier":${JSON.stringify(identifier)}}`]}});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--broadcast-key', 'none']);
  const cable = await connectExtended(t, daemon);
  cable.send({command: 'subscribe', identifier, history: {since: 1, streams: {a: {epoch: '0123456789abcdef', offset: 0}}}});
  assert.equal((await cable.next()).type, 'reject_subscription');
  await cable.expectQuiet();
});

// -- what others do not get --

test('who is excluded from a publication is excluded from its replay', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, cable, identifier} = await logged(t, daemon, 's', 1);
  await daemon.publish('s', '2', {meta: {exclude_socket: cable.sid}});
  await daemon.publish('s', '3');
  assert.equal((await cable.next()).offset, 3, 'an offset that is left out, and not a gap');
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 1}}}), [2, 3], 'others get it');
  cable.send({command: 'unsubscribe', identifier});
  assert.deepEqual(outcome(await followFrom(cable, 's', {streams: {s: {epoch, offset: 1}}})), [3]);
});

test('the type of a publication is told by its replay, too', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch} = await logged(t, daemon, 's', 1);
  await daemon.publish('s', '{"a":1}', {meta: {broadcast_type: 'typed'}});
  const cable = await connectExtended(t, daemon);
  cable.send({command: 'subscribe', identifier: pubsub('s'), history: {streams: {s: {epoch, offset: 1}}}});
  await cable.next('the confirmation');
  assert.deepEqual(await cable.next(), {type: 'typed', identifier: pubsub('s'), message: {a: 1}, stream_id: 's', epoch, offset: 2});
});

// -- orders --

test('two publishers of one stream have one order, for all clients, live and replayed', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '1000']);
  const {epoch, cable} = await logged(t, daemon, 's', 1);
  const other = await connectExtended(t, daemon);
  await other.subscribe('s', {other: true});
  const publish = async (name) => {
    for (let n = 0; n < 100; n += 1) await daemon.publish('s', JSON.stringify(`${name}${n}`));
  };
  await Promise.all(['x', 'y', 'z'].map(publish));
  const read = async (from) => {
    const order = [];
    for (let offset = 2; offset <= 301; offset += 1) {
      const message = await from.next();
      assert.equal(message.offset, offset);
      order.push(message.message);
    }
    return order;
  };
  const order = await read(cable);
  assert.deepEqual(await read(other), order);
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 1}}}), order);
});

test('a batch that is refused takes no numbers', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, cable} = await logged(t, daemon, 's', 1);
  const {status} = await daemon.post([{stream: 's', data: '2'}, {stream: 's', data: '3'}, {stream: 7, data: '4'}]);
  assert.equal(status, 422);
  await daemon.publish('s', '5');
  assert.deepEqual(positionOf(await cable.next()), {epoch, offset: 2});
  assert.deepEqual(await askAnew(t, daemon, 's', {streams: {s: {epoch, offset: 0}}}), [1, 5]);
});

test('clients cannot choose their sid', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const chosen = 'f'.repeat(32);
  const headers = {'x-request-id': chosen, 'x-anycable-meta-sid': chosen};
  const clients = [await connectExtended(t, daemon, {headers}), await connectExtended(t, daemon, {headers}),
    await connectExtended(t, daemon, {path: `/cable?sid=${chosen}`})];
  assert.equal(new Set([chosen, ...clients.map(({sid}) => sid)]).size, 4);
});

// -- many --

test('10,000 requests for history are answered in order', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch, cable, identifier} = await logged(t, daemon, 's', 3);
  const before = await daemon.memory();
  const count = 10_000;
  for (let at = 0; at < count; at += 1) {
    cable.send({command: 'history', identifier, history: {streams: {s: {epoch, offset: at % 5}}}});
  }
  for (let at = 0; at < count; at += 1) {
    // It has followed since offset 0, and has been sent all since.
    assert.deepEqual(outcome(await readHistory(cable, identifier)), at % 5 === 4 ? 'rejected' : []);
  }
  await daemon.publish('s', '4');
  assert.equal((await cable.next()).offset, 4);
  assert.ok(await daemon.memory() - before < 32e6);
});

test('a thousand subscriptions that come back at once get all that they missed', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {epoch} = await logged(t, daemon, 's', 20);
  const clients = await Promise.all(Array.from({length: 200}, () => connectExtended(t, daemon)));
  for (const cable of clients) {
    for (let at = 0; at < 5; at += 1) {
      cable.send({command: 'subscribe', identifier: pubsub('s', {at}), history: {streams: {s: {epoch, offset: 10}}}});
    }
  }
  await daemon.publish('s', '21');
  await Promise.all(clients.map(async (cable) => {
    const last = new Map();
    while ([...last.values()].filter((offset) => offset === 21).length < 5) {
      const frame = await cable.next();
      if (frame.type === 'confirm_subscription') last.set(frame.identifier, 10);
      else if (frame.type === undefined) {
        assert.equal(frame.offset, last.get(frame.identifier) + 1);
        last.set(frame.identifier, frame.offset);
      } else {
        assert.equal(frame.type, 'confirm_history');
      }
    }
  }));
});
