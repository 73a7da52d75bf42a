import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {test} from 'node:test';
import {connectCable, openCable} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {Inbox} from '../support/inbox.mjs';
import ActionCable from '../support/rails.mjs';
import {abilityctl, jwt, signStream} from '../support/tokens.mjs';

const secret = 's3cret';
const open = ['--noauth', '--broadcast-key', 'none'];
const signedBy = (name, more = {}) => JSON.stringify({channel: '$pubsub', signed_stream_name: name, ...more});
const turboBy = (name) => JSON.stringify({channel: 'Turbo::StreamsChannel', signed_stream_name: name});
const cableReadyBy = (name) => JSON.stringify({channel: 'CableReady::Stream', identifier: name});

async function confirmed(cable, identifier) {
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next(), {type: 'confirm_subscription', identifier});
}

async function rejected(cable, identifier) {
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier}, identifier);
}

/** Subscribes, and proves which stream it is. */
async function follows(daemon, cable, identifier, stream) {
  await confirmed(cable, identifier);
  await daemon.publish(stream, '{"to":1}');
  assert.deepEqual(await cable.next(), {identifier, message: {to: 1}});
}

test('a name signed by abilityctl is followed', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', secret, ...open]);
  const cable = await connectCable(t, daemon);
  for (const name of ['chat/1', 'Zoë "quoted" \\ 😀', '>>>???~~~', '--']) {
    const signed = await abilityctl(['sign-stream', '--', name], {ABILITY_STREAMS_SECRET: secret});
    await follows(daemon, cable, signedBy(signed), name);
  }
});

test('@rails/actioncable follows a signed stream', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', secret, ...open]);
  const consumer = ActionCable.createConsumer(`${daemon.url.replace('http', 'ws')}/cable`);
  defer(t, () => consumer.disconnect());
  const events = new Inbox();
  consumer.subscriptions.create({channel: '$pubsub', signed_stream_name: signStream('chat/1', secret)},
    {connected: () => events.push('connected'), received: (data) => events.push(data)});
  assert.equal(await events.next(), 'connected');
  await daemon.publish('chat/1', '{"a":1}');
  assert.deepEqual(await events.next(), {a: 1});
});

test('both alphabets of base64 are read, with padding and without', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', secret, ...open]);
  const cable = await connectCable(t, daemon);
  // In base64 of these stand + and /, which are - and _ in URLs; of the last even "--" in the middle.
  const names = ['~~~???>>>', 'a>>~', 'ûûûûûûûû', 'a', 'ab', 'abc', 'xys～'];
  assert.equal(signStream(names.at(-1), secret, 'base64url').split('--').length, 3);
  for (const name of names) {
    for (const alphabet of ['base64', 'base64url']) {
      const identifier = signedBy(signStream(name, secret, alphabet));
      await follows(daemon, cable, identifier, name);
      cable.send({command: 'unsubscribe', identifier});
      await cable.expectQuiet();
    }
  }
});

test('a name as Rails signs it by MessageVerifier, escaped or not', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', secret, ...open]);
  const cable = await connectCable(t, daemon);
  const text = Buffer.from('"\\u003c\\u00e9\\/"').toString('base64');
  const signed = `${text}--${createHmac('sha256', secret).update(text).digest('hex')}`;
  await follows(daemon, cable, signedBy(signed), '<é/');
});

test('what is forged, truncated or no name is rejected', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', secret, '--secret', 'other', ...open]);
  const cable = await connectCable(t, daemon);
  const good = signStream('chat/1', secret);
  const [text, mac] = good.split('--');
  const signedText = (json) => {
    const base64 = Buffer.from(json).toString('base64');
    return `${base64}--${createHmac('sha256', secret).update(base64).digest('hex')}`;
  };
  const raw = (base64) => `${base64}--${createHmac('sha256', secret).update(base64).digest('hex')}`;
  const wrong = [
    signStream('chat/1', 'wrong'), signStream('chat/1', 'other'), signStream('chat/1', ''),
    `${signStream('chat/2', secret).split('--')[0]}--${mac}`, `${text}--${mac.slice(0, -1)}`, `${text}--${mac}0`, `${text}--${mac.toUpperCase()}`,
    `${text}--`, `--${mac}`, '--', '', text, mac, `${text}-${mac}`, `${text}--${mac}--${mac}`, good.slice(1), ` ${good}`, `${good}\n`, `${good}\u0000`,
    `${text.replace(/=+$/, '')}--${mac}`.replace(/^/, 'A'), `${text}--${'0'.repeat(64)}`, 'x'.repeat(20_000),
    signedText('{"a":1}'), signedText('7'), signedText('null'), signedText('""'), signedText('["chat/1"]'),
      signedText('chat/1'), signedText('"chat/1'),
    signedText(''), raw('!!!!'), raw('a'), raw('Im'),
  ];
  for (const name of wrong) await rejected(cable, signedBy(name));
  for (const name of [7, null, ['chat/1'], {a: good}, true]) await rejected(cable, signedBy(name));
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), 0);
  await confirmed(cable, signedBy(good));
});

test('of both names the signed one counts', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', secret, '--public-streams', ...open]);
  const cable = await connectCable(t, daemon);
  await follows(daemon, cable, signedBy(signStream('signed', secret), {stream_name: 'public'}), 'signed');
  await rejected(cable, signedBy(signStream('signed', 'wrong'), {stream_name: 'public'}));
});

test('without a secret no signature is right; without --public-streams no bare name is', async (t) => {
  const none = await startDaemon(t, open);
  const without = await connectCable(t, none);
  for (const key of ['', ' ', 'none']) await rejected(without, signedBy(signStream('s', key)));
  await rejected(without, JSON.stringify({channel: '$pubsub', stream_name: 's'}));
  const daemon = await startDaemon(t, ['--secret', 'open sesame', '--noauth']);
  const cable = await connectCable(t, daemon);
  await confirmed(cable, signedBy(signStream('s', 'open sesame')));
  await rejected(cable, JSON.stringify({channel: '$pubsub', stream_name: 's'}));
  const off = await startDaemon(t, ['--secret', 'open sesame', '--streams-secret', 'none', '--noauth']);
  const last = await connectCable(t, off);
  for (const key of ['open sesame', 'none', '']) await rejected(last, signedBy(signStream('s', key)));
});

test('public streams for those who have a token', async (t) => {
  const daemon = await startDaemon(t, ['--jwt-secret', secret, '--public-streams', '--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon, {headers: {'x-jid': jwt({ext: '{"user":1}'}, secret)}});
  await follows(daemon, cable, JSON.stringify({channel: '$pubsub', stream_name: 'news'}), 'news');
  assert.equal((await (await openCable(t, daemon)).next()).reason, 'unauthorized');
});

for (const [what, flag, by] of [['Turbo', 'turbo-streams', turboBy], ['CableReady', 'cable-ready', cableReadyBy]]) {
  test(`${what} streams are followed without the application`, async (t) => {
    const app = await startHttpApp(t);
    const daemon = await startDaemon(t, ['--rpc-host', app.url, `--${flag}`, '--streams-secret', secret, ...open]);
    const cable = await connectCable(t, daemon);
    await follows(daemon, cable, by(signStream('gid://app/Chat/1:messages', secret)), 'gid://app/Chat/1:messages');
    await follows(daemon, cable, by(signStream('z~~~>>', secret, 'base64url')), 'z~~~>>');
    for (const name of [signStream('s', 'wrong'), 's', '', signStream('s', secret).slice(0, -1)]) await rejected(cable, by(name));
    cable.send({command: 'whisper', identifier: by(signStream('z~~~>>', secret, 'base64url')), data: 1});
    await cable.expectQuiet();
    assert.equal(app.calls.length, 0);
    await daemon.waitForMetric('ability_failed_client_msg_total', 5);
  });

  test(`${what} has a secret of its own, if it is given`, async (t) => {
    const daemon = await startDaemon(t, [`--${flag}`, `--${flag}-secret`, 'own', '--streams-secret', secret, ...open]);
    const cable = await connectCable(t, daemon);
    await confirmed(cable, by(signStream('s', 'own')));
    await rejected(cable, by(signStream('s', secret)));
    await confirmed(cable, signedBy(signStream('s', secret)));
    await rejected(cable, signedBy(signStream('s', 'own')));
  });

  test(`${what} streams are the application's business unless they are switched on`, async (t) => {
    const app = await startHttpApp(t);
    const daemon = await startDaemon(t, ['--rpc-host', app.url, '--streams-secret', secret, ...open]);
    const cable = await connectCable(t, daemon);
    const identifier = by(signStream('s', secret));
    cable.send({command: 'subscribe', identifier});
    assert.equal((await cable.next()).type, 'confirm_subscription');
    assert.equal((await app.next('subscribe')).body.identifier, identifier);
    const alone = await startDaemon(t, ['--streams-secret', secret, ...open]);
    await rejected(await connectCable(t, alone), identifier);
  });
}

test('no secret shows up in the log', async (t) => {
  const daemon = await startDaemon(t, ['--streams-secret', 'k-secret-1', '--turbo-streams', '--turbo-streams-secret',
    'k-secret-2', '--debug', ...open]);
  const cable = await connectCable(t, daemon);
  const good = signStream('s', 'k-secret-1');
  await confirmed(cable, signedBy(good));
  await rejected(cable, turboBy(good));
  await daemon.stop();
  assert.doesNotMatch(daemon.lines.join('\n') + daemon.stdout, /k-secret/);
});
