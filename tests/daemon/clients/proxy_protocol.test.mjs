// Labels: hardened
// Balancers that tell by the PROXY protocol whose connection they carry.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import tls from 'node:tls';
import {follow, welcome} from '../support/app_script.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {defer} from '../support/cleanup.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {connectFly, flag, packet, startFly} from '../support/fly.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {RawConnection, connectRaw} from '../support/raw.mjs';

const trusting = ['--proxy-protocol', '--trusted-proxies', '127.0.0.1'];
const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const line = 'PROXY TCP4 203.0.113.7 10.0.0.1 51234 443\r\n';

/** A header of version 2: what `front` says in hex, with the addresses and extensions of `rest`. */
function binary(front, rest = Buffer.alloc(0)) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(rest.length);
  return Buffer.concat([signature, Buffer.from(front, 'hex'), length, rest]);
}

const v4 = Buffer.from('cb0071080a000001c82201bb', 'hex'); // 203.0.113.8
const v6 = Buffer.concat([Buffer.from(`20010db8${'00'.repeat(11)}09`, 'hex'), Buffer.alloc(20, 1)]); // 2001:db8::9

async function start(t, args = trusting) {
  const app = await startHttpApp(t, {connect: ({sid}) => ({status: 1, identifiers: '{}', transmissions: [welcome(sid)]}),
    subscribe: follow('s')});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, ...args]);
  return {app, daemon};
}

/** The address that the application is told of a client whose connection begins with these pieces. */
async function addressBehind(t, {app, daemon}, pieces, headers = []) {
  const raw = await connectRaw(t, daemon.port);
  for (const piece of pieces) {
    raw.write(piece);
    // Each on its own: what comes behind it must not be needed to read it.
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  assert.equal((await raw.upgrade({headers})).status, 101);
  return (await app.next('connect')).body.env.headers.REMOTE_ADDR;
}

test('the client is who the header of either version tells', async (t) => {
  const running = await start(t);
  assert.equal(await addressBehind(t, running, [line]), '203.0.113.7');
  assert.equal(await addressBehind(t, running, ['PROXY TCP6 2001:db8::7 ::1 1 2\r\n']), '2001:db8::7');
  assert.equal(await addressBehind(t, running, [binary('2111', v4)]), '203.0.113.8');
  assert.equal(await addressBehind(t, running, [binary('2121', v6)]), '2001:db8::9');
  const extended = binary('2111', Buffer.concat([v4, Buffer.from('0400046162636401000868747470', 'hex'), Buffer.alloc(3000)]));
  assert.equal(await addressBehind(t, running, [extended]), '203.0.113.8');
});

test('the header may come byte by byte', async (t) => {
  const running = await start(t);
  assert.equal(await addressBehind(t, running, [...line]), '203.0.113.7');
  assert.equal(await addressBehind(t, running, [...binary('2111', v4)].map((byte) => Buffer.from([byte]))), '203.0.113.8');
});

test('a proxy that speaks for itself is its own client', async (t) => {
  const running = await start(t);
  for (const header of ['PROXY UNKNOWN\r\n', binary('2000'), binary('2011', v4), binary('2011'), binary('2021'), binary('2100')]) {
    assert.equal(await addressBehind(t, running, [header]), '127.0.0.1');
  }
});

test('behind the client that it tells headers count only if that is a trusted proxy, too', async (t) => {
  const running = await start(t, ['--proxy-protocol', '--trusted-proxies', '127.0.0.1,10.0.0.0/8']);
  const headers = ['X-Forwarded-For: 192.0.2.1'];
  assert.equal(await addressBehind(t, running, [line], headers), '203.0.113.7');
  assert.equal(await addressBehind(t, running, ['PROXY TCP4 10.0.0.9 10.0.0.1 1 2\r\n'], headers), '192.0.2.1');
});

test('requests come behind the header as they do without', async (t) => {
  const {daemon} = await start(t, [...trusting, '--broadcast-key', 'none']);
  const raw = await connectRaw(t, daemon.port);
  const body = '{"stream":"s","data":"1"}';
  raw.write(`${line}POST /_broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    + 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal((await raw.nextResponse()).status, 201);
  assert.equal((await raw.nextResponse()).status, 200);
});

test('the header comes before TLS', async (t) => {
  const {certificate, key, pem} = makeCertificate(t);
  const running = await start(t, [...trusting, '--ssl-cert', certificate, '--ssl-key', key]);
  const plain = await connectRaw(t, running.daemon.port);
  plain.write(line);
  const socket = tls.connect({socket: plain.socket, ca: pem, servername: 'localhost'});
  defer(t, () => socket.destroy());
  await within(new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject)), 'TLS');
  const raw = new RawConnection(socket);
  assert.equal((await raw.upgrade()).status, 101);
  assert.equal((await running.app.next('connect')).body.env.headers.REMOTE_ADDR, '203.0.113.7');
});

test('FlyRPC over TCP comes behind the header, too', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startFly(t, ['--rpc-host', app.url, ...trusting]);
  const client = await connectFly(t, daemon);
  client.write(Buffer.concat([Buffer.from(line), packet(flag.helo, {sequence: 1, buffer: '{}'})]));
  await client.expect({flag: flag.heloAnswer, sequence: 1});
  assert.equal((await app.next('connect')).body.env.headers.REMOTE_ADDR, '203.0.113.7');
});

const wrong = {
  'no header': 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n',
  'a line without addresses': 'PROXY TCP4\r\n',
  'a line that is too long': `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`,
  'a line with a host name': 'PROXY TCP4 localhost 10.0.0.1 1 2\r\n',
  'an unknown version': binary('3111', v4),
  'addresses that are cut off': binary('2121', v4),
  'more bytes than are read': Buffer.concat([signature, Buffer.from('2111ffff', 'hex')]),
};

for (const [what, bytes] of Object.entries(wrong)) {
  test(`${what} of a trusted proxy ends the connection, counted and told`, async (t) => {
    const {app, daemon} = await start(t);
    const raw = await connectRaw(t, daemon.port);
    raw.write(bytes);
    await raw.waitForEnd();
    assert.equal(raw.buffer.length, 0);
    assert.match(await daemon.waitForLog(/client refused/), /peer=127\.0\.0\.1 reason=proxy .*--proxy-protocol/);
    assert.equal(app.calls.length, 0);
    const other = await connectRaw(t, daemon.port);
    other.write(`${line}GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.match((await other.nextResponse()).body, /^ability_failed_auths_total 1$/m);
  });
}

test('a header that never ends is waited for as long as a handshake, and no longer', async (t) => {
  const {daemon} = await start(t, [...trusting, '--handshake-timeout', '400ms']);
  for (const bytes of ['', 'PROXY TCP4 1.2.3.4', signature]) {
    const since = performance.now();
    const raw = await connectRaw(t, daemon.port);
    raw.write(bytes);
    await raw.waitForEnd();
    assert.ok(performance.now() - since > 300, 'not at once');
  }
  await daemon.waitForLog(/its PROXY header took too long/);
});

test('a balancer that connects and goes is not worth a word', async (t) => {
  const {daemon} = await start(t);
  const before = await daemon.descriptors();
  for (let made = 0; made < 5; made += 1) (await connectRaw(t, daemon.port)).socket.end();
  const raw = await connectRaw(t, daemon.port);
  raw.write(`${line}GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.match((await raw.nextResponse()).body, /^ability_failed_auths_total 0$/m);
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 1);
  assert.ok(!daemon.lines.some((each) => each.includes('refused')));
});

test('who is no trusted proxy has no header, and is believed none', async (t) => {
  const running = await start(t, ['--proxy-protocol', '--trusted-proxies', '10.0.0.0/8']);
  assert.equal(await addressBehind(t, running, []), '127.0.0.1');
  const raw = await connectRaw(t, running.daemon.port);
  raw.write(`${line}GET /health HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.equal((await raw.nextResponse()).status, 400);
});

test('connections that wait for their header hold up no end', async (t) => {
  const {daemon} = await start(t);
  for (const bytes of ['', 'PROXY ']) (await connectRaw(t, daemon.port)).write(bytes);
  daemon.signal('SIGTERM');
  const since = performance.now();
  await daemon.waitForExit();
  assert.ok(performance.now() - since < 8_000, 'far from --shutdown-timeout');
});

test('--proxy-protocol needs to know whose word counts', async () => {
  const {code, stderr} = await runDaemon(['--proxy-protocol']);
  assert.equal(code, 2);
  assert.match(stderr, /--proxy-protocol is given without --trusted-proxies/);
});
