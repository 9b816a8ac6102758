/** What a certificate says, for people and for its renewal. */
export interface CertificateFacts {
  /** File name without its ending. */
  readonly name: string
  readonly commonName: string
  readonly organizations: readonly string[]
  /** Common name of who signed it. */
  readonly issuer: string
  /** DNS names and IP addresses. */
  readonly hosts: readonly string[]
  readonly isAuthority: boolean
  /** Epoch. */
  readonly notBeforeMs: number
  /** Epoch. */
  readonly notAfterMs: number
}
