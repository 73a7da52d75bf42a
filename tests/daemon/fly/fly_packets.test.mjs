import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {eventually} from '../support/deadline.mjs';
import {assertPacket, carriers, code, connectFly, errorOf, flag, flyPort, greetFly, maxBuffer, packet, startFly,
  subprotocol, unpack} from '../support/fly.mjs';
import {connectRaw, frame, opcodes} from '../support/raw.mjs';

const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const rawFly = (t, daemon) => connectRaw(t, flyPort(daemon));

/** Waits for so many bytes of the daemon. */
async function bytesOf(raw, count) {
  await eventually(`${count} bytes`, () => raw.buffer.length >= count, {every: 1});
  return raw.buffer;
}

// -- golden bytes of the protocol --

test('packets are, bit by bit, what the protocol says', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const raw = await rawFly(t, daemon);
  raw.write(hex('81 00 00 01 00 02 00 00'));
  assert.deepEqual(await bytesOf(raw, 8), hex('82 00 00 01 00 02 00 00'));
  raw.buffer = Buffer.alloc(0);
  raw.write(hex('c0 01 02 03 00 02 68 69'));
  const answer = await bytesOf(raw, 10);
  assert.deepEqual(answer.subarray(0, 4), hex('c3 01 02 03'));
  assert.equal(answer.readUInt16BE(4), answer.length - 6);
  assert.deepEqual(answer.subarray(6, 10), hex('00 00 27 10'));
  raw.buffer = Buffer.alloc(0);
  raw.write(hex('01 12 34 07 00 01 73'));
  assert.deepEqual(await bytesOf(raw, 6), hex('04 12 34 07 00 00'));
  raw.buffer = Buffer.alloc(0);
  await daemon.publish('s', '[1]');
  assert.deepEqual(await bytesOf(raw, 9), hex('00 12 34 00 00 03 5b 31 5d'));
});

test('over WebSocket one binary message is one packet', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const raw = await connectRaw(t, daemon.port);
  await raw.upgrade({protocol: subprotocol});
  raw.write(frame(opcodes.binary, hex('81 00 00 01 00 02 00 00')));
  const {opcode, payload, fin, masked, rsv} = await raw.nextFrame();
  assert.deepEqual({opcode, payload, fin, masked, rsv},
    {opcode: opcodes.binary, payload: hex('82 00 00 01 00 02 00 00'), fin: true, masked: false, rsv: 0});
});

// -- pieces --

const conversation = () => Buffer.concat([
  packet(flag.helo, {sequence: 1, buffer: '{"version":1}'}), packet(flag.ping, {sequence: 2, buffer: 'ping'}),
  packet(flag.subscribe, {command: 1, sequence: 3, buffer: 's'}), packet(flag.call, {command: 9, sequence: 4,
    buffer: 'call'}),
  packet(flag.message, {command: 1, sequence: 5, buffer: '{"a":1}'}),
]);

test('a stream may come byte by byte', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const [to, from] = [await greetFly(t, daemon), await connectFly(t, daemon)];
  await to.subscribe(1, 's');
  for (const byte of conversation()) {
    await new Promise((resolve) => from.socket.write(Buffer.from([byte]), resolve));
  }
  await from.expect({flag: flag.heloAnswer, sequence: 1});
  const seen = new Map();
  for (let got = 0; got < 3; got += 1) {
    const one = await from.next();
    seen.set(one.sequence, one.flag);
  }
  assert.deepEqual([...seen].sort(), [[2, flag.pong], [3, flag.confirm], [4, flag.error]]);
  assert.equal(await to.hear(1), '{"a":1}');
});

test('many packets may come in one write, and in pieces that end anywhere', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const client = await greetFly(t, daemon);
  for (const step of [1_000_000, 16_384, 4_097, 7]) {
    const all = Buffer.concat(Array.from({length: step === 7 ? 200 : 3_000},
      (_, at) => packet(flag.ping, {command: at, sequence: at & 255, buffer: 'x'.repeat(at % 50)})));
    const count = step === 7 ? 200 : 3_000;
    for (let at = 0; at < all.length; at += step) client.write(all.subarray(at, at + step));
    for (let at = 0; at < count; at += 1) {
      await client.expect({flag: flag.pong, sequence: at & 255, text: 'x'.repeat(at % 50)});
    }
  }
});

test('a stream that ends anywhere ends that connection only', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const bystander = await greetFly(t, daemon);
  const before = await daemon.descriptors();
  const all = conversation();
  await Promise.all(Array.from({length: all.length}, async (_, length) => {
    const raw = await rawFly(t, daemon);
    raw.socket.end(all.subarray(0, length));
    raw.socket.resume();
    await raw.waitForEnd();
    assert.equal(raw.error, undefined, 'its end is answered by an end');
  }));
  await daemon.waitForMetric('ability_clients_num', 1);
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 1);
  await bystander.expectQuiet();
});

test('a WebSocket that ends anywhere ends that connection only', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const bystander = await greetFly(t, daemon, {over: 'websocket'});
  const all = Buffer.concat([frame(opcodes.binary, packet(flag.helo, {buffer: '{}'})),
    frame(opcodes.binary, packet(flag.subscribe, {buffer: 's'}))]);
  await Promise.all(Array.from({length: all.length}, async (_, length) => {
    const raw = await connectRaw(t, daemon.port);
    await raw.upgrade({protocol: subprotocol});
    raw.socket.end(all.subarray(0, length));
    await raw.waitForEnd();
  }));
  await daemon.waitForMetric('ability_clients_num', 1);
  await bystander.expectQuiet();
});

test('what is answered reaches a client that has ended its output', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const client = await greetFly(t, daemon);
  client.socket.end(packet(flag.ping, {sequence: 1, buffer: 'x'.repeat(60_000)}));
  await client.expect({flag: flag.pong, sequence: 1});
  await client.waitForEnd();
});

test('random bytes end that connection only', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const bystander = await greetFly(t, daemon);
  let state = 88_172_645;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let made = 0; made < 40; made += 1) {
    const raw = await rawFly(t, daemon);
    raw.socket.end(Buffer.from(Array.from({length: 200 + random() % 5000}, () => random() & (made % 2 ? 255 : 0xc7))));
    await raw.waitForEnd();
  }
  await bystander.expectQuiet();
  await daemon.waitForMetric('ability_clients_num', 1);
});

// -- options --

for (const over of carriers) {
  test(`options that are not known are ignored over ${over}, and not sent back`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const [client, other] = [await connectFly(t, daemon, {over}), await greetFly(t, daemon)];
    client.send(flag.helo | 0x3c, {sequence: 1, buffer: '{}'});
    await client.expect({flag: flag.heloAnswer, sequence: 1});
    client.send(flag.call | 0x20, {command: 5, sequence: 2});
    await client.expect({flag: flag.error, command: 5, sequence: 2});
    client.send(flag.subscribe | 0x20, {command: 1, sequence: 3, buffer: 's'});
    await client.expect({flag: flag.confirm, command: 1, sequence: 3});
    client.send(flag.ping | 0x0c, {sequence: 4});
    await client.expect({flag: flag.pong, sequence: 4});
    await other.subscribe(1, 's');
    client.send(flag.message | 0x20, {command: 1, buffer: '1'});
    await other.expect({flag: flag.message, command: 1, text: '1'});
    client.send(flag.unsubscribe | 0x20, {command: 1, sequence: 5});
    await client.expectQuiet();
    await daemon.publish('s', '2');
    assert.equal(await other.hear(1), '2');
    await client.expectQuiet();
  });

  test(`packets that ask for nothing get nothing over ${over}`, async (t) => {
    const daemon = await startFly(t, ['--public', '--debug']);
    const client = await greetFly(t, daemon, {over});
    await client.subscribe(1, 's');
    const failed = await daemon.metric('ability_failed_client_msg_total');
    const stray = [
      flag.ping | flag.pong, 0x80, 0x80 | 0x0c,  // both, neither
      flag.reply, flag.error, flag.reply | 0x04,  // to no call
      flag.confirm, flag.reject, flag.subscribe | flag.unsubscribe, flag.confirm | flag.subscribe,
      0xb0, 0xb1, 0xb2, 0xb8, 0xbf,  // the legacy profile
    ];
    for (const flagByte of stray) client.send(flagByte, {command: 1, sequence: 1, buffer: 'x'});
    client.send(flag.pong, {sequence: 1, buffer: 'a pong that nobody asked for'});
    await client.expectQuiet();
    assert.equal(await daemon.metric('ability_failed_client_msg_total'), failed + stray.length);
    await daemon.waitForLog(/legacy.*0xB0/i);
    await daemon.publish('s', '1');
    assert.equal(await client.hear(1), '1');
  });

  test(`a ping over ${over} comes back as it is, from 0 to 65,535 bytes`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const client = await connectFly(t, daemon, {over});
    for (const size of [0, 1, 119, 120, 125, 126, 65_529, 65_530, maxBuffer]) {
      const buffer = Buffer.alloc(size, (at) => at);
      client.send(flag.ping, {command: 0x1234, sequence: 200, buffer});
      await client.expect({flag: flag.pong, sequence: 200, bytes: buffer});
    }
    assert.equal(await daemon.metric('ability_clients_num'), 0, 'to be pinged, one need not be let in');
    await client.helo();
  });

  test(`without a backend every call over ${over} is answered: not found`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const client = await connectFly(t, daemon, {over});
    for (const [command, buffer] of [[0, ''], [1, 'x'], [65_535, 'y'.repeat(maxBuffer)]]) {
      for (const by of [flag.call, flag.rawCall, flag.ackCall]) {
        const sequence = client.rpc(command, buffer, {flag: by});
        const answer = await client.expect({flag: flag.error, command, sequence});
        assert.equal(errorOf(answer).code, code.notFound);
      }
    }
    await client.expectQuiet();
  });

  test(`zeros over ${over} are messages to nobody`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const [client, other] = [await connectFly(t, daemon, {over}), await greetFly(t, daemon)];
    await other.subscribe(1, 's');
    for (let sent = 0; sent < 100; sent += 1) client.write(Buffer.alloc(6));
    await client.expectQuiet();
    assert.equal(await daemon.metric('ability_failed_client_msg_total'), 100);
    await client.subscribe(0, 's');
    client.write(Buffer.alloc(6));
    assert.equal(await other.hear(1), '');
  });
}

// -- WebSocket --

for (const [what, messages, closed] of [
  ['a text message', [[opcodes.text, packet(flag.subscribe, {buffer: 's'})]], 1003],
  ['an empty message', [[opcodes.binary, '']], 1002],
  ['less than a header', [[opcodes.binary, packet(flag.ping).subarray(0, 5)]], 1002],
  ['a packet that is cut off', [[opcodes.binary, packet(flag.ping, {buffer: 'abc', length: 4})]], 1002],
  ['a packet with more behind it', [[opcodes.binary, packet(flag.ping, {buffer: 'abc', length: 2})]], 1002],
  ['two packets in one message', [[opcodes.binary, Buffer.concat([packet(flag.ping), packet(flag.ping)])]], 1002],
  ['a message that is longer than any packet', [[opcodes.binary, Buffer.alloc(6 + maxBuffer + 1)]], 1009],
  ['invalid UTF-8 as text', [[opcodes.text, Buffer.from([0xff])]], 1007],
]) {
  test(`${what} closes a WebSocket with ${closed}, and no other`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const bystander = await greetFly(t, daemon, {over: 'websocket'});
    for (const greeted of [false, true]) {
      const raw = await connectRaw(t, daemon.port);
      await raw.upgrade({protocol: subprotocol});
      if (greeted) {
        raw.write(frame(opcodes.binary, packet(flag.helo, {buffer: '{}'})));
        assertPacket(unpack((await raw.nextFrame()).payload), {flag: flag.heloAnswer});
      }
      for (const [opcode, payload] of messages) raw.write(frame(opcode, payload));
      raw.write(frame(opcodes.binary, packet(flag.ping)));
      assert.equal(await raw.closeCode(), closed);
    }
    await daemon.waitForMetric('ability_clients_num', 1);
    await bystander.ping();
  });
}

test('a WebSocket\'s own ping and close are answered', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const raw = await connectRaw(t, daemon.port);
  await raw.upgrade({protocol: subprotocol});
  raw.write(frame(opcodes.ping, 'x'));
  const {opcode, payload} = await raw.nextFrame();
  assert.equal(opcode, opcodes.pong);
  assert.equal(payload.toString(), 'x');
  raw.write(frame(opcodes.close, Buffer.from([0x03, 0xe8])));
  assert.equal(await raw.closeCode(), 1000);
});

test('no Action Cable pings disturb a FlyRPC client', async (t) => {
  const daemon = await startFly(t, ['--public', '--ping-interval', '1']);
  const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  await browser.nextPing();
  await browser.nextPing();
  await device.expectQuiet();
});

// -- too much --

for (const over of carriers) {
  test(`a client over ${over} that pings and never reads costs bounded memory, and harms nobody`, async (t) => {
    const daemon = await startFly(t, ['--public', '--lanes', '1']);
    const [storm, device, browser] = [await greetFly(t, daemon, {over}), await greetFly(t, daemon),
      await connectCable(t, daemon)];
    await device.subscribe(1, 's');
    await browser.subscribe('s');
    const before = await daemon.memory();
    storm.pause();
    const burst = Buffer.concat(Array.from({length: 16}, () => packet(flag.ping, {buffer: Buffer.alloc(maxBuffer)})));
    for (let sent = 0; sent < 60; sent += 1) storm.write(burst);
    let last = -1;
    let same = 0;
    await eventually('the daemon to take no more', async () => {
      await daemon.publish('s', '1');
      assert.equal(await device.hear(1), '1');
      assert.equal((await browser.next()).message, 1);
      const taken = await daemon.metric('ability_data_rcvd_total');
      const grown = (await daemon.memory()) - before;
      assert.ok(grown < 20e6, `memory grew by ${grown}`);
      same = taken === last ? same + 1 : 0;
      last = taken;
      return same === 20;
    }, {every: 5});
    assert.ok(last < 30e6, `${last} bytes were taken of one that does not read`);
    storm.destroy();
    await daemon.waitForMetric('ability_clients_num', 2);
  });

  test(`a client over ${over} that reads its pongs late gets every one`, async (t) => {
    const daemon = await startFly(t, ['--public', '--max-pending-size', '4000000']);
    const client = await greetFly(t, daemon, {over});
    client.pause();
    const count = 150;
    for (let at = 0; at < count; at += 1) client.send(flag.ping, {sequence: at, buffer: Buffer.alloc(20_000, at)});
    client.resume();
    for (let at = 0; at < count; at += 1) {
      await client.expect({flag: flag.pong, sequence: at, bytes: Buffer.alloc(20_000, at)});
    }
    await client.expectQuiet();
  });
}

test('commands that come too fast are rejected, and may be tried again', async (t) => {
  const daemon = await startFly(t, ['--public', '--max-commands-per-second', '10']);
  const client = await greetFly(t, daemon);
  const all = Array.from({length: 30}, (_, at) => packet(flag.subscribe, {command: at, sequence: at, buffer: `s${at}`}));
  client.write(Buffer.concat(all));
  const answers = new Map();
  for (const _ of all) {
    const one = await client.next();
    assert.equal(one.command, one.sequence);
    answers.set(one.command, one.flag);
  }
  assert.equal(answers.size, 30);
  for (let at = 0; at < 10; at += 1) assert.equal(answers.get(at), flag.confirm);
  assert.equal(answers.get(29), flag.reject);
  await eventually('the allowance to come back', async () => {
    client.write(all[29]);
    return (await client.next()).flag === flag.confirm;
  }, {every: 50});
});

test('no more than --max-subscriptions', async (t) => {
  const daemon = await startFly(t, ['--public', '--max-subscriptions', '3']);
  const client = await greetFly(t, daemon);
  for (let at = 0; at < 3; at += 1) await client.subscribe(at, `s${at}`);
  assert.match(await client.refusedSubscribe(9, 's9'), /too many/);
  client.unsubscribe(0);
  await client.subscribe(9, 's9');
});
