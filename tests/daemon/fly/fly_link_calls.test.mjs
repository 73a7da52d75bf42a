import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation, follow, gate, rejection} from '../support/app_script.mjs';
import {connectCable} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {eventually} from '../support/deadline.mjs';
import {assertPacket, code, connectFly, errorOf, flag, greetFly, packet, startFly} from '../support/fly.mjs';
import {linkCommand, linkedTo, linkId, muxFrame, startBackend, startGateway, waitForLinks} from '../support/fly_backend.mjs';

const identityOf = (client) => JSON.stringify({sid: client.sid});

// -- publications --

test('what a backend publishes reaches browsers and devices', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const [browser, tcp, websocket] = [await connectCable(t, daemon), await greetFly(t, daemon), await greetFly(t, daemon,
    {over: 'websocket'})];
  await browser.subscribe('s');
  await tcp.subscribe(1, 's');
  await websocket.subscribe(2, 's');
  const heard = async (data) => {
    assert.equal(await tcp.hear(1), data);
    assert.equal(await websocket.hear(2), data);
    assert.deepEqual((await browser.next()).message, JSON.parse(data));
  };
  link.publish({stream: 's', data: '{"a" : 1}'});
  await heard('{"a" : 1}');
  const sequence = link.publish({stream: 's', data: '2'}, {ack: true});
  await link.expect({flag: flag.reply, command: linkCommand.publish, sequence, text: ''});
  await heard('2');
  link.publish([{stream: 's', data: '3'}, {stream: 'other', data: '4'}, {stream: 's', data: '5'}]);
  await heard('3');
  await heard('5');
  link.publish({stream: 's', data: '6', meta: {exclude_socket: tcp.sid}});
  link.publish({stream: 's', data: '7'});
  assert.equal(await tcp.hear(1), '7');
  assert.equal(link.inbox.size, 0, 'only the one was to be acknowledged');
  link.publish({command: 'disconnect', payload: {identifier: identityOf(websocket), reconnect: false}});
  assert.deepEqual([await websocket.hear(2), await websocket.hear(2)], ['6', '7']);
  await websocket.expectEnd(code.forbidden, /remote/);
  for (let at = 0; at < 500; at += 1) link.publish({stream: 's', data: String(at)});
  for (let at = 0; at < 500; at += 1) assert.equal(await tcp.hear(1), String(at));
});

test('what makes no sense on id 0 is answered or dropped, and the link lives', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const device = await greetFly(t, daemon);
  await backend.nextClient();
  await device.subscribe(1, 's');
  for (const command of [0, 1, 2, 3, 5, 65_535]) {
    const sequence = link.publish({stream: 's', data: '1'}, {command});
    assert.equal(errorOf(await link.expect({flag: flag.error, command, sequence})).code, code.notFound);
  }
  const malformed = ['', 'no JSON', '{}', '7', '[1]', '{"stream":"s"}', '{"stream":1,"data":"1"}', '{"command":"explode"}',
    Buffer.from('{"stream":"\xff","data":"1"}', 'latin1'), '['.repeat(60_000)];
  for (const text of malformed) {
    for (const ack of [false, true]) {
      const sequence = link.publish(text, {ack});
      const answer = await link.expect({flag: flag.error, command: linkCommand.publish, sequence});
      assert.equal(errorOf(answer).code, code.badPayload, String(text).slice(0, 50));
      assert.ok(errorOf(answer).text.length > 0);
    }
  }
  for (const by of [flag.reply, flag.error, flag.helo, flag.heloAnswer, flag.heloError, flag.message, flag.subscribe,
    flag.pong, 0x83, 0x80, 0xb1]) {
    link.send(by, {command: 1, sequence: 9, buffer: 'garbage'});
  }
  for (const byte of muxFrame([linkId], packet(flag.ping, {sequence: 3,
    buffer: 'in pieces'}))) link.write(Buffer.from([byte]));
  await link.expect({flag: flag.pong, sequence: 3, text: 'in pieces'});
  link.publish({stream: 's', data: '"after"'});
  assert.equal(await device.hear(1), '"after"');
  assert.equal(await daemon.metric('ability_failed_broadcast_msg_total'), malformed.length * 2);
  assert.equal(await daemon.metric('ability_backend_links_num'), 1);
});

test('random bytes on a link harm its clients at most', async (t) => {
  const {backend, daemon} = await startGateway(t);
  const browser = await connectCable(t, daemon);
  await browser.subscribe('s');
  let state = 123_456_789;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let round = 0; round < 8; round += 1) {
    const link = backend.links.at(-1);
    for (let made = 0; made < 3; made += 1) {
      const device = await connectFly(t, daemon);
      device.send(flag.helo, {buffer: '{}'});
      await backend.nextClient();
    }
    link.write(Buffer.from(Array.from({length: 20_000}, (_, at) => (at % 3 ? random() & (round % 2 ? 3 : 255) : 0))));
    link.socket.end();
    await link.waitForClose();
    await backend.nextLink();
    await waitForLinks(daemon, 1);
    backend.faults.length = 0;  // what crosses such bytes is no fault of the gateway
  }
  await daemon.waitForMetric('ability_clients_num', 1);
  await daemon.publish('s', '1');
  assert.equal((await browser.next()).message, 1);
});

// -- the application on id 0 --

const app = (script = {}) => ({script});

test('a browser connects, subscribes, speaks and leaves through the backend', async (t) => {
  const {backend, daemon} = await startGateway(t, app({
    subscribe: ({body}) => (body.identifier.includes('Secret') ? {status: 2, transmissions: [rejection(body.identifier)]}
      : {status: 1, streams: ['room'], transmissions: [confirmation(body.identifier)], env: {istate: {seat: '1'}}}),
    message: ({body}) => ({status: 1, transmissions: [JSON.stringify({identifier: body.identifier,
      message: `heard ${body.data}`})]}),
  }), ['--broadcast-key', 'none']);
  const browser = await connectCable(t, daemon, {path: '/cable?room=1', headers: {cookie: 'a=1'}});
  const {sid, body} = await backend.app.next('connect');
  assert.equal(sid, browser.sid, 'of which the application has made the welcome');
  const identity = JSON.stringify({user: sid});
  assert.deepEqual(body.env.headers, {cookie: 'a=1', REMOTE_ADDR: '127.0.0.1'});
  assert.match(body.env.url, /\/cable\?room=1$/);
  const identifier = await join(browser);
  const asked = await backend.app.next('subscribe');
  assert.equal(asked.body.command, 'subscribe');
  assert.equal(asked.body.identifier, identifier);
  assert.equal(asked.body.connection_identifiers, identity);
  assert.equal(asked.sid, sid);
  browser.send({command: 'subscribe', identifier: channel('Secret')});
  assert.equal((await browser.next()).type, 'reject_subscription');
  act(browser, identifier, '{"action":"speak"}');
  const spoken = await backend.app.next('message');
  assert.equal(spoken.body.data, '{"action":"speak"}');
  assert.deepEqual(spoken.body.env.istate, {seat: '1'});
  assert.equal((await browser.next()).message, 'heard {"action":"speak"}');
  backend.links[0].publish({stream: 'room', data: '1'});
  assert.deepEqual(await browser.next(), {identifier, message: 1});
  browser.send({command: 'unsubscribe', identifier});
  await backend.app.next('unsubscribe');
  await join(browser, channel('Other'));
  await browser.leave();
  const left = await backend.app.next('disconnect');
  assert.equal(left.sid, sid);
  assert.equal(left.body.identifiers, identity);
  assert.deepEqual(left.body.subscriptions, [channel('Other')]);
  assert.equal(backend.arrived.size, 0, 'a browser has no place on the link');
});

test('a device is let in by the backend\'s application, and then introduced to it', async (t) => {
  const {backend, daemon} = await startGateway(t, app({subscribe: follow('room')}), ['--broadcast-key', 'none']);
  const device = await greetFly(t, daemon, {helo: {headers: {cookie: 'c=1'}}});
  const {sid, body} = await backend.app.next('connect');
  assert.equal(sid, device.sid);
  assert.equal(body.env.headers.cookie, 'c=1');
  const client = await backend.nextClient();
  assert.equal(client.sid, sid);
  assert.equal(client.helo.identity, JSON.stringify({user: sid}));
  await device.subscribe(1, channel());
  assert.equal((await backend.app.next('subscribe')).body.identifier, channel());
  backend.links[0].publish({stream: 'room', data: '"x"'});
  assert.equal(await device.hear(1), '"x"');
  device.destroy();
  await client.waitForClose();
  assert.deepEqual((await backend.app.next('disconnect')).body.subscriptions, [channel()]);
});

test('a call that fails keeps clients out, each in its way', async (t) => {
  let answer;
  const {backend, daemon} = await startGateway(t, app({connect: () => answer}), ['--rpc-command-timeout', '300ms']);
  for (const [each, number] of [
    [{status: 2}, code.unauthorized], [{status: 0}, code.closing], [{error: [code.notFound, 'unknown']}, code.closing],
    [{error: [20_000, 'failed']}, code.closing], [{error: [code.closing]}, code.closing], [{error: [code.tooMany]},
      code.closing],
    [{status: 'x'}, code.closing], [undefined, code.closing]]) {
    answer = each;
    const device = await connectFly(t, daemon);
    device.send(flag.helo, {buffer: '{}'});
    await device.expectEnd(number, /./);
  }
  assert.equal(backend.arrived.size, 0);
  assert.equal(await daemon.metric('ability_backend_links_num'), 1);
});

test('calls, replies and publications may be as long as a packet, and no longer', async (t) => {
  const large = 'x'.repeat(64_000);
  const {backend, daemon, link} = await startGateway(t, app({
    subscribe: ({body}) => ({status: 1, streams: ['s'], transmissions: [confirmation(body.identifier)]}),
    message: ({body}) => ({status: 1, transmissions: [
      JSON.stringify({identifier: body.identifier, message: body.data.slice(0, 60_000)})]}),
  }), ['--broadcast-key', 'none', '--max-message-size', '200000']);
  const browser = await connectCable(t, daemon);
  const identifier = await join(browser);
  act(browser, identifier, large);
  assert.ok((await backend.app.next('message')).body.data === large);
  assert.equal((await browser.next()).message.length, 60_000);
  // One that cannot be asked for fails alone.
  const failed = await daemon.metric('ability_failed_client_msg_total');
  act(browser, identifier, 'y'.repeat(100_000));
  act(browser, identifier, 'after');
  assert.equal((await backend.app.next('message')).body.data, 'after');
  assert.equal((await browser.next()).message, 'after');
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), failed + 1);
  const publication = {stream: 's', data: ''};
  publication.data = JSON.stringify('z'.repeat(65_535 - JSON.stringify(publication).length - 4 - 2));
  const sequence = link.publish(publication, {ack: true});
  await link.expect({flag: flag.reply, command: linkCommand.publish, sequence, text: ''});
  assert.ok((await browser.next()).message === JSON.parse(publication.data));
  await browser.expectQuiet();
});

test('a reply that comes late, or twice, is nobody else\'s', async (t) => {
  const late = [];
  const {daemon, link} = await startGateway(t, app({connect: (call) => {
    late.push(call);
    return undefined;
  }}), ['--rpc-command-timeout', '300ms']);
  const reply = (sequence, user) => link.send(flag.reply, {command: linkCommand.connect, sequence, buffer: JSON.stringify(
    {status: 1, identifiers: user, transmissions: []})});
  const first = await connectFly(t, daemon);
  first.send(flag.helo, {buffer: '{}'});
  await first.expectEnd(code.closing, /./);
  const second = await connectFly(t, daemon);
  second.send(flag.helo, {buffer: '{}'});
  await eventually('the next call', () => late.at(-1).body && late.length >= 2 && late.at(-1).sequence !== late[0].sequence);
  reply(late[0].sequence, 'too late');
  reply(late[0].sequence, 'too late again');
  link.send(flag.reply, {command: linkCommand.disconnect, sequence: late.at(-1).sequence, buffer: '{"status":1}'});
  await link.settle();
  assert.equal(second.packets, 0);
  reply(late.at(-1).sequence, 'in time');
  await second.expect({flag: flag.heloAnswer});
});

test('of many calls at a time none gets another\'s reply', async (t) => {
  const held = gate();
  const inFlight = new Set();
  let most = 0;
  const {daemon} = await startGateway(t, app({connect: async (call) => {
    assert.ok(!inFlight.has(call.sequence), `sequence ${call.sequence} is taken twice`);
    inFlight.add(call.sequence);
    most = Math.max(most, inFlight.size);
    await held.opened;
    inFlight.delete(call.sequence);
    return {status: 1, identifiers: JSON.stringify({cookie: call.body.env.headers.cookie})};
  }}), ['--rpc-concurrency', '1000', '--broadcast-key', 'none']);
  const devices = [];
  for (let made = 0; made < 300; made += 1) {
    const device = await connectFly(t, daemon);
    device.send(flag.helo, {sequence: 1, buffer: JSON.stringify({headers: {cookie: String(made)}})});
    devices.push(device);
  }
  await eventually('as many calls as there are numbers', () => inFlight.size === 256);
  held.open();
  let entered = 0;
  for (const [made, device] of devices.entries()) {
    const answer = await device.next();
    if (answer.flag !== flag.heloAnswer) {
      assertPacket(answer, {flag: flag.heloError});
      continue;
    }
    entered += 1;
    await daemon.post({command: 'disconnect', payload: {identifier: JSON.stringify({cookie: String(made)}),
      reconnect: true}});
    await device.expectEnd(code.closing, /remote/);
  }
  assert.equal(most, 256);
  assert.equal(entered, 300, 'those who had to wait for a number get in, too');
});

test('a call is made again on the next link, if the one it was on is lost', async (t) => {
  const {backend, daemon, link} = await startGateway(t, app({connect: () => undefined}), ['--broadcast-key', 'none']);
  const device = await connectFly(t, daemon);
  device.send(flag.helo, {sequence: 1, buffer: '{}'});
  await backend.app.next('connect');
  backend.app.script.connect = {status: 1, identifiers: 'x'};
  link.socket.destroy();
  const answer = await device.next();
  // Within its three seconds the call may be tried again, or be given up.
  if (answer.flag === flag.heloError) assert.equal(errorOf(answer).code, code.closing);
  else assertPacket(answer, {flag: flag.heloAnswer});
  await waitForLinks(daemon, 1);
  await eventually('somebody to get in', async () => {
    const next = await connectFly(t, daemon);
    next.send(flag.helo, {sequence: 1, buffer: '{}'});
    return (await next.next()).flag === flag.heloAnswer;
  }, {every: 50});
});

// -- two backends --

test('of two backends each client has one, for its calls and for what the application is asked', async (t) => {
  const backends = [await startBackend(t, {name: 'a'}), await startBackend(t, {name: 'b'})];
  for (const backend of backends) {
    backend.commands[1] = () => backend.name;
    backend.app.script.connect = ({body}) => ({status: 1, identifiers: JSON.stringify([backend.name,
      body.env.headers.cookie])});
  }
  const daemon = await startFly(t, [...linkedTo(...backends), '--lanes', '2', '--broadcast-key', 'none',
    '--public-streams']);
  await waitForLinks(daemon, 4);
  const devices = {a: [], b: []};
  for (let made = 0; made < 40; made += 1) {
    const device = await greetFly(t, daemon, {helo: {headers: {cookie: String(made)}}});
    const answer = await device.expect({flag: flag.reply, sequence: device.rpc(1)});
    const name = answer.buffer.toString();
    devices[name].push(device);
    const backend = backends.find((each) => each.name === name);
    const client = await backend.nextClient();
    assert.equal(client.sid, device.sid);
    assert.deepEqual(JSON.parse(client.helo.identity), [name, String(made)], 'the same backend has let it in');
    for (let again = 0; again < 3; again += 1) await device.expect({flag: flag.reply, sequence: device.rpc(1), text: name});
  }
  assert.ok(devices.a.length > 3 && devices.b.length > 3, `${devices.a.length} and ${devices.b.length}`);
  await devices.b[0].subscribe(1, 's');
  await backends[0].stop();
  for (const device of devices.a) await device.expectEnd(code.closing, 'the link to the backend is lost');
  for (const device of devices.b) await device.expect({flag: flag.reply, sequence: device.rpc(1), text: 'b'});
  await daemon.publish('s', '1');
  assert.equal(await devices.b[0].hear(1), '1');
  await waitForLinks(daemon, 2);
  for (let made = 0; made < 10; made += 1) {
    const device = await greetFly(t, daemon);
    await device.expect({flag: flag.reply, sequence: device.rpc(1), text: 'b'});
  }
  await backends[0].start();
  await waitForLinks(daemon, 4);
  for (const device of devices.b) await device.expect({flag: flag.reply, sequence: device.rpc(1), text: 'b'});
});
