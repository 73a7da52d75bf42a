// Labels: hardened
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {defer} from '../support/cleanup.mjs';
import {binary, Daemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';

/** A daemon that its parent started without the descriptors `closed`. */
async function startWithout(t, closed) {
  const port = await freePort();
  const redirections = closed.map((each) => (each === 0 ? '0<&-' : `${each}>&-`)).join(' ');
  const shell = ['sh', '-c', `exec "$@" ${redirections}`, 'sh'];
  const daemon = new Daemon(['--host', '127.0.0.1', '--port', String(port), '--public'], {}, shell);
  daemon.port = port;
  defer(t, () => daemon.stop());
  await eventually('the daemon to serve', async () => {
    const answer = await request(`${daemon.url}/health`).catch(() => undefined);
    return answer?.status === 200;
  });
  return daemon;
}

for (const closed of [[0], [1], [2], [0, 1, 2]]) {
  test(`started with ${closed} closed, it has /dev/null there`, async (t) => {
    const daemon = await startWithout(t, closed);
    for (const each of closed) assert.equal(readlinkSync(`/proc/${daemon.pid}/fd/${each}`), '/dev/null', `descriptor ${each}`);
  });
}

test('abilityctl that cannot write its output says so by its exit code, as before', () => {
  const tool = process.env.ABILITYCTL ?? path.join(path.dirname(binary), 'abilityctl');
  const {status} = spawnSync('sh', ['-c', 'exec "$@" 1>&- 2>&-', 'sh', tool, '--version']);
  assert.equal(status, 1);
  assert.match(execFileSync(tool, ['--version'], {encoding: 'utf8'}), /^abilityctl /);
});
