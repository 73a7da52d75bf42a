import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {eventually, slack} from '../support/deadline.mjs';
import {carriers, code, connectFly, errorOf, flag, greetFly, maxBuffer, packet} from '../support/fly.mjs';
import {muxFrame, startGateway} from '../support/fly_backend.mjs';
import {jwt} from '../support/tokens.mjs';

const ext = '{"user":"1"}';

/** A client on both of its ends. */
async function enter(t, {daemon, backend}, options = {}) {
  const device = await greetFly(t, daemon, options);
  const client = await backend.nextClient();
  assert.equal(client.sid, device.sid);
  return [device, client];
}

// -- the Helo --

for (const over of carriers) {
  test(`a client over ${over} is introduced to the backend, whose answer it gets`, async (t) => {
    const {backend, daemon} = await startGateway(t, {helo: (said, client) => [flag.heloAnswer,
      {sequence: client.heloSequence,
      buffer: JSON.stringify({version: 1, serializer: 'msgpack', compression: 'deflate', ack: true, session: 'not this',
        max_payload: 1000, role: 'backend', node: 'secret name', unknown: 1})}]});
    const client = await connectFly(t, daemon, {over});
    const granted = await client.helo({version: 1, serializers: ['msgpack', 'json'], compression: ['deflate'], ack: true,
      headers: {cookie: 'a=1', 'x-any': 'all of them'}, token: 'opaque', role: 'client'}, {sequence: 77});
    const {helo, heloSequence} = await backend.nextClient();
    assert.equal(heloSequence, 77);
    assert.equal(helo.session, granted.session);
    assert.deepEqual(JSON.parse(helo.identity), {sid: granted.session});
    assert.deepEqual(helo.serializers, ['msgpack', 'json']);
    assert.deepEqual(helo.compression, ['deflate']);
    assert.equal(helo.ack, true);
    assert.deepEqual(helo.headers, {cookie: 'a=1', 'x-any': 'all of them'});
    assert.equal(helo.role, undefined, 'it is no gateway');
    assert.equal(helo.token, undefined, 'a token is the gateway\'s business');
    assert.notEqual(granted.session, 'not this');
    delete granted.session;
    assert.deepEqual(granted, {version: 1, serializer: 'msgpack', compression: 'deflate', ack: true, max_payload: 1000});
  });

  test(`a client over ${over} cannot claim an identity or a session`, async (t) => {
    const {backend, daemon} = await startGateway(t, {}, ['--public', '--jwt-secret', 's3cret', '--enforce-jwt']);
    const client = await connectFly(t, daemon, {over});
    await client.helo({session: 'mine', identity: 'root', token: jwt({ext}, 's3cret')});
    const {helo} = await backend.nextClient();
    assert.equal(helo.identity, ext);
    assert.equal(helo.session, client.sid);
    assert.notEqual(client.sid, 'mine');
    const stranger = await connectFly(t, daemon, {over});
    stranger.rpc(1);
    await stranger.expectEnd(code.unauthorized);
    assert.equal(backend.arrived.size, 0, 'the backend hears of nobody who was not let in');
  });

  test(`a client over ${over} that says no Helo is introduced all the same, and gets no answer to it`, async (t) => {
    const {backend, daemon} = await startGateway(t, {commands: {7: (one) => one.buffer}});
    const client = await connectFly(t, daemon, {over});
    const sequence = client.rpc(7, 'hello');
    await client.expect({flag: flag.reply, command: 7, sequence, text: 'hello'});
    const {helo} = await backend.nextClient();
    assert.ok(helo.session.length >= 16);
    assert.equal(helo.version, 1);
    await client.expectQuiet();
  });
}

test('a refusal of a backend that is longer than a datagram reaches a client over UDP with its text cut', async (t) => {
  const why = 'x'.repeat(1_300);
  const {daemon} = await startGateway(t, {helo: (said, client) => [flag.heloError, {sequence: client.heloSequence,
    buffer: Buffer.concat([Buffer.from([0, 0, 0x28, 0xa3]), Buffer.from(why)])}]},
  ['--public', '--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0']);
  const client = await connectFly(t, daemon, {over: 'udp'});
  client.send(flag.helo, {sequence: 5, buffer: JSON.stringify({cookie: await client.cookie({})})});
  const told = errorOf(await client.expect({flag: flag.heloError, sequence: 5}));
  assert.equal(told.code, code.forbidden);
  assert.ok(told.text.length > 1_000 && why.startsWith(told.text), `${told.text.length} bytes`);
});

test('a backend may refuse a client', async (t) => {
  const {daemon, backend} = await startGateway(t, {helo: (said, client) => (said.headers?.cookie === 'good'
    ? [flag.heloAnswer, {sequence: client.heloSequence, buffer: '{"version":1}'}]
    : [flag.heloError, {sequence: client.heloSequence, buffer: Buffer.concat([Buffer.from([0, 0, 0x28, 0xa3]),
      Buffer.from('not you')])}])});
  for (const over of carriers) {
    const bad = await connectFly(t, daemon, {over});
    bad.send(flag.helo, {sequence: 5, buffer: '{}'});
    await bad.expectEnd(code.forbidden, 'not you', {sequence: 5});
    await (await backend.nextClient()).waitForClose();
    const good = await connectFly(t, daemon, {over});
    await good.helo({headers: {cookie: 'good'}});
    assert.equal((await backend.nextClient()).helo.session, good.sid);
  }
});

test('an answer of the backend to a Helo that makes no sense closes that client', async (t) => {
  let answer = 'no JSON';
  const {daemon, backend} = await startGateway(t, {helo: (said, client) => [flag.heloAnswer,
    {sequence: client.heloSequence, buffer: answer}]});
  for (const each of ['no JSON', '{"version":2}', '{"serializer":"pickle"}']) {
    answer = each;
    const client = await connectFly(t, daemon);
    client.send(flag.helo, {sequence: 5, buffer: '{}'});
    await client.expectEnd(code.closing, /./, {sequence: 5});
    await (await backend.nextClient()).waitForClose();
  }
  answer = '{}';
  await greetFly(t, daemon);
});

test('a long answer of the backend to a Helo is passed on as far as clients need it', async (t) => {
  const {daemon} = await startGateway(t, {helo: (said, client) => [flag.heloAnswer, {sequence: client.heloSequence,
    buffer: JSON.stringify({version: 1, nonce: 'n'.repeat(30_000), cookie: 'c'.repeat(5_000), proof: 'p'.repeat(30_400)})}]});
  const device = await connectFly(t, daemon);
  const granted = await device.helo();
  assert.deepEqual(Object.keys(granted).sort(), ['max_payload', 'serializer', 'session', 'version']);
  await device.expectQuiet();
});

for (const size of [60_000, 65_350, 65_420, 65_480, 65_520]) {
  test(`a Helo of ${size} bytes is introduced as a whole, or refused`, async (t) => {
    const {daemon, backend, link} = await startGateway(t);
    const bystander = await greetFly(t, daemon);
    await backend.nextClient();
    const helo = {headers: {cookie: ''}};
    helo.headers.cookie = 'c'.repeat(size - JSON.stringify(helo).length);
    const client = await connectFly(t, daemon);
    client.send(flag.helo, {sequence: 5, buffer: JSON.stringify(helo)});
    const answer = await client.next();
    if (answer.flag === flag.heloAnswer) {
      const {helo: said} = await backend.nextClient();
      assert.ok(said.headers.cookie === helo.headers.cookie);
      assert.equal(said.session, JSON.parse(answer.buffer).session);
    } else {
      assert.equal(answer.flag, flag.heloError);
      assert.equal(errorOf(answer).code, code.tooLong);
      await client.waitForEnd();
    }
    await link.settle();
    await bystander.ping();
    assert.deepEqual(backend.faults, []);
  });
}

// -- calls --

for (const over of carriers) {
  test(`calls of a client over ${over} reach the backend on an id of its own, and so come the replies`, async (t) => {
    const {backend, daemon, link} = await startGateway(t, {commands: {
      1: (one, client) => `${client.sid} said ${one.buffer}`, 2: () => '', 3: () => undefined}});
    const [one, first] = await enter(t, {daemon, backend}, {over});
    const [two, second] = await enter(t, {daemon, backend}, {over});
    assert.notEqual(first.id, second.id);
    assert.ok(first.id > 0 && second.id > 0);
    for (const device of [one, two]) {
      const sequence = device.rpc(1, 'hi');
      await device.expect({flag: flag.reply, command: 1, sequence, text: `${device.sid} said hi`});
      await device.expect({flag: flag.reply, command: 2, sequence: device.rpc(2), text: ''});
      device.rpc(3, 'one way');
      await device.expectQuiet();
    }
    assert.deepEqual([...new Set(link.frames.map((each) => each.id))].sort(), [first.id, second.id].sort());
  });

  test(`packets of a client over ${over} pass as they are, whatever their options`, async (t) => {
    const {backend, daemon} = await startGateway(t);
    const [device, client] = await enter(t, {daemon, backend}, {over});
    for (const by of [0xc0, 0xc1, 0xc3, 0xc4, 0xc8, 0xd0, 0xff]) {
      const buffer = Buffer.from([0, 255, by]);
      device.send(by, {command: 0xfffe, sequence: by, buffer});
      await client.expect({flag: by, command: 0xfffe, sequence: by, bytes: buffer});
      client.send(by, {command: 0xfeff, sequence: by, buffer});
      await device.expect({flag: by, command: 0xfeff, sequence: by, bytes: buffer});
    }
    await device.ping('answered by the gateway');
    device.send(flag.pong, {sequence: 3, buffer: 'of a ping by the backend'});
    await client.expect({flag: flag.pong, sequence: 3});
    client.send(flag.ping, {sequence: 4, buffer: 'to the device'});
    await device.expect({flag: flag.ping, sequence: 4, text: 'to the device'});
    assert.equal(client.inbox.size, 0);
  });

  test(`the backend calls a client over ${over}, even within a call of it`, async (t) => {
    const {backend, daemon} = await startGateway(t);
    const [device, client] = await enter(t, {daemon, backend}, {over});
    const outer = device.rpc(1, 'outer');
    await client.expect({flag: flag.call, command: 1, sequence: outer});
    const inner = client.call(2, 'inner');
    await device.expect({flag: flag.call, command: 2, sequence: inner, text: 'inner'});
    device.send(flag.reply, {command: 2, sequence: inner, buffer: 'reply to inner'});
    await client.expect({flag: flag.reply, command: 2, sequence: inner, text: 'reply to inner'});
    client.send(flag.reply, {command: 1, sequence: outer, buffer: 'reply to outer'});
    await device.expect({flag: flag.reply, command: 1, sequence: outer, text: 'reply to outer'});
  });

  test(`the largest packet over ${over} takes two frames each way, and streams go on beside it`, async (t) => {
    const {backend, daemon, link} = await startGateway(t, {commands: {1: (one) => one.buffer}});
    const [device, client] = await enter(t, {daemon, backend}, {over});
    await device.subscribe(1, 's');
    const buffer = Buffer.alloc(maxBuffer, (at) => at * 7);
    const before = link.frames.length;
    const sequence = device.rpc(1, buffer);
    await device.expect({flag: flag.reply, command: 1, sequence, bytes: buffer});
    assert.deepEqual(link.frames.slice(before).map((each) => each.size), [65_535, 6]);
    await daemon.publish('s', '1');
    assert.equal(await device.hear(1), '1');
    // Frames of a packet may be of any size, with others' and messages of streams between them.
    const [other, otherClient] = await enter(t, {daemon, backend}, {over});
    const bytes = packet(flag.call, {command: 5, sequence: 9, buffer: 'in pieces'});
    for (const byte of bytes) {
      client.write(Buffer.from([byte]));
      otherClient.send(flag.call, {command: 6, sequence: byte, buffer: 'between'});
      await other.expect({flag: flag.call, command: 6, sequence: byte});
    }
    await device.expect({flag: flag.call, command: 5, sequence: 9, text: 'in pieces'});
    client.write(Buffer.concat([bytes, bytes, bytes.subarray(0, 3)]));
    client.write(bytes.subarray(3));
    for (let got = 0; got < 3; got += 1) await device.expect({flag: flag.call, command: 5, text: 'in pieces'});
  });

  test(`1,000 calls of a client over ${over} in one go are answered in order`, async (t) => {
    const {backend, daemon} = await startGateway(t, {commands: {1: (one) => one.buffer}});
    const [device] = await enter(t, {daemon, backend}, {over});
    device.write(Buffer.concat(Array.from({length: 1_000}, (_, at) => packet(flag.call, {command: 1, sequence: at & 255,
      buffer: `call ${at} ${'x'.repeat(at)}`}))));
    for (let at = 0; at < 1_000; at += 1) {
      await device.expect({flag: flag.reply, sequence: at & 255, text: `call ${at} ${'x'.repeat(at)}`});
    }
  });
}

test('what a backend sends that is not for clients does not reach them', async (t) => {
  const {backend, daemon} = await startGateway(t);
  const [device, client] = await enter(t, {daemon, backend});
  await device.subscribe(1, 's');
  client.send(flag.message, {command: 1, buffer: 'forged'});
  client.send(flag.reject, {command: 1});
  client.send(flag.heloAnswer, {sequence: 9, buffer: '{}'});
  client.send(flag.heloError, {sequence: 9, buffer: Buffer.from([0, 0, 0x28, 0xa3])});
  client.send(flag.helo, {sequence: 9, buffer: '{}'});
  client.call(1, 'after');
  await device.expect({flag: flag.call, command: 1, text: 'after'});
  await device.expectQuiet();
});

// -- many clients --

test('one frame reaches many clients, over TCP and WebSocket', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const ends = [];
  for (let made = 0; made < 300; made += 1) ends.push(await enter(t, {daemon, backend}, {over: carriers[made % 2]}));
  const ids = ends.map(([, client]) => client.id);
  assert.equal(new Set(ids).size, 300);
  const two = Buffer.concat([packet(flag.call, {command: 1, buffer: 'one'}), packet(flag.call, {command: 2,
    buffer: 'two'})]);
  link.frame(ids, two);
  for (const [device] of ends) {
    await device.expect({flag: flag.call, command: 1, text: 'one'});
    await device.expect({flag: flag.call, command: 2, text: 'two'});
  }
  // Two frames of a packet for all, while one of them is in the middle of another.
  const [odd, oddClient] = ends[0];
  const own = packet(flag.call, {command: 3, buffer: 'x'.repeat(100)});
  oddClient.write(own.subarray(0, 50));
  link.frame(ids.slice(1, 200), packet(flag.call, {command: 4, buffer: 'y'.repeat(maxBuffer)}));
  oddClient.write(own.subarray(50));
  await odd.expect({flag: flag.call, command: 3, text: 'x'.repeat(100)});
  for (const [device] of ends.slice(1, 200)) await device.expect({flag: flag.call, command: 4,
    text: 'y'.repeat(maxBuffer)});
  await Promise.all(ends.map(([device]) => device.ping('nothing else')));
  // And one frame closes many.
  link.write(muxFrame(ids.slice(0, 255)));
  for (const [, client] of ends.slice(0, 255)) client.closedHere = true;
  for (const [device] of ends.slice(0, 255)) await device.expectEnd(code.closing, 'the backend closed the connection');
  await daemon.waitForMetric('ability_clients_num', 45);
  for (const [, client] of ends.slice(0, 255)) await client.waitForClose();
});

test('of ids that are not open, or twice there, or none, nobody else is the worse', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const ends = [await enter(t, {daemon, backend}), await enter(t, {daemon, backend}, {over: 'websocket'})];
  const [[, one], [, two]] = ends;
  const call = (command) => packet(flag.call, {command, buffer: 'x'});
  link.frame([one.id, one.id, two.id, one.id, 65_535, 1_000, two.id], call(1));
  link.frame([], call(2));
  link.write(muxFrame([]));
  link.frame([65_535], call(3));
  link.frame([65_535]);
  link.frame([1_000, one.id], call(4));
  link.frame([two.id], call(5));
  for (const [device, calls] of [[ends[0][0], [1, 4]], [ends[1][0], [1, 5]]]) {
    for (const command of calls) await device.expect({flag: flag.call, command});
    await device.expectQuiet();
  }
  assert.equal(await daemon.metric('ability_backend_links_num'), 1);
});

// -- the end of a client --

for (const over of carriers) {
  test(`when a client over ${over} is gone, the backend is told`, async (t) => {
    const {backend, daemon} = await startGateway(t);
    const [leaving, left] = await enter(t, {daemon, backend}, {over});
    const [crashing, crashed] = await enter(t, {daemon, backend}, {over});
    const [expelled, gone] = await enter(t, {daemon, backend}, {over});
    await leaving.leave();
    assert.equal(await left.waitForClose(), 'gateway');
    crashing.destroy();
    assert.equal(await crashed.waitForClose(), 'gateway');
    await daemon.post({command: 'disconnect', payload: {identifier: JSON.stringify({sid: expelled.sid}),
      reconnect: false}});
    await expelled.expectEnd(code.forbidden);
    assert.equal(await gone.waitForClose(), 'gateway');
  });

  test(`the backend closes a client over ${over}, which is told`, async (t) => {
    const {backend, daemon, link} = await startGateway(t);
    const [device, client] = await enter(t, {daemon, backend}, {over});
    const [other] = await enter(t, {daemon, backend}, {over});
    client.call(1, 'last words');
    client.close();
    await device.expect({flag: flag.call, command: 1});
    await device.expectEnd(code.closing, 'the backend closed the connection');
    assert.equal(await client.waitForClose(), 'gateway', 'a close is answered by a close');
    // What crosses the close on its way is for nobody.
    link.frame([client.id], packet(flag.call, {command: 2}));
    await other.ping();
    await daemon.waitForMetric('ability_clients_num', 1);
  });
}

test('what a client said before it left arrives before its end', async (t) => {
  const {backend, daemon} = await startGateway(t);
  const [device, client] = await enter(t, {daemon, backend});
  for (let at = 0; at < 50; at += 1) device.rpc(1, `${at} ${'x'.repeat(5_000)}`);
  device.socket.end();
  for (let at = 0; at < 50; at += 1) await client.expect({flag: flag.call, text: `${at} ${'x'.repeat(5_000)}`});
  assert.equal(await client.waitForClose(), 'gateway');
});

test('an id is used again only after both sides have closed it', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  backend.answersCloses = false;
  const [device, client] = await enter(t, {daemon, backend});
  await device.leave();
  await client.waitForClose();
  const ids = new Set();
  for (let made = 0; made < 20; made += 1) {
    const [, next] = await enter(t, {daemon, backend});
    assert.notEqual(next.id, client.id);
    ids.add(next.id);
  }
  // What still comes for the one that left is for nobody.
  client.call(1, 'too late');
  link.confirmClose(client);
  await link.settle();
  const [last, again] = await enter(t, {daemon, backend});
  assert.equal(again.id, client.id, 'now it is free');
  await last.expectQuiet();
  // And when the backend is the one who begins.
  again.close();
  await again.waitForClose();
  await last.expectEnd(code.closing);
  const [, third] = await enter(t, {daemon, backend});
  assert.equal(third.id, client.id);
});

test('when both close a client at the same time, it is closed once', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  backend.answersCloses = false;
  for (let round = 0; round < 30; round += 1) {
    const [device, client] = await enter(t, {daemon, backend}, {over: carriers[round % 2]});
    device.destroy();
    client.close();
    await client.waitForClose();
  }
  await link.settle();
  await daemon.waitForMetric('ability_clients_num', 0);
  const [, client] = await enter(t, {daemon, backend});
  assert.ok(client.id <= 30);
});

test('however clients come, call and go, on both sides nothing is left', async (t) => {
  const {backend, daemon, link} = await startGateway(t, {commands: {1: (one) => one.buffer}},
    ['--public', '--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0', '--fly-udp-idle-timeout', '500ms']);
  const before = await daemon.descriptors();
  let state = 362_436_069;
  const random = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const life = async () => {
    for (let round = 0; round < 12; round += 1) {
      const device = await greetFly(t, daemon, {over: ['tcp', 'websocket', 'udp'][random(3)]});
      const text = 'x'.repeat(random(1_000));
      for (let calls = random(4); calls > 0; calls -= 1) {
        await device.expect({flag: flag.reply, sequence: device.rpc(1, text), text});
      }
      const client = [...link.open.values()].find(({sid}) => sid === device.sid);
      device.rpc(2, 'one way');
      const end = random(4);
      if (end === 0) client.close();
      if (end === 1) device.destroy();
      if (end === 2) {
        client.close();
        device.destroy();
      }
      if (end === 3 && device.carrier !== 'udp') await device.leave();
      if (end === 0) await device.expectEnd(code.closing, 'the backend closed the connection');
    }
  };
  await Promise.all(Array.from({length: 20}, life));
  await daemon.waitForMetric('ability_clients_num', 0);
  await link.settle();
  await eventually('the backend to be told of all', () => link.open.size === 0,
    {detail: () => [...link.open.keys()].join()});
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 1);
  const highest = Math.max(...link.frames.map(({id}) => id));
  assert.ok(highest <= 240, `ids are used again: the highest was ${highest}`);
});

// -- a slow side --

for (const over of carriers) {
  test(`a client over ${over} that does not read is dropped, and does not hold up the link`, async (t) => {
    const {backend, daemon} = await startGateway(t, {commands: {1: (one) => one.buffer}}, ['--public',
      '--max-pending-size', '300000']);
    const [stalled, client] = await enter(t, {daemon, backend}, {over});
    const [healthy] = await enter(t, {daemon, backend}, {over});
    stalled.pause();
    const before = await daemon.memory();
    await eventually('the slow client to be dropped', async () => {
      for (let sent = 0; sent < 10; sent += 1) client.call(2, 'x'.repeat(60_000));
      await healthy.expect({flag: flag.reply, sequence: healthy.rpc(1, 'hi'), text: 'hi'});
      return client.gone;
    }, {every: 0});
    assert.equal(await daemon.metric('ability_disconnected_slow_clients_total'), 1);
    assert.ok((await daemon.memory()) - before < 20e6 * slack);
    stalled.destroy();
    await healthy.expect({flag: flag.reply, sequence: healthy.rpc(1, 'still'), text: 'still'});
  });
}

test('while the backend does not read, its clients wait, others go on; and then nothing is missing', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const [flood, client] = await enter(t, {daemon, backend});
  const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  await backend.nextClient();
  await browser.subscribe('s');
  await device.subscribe(1, 's');
  const before = await daemon.memory();
  link.socket.pause();
  const count = 600;
  for (let at = 0; at < count; at += 1) flood.rpc(1, `${at} ${'x'.repeat(50_000)}`);
  let last = -1;
  let same = 0;
  await eventually('the gateway to take no more', async () => {
    await daemon.publish('s', '1');
    assert.equal((await browser.next()).message, 1);
    const taken = await daemon.metric('ability_data_rcvd_total');
    same = taken === last ? same + 1 : 0;
    last = taken;
    return same === 20;
  }, {every: 5});
  assert.ok(last < count * 50_000, 'it took everything');
  assert.ok((await daemon.memory()) - before < 20e6 * slack, 'it holds no more than it must');
  link.socket.resume();
  for (let at = 0; at < count; at += 1) {
    const one = await client.expect({flag: flag.call, command: 1});
    assert.ok(one.buffer.toString() === `${at} ${'x'.repeat(50_000)}`);
  }
  await flood.ping();
});
