// Signatures by which somebody who knows only a bootstrap token can tell that cluster-info is the cluster's own.
// Source: pkg/controller/bootstrap/{bootstrapsigner,util}.go, k8s.io/cluster-bootstrap/token/jws.
import { createHmac } from 'node:crypto'
import { tokenField, tokenIdOfName, tokenLifeMs } from '../../api/core/bootstrap-token.ts'
import type { ConfigMap, Secret } from '../../api/core/v1.ts'

const signaturePrefix = 'jws-kubeconfig-'

const base64url = (text: string) => Buffer.from(text).toString('base64url')

/** A JWS (HS256) without its payload, which is the text itself. */
export function detachedSignature(content: string, id: string, secret: string): string {
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: id }))
  return `${header}..${createHmac('sha256', secret)
    .update(`${header}.${base64url(content)}`)
    .digest('base64url')}`
}

/** Id -> secret of the tokens that may sign now. */
function signingTokens(secrets: readonly Secret[], nowMs: number): ReadonlyMap<string, string> {
  const usable = secrets.flatMap((secret): [string, string][] => {
    const id = tokenField(secret, 'token-id')
    const value = tokenField(secret, 'token-secret')
    const complete = id !== '' && tokenIdOfName(secret.metadata.name) === id && value !== ''
    return complete && tokenLifeMs(secret, nowMs) > 0 && tokenField(secret, 'usage-bootstrap-signing') === 'true' ? [[id, value]] : []
  })
  return new Map(usable)
}

/** @returns cluster-info with the signatures of just these tokens; undefined when it has them, or nothing to sign */
export function withSignatures(info: ConfigMap, secrets: readonly Secret[], nowMs: number): ConfigMap | undefined {
  const content = info.data && Object.hasOwn(info.data, 'kubeconfig') ? info.data['kubeconfig']! : undefined
  if (content === undefined) return undefined
  const before = new Map(Object.entries(info.data!))
  const after = new Map([...before].filter(([name]) => !name.startsWith(signaturePrefix)))
  for (const [id, secret] of signingTokens(secrets, nowMs)) after.set(signaturePrefix + id, detachedSignature(content, id, secret))
  if (after.size === before.size && [...after].every(([name, value]) => before.get(name) === value)) return undefined
  return { ...info, data: Object.fromEntries(after) }
}
