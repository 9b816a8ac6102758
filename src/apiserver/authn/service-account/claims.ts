// What a bound service account token says. Source: k8s.io/kubernetes pkg/serviceaccount/claims.go.

export interface ObjectRef {
  readonly name: string
  readonly uid: string
}

export interface ServiceAccountClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  /** Seconds since the epoch. */
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
  readonly jti?: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly serviceaccount: ObjectRef
    readonly pod?: ObjectRef
    readonly secret?: ObjectRef
    readonly node?: ObjectRef
    readonly warnafter?: number
  }
}

const isRef = (value: unknown): value is ObjectRef => {
  const ref = value as Partial<ObjectRef> | undefined
  return typeof ref?.name === 'string' && typeof ref.uid === 'string'
}

/** @returns undefined when the payload is not one of a service account token */
export function parseClaims(payload: unknown): ServiceAccountClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined
  const claims = payload as Partial<ServiceAccountClaims>
  const bound = claims['kubernetes.io'] as Partial<ServiceAccountClaims['kubernetes.io']> | undefined
  const whole = typeof claims.iss === 'string' && typeof claims.sub === 'string' && typeof claims.exp === 'number' && claims.aud !== undefined
  const refs = [bound?.pod, bound?.secret, bound?.node].every((ref) => ref === undefined || isRef(ref))
  return whole && typeof bound?.namespace === 'string' && isRef(bound.serviceaccount) && refs ? (claims as ServiceAccountClaims) : undefined
}
