// A real API server on a TLS port of this process, with an audit log in a folder of its own, and a client that speaks plain HTTPS.
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from '../../../src/api/audit/v1.ts'
import { schema } from '../../../src/api/schema.ts'
import { newCodec } from '../../../src/apimachinery/codec/new-codec.ts'
import type { AuditLogOptions, AuditOptions } from '../../../src/apiserver/audit/options.ts'
import { loadPolicy } from '../../../src/apiserver/audit/policy/policy.ts'
import { newApiServer } from '../../../src/apiserver/server.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { systemClock } from '../../../src/util/clock.ts'

export interface Call {
  /** Of the token file: admin, bob; '' sends none. */
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array | object
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface AuditedServer extends AsyncDisposable {
  readonly port: number
  readonly folder: string
  /** @param line `GET /api/v1/pods` */
  call(line: string, call?: Call): Promise<Answer>
  /** The events in the current log, of users other than the server itself, so far. */
  events(): Event[]
  /** Names in the folder of the log. */
  files(): string[]
}

const codec = newCodec(schema)
export const policyOf = (rules: string, more = '') =>
  loadPolicy(codec, `apiVersion: audit.k8s.io/v1\nkind: Policy\n${more}\nrules:\n- {level: None, users: ["system:apiserver"]}\n${rules}`, () => {})

export const logDefaults: Omit<AuditLogOptions, 'path'> = {
  mode: 'blocking',
  batch: { bufferMax: 10_000, batchMax: 1, waitMs: 0, concurrent: false },
  format: 'json',
  maxAgeDays: 0,
  maxBackups: 0,
  maxSizeMegabytes: 100,
  compress: false,
}

const signingKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

/** @param options `log.path` is set by the server when it is left out */
export async function startAudited(
  { log, ...audit }: Omit<AuditOptions, 'log'> & { readonly log?: Partial<AuditLogOptions> },
  kubeletCredentials?: { readonly certificate: string; readonly key: string; readonly ca: string },
): Promise<AuditedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cox-audit-'))
  const path = log?.path ?? join(folder, 'audit.log')
  const authority = await CertificateAuthority.create('test-ca', systemClock)
  const serving = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  const storage = drivers.memory({ clock: systemClock })
  const server = await newApiServer({
    storage,
    tls: serving,
    tokenFile: 'admin,admin,u-admin,"system:masters"\nbob,bob,u-bob,dev\n',
    authorizationModes: ['RBAC'],
    anonymousAuth: false,
    admission: { enabled: [], disabled: [] },
    serviceClusterIpRange: '10.96.0.0/16',
    serviceNodePortRange: { from: 30_000, to: 32_767 },
    serviceAccount: { issuers: ['https://kubernetes.default.svc'], signingKey: signingKey(), verificationKeys: [] },
    advertiseAddress: '127.0.0.1:6443',
    audit: { ...audit, ...(log ? { log: { ...logDefaults, ...log, path } } : {}) },
    ...(kubeletCredentials ? { kubeletCredentials } : {}),
    clock: systemClock,
    logger: silentLogger,
  })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  const stop = new AbortController()
  const running = server.run(stop.signal)
  await server.ready
  return {
    port,
    folder,
    call: (line, call) => send(port, line, call),
    events: () => eventsIn(path),
    files: () => readdirSync(folder).toSorted(),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
      await storage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function send(port: number, line: string, { token = 'admin', headers = {}, body }: Call = {}): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ')
  const sent = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const outgoing = httpsRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    rejectUnauthorized: false,
    agent: false,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(sent === undefined ? {} : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
      ...(sent === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) }),
      ...headers,
    },
  })
  outgoing.end(sent)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return { status: response.statusCode!, headers: response.headers, body: Buffer.concat(await response.toArray()).toString() }
}

export const eventsIn = (path: string): Event[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event)
    : []

/** `RequestReceived`, `ResponseComplete 200` */
export const stagesOf = (events: readonly Event[]) => events.map(({ stage, responseStatus }) => [stage, responseStatus?.code].filter(Boolean).join(' '))
