// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';

const known = pubsub('known');
// A command that cannot be read, and what its answer has to name.
const unreadable = {
  'text that is no JSON': ['hello', /JSON.*byte 1\b/],
  'nothing at all': ['', /JSON/],
  'half an object': ['{"command":"subscribe"', /JSON/],
  'two objects': ['{"command":"ping"}{"command":"ping"}', /JSON.*byte 19\b/],
  'a comment': ['{"command":"ping"/* please */}', /JSON/],
  'a byte order mark': ['\ufeff{"command":"ping"}', /byte order mark/],
  'an array': ['[{"command":"ping"}]', /object.*array/],
  'a string': ['"ping"', /object.*string/],
  'a number': ['42', /object.*number/],
  'no command': ['{"identifier":"x"}', /"command"/],
  'a command that is a number': ['{"command":1}', /"command".*number/],
  'a command that is null': ['{"command":null}', /"command".*null/],
  'a command that is an object': ['{"command":{"command":"ping"}}', /"command".*object/],
  'an unknown command': ['{"command":"fly","identifier":"x"}', /"fly"/],
  'a command in capitals': ['{"command":"PING"}', /"PING"/],
  'a subscribe without identifier': ['{"command":"subscribe"}', /"identifier"/],
  'a subscribe with an object for identifier': [
    '{"command":"subscribe","identifier":{"channel":"$pubsub","stream_name":"s"}}', /"identifier".*object/],
  'a history with an object for identifier': ['{"command":"history","identifier":{}}', /"identifier".*object/],
  'a presence without identifier': ['{"command":"presence"}', /"identifier"/],
  'a subscribe with an empty identifier': ['{"command":"subscribe","identifier":""}', /"identifier".*empty/],
  'a message without data': [JSON.stringify({command: 'message', identifier: known}), /"data"/],
  'a message whose data is an object': [JSON.stringify({command: 'message', identifier: known, data: {}}), /"data".*object/],
  'a message whose data is a number': [JSON.stringify({command: 'message', identifier: known, data: 1}), /"data".*number/],
  'a whisper without data': [JSON.stringify({command: 'whisper', identifier: known}), /"data"/],
  'arrays, 30000 deep': ['['.repeat(30_000), /128/],
  'objects, 10000 deep': ['{"a":'.repeat(10_000), /128/],
  'a lone surrogate': ['{"command":"subscribe","identifier":"\\ud800"}', /"identifier"/],
  'a raw control character': ['{"command":"subscribe","identifier":"a\u0001b"}', /JSON.*byte 39\b/],
  'a NUL': ['{"command":"ping"}\u0000', /NUL/],
};
// Commands that are read, and cannot be done.
const idle = {
  'an unsubscribe of what was never subscribed': {command: 'unsubscribe', identifier: pubsub('never')},
  'a message to what was never subscribed': {command: 'message', identifier: pubsub('never'), data: '{}'},
};

async function countsOnce(t, text, answered) {
  const daemon = await startDaemon(t, ['--public', '--log-level', 'debug']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('known');
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 0);
  const from = daemon.lines.length;
  cable.sendText(text);
  await answered(cable);
  await cable.expectQuiet();
  await daemon.waitForMetric('ability_failed_client_msg_total', 1);
  await daemon.waitForLog(/\bdebug\b/, {from});
  await daemon.publish('known', '"still here"');
  assert.deepEqual(await cable.next(), {identifier: known, message: 'still here'});
  await cable.expectQuiet();
}

for (const [what, [text, named]] of Object.entries(unreadable)) {
  test(`${what} is counted and logged, the answer says what is wrong, and the connection lives on`, (t) => (
    countsOnce(t, text, async (cable) => {
      const answer = await cable.next('the error');
      // Clients look for subscriptions by `identifier`: none has this one.
      assert.deepEqual(Object.keys(answer), ['type', 'identifier', 'reason']);
      assert.equal(answer.type, 'error');
      assert.equal(answer.identifier, '');
      assert.match(answer.reason, named);
      assert.ok(answer.reason.length < 200, 'little of what was sent comes back');
    })));
}

for (const [what, command] of Object.entries(idle)) {
  test(`${what} is counted and logged, has no answer, and the connection lives on`, (t) => (
    countsOnce(t, JSON.stringify(command), async () => {})));
}

test('history and presence are answered as AnyCable answers where they are off', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--streams-presence=false']);
  const cable = await connectCable(t, daemon, {offered: ['actioncable-v1-ext-json']});
  const identifier = await cable.subscribe('known');
  const noHistory = {type: 'reject_history', identifier};
  const noPresence = {type: 'presence', identifier, message: {type: 'error', total: 0,
    reason: 'no presence here: it needs the channel $pubsub, and --streams-presence'}};
  const history = {since: 1, streams: {known: {offset: 1, epoch: 'E'}}};
  const presence = {id: 'me', info: {}};
  for (const [command, answer] of [
    [{command: 'history', identifier, history}, noHistory], [{command: 'history', identifier}, noHistory],
    [{command: 'presence', identifier}, noPresence], [{command: 'presence', identifier, data: {return_records: false}}, noPresence],
    [{command: 'join', identifier, presence}, noPresence], [{command: 'leave', identifier}, noPresence],
    [{command: 'history', identifier: 'never', history}, {...noHistory, identifier: 'never'}],
    [{command: 'presence', identifier: 'never'},
      {type: 'presence', identifier: 'never', message: {type: 'error', total: 0, reason: 'unknown subscription'}}],
  ]) {
    cable.send(command);
    assert.deepEqual(await cable.next(), answer);
  }
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 6);  // a refusal of history has a count of its own
  const other = pubsub('other');
  cable.send({command: 'subscribe', identifier: other, history, presence});
  assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier: other});
  assert.deepEqual(await cable.next(), {type: 'reject_history', identifier: other});
  assert.deepEqual(await cable.next(), {...noPresence, identifier: other});
  cable.send({command: 'subscribe', identifier: 'Unknown', history, presence});
  assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier: 'Unknown'});
  await cable.expectQuiet();
});

test('a second subscribe leaves one subscription, not two', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe('s');
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next('the second confirmation'), {type: 'confirm_subscription', identifier});
  await daemon.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  cable.send({command: 'unsubscribe', identifier});
  await cable.expectQuiet();
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('ten subscribes in one go are confirmed ten times, and are one subscription', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifier = pubsub('s');
  for (let sent = 0; sent < 10; sent += 1) cable.send({command: 'subscribe', identifier});
  for (let got = 0; got < 10; got += 1) assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
  await cable.expectQuiet();
  await daemon.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 0);
});

test('a flood of malformed commands closes nothing and takes no memory', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const quiet = async () => {
    cable.send({command: 'ping'});
    for (let message; (message = await cable.next()).type !== 'pong';) assert.equal(message.type, 'error');
  };
  for (let sent = 0; sent < 2_000; sent += 1) cable.sendText('{');
  await quiet();
  const before = await daemon.memory();
  for (let sent = 0; sent < 20_000; sent += 1) cable.sendText('{"command":"fly","identifier":"x"}');
  await quiet();
  await daemon.waitForMetric('ability_failed_client_msg_total', 22_000);
  const grown = (await daemon.memory()) - before;
  assert.ok(grown < 20 * 1024 * 1024, `grown by ${grown} bytes`);
});

test('commands that wait for an answer are not read without bound', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-pending-commands', '4']);
  const cable = await connectCable(t, daemon);
  for (let sent = 0; sent < 5_000; sent += 1) {
    const identifier = pubsub(`s${sent % 7}`);
    cable.send({command: sent % 14 < 7 ? 'subscribe' : 'unsubscribe', identifier});
  }
  let confirmed = 0;
  cable.send({command: 'ping'});
  for (let message; (message = await cable.next()).type !== 'pong';) {
    assert.equal(message.type, 'confirm_subscription');
    confirmed += 1;
  }
  assert.ok(confirmed >= 2_499 && confirmed <= 2_503, `${confirmed} confirmations`);
});
