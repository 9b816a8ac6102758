// A real API server on a TLS port of this process, with an audit log in a folder of its own, and a client that speaks plain HTTPS.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event } from '../../../src/api/audit/v1.ts'
import type { AuditLogOptions, AuditOptions } from '../../../src/apiserver/audit/options.ts'
import { loadPolicy } from '../../../src/apiserver/audit/policy/policy.ts'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { startApiServer } from '../../support/api-server.ts'
import { type Call, callHttps } from '../../support/https-call.ts'

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

export interface AuditedServer extends AsyncDisposable {
  readonly port: number
  readonly folder: string
  /** As `admin`, unless `call.token` says `bob`, or '' for nobody. @param line `GET /api/v1/pods` */
  call(line: string, call?: Call): Promise<Answer>
  /** The events in the current log, of users other than the server itself, so far. */
  events(): Event[]
  /** Names in the folder of the log. */
  files(): string[]
}

export const policyOf = (rules: string, more = '') =>
  loadPolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${more}\nrules:\n- {level: None, users: ["system:apiserver"]}\n${rules}`, () => {})

export const logDefaults: Omit<AuditLogOptions, 'path'> = {
  mode: 'blocking',
  batch: { bufferMax: 10_000, batchMax: 1, waitMs: 0, concurrent: false },
  format: 'json',
  maxAgeDays: 0,
  maxBackups: 0,
  maxSizeMegabytes: 100,
  compress: false,
}

/** @param options `log.path` is set by the server when it is left out */
export async function startAudited(
  { log, ...audit }: Omit<AuditOptions, 'log'> & { readonly log?: Partial<AuditLogOptions> },
  kubeletCredentials?: { readonly certificate: string; readonly key: string; readonly ca: string },
): Promise<AuditedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cox-audit-'))
  const path = log?.path ?? join(folder, 'audit.log')
  const authority = await CertificateAuthority.create('test-ca', systemClock)
  const serving = await authority.issue({ commonName: 'server', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 })
  const api = await startApiServer({
    tls: serving,
    tokenFile: 'admin,admin,u-admin,"system:masters"\nbob,bob,u-bob,dev\n',
    audit: { ...audit, ...(log ? { log: { ...logDefaults, ...log, path } } : {}) },
    ...(kubeletCredentials ? { kubeletCredentials } : {}),
  })
  const port = await api.listen()
  return {
    port,
    folder,
    call: (line, call) => send(port, line, call),
    events: () => eventsIn(path),
    files: () => readdirSync(folder).toSorted(),
    async [Symbol.asyncDispose]() {
      await api.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** As the administrator, unless `call` says otherwise. */
export async function send(port: number, line: string, call: Call = {}): Promise<Answer> {
  const { status, headers, text } = await callHttps(port, line, { token: 'admin', ...call })
  return { status, headers, body: text }
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
