// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {keepAlive, request} from '../support/http.mjs';
import {connectRaw} from '../support/raw.mjs';
import {freePort} from '../support/ports.mjs';

async function daemonWithSubscriber(t, args = [], stream = 's') {
  const daemon = await startDaemon(t, ['--public', ...args]);
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe(stream);
  return {daemon, cable, identifier};
}

test('data that is JSON arrives as the very text it was: key order, big integers, escapes and all', async (t) => {
  const {daemon, cable, identifier} = await daemonWithSubscriber(t);
  const texts = [
    '{"b":1,"a":12345678901234567890}',
    '{"z":1.0,"e":1e2,"y":{"b":[],"a":{}},"u":"\\u00e9\\/<&>","":null}',
    '0.10000000000000000000001',
    '"text"', 'true', 'null', '[]',
    '{"twice":1,"twice":2}',
    '{"😀":"é"}',
  ];
  for (const text of texts) {
    await daemon.publish('s', text);
    assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":${text}}`);
  }
});

test('data that is no text is the message, byte for byte', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe('s');
  const values = [String.raw`{"b":1, "a":12345678901234567890,"e":"\u00e9","cut":"\ud83d"}`, '[1,[2],{}]', '1.50', '1e400', 'true', 'null', '"text"'];
  for (const data of values) {
    const answer = await daemon.post(`{"data":${data},"stream":"s"}`);
    assert.equal(answer.status, 201, answer.body);
    assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":${data}}`);
  }
});

test('the publication that the issue shows arrives as it says', async (t) => {
  const {daemon, cable, identifier} = await daemonWithSubscriber(t);
  const answer = await daemon.post(String.raw`{"stream":"s","data":"{\"b\":1,\"a\":12345678901234567890}"}`);
  assert.equal(answer.status, 201);
  assert.equal(await cable.nextText(),
    `{"identifier":${JSON.stringify(identifier)},"message":{"b":1,"a":12345678901234567890}}`);
});

test('data that is not JSON arrives as a string', async (t) => {
  const {daemon, cable, identifier} = await daemonWithSubscriber(t);
  const texts = ['hello', '', '{"half":', '{a:1}', 'NaN', '01', '"open', 'line\nline\t\u0001 "quoted" \\ é 😀', '[1] 2'];
  for (const text of texts) {
    await daemon.publish('s', text);
    assert.deepEqual(await cable.next(), {identifier, message: text});
  }
});

test('a batch arrives in its order', async (t) => {
  const {daemon, cable, identifier} = await daemonWithSubscriber(t);
  const batch = Array.from({length: 500}, (_, at) => ({stream: 's', data: String(at)}));
  assert.equal((await daemon.post(batch)).status, 201);
  for (let at = 0; at < 500; at += 1) assert.deepEqual(await cable.next(), {identifier, message: at});
});

test('a batch may go to several streams', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const other = await connectCable(t, daemon);
  await other.subscribe('other');
  assert.equal((await daemon.post([{stream: 's', data: '1'}, {stream: 'other', data: '2'}])).status, 201);
  assert.equal((await cable.next()).message, 1);
  assert.equal((await other.next()).message, 2);
});

test('every subscriber gets a broadcast', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const cables = [];
  for (let made = 0; made < 200; made += 1) cables.push(await connectCable(t, daemon));
  await Promise.all(cables.map((cable) => cable.subscribe('all')));
  await daemon.publish('all', '"hello"');
  for (const cable of cables) assert.equal((await cable.next()).message, 'hello');
});

test('a stream that nobody follows takes broadcasts, too', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  await daemon.publish('nobody', '1');
  await daemon.waitForMetric('ability_broadcast_msg_total', 1);
});

test('a stream may have any name', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  for (const name of [' ', 'a b/c?d#e*', 'é😀', '"quoted"', 'tab\tline\n', 'x'.repeat(3000), 'null', '__anycable__']) {
    await cable.subscribe(name);
    await daemon.publish(name, '1');
    assert.equal((await cable.next()).message, 1);
  }
});

test('a large broadcast arrives whole', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  for (const size of [125, 126, 65_535, 65_536, 900_000]) {
    const text = JSON.stringify('x'.repeat(size));
    await daemon.publish('s', text);
    assert.equal((await cable.next()).message.length, size);
  }
});

test('meta.exclude_socket spares one session, and only that broadcast', async (t) => {
  const {daemon, cable, identifier} = await daemonWithSubscriber(t);
  const other = await connectCable(t, daemon);
  await other.subscribe('s');
  await daemon.publish('s', '1', {meta: {exclude_socket: cable.sid}});
  await daemon.publish('s', '2');
  assert.equal((await other.next()).message, 1);
  assert.equal((await other.next()).message, 2);
  assert.deepEqual(await cable.next(), {identifier, message: 2});
  await cable.expectQuiet();
});

test('in a batch every publication has its own meta', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const other = await connectCable(t, daemon);
  await other.subscribe('s');
  const batch = Array.from({length: 30}, (_, at) => ({
    stream: 's', data: String(at), meta: {exclude_socket: [cable.sid, other.sid, 'nobody'][at % 3]},
  }));
  assert.equal((await daemon.post(batch)).status, 201);
  for (let at = 0; at < 30; at += 1) {
    if (at % 3 !== 0) assert.equal((await cable.next()).message, at);
    if (at % 3 !== 1) assert.equal((await other.next()).message, at);
  }
  await cable.expectQuiet();
  await other.expectQuiet();
});

test('meta.broadcast_type becomes the type of the message', async (t) => {
  const {daemon, cable, identifier} = await daemonWithSubscriber(t);
  await daemon.publish('s', '{"n":1}', {meta: {broadcast_type: 'presence', transient: true}});
  assert.deepEqual(await cable.next(), {type: 'presence', identifier, message: {n: 1}});
  await daemon.publish('s', '2', {meta: {}});
  assert.deepEqual(await cable.next(), {identifier, message: 2});
});

test('unknown keys in a publication are ignored', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const answer = await daemon.post({id: 9, stream: 's', data: '1', meta: {color: 'red'}, extra: {stream: 'other'}});
  assert.equal(answer.status, 201);
  assert.equal((await cable.next()).message, 1);
});

test('one connection posts many times, in order', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const agent = keepAlive(t);
  for (let at = 0; at < 200; at += 1) await daemon.publish('s', String(at), {agent});
  assert.equal(Object.values(agent.sockets).flat().length + Object.values(agent.freeSockets).flat().length, 1);
  for (let at = 0; at < 200; at += 1) assert.equal((await cable.next()).message, at);
});

test('pipelined posts are answered and delivered in order', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const raw = await connectRaw(t, daemon.port);
  const posts = Array.from({length: 50}, (_, at) => {
    const body = JSON.stringify({stream: 's', data: String(at)});
    return `POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  });
  raw.write(`${posts.join('')}GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  for (let at = 0; at < 50; at += 1) assert.equal((await raw.nextResponse()).status, 201);
  assert.equal((await raw.nextResponse()).status, 200);
  for (let at = 0; at < 50; at += 1) assert.equal((await cable.next()).message, at);
});

test('a body may come in chunks, and they may be split anywhere', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const raw = await connectRaw(t, daemon.port);
  const body = JSON.stringify({stream: 's', data: '"in chunks: é"'});
  const bytes = Buffer.from(body);
  const chunk = (part) => Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
  const request = Buffer.concat([
    Buffer.from('POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'),
    chunk(bytes.subarray(0, 1)), chunk(bytes.subarray(1, 30)), chunk(bytes.subarray(30)), Buffer.from('0\r\n\r\n'),
  ]);
  raw.socket.setNoDelay(true);
  for (const byte of request) raw.write(Buffer.from([byte]));
  assert.equal((await raw.nextResponse()).status, 201);
  assert.equal((await cable.next()).message, 'in chunks: é');
});

test('the request line may name the whole URL', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const raw = await connectRaw(t, daemon.port);
  const body = JSON.stringify({stream: 's', data: '"absolute"'});
  raw.write(`POST http://127.0.0.1:${daemon.port}/_broadcast HTTP/1.1\r\nHost: 127.0.0.1:${daemon.port}\r\n`
    + `Content-Length: ${body.length}\r\n\r\n${body}`);
  assert.equal((await raw.nextResponse()).status, 201);
  assert.equal((await cable.next()).message, 'absolute');
});

test('a client that asks first whether to go on is told so', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const raw = await connectRaw(t, daemon.port);
  const body = JSON.stringify({stream: 's', data: '"expected"'});
  raw.write('POST /_broadcast HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n'
    + `Content-Length: ${body.length}\r\n\r\n`);
  assert.equal((await raw.nextResponse()).status, 100);
  raw.write(body);
  assert.equal((await raw.nextResponse()).status, 201);
  assert.equal((await cable.next()).message, 'expected');
});

test('the path of broadcasts can be another', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t, ['--http-broadcast-path', '/publish']);
  assert.equal((await daemon.post({stream: 's', data: '1'})).status, 404);
  const raw = await connectRaw(t, daemon.port);
  const body = JSON.stringify({stream: 's', data: '2'});
  raw.write(`POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.equal((await raw.nextResponse()).status, 201);
  assert.equal((await cable.next()).message, 2);
});

test('broadcasts can have a port of their own, where no clients are served', async (t) => {
  const port = await freePort();
  const {daemon, cable} = await daemonWithSubscriber(t, ['--http-broadcast-port', String(port)]);
  assert.equal((await daemon.post({stream: 's', data: '1'})).status, 404);
  const own = `http://127.0.0.1:${port}`;
  const answer = await request(`${own}/_broadcast`, {method: 'POST', body: '{"stream":"s","data":"2"}'});
  assert.equal(answer.status, 201);
  assert.equal((await cable.next()).message, 2);
  for (const path of ['/', '/cable']) assert.equal((await request(`${own}${path}`)).status, 404, path);
});

test('too many pending broadcasts are refused with 503, and what was accepted arrives', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t,
    ['--max-pending-broadcasts', '1', '--max-pending-size', '100000000']);
  const size = 500;
  const accepted = new Set();
  let refused = 0;
  let tried = 0;
  const post = async () => {
    const batch = tried += 1;
    const {status, headers} = await daemon.post(
      Array.from({length: size}, (_, at) => ({stream: 's', data: JSON.stringify([batch, at])})));
    if (status === 201) {
      accepted.add(batch);
      return;
    }
    assert.equal(status, 503);
    assert.match(headers['retry-after'], /^\d+$/);
    refused += 1;
  };
  await eventually('some to be accepted and some refused', async () => {
    await Promise.all(Array.from({length: 10}, post));
    return accepted.size > 0 && refused > 0;
  });

  const next = new Map();
  for (let left = accepted.size * size; left > 0; left -= 1) {
    const [batch, at] = (await cable.next()).message;
    assert.ok(accepted.has(batch), `batch ${batch} was refused`);
    assert.equal(at, next.get(batch) ?? 0);
    next.set(batch, at + 1);
  }
  await cable.expectQuiet();
});

const packed = {headers: {'content-encoding': 'gzip'}};

test('a body in gzip is unpacked', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const text = 'x'.repeat(100_000);
  const answers = [
    await daemon.post(gzipSync(JSON.stringify({stream: 's', data: JSON.stringify(text)})), packed),
    await daemon.post(Buffer.concat([gzipSync('{"stream":"s",'), gzipSync('"data":"2"}')]), packed),
    await daemon.post(gzipSync('{"stream":"s","data":"3"}'), {headers: {'content-encoding': 'X-GZIP'}}),
    await daemon.post('{"stream":"s","data":"4"}', {headers: {'content-encoding': 'identity'}}),
  ];
  assert.deepEqual(answers.map(({status}) => status), [201, 201, 201, 201]);
  for (const expected of [text, 2, 3, 4]) assert.equal((await cable.next()).message, expected);
});

test('a body that unpacks to more than the limit is 413, and is not unpacked', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t, ['--max-broadcast-size', '1000000']);
  const before = await daemon.memory();
  const bomb = gzipSync(Buffer.alloc(400_000_000, 0x20));
  assert.ok(bomb.length < 1_000_000, `${bomb.length} bytes`);
  for (let sent = 0; sent < 3; sent += 1) assert.equal((await daemon.post(bomb, packed)).status, 413);
  const grown = (await daemon.memory()) - before;
  assert.ok(grown < 30e6 * Number(process.env.ABILITY_TEST_PATIENCE ?? 1), `grown by ${grown}`);
  const most = (size) => {
    const empty = JSON.stringify({stream: 's', data: ''}).length;
    return gzipSync(JSON.stringify({stream: 's', data: 'x'.repeat(size - empty)}));
  };
  assert.equal((await daemon.post(most(1_000_001), packed)).status, 413);
  assert.equal((await daemon.post(most(1_000_000), packed)).status, 201);
  await cable.next();
  assert.equal(await daemon.metric('ability_failed_broadcast_msg_total'), 4);
});

test('a body that is not the gzip it says is 400, and any other coding 415', async (t) => {
  const {daemon, cable} = await daemonWithSubscriber(t);
  const good = gzipSync('{"stream":"s","data":"1"}');
  const flipped = Buffer.from(good);
  flipped[flipped.length - 8] ^= 1; // of its checksum
  for (const body of ['', '{"stream":"s","data":"1"}', good.subarray(0, -1), flipped, Buffer.concat([good, Buffer.from('more')])]) {
    const {status} = await daemon.post(body, packed);
    assert.equal(status, 400);
  }
  for (const coding of ['br', 'deflate', 'zstd', 'gzip, gzip', 'gzip, br', 'x']) {
    const {status, headers} = await daemon.post(good, {headers: {'content-encoding': coding}});
    assert.equal(status, 415, coding);
    assert.equal(headers['accept-encoding'], 'gzip');
  }
  assert.equal(await daemon.metric('ability_failed_broadcast_msg_total'), 11);
  await daemon.waitForLog(/publication refused.*Content-Encoding can only be gzip/);
  await cable.expectQuiet();
});
