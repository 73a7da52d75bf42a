import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {X509Certificate} from 'node:crypto';
import {defer} from './cleanup.mjs';

/** A self-signed certificate for localhost in a folder that goes with the test: two paths and its fingerprint. */
export function makeCertificate(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-certificate-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  const certificate = path.join(folder, 'cert.pem');
  const key = path.join(folder, 'key.pem');
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-keyout', key, '-out', certificate,
  ], {stdio: 'pipe'});
  const pem = readFileSync(certificate);
  return {certificate, key, pem, fingerprint: new X509Certificate(pem).fingerprint256};
}

/** Encrypts the key in `file` in place: as PKCS #8, or in the older form where `traditional`. */
export function encryptKey(file, {traditional = false} = {}) {
  const how = traditional ? ['ec', '-in', file, '-aes256', '-passout', 'pass:s3cret', '-out', `${file}.new`]
    : ['pkcs8', '-topk8', '-in', file, '-passout', 'pass:s3cret', '-out', `${file}.new`];
  execFileSync('openssl', how, {stdio: 'pipe'});
  renameSync(`${file}.new`, file);
}
