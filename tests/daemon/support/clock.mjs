import {closeSync, mkdtempSync, openSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {defer} from './cleanup.mjs';

const beside = fileURLToPath(new URL('../../../build/tests/daemon/libshifted_clock.so', import.meta.url));
const library = path.resolve(process.env.ABILITY_SHIFTED_CLOCK ?? beside);

export const day = 86_400;

/** The wall clock of one daemon, `shift` seconds ahead: the environment that gives it to the daemon, and `jump`, which
    sets another shift. The steady clock goes on, as it does when an operator or NTP sets the time. */
export function makeClock(t, shift = 0) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-clock-'));
  const name = path.join(folder, 'shift');
  const file = openSync(name, 'w');
  defer(t, () => {
    closeSync(file);
    rmSync(folder, {recursive: true, force: true});
  });
  const jump = (seconds) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    writeSync(file, bytes, 0, 8, 0);
  };
  jump(shift);
  const sanitizer = `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`;
  return {env: {LD_PRELOAD: library, SHIFTED_CLOCK: name, ASAN_OPTIONS: sanitizer}, jump};
}
