import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation, follow, gate, rejection} from '../support/app_script.mjs';
import {connectCable, pubsub} from '../support/cable.mjs';
import {channel, join} from '../support/channel.mjs';
import {carriers, connectFly, flag, greetFly, maxBuffer, packet, startFly} from '../support/fly.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {signStream} from '../support/tokens.mjs';

const secret = 's3cret';
const whisper = (cable, identifier, data) => cable.send({command: 'whisper', identifier, data});
const messageOf = (text) => text.slice(text.indexOf('"message":') + 10, -1);

for (const over of carriers) {
  test(`a publication reaches browsers and a device over ${over}, byte for byte`, async (t) => {
    const daemon = await startFly(t, ['--public', '--lanes', '2']);
    const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon, {over})];
    await browser.subscribe('news');
    await device.subscribe(7, 'news');
    const all = ['1', '-0.50', '"text"', 'null', '{"b" : 1,\t"a":[ ]}', '[9007199254740993]', '"é😀\\u2028\\/"',
      '{"a":{"identifier":"x"}}', '"\u2028"', JSON.stringify('x'.repeat(60_000))];
    for (const data of all) {
      await daemon.publish('news', data);
      assert.equal(await device.hear(7), data);
      assert.equal(messageOf(await browser.nextText()), data);
    }
    await device.expectQuiet();
    assert.equal(await daemon.metric('ability_clients_num'), 2);
  });

  test(`a client over ${over} that says nothing of itself gets what is public, too`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const device = await connectFly(t, daemon, {over});
    await device.subscribe(1, 's');
    await daemon.publish('s', '"first"');
    assert.equal(await device.hear(1), '"first"');
  });

  test(`aliases over ${over} are the client's own, from 0 to 65,535`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const [one, two] = [await greetFly(t, daemon, {over}), await greetFly(t, daemon, {over})];
    for (const [alias, name] of [[0, 'zero'], [1, 'one'], [256, 'many'], [65_535, 'last']]) {
      await one.subscribe(alias, name);
      await two.subscribe(65_535 - alias, name);
      await daemon.publish(name, JSON.stringify(name));
      assert.equal(await one.hear(alias), JSON.stringify(name));
      assert.equal(await two.hear(65_535 - alias), JSON.stringify(name));
    }
  });

  test(`what is no subscription is rejected over ${over}, and disturbs none`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const device = await greetFly(t, daemon, {over});
    await device.subscribe(1, 's');
    assert.match(await device.refusedSubscribe(1, 'other'), /alias 1/);
    assert.match(await device.refusedSubscribe(1, 's'), /alias 1/);
    assert.match(await device.refusedSubscribe(2, 's'), /alias 1/);
    await device.refusedSubscribe(2, '');
    await device.refusedSubscribe(2, Buffer.from([0x73, 0xff]));
    await device.refusedSubscribe(2, '{no JSON');
    await device.refusedSubscribe(2, '{"channel":"Unknown"}');
    await device.refusedSubscribe(2, '{}');
    await daemon.publish('s', '1');
    assert.equal(await device.hear(1), '1');
    assert.equal(await daemon.metric('ability_broadcast_streams_num'), 1);
    await device.subscribe(2, 'other');
  });
}

test('a name without a public stream is rejected; a signed one is followed', async (t) => {
  const daemon = await startFly(t, ['--noauth', '--streams-secret', secret, '--broadcast-key', 'none']);
  const device = await greetFly(t, daemon);
  await device.refusedSubscribe(1, 'bare');
  const good = signStream('chat/1', secret);
  for (const name of [signStream('chat/1', 'wrong'), `${good}0`, `A${good}`, good.slice(0, -1)]) {
    await device.refusedSubscribe(1, name);
  }
  await device.subscribe(1, good);
  await device.subscribe(2, signStream('>>>???', secret, 'base64url'));
  await device.subscribe(3, JSON.stringify({channel: '$pubsub', signed_stream_name: signStream('chat/3', secret)}));
  for (const [alias, name] of [[1, 'chat/1'], [2, '>>>???'], [3, 'chat/3']]) {
    await daemon.publish(name, '"x"');
    assert.equal(await device.hear(alias), '"x"');
  }
  device.say(1, '"psst"');
  const {buffer} = await device.expect({flag: flag.reject, command: 1});
  assert.ok(buffer.length > 0, 'no whispers without --streams-whisper');
});

test('a signed stream takes whispers with --streams-whisper', async (t) => {
  const daemon = await startFly(t, ['--noauth', '--streams-secret', secret, '--streams-whisper']);
  const [from, to] = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  await from.subscribe(1, signStream('s', secret));
  await to.subscribe(2, signStream('s', secret));
  from.say(1, '{"x":1}');
  assert.equal(await to.hear(2), '{"x":1}');
});

test('the identifier of a browser names the same stream', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon)];
  const identifier = await browser.subscribe('s');
  await device.subscribe(1, identifier);
  await device.subscribe(2, pubsub('s', {tab: 2}));
  assert.match(await device.refusedSubscribe(3, 's'), /alias 1/, 'a bare name is short for that identifier');
  await daemon.publish('s', '"x"');
  const aliases = [];
  for (let got = 0; got < 2; got += 1) {
    const {command, buffer} = await device.expect({flag: flag.message});
    assert.equal(buffer.toString(), '"x"');
    aliases.push(command);
  }
  assert.deepEqual(aliases.sort(), [1, 2]);
  assert.equal((await browser.next()).message, 'x');
});

test('what was unsubscribed is not heard any more, and its alias is free', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const device = await greetFly(t, daemon);
  await device.subscribe(1, 's');
  device.unsubscribe(1);
  await device.expectQuiet('an Unsubscribe has no answer');
  await daemon.publish('s', '1');
  await device.subscribe(1, 't');
  await device.subscribe(2, 's');
  await daemon.publish('s', '2');
  assert.equal(await device.hear(2), '2');
  await daemon.publish('t', '3');
  assert.equal(await device.hear(1), '3');
  const failed = await daemon.metric('ability_failed_client_msg_total');
  device.unsubscribe(99);
  await device.expectQuiet('an alias that is not in use');
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), failed + 1);
  device.unsubscribe(1);
  device.unsubscribe(2);
  await device.expectQuiet();
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('each of several subscriptions to one stream, one after the other in one write, gets its own answer', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const device = await greetFly(t, daemon);
  device.write(Buffer.concat([
    packet(flag.subscribe, {command: 1, sequence: 11, buffer: 's'}),
    packet(flag.unsubscribe, {command: 1, sequence: 12}),
    packet(flag.subscribe, {command: 2, sequence: 13, buffer: 's'}),
  ]));
  await device.expect({flag: flag.confirm, command: 1, sequence: 11});
  await device.expect({flag: flag.confirm, command: 2, sequence: 13});
  await device.expectQuiet();
  await daemon.publish('s', '1');
  assert.equal(await device.hear(2), '1');
});

test('an answer to a subscription that was given up is not taken for another of its alias', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const device = await greetFly(t, daemon);
  device.write(Buffer.concat([
    packet(flag.subscribe, {command: 1, sequence: 11, buffer: '{"channel":"Unknown"}'}),
    packet(flag.unsubscribe, {command: 1, sequence: 12}),
    packet(flag.subscribe, {command: 1, sequence: 13, buffer: 's'}),
  ]));
  await device.expect({flag: flag.reject, command: 1, sequence: 11});
  await device.expect({flag: flag.confirm, command: 1, sequence: 13});
  await daemon.publish('s', '1');
  assert.equal(await device.hear(1), '1');
});

test('names are any UTF-8, up to the length of a packet', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const device = await greetFly(t, daemon);
  const names = ['a"b\\c', '😀é', ' space ', '[1]', '"quoted"', 'a--b', '--', '\u0001\t\n', '/', 'null',
    'x'.repeat(maxBuffer), '"'.repeat(20_000)];
  for (const [alias, name] of names.entries()) await device.subscribe(alias, name);
  for (const [alias, name] of names.entries()) {
    await daemon.publish(name, String(alias));
    assert.equal(await device.hear(alias), String(alias));
  }
});

test('however subscriptions come and go, each gets its own answer and nothing else', async (t) => {
  const daemon = await startFly(t, ['--public', '--lanes', '2']);
  let state = 521_288_629;
  const random = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (const over of carriers) {
    const device = await greetFly(t, daemon, {over});
    const byAlias = new Map();
    for (let round = 0; round < 15; round += 1) {
      const packets = [];
      const due = new Map();
      for (let sequence = 0; sequence < 200; sequence += 1) {
        const [alias, name] = [random(5), `s${random(4)}`];
        if (random(5) < 2) {
          packets.push(packet(flag.unsubscribe, {command: alias, sequence}));
          byAlias.delete(alias);
        } else {
          packets.push(packet(flag.subscribe, {command: alias, sequence, buffer: name}));
          const taken = byAlias.has(alias) || [...byAlias.values()].includes(name);
          due.set(sequence, [taken ? flag.reject : flag.confirm, alias]);
          if (!taken) byAlias.set(alias, name);
        }
      }
      device.write(Buffer.concat(packets));
      const answers = new Map();
      while (answers.size < due.size) {
        const one = await device.next();
        assert.ok(!answers.has(one.sequence), `sequence ${one.sequence} is answered twice`);
        answers.set(one.sequence, [one.flag, one.command]);
      }
      assert.deepEqual(new Map([...answers].sort(([a], [b]) => a - b)), due);
    }
    await device.expectQuiet();
    const heard = new Map();
    for (let stream = 0; stream < 4; stream += 1) await daemon.publish(`s${stream}`, `"s${stream}"`);
    for (const _ of byAlias) {
      const {command, buffer} = await device.expect({flag: flag.message});
      heard.set(command, JSON.parse(buffer));
    }
    assert.deepEqual(new Map([...heard].sort()), new Map([...byAlias].sort()));
    device.destroy();
  }
});

test('once an alias stands for another stream, nothing of the old one comes on it', async (t) => {
  const daemon = await startFly(t, ['--public', '--lanes', '2']);
  const [from, device] = [await greetFly(t, daemon), await greetFly(t, daemon)];
  for (let stream = 0; stream < 12; stream += 1) await from.subscribe(stream, `s${stream}`);
  await device.subscribe(1, 's0');
  const burst = (stream) => Buffer.concat(Array.from({length: 300}, () => packet(flag.message, {command: stream,
    buffer: String(stream)})));
  const wrong = [];
  let now = 0;
  for (let round = 1; round <= 60; round += 1) {
    const next = round % 12;
    from.write(burst(now));
    assert.equal(await device.hear(1), String(now));
    const sequence = device.nextSequence();
    device.write(Buffer.concat([packet(flag.unsubscribe, {command: 1}), packet(flag.subscribe, {command: 1, sequence,
      buffer: `s${next}`})]));
    for (let one = await device.next(); one.flag !== flag.confirm; one = await device.next()) {
      assert.equal(one.buffer.toString(), String(now));
    }
    from.write(packet(flag.message, {command: next, buffer: String(next)}));
    for (let said = await device.hear(1); said !== String(next); said = await device.hear(1)) wrong.push([round, said]);
    now = next;
  }
  assert.equal(wrong.length, 0, `${wrong.length} messages of the old stream after the Confirm of the new one`);
});

// -- messages from clients --

for (const over of carriers) {
  test(`a message from a device over ${over} reaches browsers and devices, but not itself`, async (t) => {
    const daemon = await startFly(t, ['--public', '--lanes', '2']);
    const from = await greetFly(t, daemon, {over});
    const [near, far, browser] = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'}),
      await connectCable(t, daemon)];
    await from.subscribe(1, 's');
    await near.subscribe(2, 's');
    await far.subscribe(3, 's');
    await browser.subscribe('s');
    for (const [said, shown] of [['{"typing" : true}', '{"typing" : true}'], ['1.50', '1.50'], ['', '""'],
      ['plain "text"', '"plain \\"text\\""'], ['é😀', '"é😀"'], ['{"half":', '"{\\"half\\":"']]) {
      from.say(1, said);
      assert.equal(await near.hear(2), said);
      assert.equal(await far.hear(3), said);
      assert.equal(messageOf(await browser.nextText()), shown);
    }
    await daemon.publish('s', '"after"');
    assert.equal(await from.hear(1), '"after"', 'it has not heard itself');
    assert.equal(await near.hear(2), '"after"');
  });
}

test('a whisper of a browser reaches devices', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const [browser, tcp, websocket] = [await connectCable(t, daemon), await greetFly(t, daemon),
    await greetFly(t, daemon, {over: 'websocket'})];
  const identifier = await browser.subscribe('s');
  await tcp.subscribe(1, 's');
  await websocket.subscribe(1, 's');
  whisper(browser, identifier, {x: [1, 'é']});
  assert.equal(await tcp.hear(1), '{"x":[1,"é"]}');
  assert.equal(await websocket.hear(1), '{"x":[1,"é"]}');
  await browser.expectQuiet();
});

test('what cannot be a message is rejected', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const [from, to] = [await greetFly(t, daemon), await greetFly(t, daemon)];
  await from.subscribe(1, 's');
  await to.subscribe(1, 's');
  for (const [alias, buffer] of [[2, '1'], [1, Buffer.from([0x22, 0xff, 0x22])], [1, Buffer.from('ff00', 'hex')],
    [0, 'not followed']]) {
    const sequence = from.say(alias, buffer);
    const answer = await from.expect({flag: flag.reject, command: alias, sequence});
    assert.ok(answer.buffer.length > 0);
  }
  from.send(flag.message | 0x10, {command: 1, sequence: 200, buffer: Buffer.from('abc')});
  await from.expect({flag: flag.reject, command: 1, sequence: 200});
  await from.expectQuiet();
  await daemon.publish('s', '"after"');
  assert.equal(await to.hear(1), '"after"');
});

test('a publication that excludes a session spares it, whatever carries it', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const clients = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  for (const client of clients) await client.subscribe(1, 's');
  for (const spared of clients) {
    await daemon.publish('s', '1', {meta: {exclude_socket: spared.sid}});
    await daemon.publish('s', '2');
    assert.equal(await spared.hear(1), '2');
    const other = clients.find((client) => client !== spared);
    assert.deepEqual([await other.hear(1), await other.hear(1)], ['1', '2']);
  }
});

test('messages keep their order, however many, and among senders of all kinds', async (t) => {
  const daemon = await startFly(t, ['--public', '--lanes', '2']);
  const [from, to] = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  const browser = await connectCable(t, daemon);
  await from.subscribe(1, 's');
  await to.subscribe(2, 's');
  await browser.subscribe('s');
  const packets = Array.from({length: 1_000}, (_, at) => packet(flag.message, {command: 1, buffer: String(at)}));
  from.write(Buffer.concat(packets));
  for (let at = 0; at < 1_000; at += 1) {
    assert.equal(await to.hear(2), String(at));
    assert.equal((await browser.next()).message, at);
  }
  const batch = Array.from({length: 1_000}, (_, at) => ({stream: 's', data: String(at)}));
  assert.equal((await daemon.post(batch)).status, 201);
  for (let at = 0; at < 1_000; at += 1) {
    assert.equal(await to.hear(2), String(at));
    assert.equal(await from.hear(1), String(at));
  }
});

// -- sizes --

for (const over of carriers) {
  test(`65,535 bytes arrive over ${over}; of more the client is told, and it is counted`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const [device, browser] = [await greetFly(t, daemon, {over}), await connectCable(t, daemon)];
    await device.subscribe(3, 's');
    await browser.subscribe('s');
    const sized = (bytes) => JSON.stringify('x'.repeat(bytes - 2));
    await daemon.publish('s', sized(maxBuffer));
    assert.equal(await device.hear(3), sized(maxBuffer));
    assert.equal(await daemon.metric('ability_too_long_msg_total'), 0);
    await daemon.publish('s', sized(maxBuffer + 1));
    const told = await device.expect({flag: flag.reject, command: 3, sequence: 0});
    assert.match(told.buffer.toString(), /\b65536\b/);
    await daemon.publish('s', '"after"');
    assert.equal(await device.hear(3), '"after"', 'it is still subscribed');
    for (const due of [maxBuffer - 2, maxBuffer - 1]) assert.equal((await browser.next()).message.length, due);
    assert.equal(await daemon.metric('ability_too_long_msg_total'), 1);
  });

  test(`a device over ${over} may send 65,535 bytes`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const [from, to, browser] = [await greetFly(t, daemon, {over}), await greetFly(t, daemon), await connectCable(t,
      daemon)];
    await from.subscribe(1, 's');
    await to.subscribe(1, 's');
    await browser.subscribe('s');
    const json = JSON.stringify('x'.repeat(maxBuffer - 2));
    // As a JSON string this is twice as long.
    const text = '"'.repeat(maxBuffer);
    for (const said of [json, text]) {
      from.say(1, said);
      assert.ok(await to.hear(1) === said, 'it arrives as it was sent');
      assert.ok((await browser.next()).message === (said === json ? JSON.parse(json) : text));
    }
  });
}

// -- the application --

test('the application confirms and rejects what it is asked, and speaks on the alias', async (t) => {
  const app = await startHttpApp(t, {subscribe: ({body}) => (body.identifier.includes('Secret')
    ? {status: 2, transmissions: [rejection(body.identifier)]}
    : {status: 1, streams: ['a', 'b'], transmissions: [confirmation(body.identifier),
      JSON.stringify({identifier: body.identifier, message: {hello: 1}}), '{"type":"other"}', 'no JSON',
        '{"message":1}']})});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--broadcast-key', 'none']);
  for (const over of carriers) {
    const device = await greetFly(t, daemon, {over});
    await device.refusedSubscribe(4, channel('Secret'));
    await device.subscribe(4, channel('Chat'));
    assert.equal(await device.hear(4), '{"hello":1}');
    await device.expectQuiet();
    const asked = app.of('subscribe').at(-1);
    assert.equal(asked.body.identifier, channel('Chat'));
    assert.equal(asked.sid, device.sid);
    for (const stream of ['a', 'b']) {
      await daemon.publish(stream, JSON.stringify(stream));
      assert.equal(await device.hear(4), JSON.stringify(stream));
    }
    device.say(4, '1');
    await device.expect({flag: flag.reject, command: 4});
    device.unsubscribe(4);
    assert.equal((await app.next('unsubscribe')).body.identifier, channel('Chat'));
    await device.leave();
    assert.equal((await app.next('disconnect')).sid, device.sid);
  }
});

test('a subscription that the application refuses without a word leaves its alias free', async (t) => {
  let answer = {status: 2};
  const app = await startHttpApp(t, {subscribe: (call) => answer ?? follow('s')(call)});
  const daemon = await startFly(t, ['--rpc-host', app.url]);
  const device = await greetFly(t, daemon);
  await device.refusedSubscribe(1, channel());
  answer = {status: 0};
  await device.refusedSubscribe(1, channel());
  answer = null;
  await device.subscribe(1, channel());
});

test('a refusal by the application in words of its own is a Reject all the same', async (t) => {
  let answer = {status: 2, transmissions: ['{"type":"sorry"}']};
  const app = await startHttpApp(t, {subscribe: (call) => answer ?? follow('s')(call)});
  const daemon = await startFly(t, ['--rpc-host', app.url]);
  const device = await greetFly(t, daemon);
  await device.refusedSubscribe(1, channel());
  answer = null;
  await device.subscribe(1, channel());
});

test('a transmission over 65,535 bytes becomes a Reject with its size, and is counted', async (t) => {
  const app = await startHttpApp(t, {subscribe: ({body}) => ({status: 1, transmissions: [
    confirmation(body.identifier), JSON.stringify({identifier: body.identifier, message: 'x'.repeat(70_000)}),
    JSON.stringify({identifier: body.identifier, message: 'after'})]})});
  const daemon = await startFly(t, ['--rpc-host', app.url]);
  const device = await greetFly(t, daemon);
  await device.subscribe(1, channel());
  const told = await device.expect({flag: flag.reject, command: 1, sequence: 0});
  assert.match(told.buffer.toString(), /\b7000[02]\b/);
  assert.equal(await device.hear(1), 'after');
  assert.equal(await daemon.metric('ability_too_long_msg_total'), 1);
});

for (const over of [...carriers, 'udp']) {
  test(`a client over ${over} that the application ends is told so`, async (t) => {
    const app = await startHttpApp(t, {subscribe: ({body}) => (
      {status: 1, disconnect: true, transmissions: [confirmation(body.identifier)]})});
    const daemon = await startFly(t, ['--rpc-host', app.url, '--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0']);
    const device = await greetFly(t, daemon, {over});
    await device.subscribe(1, channel());
    await device.expect({flag: flag.heloError});
    await daemon.waitForMetric('ability_clients_num', 0);
  });
}

test('each answer of the application settles its own subscribe, however like the next one is', async (t) => {
  const answers = [];
  const app = await startHttpApp(t, {subscribe: () => new Promise((resolve) => { answers.push(resolve); })});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--broadcast-key', 'none']);
  const device = await greetFly(t, daemon);
  const first = device.nextSequence();
  device.send(flag.subscribe, {command: 5, sequence: first, buffer: channel()});
  device.unsubscribe(5);
  const second = device.nextSequence();
  device.send(flag.subscribe, {command: 5, sequence: second, buffer: channel()});
  await app.next('subscribe');
  answers[0]({status: 2, transmissions: [rejection(channel())]});
  await device.expect({flag: flag.reject, command: 5, sequence: first});
  await app.next('subscribe');
  answers[1](follow('s')({body: {identifier: channel()}}));
  await device.expect({flag: flag.confirm, command: 5, sequence: second});
  await daemon.publish('s', '1');
  assert.equal(await device.hear(5), '1');
});

test('a subscription that the application revokes is left, so that its alias is free', async (t) => {
  const app = await startHttpApp(t, {subscribe: ({body}) => (body.identifier === channel('First')
    ? follow('first')({body})
    : {status: 1, transmissions: [rejection(channel('First')), confirmation(body.identifier)]})});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--public-streams', '--broadcast-key', 'none']);
  const device = await greetFly(t, daemon);
  await device.subscribe(5, channel('First'));
  const sequence = device.nextSequence();
  device.send(flag.subscribe, {command: 6, sequence, buffer: channel('Second')});
  await device.expect({flag: flag.reject, command: 5});
  await device.expect({flag: flag.confirm, command: 6, sequence});
  await app.next('unsubscribe');
  await device.subscribe(5, 'news');
  await daemon.publish('first', '"of the first"');
  await daemon.publish('news', '"news"');
  assert.equal(await device.hear(5), '"news"');
});

test('a device may whisper to the stream of the state $w, and so may a browser', async (t) => {
  const app = await startHttpApp(t, {subscribe: ({body}) => ({
    status: 1, streams: ['a', 'w'], transmissions: [confirmation(body.identifier)], env: {istate: {$w: 'w'}}})});
  const daemon = await startFly(t, ['--rpc-host', app.url]);
  const [device, browser] = [await greetFly(t, daemon), await connectCable(t, daemon)];
  await device.subscribe(1, channel());
  const identifier = await join(browser);
  device.say(1, '{"x":1}');
  assert.deepEqual(await browser.next(), {identifier, message: {x: 1}});
  whisper(browser, identifier, 2);
  assert.equal(await device.hear(1), '2');
});

test('a client is read on after the application was slow, however much waited for it meanwhile', async (t) => {
  const slow = gate();
  const app = await startHttpApp(t, {subscribe: async (call) => {
    await slow.opened;
    return follow()(call);
  }});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--public-streams', '--broadcast-key', 'none',
    '--max-pending-commands', '1']);
  const [device, witness] = [await greetFly(t, daemon), await greetFly(t, daemon)];
  await device.subscribe(1, 's');
  await witness.subscribe(1, 's');
  const sequence = device.nextSequence();
  device.send(flag.subscribe, {command: 2, sequence, buffer: channel()});
  await app.next('subscribe');
  // Its socket takes no more, and half a megabyte waits in the daemon.
  device.pause();
  const piece = JSON.stringify('x'.repeat(60_000));
  const [sentBefore, total] = [await daemon.metric('ability_data_sent_total'), 400];
  let published = 0;
  for (; published < total; published += 1) {
    await daemon.publish('s', piece);
    assert.ok(await witness.hear(1) === piece);
    const waiting = 2 * (published + 1) * 60_008 - ((await daemon.metric('ability_data_sent_total')) - sentBefore);
    if (waiting > 500_000) break;
  }
  assert.ok(published < total, 'the socket took everything');
  const before = await daemon.metric('ability_server_msg_total');
  slow.open();
  await daemon.waitForMetric('ability_server_msg_total', before + 1);
  device.resume();
  for (let got = 0; got <= published; got += 1) assert.ok(await device.hear(1) === piece);
  await device.expect({flag: flag.confirm, command: 2, sequence});
  await device.ping('still here');
});
