// Bootstrap tokens as Secrets in kube-system. Source: k8s.io/cluster-bootstrap util/{secrets,tokens}, token/api.
import { canonicalTime } from '../../apimachinery/time/rfc3339.ts'
import type { Secret } from './v1.ts'

export const bootstrapTokenType = 'bootstrap.kubernetes.io/token'
export const bootstrapTokenNamePrefix = 'bootstrap-token-'

export interface BootstrapToken {
  readonly id: string
  readonly secret: string
}

/** `abcdef.0123456789abcdef` -> its halves; undefined for what is no such token. */
export function parseBootstrapToken(token: string): BootstrapToken | undefined {
  const match = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token)
  return match ? { id: match[1]!, secret: match[2]! } : undefined
}

/** One entry of the Secret's data, decoded; '' when it is absent. */
export function tokenField({ data }: Pick<Secret, 'data'>, field: string): string {
  return data && Object.hasOwn(data, field) ? Buffer.from(data[field]!, 'base64').toString('utf8') : ''
}

/** The id that the Secret's name states. */
export const tokenIdOfName = (name: string): string | undefined => new RegExp(`^${bootstrapTokenNamePrefix}([a-z0-9]{6})$`).exec(name)?.[1]

/** Milliseconds until the token expires: Infinity when it never does, 0 when it has, or when its date cannot be read. */
export function tokenLifeMs(secret: Pick<Secret, 'data'>, nowMs: number): number {
  const expiration = tokenField(secret, 'expiration')
  if (expiration === '') return Infinity
  try {
    return Math.max(0, Date.parse(canonicalTime(expiration, 'seconds')) - nowMs)
  } catch {
    return 0
  }
}
