// Labels: hardened
// Pages and native clients, as their Origin tells them apart.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, refusedUpgrade} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {connectRaw} from '../support/raw.mjs';

const cableUrl = (daemon) => `${daemon.url.replace('http', 'ws')}/cable`;

async function refuses(daemon, headers) {
  assert.equal((await refusedUpgrade(cableUrl(daemon), {headers})).status, 403, JSON.stringify(headers));
}

async function withApp(t, args = []) {
  const app = await startHttpApp(t);
  return {app, daemon: await startDaemon(t, ['--rpc-host', app.url, ...args])};
}

test('with an application that sees cookies only pages of the host that they connect to get in, and native clients', async (t) => {
  const {app, daemon} = await withApp(t);
  const here = `http://127.0.0.1:${daemon.port}`;
  await connectCable(t, daemon, {origin: here});
  await connectCable(t, daemon);
  await connectCable(t, daemon, {origin: 'https://example.com', headers: {host: 'example.com'}});
  await connectCable(t, daemon, {origin: 'http://EXAMPLE.com:80', headers: {host: 'example.com'}});
  await connectCable(t, daemon, {origin: 'http://127.0.0.1:3000'});
  const before = app.calls.length;
  for (const headers of [{origin: 'https://evil.example'}, {origin: 'http://127.0.0.2'}, {origin: '127.0.0.1'},
    {origin: `http://localhost:${daemon.port}`}, {origin: 'null'}, {origin: 'file://'}, {origin: here, host: 'other.example'},
    {origin: `${here}.evil.example`}, {origin: 'https://example.com', host: 'example.com.evil.example'}]) await refuses(daemon, headers);
  const raw = await connectRaw(t, daemon.port);
  assert.equal((await raw.upgrade({headers: ['Origin: https://evil.example', 'Origin: http://localhost']})).status, 403, 'two origins');
  assert.equal(app.calls.length, before, 'the application is not asked');
  assert.match(await daemon.waitForLog(/client refused/),
    /peer=127\.0\.0\.1 reason=origin .*https:\/\/evil\.example.* host .*127\.0\.0\.1:\d+.*--allowed-origins/);
  await daemon.waitForMetric('ability_failed_auths_total', 10);
});

test('a page of the host that a trusted proxy was asked for gets in', async (t) => {
  const {daemon} = await withApp(t, ['--trusted-proxies', '127.0.0.1']);
  const host = {host: 'backend:8080'};
  const page = (headers) => ({origin: 'https://app.example', headers: {...host, ...headers}});
  await connectCable(t, daemon, page({'x-forwarded-host': 'app.example'}));
  await connectCable(t, daemon, page({'x-forwarded-host': 'app.example, inner:80', 'x-forwarded-proto': 'https'}));
  await connectCable(t, daemon, page({forwarded: 'for=192.0.2.1;host=app.example;proto=https'}));
  await refuses(daemon, {...host, origin: 'https://app.example'});
  await refuses(daemon, {...host, origin: 'http://app.example', 'x-forwarded-host': 'app.example', 'x-forwarded-proto': 'https'});
  const {daemon: direct} = await withApp(t);
  await refuses(direct, {...host, origin: 'https://app.example', 'x-forwarded-host': 'app.example'});
});

test('an http page is no page of an https host', async (t) => {
  const {certificate, key, pem} = makeCertificate(t);
  const {daemon} = await withApp(t, ['--ssl-cert', certificate, '--ssl-key', key]);
  const path = `wss://localhost:${daemon.port}/cable`;
  await connectCable(t, daemon, {path, ca: pem, origin: `https://localhost:${daemon.port}`});
  assert.equal((await refusedUpgrade(path, {ca: pem, origin: `http://localhost:${daemon.port}`})).status, 403);
});

test('a list of origins goes before the host, and a star opens to all', async (t) => {
  const {daemon} = await withApp(t, ['--allowed-origins', 'example.com']);
  await connectCable(t, daemon, {origin: 'https://example.com'});
  await refuses(daemon, {origin: `http://127.0.0.1:${daemon.port}`});
  const {daemon: open} = await withApp(t, ['--allowed-origins', '*']);
  for (const origin of ['https://anywhere.example', 'null', 'file://', undefined]) await connectCable(t, open, {origin});
});

test('without cookies for the application every page gets in, as without an application', async (t) => {
  const {daemon} = await withApp(t, ['--headers', 'x-token']);
  await connectCable(t, daemon, {origin: 'https://anywhere.example'});
  const {daemon: none} = await withApp(t, ['--norpc', '--public']);
  await connectCable(t, none, {origin: 'https://anywhere.example'});
});

test('native clients beside pages have entries of their own', async (t) => {
  const cases = [['none', undefined], ['null', 'null'], ['file://', 'file://'], ['localhost', 'capacitor://localhost']];
  for (const [entry] of cases) {
    const daemon = await startDaemon(t, ['--public', '--allowed-origins', `example.com,${entry}`]);
    await connectCable(t, daemon, {origin: 'https://example.com'});
    for (const [other, origin] of cases) {
      if (other === entry) await connectCable(t, daemon, {origin});
      else await refuses(daemon, origin === undefined ? {} : {origin});
    }
  }
});

test('the port of the scheme is no other port, and a wildcard matches whole hosts only', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--allowed-origins', 'example.com,*.example.org,other.example:443']);
  for (const origin of ['https://example.com:443', 'http://example.com:80', 'https://other.example', 'https://a.example.org:443']) {
    await connectCable(t, daemon, {origin});
  }
  for (const origin of ['https://example.com:80', 'http://other.example', 'https://evil.test\\.example.org',
    'https://evil.test%2f.example.org', 'https://evil.test:80.example.org', 'https://evil.test@a.example.org']) {
    await refuses(daemon, {origin});
  }
  assert.match(await daemon.waitForLog(/client refused/), /reason=origin .*name it in --allowed-origins"/);
});
