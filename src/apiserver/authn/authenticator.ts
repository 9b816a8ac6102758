import type { X509Certificate } from 'node:crypto'
import type { UserInfo } from './user.ts'

/** What an authenticator may look at. The credentials themselves never travel further than this. */
export interface Credentials {
  /** The token of `Authorization: Bearer`, if there is one. */
  readonly bearerToken: string | undefined
  readonly clientCertificate: ClientCertificate | undefined
  /** For an authenticating proxy, which says in headers whom it speaks for. */
  readonly request?: RequestHeaders
  /** Adds to the audit event of the request, if there is one. */
  readonly annotate?: ((key: string, value: string) => void) | undefined
  /** Tells the client something, whatever the answer. */
  readonly warn?: ((message: string) => void) | undefined
}

export interface RequestHeaders {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Each value of a repeated header by itself. */
  headerValues(name: string): readonly string[]
}

/** What the client has shown in the TLS handshake. Its key is proven; whether it is believed is its authenticator's decision. */
export interface ClientCertificate {
  /** Why the TLS layer does not trust it: OpenSSL's code. */
  readonly verificationError?: string
  readonly commonName: string
  readonly organizations: readonly string[]
  /** SHA-256 of the certificate in lower-case hex; becomes the credential id in audit and reviews. */
  readonly fingerprint: string
  /** The certificate and the intermediates that came with it, to be checked against an authority that may change. */
  readonly chain: readonly X509Certificate[]
}

/**
 * Recognises one kind of credentials. `undefined`: not mine, ask the next one.
 * @throws {Error} mine, and wrong: the request is answered 401 unless another authenticator accepts it
 */
export type Authenticator = (credentials: Credentials) => UserInfo | undefined | Promise<UserInfo | undefined>
