import { randomUUID } from 'node:crypto'
import { signClaims } from '../../../pki/jws-key.ts'
import type { Clock } from '../../../util/clock.ts'
import { serviceAccountName } from '../well-known-users.ts'
import type { ObjectRef, ServiceAccountClaims } from './claims.ts'
import type { SigningKey } from './keys.ts'

export interface TokenContents {
  readonly namespace: string
  readonly serviceAccount: ObjectRef
  readonly audiences: readonly string[]
  readonly expirationSeconds: number
  /** The object whose end ends the token. */
  readonly pod?: ObjectRef
  readonly secret?: ObjectRef
  readonly node?: ObjectRef
  /** Seconds after which a user of the token is warned (extended tokens). */
  readonly warnAfterSeconds?: number
}

/** Signs tokens for TokenRequest. @returns the token, its `jti` and when it ends */
export interface TokenSigner {
  sign(contents: TokenContents): { readonly token: string; readonly id: string; readonly expiresAtMs: number }
}

export function newTokenSigner({ issuer, key, clock }: { readonly issuer: string; readonly key: SigningKey; readonly clock: Clock }): TokenSigner {
  return {
    sign({ namespace, serviceAccount, audiences, expirationSeconds, pod, secret, node, warnAfterSeconds }) {
      const id = randomUUID()
      const now = Math.floor(clock.now() / 1000)
      const claims: ServiceAccountClaims = {
        aud: audiences,
        exp: now + expirationSeconds,
        iat: now,
        iss: issuer,
        jti: id,
        'kubernetes.io': {
          namespace,
          ...(node ? { node } : {}),
          ...(pod ? { pod } : {}),
          ...(secret ? { secret } : {}),
          serviceaccount: serviceAccount,
          ...(warnAfterSeconds === undefined ? {} : { warnafter: now + warnAfterSeconds }),
        },
        nbf: now,
        sub: serviceAccountName(namespace, serviceAccount.name),
      }
      return { token: signClaims(key, claims), id, expiresAtMs: claims.exp * 1000 }
    },
  }
}
