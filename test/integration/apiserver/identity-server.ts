// An API server on a port of 127.0.0.1 with the flags of identity, and services around it that it asks: an OpenID issuer and webhooks, with TLS.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { addIdentityFlags, type IdentityFlags, identityOptions } from '../../../src/cmd/kube-apiserver-flags/identity.ts'
import { addAuthorizationFlags, type AuthorizationFlags, authorizationOptions } from '../../../src/cmd/kube-apiserver-flags/authorization.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { type ClusterPki, ensureClusterPki } from '../../../src/pki/cluster-pki.ts'
import { systemClock as clock } from '../../../src/util/clock.ts'
import { startApiServer } from '../../support/api-server.ts'
import { callHttps, objectOf } from '../../support/https-call.ts'

export interface Answer {
  readonly status: number
  readonly body: { readonly [name: string]: unknown } & { readonly message?: string; readonly status?: Record<string, unknown> & { readonly token?: string } }
}

export const issuer = 'https://kubernetes.default.svc'

/** Keys and certificates of a test, and a folder for its files. */
export async function newWorkplace() {
  const directory = await mkdtemp(join(tmpdir(), 'identity-'))
  const pki = await ensureClusterPki({ directory: join(directory, 'pki'), apiServerHosts: ['127.0.0.1'], clock })
  const file = async (name: string, content: string) => {
    await writeFile(join(directory, name), content)
    return join(directory, name)
  }
  return { pki, file, ca: pki.ca.pair.certificate, remove: () => rm(directory, { recursive: true, force: true }) }
}

export type Workplace = Awaited<ReturnType<typeof newWorkplace>>

/** A service that answers JSON; what it is asked is for `answer` to say. Undefined: 500. */
export async function startService(pki: ClusterPki, answer: (path: string, body: string, headers: Record<string, unknown>) => object | string | undefined) {
  const server = createServer({ cert: pki.apiServer.certificate, key: pki.apiServer.key }, (incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const content = answer(incoming.url!, Buffer.concat(chunks).toString(), incoming.headers)
      outgoing.writeHead(content === undefined ? 500 : 200, { 'content-type': 'application/json' })
      outgoing.end(typeof content === 'string' ? content : JSON.stringify(content ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    close: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

export const kubeconfig = (url: string, ca: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'hook', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'server', user: { token: 'from-the-api-server' } }],
    contexts: [{ name: 'hook', context: { cluster: 'hook', user: 'server' } }],
    'current-context': 'hook',
  })

/** @param args flags of authentication and authorization, as given to kube-apiserver */
export async function startServer({ pki }: Workplace, args: readonly string[], tokenFile: string) {
  const ending = new AbortController()
  const errors: string[] = []
  const logger = { ...silentLogger, error: (_: string, error: unknown) => void errors.push(error instanceof Error ? error.message : String(error)) }
  const flags = addAuthorizationFlags(addIdentityFlags(new Command())).parse(args, { from: 'user' }).opts<IdentityFlags & AuthorizationFlags>()
  const watching = { clock, logger, reloads: () => () => {}, signal: ending.signal }
  const { tokens, ...identity } = await identityOptions(flags, [issuer], watching)
  const api = await startApiServer({
    tls: { certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.pair.certificate },
    tokenFile,
    ...identity,
    ...(await authorizationOptions(flags, watching)),
    serviceAccount: { issuers: [issuer], signingKey: pki.serviceAccount.privateKey, verificationKeys: [], ...tokens },
    logger,
  })
  const port = await api.listen()
  return {
    /** Messages of what the server has logged as errors. */
    errors,
    /** @param bearer token; '' for none */
    async send(token: string, line: string, body?: object, headers: Record<string, string | string[]> = {}): Promise<Answer> {
      const reply = await callHttps(port, line, { token, headers, ca: pki.ca.pair.certificate, ...(body ? { body } : {}) })
      return { status: reply.status, body: objectOf(reply) as Answer['body'] }
    },
    async stop() {
      ending.abort()
      await api.stop()
    },
  }
}
