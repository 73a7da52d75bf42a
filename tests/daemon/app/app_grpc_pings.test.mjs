// Labels: hardened
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {test} from 'node:test';
import {Cable} from '../support/cable.mjs';
import {defer, killAtExit} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {patience} from '../support/deadline.mjs';

const callSeconds = 45;

/** A gRPC server that answers a connect after 45 s, with these options of gRPC's. */
async function startStrictApp(t, options) {
  const app = killAtExit(spawn(process.env.ABILITY_GRPC_PROGRAM, [String(callSeconds), ...options],
    {stdio: ['pipe', 'pipe', 'inherit']}));
  defer(t, () => app.stdin.end());
  const {value: port} = await createInterface({input: app.stdout})[Symbol.asyncIterator]().next();
  return `127.0.0.1:${port}`;
}

/** A client of a daemon that asks such a server is let in, and the server asked once. */
async function isLetIn(t, options) {
  const address = await startStrictApp(t, options);
  const daemon = await startDaemon(t, ['--rpc-host', address, '--rpc-command-timeout', '80s', '--rpc-request-timeout', '80s',
    '--handshake-timeout', '80s', '--ping-interval', '0']);
  const cable = new Cable(`${daemon.url.replace('http', 'ws')}/cable`);
  defer(t, () => cable.socket.terminate());
  const {type} = await cable.next('the welcome', {ms: callSeconds * 1_000 + patience * 2, detail: () => daemon.tail});
  assert.equal(type, 'welcome');
  assert.equal(await daemon.metric('ability_rpc_retries_total'), 0);
}

// Servers count pings by the seconds between them: no clock of ours can shorten that.
test(`a call of ${callSeconds} s is not lost for pings, whether the server has the limits of gRPC or of AnyCable's gem`, async (t) => {
  await Promise.all([
    isLetIn(t, []),
    isLetIn(t, ['grpc.http2.min_recv_ping_interval_without_data_ms=10000', 'grpc.keepalive_permit_without_calls=1']),
  ]);
});
