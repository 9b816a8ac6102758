// What it costs to know whose token a request carries: a service account token seen for the first time and again, a token of the file, one
// of an OpenID issuer. Beside it, in the same run, what cannot be saved: one signature check, one digest.
//   node bench/authentication.ts
import { generateKeyPairSync, hash, type KeyObject, sign, verify } from 'node:crypto'
import { cpus } from 'node:os'
import { jwsSigningKey } from '../src/pki/jws-key.ts'
import { serviceAccountTokens } from '../src/apiserver/authn/service-account/token-authenticator.ts'
import { newTokenSigner } from '../src/apiserver/authn/service-account/token-signer.ts'
import { bearerTokens, forAudiences, unionTokens } from '../src/apiserver/authn/token-authenticator.ts'
import { TokenTable } from '../src/apiserver/authn/token-file.ts'
import { unionAuthenticator } from '../src/apiserver/authn/union.ts'
import { user } from '../src/apiserver/authn/well-known-users.ts'
import { x509Authenticator } from '../src/apiserver/authn/x509.ts'
import { systemClock as clock } from '../src/util/clock.ts'

const rounds = 15
const issuer = 'https://kubernetes.default.svc'
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string
const pairs = { rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }), ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
const ed25519 = generateKeyPairSync('ed25519')

/** A server's whole authenticator, as requests meet it. */
function server(pair: keyof typeof pairs) {
  const key = jwsSigningKey(pem(pairs[pair].privateKey))
  const account = { metadata: { uid: 'sa-1' } }
  const pod = { metadata: { uid: 'pod-1' }, spec: { nodeName: 'node-1' } }
  const tables = new TokenTable()
  tables.add('static-token', user('admin', ['system:masters']))
  const accounts = serviceAccountTokens({
    issuers: [issuer],
    keys: [key],
    apiAudiences: [issuer],
    clock,
    getter: { serviceAccount: () => account, pod: () => pod, node: () => undefined, secret: () => undefined },
  })
  const tokens = unionTokens([forAudiences(tables.authenticate, [issuer]), accounts])
  const authenticate = unionAuthenticator([x509Authenticator(clock, () => undefined), bearerTokens(tokens, [issuer])])
  const signer = newTokenSigner({ issuer, key, clock })
  const token = () =>
    signer.sign({
      namespace: 'default',
      serviceAccount: { name: 'robot', uid: 'sa-1' },
      audiences: [issuer],
      expirationSeconds: 3600,
      pod: { name: 'web-7d4b9c6f5-abcde', uid: 'pod-1' },
      node: { name: 'node-1', uid: 'node-1' },
    }).token
  return { token, ask: (bearerToken: string) => authenticate({ bearerToken, clientCertificate: undefined }) }
}

let sink = 0
const rsa = server('rsa')
const ec = server('ec')
// Many tokens, as many pods have: no digest is remembered from the call before.
const known = Array.from({ length: 500 }, () => ec.token())
for (const token of known) void ec.ask(token)
const fresh = { rsa: Array.from({ length: rounds * 200 + 400 }, () => rsa.token()), ec: Array.from({ length: rounds * 200 + 400 }, () => ec.token()) }
const signed = Buffer.from(known[0]!.slice(0, known[0]!.lastIndexOf('.')))
const signatures = {
  rsa: sign('sha256', signed, pairs.rsa.privateKey),
  ec: sign('sha256', signed, { key: pairs.ec.privateKey, dsaEncoding: 'ieee-p1363' }),
  ed25519: sign(null, signed, ed25519.privateKey),
}
let at = 0
const next = (tokens: readonly string[]) => tokens[at++ % tokens.length]!
const ask = (from: ReturnType<typeof server>, token: string) => {
  const found = from.ask(token)
  if (found === undefined || found instanceof Promise) throw new Error('the token was not accepted at once')
  sink += found.groups.length
}

const cases: readonly { readonly name: string; readonly calls: number; readonly call: () => void }[] = [
  { name: 'service account token, known', calls: 20_000, call: () => ask(ec, next(known)) },
  { name: 'service account token, known, the same again', calls: 20_000, call: () => ask(ec, known[0]!) },
  { name: 'token of the file', calls: 20_000, call: () => ask(ec, 'static-token') },
  { name: 'service account token, first time, RS256', calls: 100, call: () => ask(rsa, fresh.rsa.pop()!) },
  { name: 'service account token, first time, ES256', calls: 100, call: () => ask(ec, fresh.ec.pop()!) },
  { name: 'yardstick: verify RSA 2048', calls: 1000, call: () => void (sink += verify('sha256', signed, pairs.rsa.publicKey, signatures.rsa) ? 1 : 0) },
  {
    name: 'yardstick: verify EC P-256',
    calls: 1000,
    call: () => void (sink += verify('sha256', signed, { key: pairs.ec.publicKey, dsaEncoding: 'ieee-p1363' }, signatures.ec) ? 1 : 0),
  },
  { name: 'yardstick: verify Ed25519', calls: 1000, call: () => void (sink += verify(null, signed, ed25519.publicKey, signatures.ed25519) ? 1 : 0) },
  { name: 'yardstick: SHA-256 of a token', calls: 20_000, call: () => void (sink += hash('sha256', next(known), 'base64').length) },
]

console.log(`${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}; tokens of ${known[0]!.length} bytes; µs a call, best and median round`)
const times = new Map<string, number[]>(cases.map(({ name }) => [name, []]))
for (let round = -2; round < rounds; round++) {
  for (const { name, calls, call } of cases) {
    const started = performance.now()
    for (let i = 0; i < calls; i++) call()
    if (round >= 0) times.get(name)!.push(((performance.now() - started) * 1000) / calls)
  }
}
for (const [name, values] of times) {
  const sorted = values.toSorted((a, b) => a - b)
  console.log(`${name.padEnd(46)} ${sorted[0]!.toFixed(2).padStart(8)} ${sorted[sorted.length >> 1]!.toFixed(2).padStart(8)}`)
}
if (sink < 0) throw new Error('unreachable')
