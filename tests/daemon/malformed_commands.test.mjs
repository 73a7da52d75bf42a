import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from './support/cable.mjs';
import {startDaemon} from './support/daemon.mjs';

const known = pubsub('known');
const malformed = {
  'text that is no JSON': 'hello',
  'nothing at all': '',
  'half an object': '{"command":"subscribe"',
  'two objects': '{"command":"ping"}{"command":"ping"}',
  'a comment': '{"command":"ping"/* please */}',
  'a byte order mark': '\ufeff{"command":"ping"}',
  'an array': '[{"command":"ping"}]',
  'a string': '"ping"',
  'a number': '42',
  'no command': '{"identifier":"x"}',
  'a command that is a number': '{"command":1}',
  'a command that is null': '{"command":null}',
  'a command that is an object': '{"command":{"command":"ping"}}',
  'an unknown command': '{"command":"fly","identifier":"x"}',
  'a command in capitals': '{"command":"PING"}',
  'a subscribe without identifier': '{"command":"subscribe"}',
  'a subscribe with an object for identifier': '{"command":"subscribe","identifier":{"channel":"$pubsub","stream_name":"s"}}',
  'a subscribe with an empty identifier': '{"command":"subscribe","identifier":""}',
  'an unsubscribe of what was never subscribed': JSON.stringify({command: 'unsubscribe', identifier: pubsub('never')}),
  'a message to what was never subscribed': JSON.stringify({command: 'message', identifier: pubsub('never'), data: '{}'}),
  'a message without data': JSON.stringify({command: 'message', identifier: known}),
  'a message whose data is an object': JSON.stringify({command: 'message', identifier: known, data: {}}),
  'a message whose data is a number': JSON.stringify({command: 'message', identifier: known, data: 1}),
  'a second subscribe of the same': JSON.stringify({command: 'subscribe', identifier: known}),
  'arrays, 30000 deep': '['.repeat(30_000),
  'objects, 10000 deep': '{"a":'.repeat(10_000),
  'a lone surrogate': '{"command":"subscribe","identifier":"\\ud800"}',
  'a raw control character': '{"command":"subscribe","identifier":"a\u0001b"}',
  'a NUL': '{"command":"ping"}\u0000',
};

for (const [what, text] of Object.entries(malformed)) {
  test(`${what} is counted and logged, has no answer, and the connection lives on`, async (t) => {
    const daemon = await startDaemon(t, ['--public', '--log-level', 'debug']);
    const cable = await connectCable(t, daemon);
    await cable.subscribe('known');
    assert.equal(await daemon.metric('ability_failed_client_msg_total'), 0);
    const from = daemon.lines.length;
    cable.sendText(text);
    await cable.expectQuiet();
    await daemon.waitForMetric('ability_failed_client_msg_total', 1);
    await daemon.waitForLog(/\bdebug\b/, {from});
    await daemon.publish('known', '"still here"');
    assert.deepEqual(await cable.next(), {identifier: known, message: 'still here'});
    await cable.expectQuiet();
  });
}

test('a second subscribe leaves one subscription, not two', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  cable.send({command: 'subscribe', identifier: pubsub('s')});
  await daemon.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  cable.send({command: 'unsubscribe', identifier: pubsub('s')});
  await cable.expectQuiet();
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('two subscribes in one go are one subscription', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifier = pubsub('s');
  for (let sent = 0; sent < 10; sent += 1) cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
  await cable.expectQuiet();
  await daemon.waitForMetric('ability_failed_client_msg_total', 9);
});

test('a flood of malformed commands closes nothing and takes no memory', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  for (let sent = 0; sent < 2_000; sent += 1) cable.sendText('{');
  await cable.expectQuiet();
  const before = await daemon.memory();
  for (let sent = 0; sent < 20_000; sent += 1) cable.sendText('{"command":"fly","identifier":"x"}');
  await cable.expectQuiet();
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
