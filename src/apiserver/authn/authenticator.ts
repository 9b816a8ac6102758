import type { UserInfo } from './user.ts'

/** What an authenticator may look at. The credentials themselves never travel further than this. */
export interface Credentials {
  /** The token of `Authorization: Bearer`, if there is one. */
  readonly bearerToken: string | undefined
  readonly clientCertificate: ClientCertificate | undefined
}

/** What the client has shown in the TLS handshake. Its key is proven; its issuer only when there is no `verificationError`. */
export interface ClientCertificate {
  /** Why the TLS layer does not trust it: OpenSSL's code. */
  readonly verificationError?: string
  readonly commonName: string
  readonly organizations: readonly string[]
  /** Connections outlive certificates: each request checks. */
  readonly notAfterMs: number
  /** SHA-256 of the certificate in lower-case hex; becomes the credential id in audit and reviews. */
  readonly fingerprint: string
}

/**
 * Recognises one kind of credentials. `undefined`: not mine, ask the next one.
 * @throws {Error} mine, and wrong: the request is answered 401 unless another authenticator accepts it
 */
export type Authenticator = (credentials: Credentials) => UserInfo | undefined | Promise<UserInfo | undefined>
