// FlyRPC clients with positions: what they are told, what they may ask for again, and sessions that come back.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation, follow} from '../support/app_script.mjs';
import {connectCable, openCable} from '../support/cable.mjs';
import {channel} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {code, connectFly, flag, flyPort, greetFly} from '../support/fly.mjs';
import {startGateway} from '../support/fly_backend.mjs';
import {
  askFor, confirmed, followFrom, greetPositioned, hearAt, hearNumbers, positioned, refusedFrom,
} from '../support/fly_history.mjs';
import {connectExtended, nextSecond, publishNumbers} from '../support/history.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {startLossyProxy} from '../support/lossy.mjs';
import {jwt} from '../support/tokens.mjs';

const carriers = ['tcp', 'websocket', 'udp'];
const listen = ['--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0'];
const start = (t, args = []) => startDaemon(t, [...listen, ...args]);
const startPublic = (t, args = []) => start(t, ['--public', ...args]);
const chat = channel();

async function startWithApp(t, args = [], script = {}) {
  const app = await startHttpApp(t, {subscribe: follow('s'), ...script});
  return {app, daemon: await start(t, ['--rpc-host', app.url, '--broadcast-key', 'none', ...args])};
}

/** A stream that a client has followed since before its first message, with the numbers from 1 to `last`. */
async function logged(t, daemon, stream, last, options) {
  const keeper = await greetPositioned(t, daemon, options);
  const {positions: [{epoch}]} = await followFrom(keeper, 9, stream);
  await publishNumbers(daemon, stream, 1, last);
  await hearNumbers(keeper, 9, last);
  return {keeper, epoch};
}

const reached = (epoch, offset, last = offset) => ({epoch, offset, last});
const numbers = (first, last) => Array.from({length: last - first + 1}, (_, at) => `${first + at}:${first + at}`);

// -- positions --

for (const over of carriers) {
  test(`a client over ${over} is told where it begins, and each message has its position ahead`, async (t) => {
    const daemon = await startPublic(t);
    const client = await greetPositioned(t, daemon, {over});
    const {positions: [{epoch}], ...rest} = await followFrom(client, 7, 'news');
    assert.match(epoch, /^[0-9a-f]{16}$/);
    assert.deepEqual(rest, {});
    await daemon.publish('news', '{"b" : 1}');
    await client.expect({flag: flag.message, command: 7, sequence: 0,
      bytes: Buffer.concat([Buffer.from(`${epoch}0000000000000001`, 'hex'), Buffer.from('{"b" : 1}')])});
    const sequence = client.nextSequence();
    client.send(flag.subscribe, {command: 8, sequence, buffer: 'other'});
    const {positions: [{offset, last}]} = await confirmed(client, 8, sequence);
    assert.deepEqual([offset, last], [0, 0], 'a Subscribe that is not wrapped is told, too');
    await daemon.publish('news', '"gone"', {meta: {transient: true}});
    assert.deepEqual(await hearAt(client, 7), {epoch: '0'.repeat(16), offset: 0, text: '"gone"'});
    await client.expectQuiet();
  });

  test(`a client over ${over} that comes back gets what it missed behind the Confirm, then what is new`, async (t) => {
    const daemon = await startPublic(t);
    const {epoch} = await logged(t, daemon, 's', 5, {over});
    const client = await greetPositioned(t, daemon, {over});
    assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset: 2}), {positions: [reached(epoch, 2, 5)], history: true});
    await publishNumbers(daemon, 's', 6, 7);
    assert.deepEqual(await hearNumbers(client, 7, 5), numbers(3, 7));
    const other = await greetPositioned(t, daemon, {over});
    assert.deepEqual(await followFrom(other, 1, 's', [{epoch, offset: 7, last: 9}]),
      {positions: [reached(epoch, 7)], history: true}, 'it has everything');
    const second = await nextSecond();
    await publishNumbers(daemon, 's', 8, 9);
    const late = await greetPositioned(t, daemon, {over});
    assert.deepEqual(await followFrom(late, 1, 's', second), {positions: [reached(epoch, 7, 9)], history: true});
    assert.deepEqual(await hearNumbers(late, 1, 2), numbers(8, 9));
    await late.expectQuiet();
  });

  test(`what cannot be answered over ${over} is told, and what is new comes`, async (t) => {
    const daemon = await startPublic(t, ['--history-limit', '3', '--history-streams', 'unkept:off']);
    const {epoch} = await logged(t, daemon, 's', 5, {over});
    const now = Math.floor(Date.now() / 1000);
    for (const since of [{epoch, offset: 1}, {epoch, offset: 6}, '{"epoch":"EPOCH","offset":18446744073709551615}',
      {epoch: '0123456789abcdef', offset: 5}, [{epoch, offset: 5}, {epoch: '0123456789abcdef', offset: 5}],
      now + 60, 1, 0, 1e300]) {
      const client = await greetPositioned(t, daemon, {over});
      const sequence = client.nextSequence();
      const text = typeof since === 'string' ? since.replace('EPOCH', epoch) : JSON.stringify(since);
      client.send(flag.subscribe, {command: 7, sequence, buffer: `{"subscribe":"s","since":${text}}`});
      assert.deepEqual(await confirmed(client, 7, sequence), {positions: [reached(epoch, 5)], history: false}, text);
      await client.expectQuiet();
      client.destroy();
    }
    const client = await greetPositioned(t, daemon, {over});
    assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset: 0}), {positions: [reached(epoch, 5)], history: false});
    await publishNumbers(daemon, 's', 6, 6);
    assert.deepEqual(await hearNumbers(client, 7, 1), numbers(6, 6));
    assert.deepEqual(await followFrom(client, 8, 'unkept', {epoch, offset: 5}), {positions: [], history: false});
    await publishNumbers(daemon, 'unkept', 1, 1);
    assert.deepEqual(await hearNumbers(client, 8, 1), ['0:1']);
  });
}

test('a request that makes no sense is rejected with its place, and disturbs nothing', async (t) => {
  const daemon = await startPublic(t);
  const client = await greetPositioned(t, daemon);
  await followFrom(client, 7, 's');
  const since = (value) => `{"subscribe":"s","since":${value}}`;
  const offset = (value) => since(`{"epoch":"0123456789abcdef","offset":${value}}`);
  for (const [buffer, why] of [
    ['{"subscribe":"s"', /JSON/], ['{"subscribe"', /JSON/], ['{"subscribe":7}', /"subscribe" must be a string/],
    ['{"subscribe":""}', /names a stream/], [Buffer.from([...Buffer.from('{"subscribe":"'), 0xff, 0x22, 0x7d]), /JSON/],
    [since('-1'), /"since" must be/], [since('"1700000000"'), /"since" must be/], [since('true'), /"since" must be/],
    [since('{}'), /"epoch" must be/], [since('{"epoch":"0123456789abcdef"}'), /"offset" must be/],
    [since('{"epoch":"0123456789abcdeg","offset":1}'), /16 hexadecimal digits/],
    [since('{"epoch":"","offset":1}'), /16 hexadecimal digits/], [since('{"epoch":7,"offset":1}'), /"epoch" must be a string/],
    [offset('-1'), /"offset" must be a whole number/], [offset('1.5'), /"offset" must be a whole number/],
    [offset('18446744073709551616'), /"offset" must be a whole number/], [offset('"7"'), /"offset" must be a whole number/],
    [since('[7]'), /since/], [since(`[${'{"epoch":"0123456789abcdef","offset":1},'.repeat(2).slice(0, -1)}]`), /one position of an epoch/],
    [since('['.repeat(30_000) + ']'.repeat(30_000)), /since/], [`{"subscribe":${'['.repeat(60_000)}`, /JSON/],
  ]) {
    assert.match(await refusedFrom(client, 7, buffer), why);
    assert.match(await refusedFrom(client, 8, buffer), why);
  }
  await daemon.publish('s', '1');
  assert.deepEqual(await hearNumbers(client, 7, 1), ['1:1']);
  assert.deepEqual((await followFrom(client, 8, 't', null)).history, undefined);
  client.send(flag.subscribe, {command: 9, sequence: 200, buffer: '{"subscribe":"u","since":[],"more":{"x":1}}'});
  assert.deepEqual((await confirmed(client, 9, 200)).history, undefined);
});

test('clients without positions get what they always got', async (t) => {
  const daemon = await startPublic(t);
  const {epoch} = await logged(t, daemon, 's', 3);
  for (const over of carriers) {
    const client = await greetFly(t, daemon, {over});
    assert.equal(client.granted.positions, undefined);
    const sequence = askFor(client, 7, 's', {epoch, offset: 0});
    await client.expect({flag: flag.reject, command: 7, sequence, text: '"since" needs "positions" in the Helo'});
    await client.expect({flag: flag.confirm, command: 7, sequence: askFor(client, 7, 's'), text: ''});
    await daemon.publish('s', '"x"');
    assert.equal(await client.hear(7), '"x"');
    assert.match(await client.refusedSubscribe(7, '{"subscribe":"s"}'), /alias 7/);
  }
  await greetFly(t, daemon, {helo: {positions: false}}).then((client) => client.subscribe(1, 'u'));
  assert.equal(await daemon.metric('ability_history_logs_num'), 1, 'they keep no log');
});

test('where no log is kept positions are zero, and every request is told so', async (t) => {
  const daemon = await startPublic(t, ['--broker', 'none']);
  const client = await greetPositioned(t, daemon);
  assert.deepEqual(await followFrom(client, 7, 's', {epoch: '0123456789abcdef', offset: 1}), {positions: [], history: false});
  assert.deepEqual(await followFrom(client, 8, 't', 1_700_000_000), {positions: [], history: false});
  await daemon.publish('s', '1');
  assert.deepEqual(await hearNumbers(client, 7, 1), ['0:1']);
});

test('messages up to 65,519 bytes arrive with positions; a longer one leaves its number', async (t) => {
  const daemon = await startPublic(t);
  const sized = (bytes) => JSON.stringify('x'.repeat(bytes - 2));
  for (const over of carriers) {
    const most = over === 'udp' ? 1_184 : 65_519;
    const client = await greetPositioned(t, daemon, {over});
    const {positions: [{offset}]} = await followFrom(client, 7, 's');
    for (const size of [most, most + 1, 10]) await daemon.publish('s', sized(size));
    assert.ok((await hearAt(client, 7)).text === sized(most));
    const told = positioned(await client.expect({flag: flag.reject, command: 7, sequence: 0}));
    assert.deepEqual([told.offset, told.text], [offset + 2, `a message of ${most + 1} bytes is over ${most}`]);
    assert.equal((await hearAt(client, 7)).offset, offset + 3);
    client.destroy();
  }
});

test('a publication that excludes the client leaves its number, live and when it is sent again', async (t) => {
  const daemon = await startPublic(t);
  const client = await greetPositioned(t, daemon, {over: 'udp'});
  const {positions: [{epoch}]} = await followFrom(client, 7, 's');
  await daemon.publish('s', '1');
  await daemon.publish('s', '2', {meta: {exclude_socket: client.sid}});
  await daemon.publish('s', '3');
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(await hearNumbers(client, 7, 1), ['1:1']);
    const told = positioned(await client.expect({flag: flag.reject, command: 7, sequence: 0}));
    assert.deepEqual(told, {epoch, offset: 2, text: 'a message for others'});
    assert.deepEqual(await hearNumbers(client, 7, 1), ['3:3']);
    if (round === 0) assert.equal((await followFrom(client, 7, 's', {epoch, offset: 0})).history, true);
  }
});

// -- later requests --

for (const over of ['tcp', 'websocket']) {
  test(`a later request over ${over} is confirmed by what was sent, and nothing comes behind what is newer`, async (t) => {
    const daemon = await startPublic(t);
    const {epoch} = await logged(t, daemon, 's', 3);
    const client = await greetPositioned(t, daemon, {over});
    await followFrom(client, 7, 's', {epoch, offset: 1});
    assert.deepEqual(await hearNumbers(client, 7, 2), numbers(2, 3));
    for (const offset of [1, 2, 3]) {
      assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset}), {positions: [reached(epoch, 1, 3)], history: true});
    }
    assert.deepEqual(await followFrom(client, 7, 's'), {positions: [reached(epoch, 1, 3)], history: true});
    assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset: 0}), {positions: [reached(epoch, 1, 3)], history: false});
    await client.expectQuiet();
    await publishNumbers(daemon, 's', 4, 4);
    assert.deepEqual(await hearNumbers(client, 7, 1), numbers(4, 4));
  });
}

test('over UDP a later request is answered again and again', async (t) => {
  const daemon = await startPublic(t, ['--history-limit', '4']);
  const client = await greetPositioned(t, daemon, {over: 'udp'});
  const {positions: [{epoch}]} = await followFrom(client, 7, 's');
  await publishNumbers(daemon, 's', 1, 4);
  assert.deepEqual(await hearNumbers(client, 7, 4), numbers(1, 4));
  for (const offset of [0, 2, 4]) {
    assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset}), {positions: [reached(epoch, 0, 4)], history: true});
    assert.deepEqual(await hearNumbers(client, 7, 4 - offset), numbers(offset + 1, 4));
  }
  assert.deepEqual(await followFrom(client, 7, 's'), {positions: [reached(epoch, 0, 4)], history: true});
  assert.deepEqual(await hearNumbers(client, 7, 4), numbers(1, 4), 'without a position nothing has arrived');
  await publishNumbers(daemon, 's', 5, 6);
  assert.deepEqual(await hearNumbers(client, 7, 2), numbers(5, 6));
  assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset: 1}), {positions: [reached(epoch, 6)], history: false});
  await publishNumbers(daemon, 's', 7, 7);
  assert.deepEqual(await hearNumbers(client, 7, 1), numbers(7, 7));
  await client.expectQuiet();
});

test('a datagram that was lost is noticed by the numbers and asked for', async (t) => {
  const daemon = await startPublic(t);
  const proxy = await startLossyProxy(t, flyPort(daemon, 'udp'));
  const client = await greetPositioned(t, daemon, {over: 'udp', port: proxy.port});
  const {positions: [{epoch}]} = await followFrom(client, 7, 's');
  let drop = 2;
  proxy.drops = (data, direction) => direction === 'down' && data[0] === flag.message && drop-- > 0;
  await publishNumbers(daemon, 's', 1, 3);
  assert.equal((await hearAt(client, 7)).offset, 3);
  assert.equal(proxy.lost, 2);
  assert.deepEqual(await followFrom(client, 7, 's', {epoch, offset: 0}), {positions: [reached(epoch, 0, 3)], history: true});
  assert.deepEqual(await hearNumbers(client, 7, 3), numbers(1, 3));
});

test('10,000 requests are answered one after the other, while messages flow', async (t) => {
  const daemon = await startPublic(t);
  const {epoch} = await logged(t, daemon, 's', 2);
  const client = await greetPositioned(t, daemon);
  await followFrom(client, 7, 's', {epoch, offset: 0});
  assert.deepEqual(await hearNumbers(client, 7, 2), numbers(1, 2));
  for (let at = 0; at < 10_000; at += 1) askFor(client, 7, 's', {epoch, offset: at % 3});
  await daemon.publish('s', '3');
  let [answers, messages] = [0, 0];
  while (answers < 10_000 || messages < 1) {
    const one = await client.next('an answer');
    if (one.flag === flag.confirm) {
      assert.equal(JSON.parse(one.buffer).history, true);
      answers += 1;
    } else {
      assert.deepEqual([one.flag, positioned(one).offset], [flag.message, 3]);
      messages += 1;
    }
  }
  assert.equal(messages, 1);
});

test('a channel with two streams needs a position of each', async (t) => {
  const {daemon} = await startWithApp(t, [], {subscribe: follow('a', 'b')});
  const keeper = await greetPositioned(t, daemon);
  const {positions} = await followFrom(keeper, 1, chat);
  assert.equal(positions.length, 2);
  await publishNumbers(daemon, 'a', 1, 2);
  await publishNumbers(daemon, 'b', 1, 1);
  const first = [];
  for (let at = 0; at < 3; at += 1) first.push(await hearAt(keeper, 1));
  const epochs = {a: first.find(({text}) => text === '2').epoch};
  epochs.b = positions.map(({epoch}) => epoch).find((epoch) => epoch !== epochs.a);
  const [a, b] = [{epoch: epochs.a, offset: 1}, {epoch: epochs.b, offset: 0}];
  for (const [since, complete] of [[a, false], [[a, b], true], [[a, {...b, offset: 5}], false]]) {
    const client = await greetPositioned(t, daemon);
    assert.equal((await followFrom(client, 1, chat, since)).history, complete);
    if (complete) {
      const got = [await hearAt(client, 1), await hearAt(client, 1)];
      assert.deepEqual(got.map(({text}) => text).sort(), ['1', '2']);
    }
    await client.expectQuiet();
  }
});

// -- sessions --

/** A client that has its session `sid` back. */
async function comeBack(t, daemon, sid, ids, {helo = {}, ...options} = {}) {
  const client = await greetPositioned(t, daemon, {helo: {resume: sid, ...helo}, ...options});
  assert.equal(client.granted.restored, true);
  assert.deepEqual(client.granted.restored_ids, ids);
  assert.notEqual(client.sid, sid);
  return client;
}

async function stranger(t, daemon, sid, {helo = {}, ...options} = {}) {
  const client = await greetPositioned(t, daemon, {helo: {resume: sid, ...helo}, ...options});
  assert.deepEqual([client.granted.restored, client.granted.restored_ids], [false, undefined]);
  return client;
}

for (const over of carriers) {
  test(`a client over ${over} has its session back without a call, once`, async (t) => {
    // A client over UDP is gone once it was silent for that long.
    const {app, daemon} = await startWithApp(t, ['--fly-udp-idle-timeout', '3s']);
    let client = await greetPositioned(t, daemon, {over});
    const first = client.sid;
    const {positions: [{epoch}]} = await followFrom(client, 7, chat);
    const calls = app.calls.length;
    for (const offset of [0, 3]) {
      const {sid} = client;
      client.destroy();
      await daemon.waitForMetric('ability_sessions_num', 1);
      await publishNumbers(daemon, 's', offset + 1, offset + 1);
      client = await comeBack(t, daemon, sid, [7], {over});
      await publishNumbers(daemon, 's', offset + 2, offset + 2);
      assert.deepEqual(await followFrom(client, 7, chat, {epoch, offset}),
        {positions: [reached(epoch, offset, offset + 2)], history: true});
      await publishNumbers(daemon, 's', offset + 3, offset + 3);
      assert.deepEqual(await hearNumbers(client, 7, 3), numbers(offset + 1, offset + 3));
    }
    assert.equal(app.calls.length, calls, 'no call');
    assert.equal(await daemon.metric('ability_sessions_restored_total'), 2);
    await stranger(t, daemon, first, {over});
  });

  test(`a client over ${over} whose connection is half dead takes its session from it`, async (t) => {
    const {app, daemon} = await startWithApp(t);
    const client = await greetPositioned(t, daemon, {over});
    await followFrom(client, 7, chat);
    const calls = app.calls.length;
    const back = await comeBack(t, daemon, client.sid, [7], {over: over === 'tcp' ? 'websocket' : 'tcp'});
    await client.expectEnd(code.closing, 'the session goes on at another connection');
    await publishNumbers(daemon, 's', 1, 1);
    assert.equal((await followFrom(back, 7, chat)).history, true);
    assert.deepEqual(await hearNumbers(back, 7, 1), numbers(1, 1), 'it has named no position');
    assert.equal(app.calls.length, calls);
  });
}

test('a client without positions has no session back, as it could not be told what it missed', async (t) => {
  const daemon = await startPublic(t);
  const first = await greetPositioned(t, daemon);
  await followFrom(first, 7, 's');
  first.destroy();
  await daemon.waitForMetric('ability_sessions_num', 1);
  await publishNumbers(daemon, 's', 1, 1);
  const other = await greetFly(t, daemon, {helo: {resume: first.sid}});
  assert.deepEqual([other.granted.restored, other.granted.restored_ids], [false, undefined]);
  await other.subscribe(7, 's');
  const back = await comeBack(t, daemon, first.sid, [7]);
  assert.equal((await followFrom(back, 7, 's')).history, true);
  assert.deepEqual(await hearNumbers(back, 7, 1), numbers(1, 1));
});

test('a client that restarts at its address over UDP has its session back', async (t) => {
  const daemon = await startPublic(t);
  const client = await greetPositioned(t, daemon, {over: 'udp'});
  await followFrom(client, 7, 's');
  const {sid} = client;
  const again = await client.helo({positions: true, resume: sid});
  assert.deepEqual([again.restored, again.restored_ids], [true, [7]]);
  await publishNumbers(daemon, 's', 1, 1);
  assert.equal((await followFrom(client, 7, 's')).history, true);
  assert.deepEqual(await hearNumbers(client, 7, 1), numbers(1, 1));
});

test('a Helo that comes again over UDP is answered again, and takes no session twice', async (t) => {
  const daemon = await startPublic(t);
  const first = await greetPositioned(t, daemon);
  await followFrom(first, 7, 's');
  first.destroy();
  await daemon.waitForMetric('ability_sessions_num', 1);
  const client = await connectFly(t, daemon, {over: 'udp'});
  const said = {positions: true, resume: first.sid};
  const text = JSON.stringify({...said, cookie: await client.cookie(said)});
  const answers = [];
  for (let at = 0; at < 3; at += 1) answers.push(await client.helo(text, {sequence: 9}));
  assert.equal(answers[0].restored, true);
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
  assert.equal(await daemon.metric('ability_sessions_restored_total'), 1);
});

test('a session that is not asked for its history goes on with what is new, and is told', async (t) => {
  const daemon = await startPublic(t);
  const client = await greetPositioned(t, daemon);
  const sequence = askFor(client, 7, 's');
  const {positions: [{epoch}]} = await confirmed(client, 7, sequence);
  client.destroy();
  await daemon.waitForMetric('ability_sessions_num', 1);
  await publishNumbers(daemon, 's', 1, 2);
  const back = await comeBack(t, daemon, client.sid, [7]);
  assert.deepEqual(await confirmed(back, 7, sequence), {positions: [reached(epoch, 2)], history: false});
  await publishNumbers(daemon, 's', 3, 3);
  assert.deepEqual(await hearNumbers(back, 7, 1), numbers(3, 3));
});

test('a session comes back to the same token and the same protocol only', async (t) => {
  const secret = 's3cret';
  const ext = (user) => jwt({ext: `{"user":"${user}"}`, sub: user}, secret);
  const daemon = await startPublic(t, ['--jwt-secret', secret]);
  const leave = async (helo) => {
    const client = await greetPositioned(t, daemon, {helo});
    await followFrom(client, 7, 's');
    client.destroy();
    await daemon.waitForMetric('ability_sessions_num', 1);
    return client.sid;
  };
  const sid = await leave({token: ext('a')});
  await stranger(t, daemon, sid, {helo: {token: ext('b')}});
  await stranger(t, daemon, sid);
  await stranger(t, daemon, 'x'.repeat(21));
  await stranger(t, daemon, 'no sid!');
  await stranger(t, daemon, 'x'.repeat(60_000));
  const cable = await openCable(t, daemon, {offered: ['actioncable-v1-ext-json'], path: `/cable?sid=${sid}&jid=${ext('a')}`});
  assert.equal((await cable.next('the welcome')).restored, undefined);
  const back = await comeBack(t, daemon, sid, [7], {helo: {token: ext('a')}});
  back.destroy();
  await daemon.waitForMetric('ability_sessions_num', 1);
  const browser = await connectExtended(t, daemon);
  await browser.subscribe('s');
  browser.socket.terminate();
  await daemon.waitForMetric('ability_sessions_num', 2);
  await stranger(t, daemon, browser.sid, {over: 'websocket'});
  await stranger(t, daemon, browser.sid);
  const {samples} = await daemon.metrics();
  assert.ok(samples.get('ability_sessions_refused_total{reason="foreign"}') >= 3);
});

test('a session that was told to go away, or has no positions, does not come back', async (t) => {
  const {app, daemon} = await startWithApp(t, [], {
    subscribe: ({body}) => ({status: 1, transmissions: [confirmation(body.identifier)], disconnect: true}),
  });
  const gone = await greetPositioned(t, daemon);
  await followFrom(gone, 7, chat);
  await gone.expectEnd(code.closing, 'the application ended the connection');
  const plain = await greetFly(t, daemon);
  plain.destroy();
  const ended = [(await app.next('disconnect')).sid, (await app.next('disconnect')).sid];
  assert.deepEqual(ended.sort(), [gone.sid, plain.sid].sort());
  await stranger(t, daemon, gone.sid);
  await stranger(t, daemon, plain.sid);
});

test('beside a backend a client has positions and its session, too', async (t) => {
  const {daemon} = await startGateway(t);
  const client = await greetPositioned(t, daemon, {helo: {serializers: ['json']}});
  await followFrom(client, 7, 's');
  client.destroy();
  await daemon.waitForMetric('ability_sessions_num', 1);
  const back = await comeBack(t, daemon, client.sid, [7]);
  await publishNumbers(daemon, 's', 1, 1);
  assert.equal((await followFrom(back, 7, 's')).history, true);
  assert.deepEqual(await hearNumbers(back, 7, 1), numbers(1, 1));
});

test('browsers and devices share positions of a stream', async (t) => {
  const daemon = await startPublic(t);
  const [browser, base, device] = [await connectExtended(t, daemon), await connectCable(t, daemon),
    await greetPositioned(t, daemon)];
  await browser.subscribe('s');
  await base.subscribe('s');
  await followFrom(device, 7, 's');
  await daemon.publish('s', '1');
  const {epoch, offset} = await browser.next();
  assert.deepEqual(await hearAt(device, 7), {epoch, offset, text: '1'});
  assert.equal((await base.next()).epoch, undefined);
});
