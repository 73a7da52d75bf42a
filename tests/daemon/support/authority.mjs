import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {defer} from './cleanup.mjs';

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority of this test's own: `file`, and `issue(name)` which makes {certificate, key}. All are paths. */
export function makeAuthority(t, called = 'authority') {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-authority-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  const at = (name) => path.join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, {stdio: 'pipe'});
  openssl('req', '-x509', ...key, '-days', '2', '-subj', `/CN=${called}`, '-keyout', at('ca.key'), '-out', at('ca.pem'));
  return {
    file: at('ca.pem'),
    issue(name) {
      const made = {certificate: at(`${name}.pem`), key: at(`${name}.key`)};
      openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', made.key, '-out', at(`${name}.csr`));
      openssl('x509', '-req', '-in', at(`${name}.csr`), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
        '-days', '2', '-out', made.certificate);
      return made;
    },
  };
}
