import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createHmac, generateKeyPairSync, sign as signWithKey} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {defer} from './cleanup.mjs';

const beside = fileURLToPath(new URL('../../../build/abilityctl', import.meta.url));

/** What abilityctl prints. */
export async function abilityctl(args, env = {}) {
  const {stdout, stderr} = await promisify(execFile)(process.env.ABILITYCTL ?? beside, args, {env});
  assert.equal(stderr, '');
  return stdout.trim();
}

export const seconds = () => Math.floor(Date.now() / 1000);
export const base64url = (value) => (
  Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url'));

/** The signature of `text` by `algorithm`; `key` is a text for HMAC, else a private key. */
function signature(text, algorithm, key) {
  const digest = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith('HS')) return createHmac(digest, key).update(text).digest('base64url');
  return signWithKey(digest, Buffer.from(text), {key, dsaEncoding: 'ieee-p1363'}).toString('base64url');
}

/** A JSON Web Token by this test's own hand, so that everything about it can be wrong. */
export function jwt(claims, key, {alg = 'HS256', header = {}, signAs = alg} = {}) {
  const text = `${base64url({alg, typ: 'JWT', ...header})}.${base64url(claims)}`;
  return `${text}.${signature(text, signAs, key)}`;
}

export const rsa = () => generateKeyPairSync('rsa', {modulusLength: 2048});
export const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', {namedCurve});
export const pem = (publicKey) => publicKey.export({type: 'spki', format: 'pem'});

/** A file with that text, which goes with the test; its path. */
export function fileOf(t, text, name = 'file') {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-file-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  const file = path.join(folder, name);
  writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text));
  return file;
}

/** The name of a stream as Rails (standard alphabet) or AnyCable (the URL's) signs it. */
export function signStream(name, secret, alphabet = 'base64') {
  const text = Buffer.from(JSON.stringify(name)).toString(alphabet);
  return `${text}--${createHmac('sha256', secret).update(text).digest('hex')}`;
}
