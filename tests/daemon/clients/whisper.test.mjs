// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation} from '../support/app_script.mjs';
import {connectCable, pubsub} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {signStream} from '../support/tokens.mjs';

const secret = 's3cret';
const whisper = (cable, identifier, data) => cable.send({command: 'whisper', identifier, data});

async function subscribe(cable, identifier) {
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
  return identifier;
}

const signed = (name) => JSON.stringify({channel: '$pubsub', signed_stream_name: signStream(name, secret)});

test('a whisper on a public stream reaches all who follow it but its sender', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const [from, ...to] = await Promise.all(Array.from({length: 6}, () => connectCable(t, daemon)));
  const stranger = await connectCable(t, daemon);
  const identifier = await from.subscribe('s');
  await from.subscribe('s', {tab: 2});
  for (const cable of to) await cable.subscribe('s');
  await stranger.subscribe('other');
  whisper(from, identifier, {typing: true});
  for (const cable of to) assert.equal(await cable.nextText(),
    `{"identifier":${JSON.stringify(identifier)},"message":{"typing":true}}`);
  await daemon.publish('s', '"after"');
  // By neither of its identifiers has the sender heard itself: the publication is what comes next.
  assert.deepEqual([(await from.next()).message, (await from.next()).message], ['after', 'after']);
  await stranger.expectQuiet();
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 0);
});

test('a whisper may be any JSON, and arrives as that', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  const all = ['1', '-0.5', '"text"', '"\\u00e9é😀\\u2028\\"\\\\"', 'true', 'false', 'null', '[]', '{}',
    '[1,[2,{"z":1,"a":[null]}]]',
    '{"b":1,"a":{"identifier":"x","command":"subscribe","data":2}}', '9007199254740993', '-9223372036854775808',
      '18446744073709551615', '""',
    JSON.stringify('x'.repeat(60_000))];
  for (const data of all) {
    from.sendText(`{"command":"whisper","identifier":${JSON.stringify(identifier)},"data":${data}}`);
    const text = await to.nextText();
    const message = text.slice(text.indexOf('"message":') + 10, -1);
    assert.deepEqual(JSON.parse(message), JSON.parse(data));
    if (/^[-\d{[]/.test(data)) assert.equal(message, data, 'no digit and no order is lost');
  }
  await from.expectQuiet();
});

test('a whisper arrives byte for byte where it holds what no reader can hold', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  for (const data of ['{"text":"cut \\ud83d"}', '"\\udc00\\ud83d"', '[1e400]', '{"\\uDFFF":null}']) {
    from.sendText(`{"command":"whisper","identifier":${JSON.stringify(identifier)},"data":${data}}`);
    assert.equal(await to.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":${data}}`);
  }
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 0);
});

test('keys may stand in any order', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  from.sendText(`{"data" : { "a" :\t1 } , "identifier":${JSON.stringify(identifier)}, "command":"whisper"}`);
  assert.deepEqual(await to.next(), {identifier, message: {a: 1}});
});

test('what is no whisper is counted and changes nothing', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  from.send({command: 'whisper', identifier});
  from.send({command: 'whisper', identifier: pubsub('not followed'), data: 1});
  from.send({command: 'whisper', data: 1});
  from.sendText(`{"command":"whisper","identifier":${JSON.stringify(identifier)},"data":}`);
  from.sendText(`{"command":"whisper","identifier":${JSON.stringify(identifier)},"data":${'['.repeat(5_000)}${']'.repeat(5_000)}}`);
  // All but the one that can be read.
  for (let got = 0; got < 4; got += 1) assert.equal((await from.next()).type, 'error');
  await from.expectQuiet();
  await daemon.waitForMetric('ability_failed_client_msg_total', 5);
  from.send({command: 'unsubscribe', identifier});
  whisper(from, identifier, 2);
  await from.expectQuiet();
  await to.expectQuiet();
});

test('a public stream takes whispers without --public, too', async (t) => {
  const daemon = await startDaemon(t, ['--noauth', '--public-streams']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  whisper(from, identifier, 1);
  assert.equal((await to.next()).message, 1);
});

test('a signed stream takes whispers with --streams-whisper alone', async (t) => {
  for (const [flags, taken] of [[['--streams-whisper'], true], [[], false]]) {
    const daemon = await startDaemon(t, ['--noauth', '--streams-secret', secret, '--broadcast-key', 'none', ...flags]);
    const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
    const identifier = await subscribe(from, signed('s'));
    await subscribe(to, signed('s'));
    whisper(from, identifier, 'psst');
    await from.expectQuiet();
    await daemon.publish('s', '"after"');
    assert.equal((await to.next()).message, taken ? 'psst' : 'after');
    assert.equal((await from.next()).message, 'after');
    assert.equal(await daemon.metric('ability_failed_client_msg_total'), taken ? 0 : 1);
  }
});

test('a channel of the application takes whispers to the stream of its state $w', async (t) => {
  const app = await startHttpApp(t, {subscribe: ({body}) => ({
    status: 1, streams: ['a', 'w'], transmissions: [confirmation(body.identifier)],
      env: {istate: body.identifier.includes('Loud') ? {} : {$w: 'w'}},
  }), message: {status: 1, env: {istate: {$w: ''}}}});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--noauth', '--public-streams', '--broadcast-key', 'none']);
  const [from, to, onA, onW] = await Promise.all(Array.from({length: 4}, () => connectCable(t, daemon)));
  const identifier = await join(from, channel('Quiet'));
  await join(to, channel('Quiet'));
  await onA.subscribe('a');
  await onW.subscribe('w');
  whisper(from, identifier, {x: 1});
  assert.deepEqual(await to.next(), {identifier, message: {x: 1}});
  assert.deepEqual((await onW.next()).message, {x: 1});
  await onA.expectQuiet();
  await from.expectQuiet('not back to the sender');
  assert.equal(app.calls.length, 2, 'the application is not asked');
  // Its state changes: no more whispers.
  act(from, identifier);
  whisper(from, identifier, {x: 2});
  await from.expectQuiet();
  const loud = await join(from, channel('Loud'));
  whisper(from, loud, {x: 3});
  await from.expectQuiet();
  await daemon.waitForMetric('ability_failed_client_msg_total', 2);
  await daemon.publish('w', '"after"');
  assert.equal((await onW.next()).message, 'after');
});

test('whispers of one sender keep their order, among each other and with publications', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  for (let at = 0; at < 500; at += 1) whisper(from, identifier, at);
  for (let at = 0; at < 500; at += 1) assert.equal((await to.next()).message, at);
});
