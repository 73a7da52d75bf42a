import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {defer} from './cleanup.mjs';

/** A certificate authority of this test's own, in a folder that goes with the test. */
export class Authority {
  #issued = 0;

  constructor(t, name = 'tests') {
    this.folder = mkdtempSync(path.join(tmpdir(), 'ability-authority-'));
    defer(t, () => rmSync(this.folder, {recursive: true, force: true}));
    this.certificate = path.join(this.folder, 'ca.pem');
    this.key = path.join(this.folder, 'ca.key');
    this.#openssl('-x509', ...this.#fresh(), '-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE',
      '-keyout', this.key, '-out', this.certificate);
    this.pem = readFileSync(this.certificate);
  }

  #fresh() {
    return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  }

  #openssl(...args) {
    execFileSync('openssl', ['req', ...args], {stdio: 'pipe'});
  }

  /** A certificate for both roles, for localhost, the loopback and `addresses`: paths, and what node:tls wants. */
  issue({name = 'node', addresses = [], days = 2} = {}) {
    this.#issued += 1;
    const certificate = path.join(this.folder, `${this.#issued}.pem`);
    const key = path.join(this.folder, `${this.#issued}.key`);
    const names = ['DNS:localhost', 'IP:127.0.0.1', ...addresses.map((address) => `IP:${address}`)].join(',');
    this.#openssl('-x509', ...this.#fresh(), '-CA', this.certificate, '-CAkey', this.key, '-subj', `/CN=${name}`,
      '-days', String(days), '-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE',
      '-addext', 'extendedKeyUsage=serverAuth,clientAuth', '-keyout', key, '-out', certificate);
    return {certificate, key, secure: {cert: readFileSync(certificate), key: readFileSync(key)}};
  }

  /** The options of a node whose peers have certificates of this authority. */
  options(from) {
    const {certificate, key} = this.issue(from);
    return ['--cluster-cert', certificate, '--cluster-key', key, '--cluster-ca', this.certificate];
  }
}
