// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {connectRaw} from '../support/raw.mjs';

/** The status that raw bytes are answered with, on a connection of their own. */
async function answerTo(t, daemon, bytes) {
  const raw = await connectRaw(t, daemon.port);
  raw.write(bytes);
  return {...await raw.nextResponse(), raw};
}

const malformed = {
  'no HTTP': 'hello\r\n\r\n',
  'a request line without a version': 'GET /health\r\n\r\n',
  'an unknown version': 'GET /health HTTP/9.9\r\nHost: x\r\n\r\n',
  'a space in the target': 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n',
  'a header without a colon': 'GET /health HTTP/1.1\r\nHost\r\n\r\n',
  'a header with a space in its name': 'GET /health HTTP/1.1\r\nX Y: z\r\n\r\n',
  'a length that is no number': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n',
  'a negative length': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'two different lengths': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
  'a chunk size that is no number': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n',
  'an unknown transfer coding': 'GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n',
  'a transfer coding beside chunked': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'an unknown transfer coding with a length': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}',
  'no Host': 'GET /health HTTP/1.1\r\n\r\n',
  'two Hosts': 'GET /health HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n',
  'two Hosts in one line': 'GET /health HTTP/1.1\r\nHost: x, y\r\n\r\n',
  'two Hosts of which one is empty': 'GET /health HTTP/1.1\r\nHost: x\r\nHost:\r\n\r\n',
  'two Hosts in HTTP/1.0': 'GET /health HTTP/1.0\r\nHost: x\r\nX: 1\r\nHost: y\r\n\r\n',
  'an empty Host': 'GET /health HTTP/1.1\r\nHost:\r\n\r\n',
  'a Host with a path': 'GET /health HTTP/1.1\r\nHost: x/y\r\n\r\n',
  'a Host with a user': 'GET /health HTTP/1.1\r\nHost: u@x\r\n\r\n',
  'a Host with a port that is none': 'GET /health HTTP/1.1\r\nHost: x:80:81\r\n\r\n',
  'no Host for a publication': 'POST /_broadcast HTTP/1.1\r\nContent-Length: 22\r\n\r\n{"stream":"s","data":1}',
  'chunked twice': 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a transfer coding in HTTP/1.0': 'POST /_broadcast HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n',
  'a target that names another host': 'GET http://y/health HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target that names another port': 'GET http://x:81/health HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target that is no http URL': 'GET ftp://x/health HTTP/1.1\r\nHost: x\r\n\r\n',
  'a NUL in a header': 'GET /health HTTP/1.1\r\nHost: x\u0000y\r\n\r\n',
};

for (const [what, bytes] of Object.entries(malformed)) {
  test(`${what} is answered 400 and closed`, async (t) => {
    const daemon = await startDaemon(t, ['--public']);
    const {status, raw} = await answerTo(t, daemon, bytes);
    assert.equal(status, 400);
    await raw.waitForEnd();
    assert.equal((await request(`${daemon.url}/health`)).status, 200);
  });
}

test('what has no use for a body reads none', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const path of ['/', '/health', '/metrics']) {
    for (const body of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
      // Nothing comes behind the head: whoever waits for it does not answer.
      const {status, raw} = await answerTo(t, daemon, `GET ${path} HTTP/1.1\r\nHost: x\r\n${body}\r\n\r\n`);
      assert.equal(status, 413);
      await raw.waitForEnd();
    }
    const {status} = await answerTo(t, daemon, `GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    assert.equal(status, 200);
  }
});

test('a TLS hello to a plain port harms nobody', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const raw = await connectRaw(t, daemon.port);
  raw.write(Buffer.from('16030100c8010000c40303', 'hex'));
  raw.write(Buffer.alloc(200, 1));
  raw.socket.end();
  await raw.waitForEnd();
  assert.equal((await request(`${daemon.url}/health`)).status, 200);
});

test('an unknown path is answered 404', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const path of ['/nothing', '/cables', '/cable/', '/_broadcast/x', '/%2e%2e/etc/passwd']) {
    assert.equal((await request(`${daemon.url}${path}`)).status, 404, path);
  }
});

test('who publishes or connects to a path that is not there is told the right one, where it is at that port', async (t) => {
  const ports = {publications: await freePort(), metrics: await freePort()};
  const daemon = await startDaemon(t, ['--public', '--http-broadcast-port', String(ports.publications),
    '--http-broadcast-path', '/publish', '--path', '/cable,/live', '--metrics-port', String(ports.metrics)]);
  const upgrade = {Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ=='};
  const at = (port, options) => request(`http://127.0.0.1:${port}/wrong`, options);
  const post = {method: 'POST', body: '{}'};
  const own = [at(daemon.port, {headers: upgrade}), at(ports.publications, post)];
  const others = [at(daemon.port, post), at(daemon.port), at(ports.publications, {headers: upgrade}), at(ports.metrics, post)];
  const told = async (answers) => (await Promise.all(answers)).map(({status, body}) => `${status} ${body}`);
  assert.deepEqual(await told(own), ['404 not found: clients connect to /cable, /live\n', '404 not found: publications are posted to /publish\n']);
  assert.deepEqual(await told(others), Array(4).fill('404 not found\n'));
});

test('a method that a path does not have is answered 405 with those it has', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cases = [
    ['GET', '/_broadcast', 'POST'], ['DELETE', '/_broadcast', 'POST'], ['PUT', '/_broadcast', 'POST'],
    ['POST', '/health', 'GET'], ['POST', '/metrics', 'GET'], ['POST', '/cable', 'GET'], ['DELETE', '/', 'GET'],
  ];
  for (const [method, path, allowed] of cases) {
    const {status, headers} = await request(`${daemon.url}${path}`, {method});
    assert.equal(status, 405, `${method} ${path}`);
    assert.ok(headers.allow?.split(/, */).includes(allowed), `${method} ${path}: Allow: ${headers.allow}`);
  }
});

test('a plain GET of the WebSocket path is refused, politely', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {status} = await request(`${daemon.url}/cable`);
  assert.ok([400, 426].includes(status), `answered ${status}`);
  // RFC 9110 section 7.8: who sends Upgrade names it in Connection.
  const plain = await answerTo(t, daemon, 'GET /cable HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.deepEqual([plain.status, plain.headers.upgrade, plain.headers.connection], [426, 'websocket', 'upgrade']);
  const old = await answerTo(t, daemon, 'GET /cable HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
    + 'Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  assert.deepEqual([old.status, old.headers.upgrade, old.headers.connection], [426, 'websocket', 'upgrade, close']);
  assert.equal(old.headers['sec-websocket-version'], '13');
});

test('an upgrade that is not as it must be is refused', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const upgrade = (lines) => ['GET /cable HTTP/1.1', 'Host: x', 'Connection: Upgrade', 'Upgrade: websocket', ...lines, '', '']
    .join('\r\n');
  const wrong = [
    ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
    ['Sec-WebSocket-Version: 13'],
    ['Sec-WebSocket-Version: 8', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  ];
  for (const lines of wrong) {
    const {status} = await answerTo(t, daemon, upgrade(lines));
    assert.ok([400, 426].includes(status), `${lines}: ${status}`);
  }
  await daemon.waitForMetric('ability_clients_num', 0);
});

test('headers that are too big are answered 431', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const big = `X-Big: ${'x'.repeat(100_000)}\r\n`;
  assert.equal((await answerTo(t, daemon, `GET /health HTTP/1.1\r\nHost: x\r\n${big}\r\n`)).status, 431);
  const many = Array.from({length: 5_000}, (_, at) => `X-${at}: ${'y'.repeat(20)}\r\n`).join('');
  assert.equal((await answerTo(t, daemon, `GET /cable HTTP/1.1\r\nHost: x\r\n${many}\r\n`)).status, 431);
});

test('a body over the limit is answered 413, announced or not', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-broadcast-size', '1000']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  const body = (size) => {
    const empty = JSON.stringify({stream: 's', data: ''}).length;
    return JSON.stringify({stream: 's', data: 'x'.repeat(size - empty)});
  };
  assert.equal((await daemon.post(body(1000))).status, 201);
  assert.equal((await cable.next()).message.length, 1000 - JSON.stringify({stream: 's', data: ''}).length);
  assert.equal((await daemon.post(body(1001))).status, 413);
  const announced = await answerTo(t, daemon,
    'POST /_broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n');
  assert.equal(announced.status, 413);
  const chunk = `1f4\r\n${'x'.repeat(500)}\r\n`;
  const chunked = await answerTo(t, daemon,
    `POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`);
  assert.equal(chunked.status, 413);
  await cable.expectQuiet();
});

test('a client that hangs up in the middle of a request leaves nothing behind', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  await request(`${daemon.url}/health`);
  const before = await daemon.descriptors();
  for (const bytes of ['GET /hea', 'POST /_broadcast HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"stream"', 'GET /metrics HTTP/1.1\r\n\r\n']) {
    for (let made = 0; made < 20; made += 1) {
      const raw = await connectRaw(t, daemon.port);
      raw.write(bytes);
      raw.socket.resetAndDestroy();
    }
  }
  await daemon.waitForMetric('ability_clients_num', 0);
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 1);
});

test('HTTP/1.0 may come without a Host, and any other with one of any form', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  assert.equal((await answerTo(t, daemon, 'GET /health HTTP/1.0\r\n\r\n')).status, 200);
  for (const host of ['x', 'my_service-1.example.com:8080', '10.0.0.1', '[::1]:80', 'x:']) {
    assert.equal((await answerTo(t, daemon, `GET /health HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status, 200, host);
  }
});

test('an answer to HEAD has no body, whatever its status', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broadcast-key', 'k']);
  // Each is followed by a request whose answer must be the next thing on the connection.
  const asked = {
    '/': [200], '/health': [200], '/metrics': [200], '/none': [404], '/_broadcast': [405], '/cable': [405],
    '/health?x': [200, 'Connection: keep-alive'], '/health?closed': [400, 'Host: two'], '/health?body': [413, 'Content-Length: 5'],
  };
  for (const [path, [status, extra = 'X: 1']] of Object.entries(asked)) {
    const raw = await connectRaw(t, daemon.port);
    raw.write(`HEAD ${path} HTTP/1.1\r\nHost: x\r\n${extra}\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await raw.waitForEnd();
    const [head, ...rest] = raw.buffer.toString('latin1').split('\r\n\r\n');
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `), path);
    assert.match(head, /\r\nContent-Length: [1-9]/, path);
    if (status >= 400 && path.includes('?')) assert.deepEqual(rest, [''], path);
    else assert.match(rest[0], /^HTTP\/1.1 200 /, path);
  }
});

test('HEAD is GET without a body', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {status, body} = await request(`${daemon.url}/health`, {method: 'HEAD'});
  assert.equal(status, 200);
  assert.equal(body, '');
});

test('a connection that asks to be closed is closed after its answer', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const head of ['GET /health HTTP/1.1\r\nHost: x\r\nConnection: close', 'GET /health HTTP/1.0\r\nHost: x']) {
    const {status, raw} = await answerTo(t, daemon, `${head}\r\n\r\n`);
    assert.equal(status, 200);
    await raw.waitForEnd();
  }
});

test('a kept-alive connection that falls silent is closed', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--http-idle-timeout', '300ms']);
  const {status, raw} = await answerTo(t, daemon, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(status, 200);
  await raw.waitForEnd();
});

test('a target may be an http URL of the Host', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const target of ['http://x/health', 'HTTP://X:80/health?a', 'https://x:443/health', 'ws://x/health', 'http://x', 'http://x?/y']) {
    const host = target.startsWith('https') ? 'x:443' : 'x';
    assert.equal((await answerTo(t, daemon, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status, 200, target);
  }
});

test('empty lines before a request are none of it', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {status, raw} = await answerTo(t, daemon, '\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n\r\n');
  assert.equal(status, 200);
  raw.write('\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal((await raw.nextResponse()).status, 200);
  assert.equal((await answerTo(t, daemon, '\r\n\rGET /health HTTP/1.1\r\nHost: x\r\n\r\n')).status, 400);
});

test('a client of HTTP/1.0 is told that its connection is kept', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const asked = 'GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
  const {status, headers, raw} = await answerTo(t, daemon, asked);
  assert.equal(status, 200);
  assert.match(headers.connection, /keep-alive/i);
  raw.write(asked);
  assert.equal((await raw.nextResponse()).status, 200);
  const other = await answerTo(t, daemon, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal(other.headers.connection, undefined);
});

test('only who can wait for 100 Continue, with a body, is sent it', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const body = '{"stream":"s","data":"1"}';
  const old = await answerTo(t, daemon,
    `POST /_broadcast HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.equal(old.status, 201);
  assert.equal((await answerTo(t, daemon, 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n')).status, 200);
});

test('a chunk extension that is too long is named as that', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {status, body} = await answerTo(t, daemon,
    `POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n19;${'x'.repeat(100_000)}`);
  assert.equal(status, 400);
  assert.match(body, /extension/);
});

test('a trailer changes nothing of a request', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const body = '{"stream":"s","data":"1"}';
  for (const trailer of ['Content-Encoding: gzip', 'Content-Encoding: x', 'Connection: close', 'X: y']) {
    const {status, raw} = await answerTo(t, daemon, 'POST /_broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
      + `${body.length.toString(16)}\r\n${body}\r\n0\r\n${trailer}\r\n\r\n`);
    assert.equal(status, 201, trailer);
    raw.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.equal((await raw.nextResponse()).status, 200, trailer);
  }
});
