// The authorities of one --*-ca-file. Which of them a client's certificate comes from is decided here and not by the TLS layer, which
// believes all bundles alike: a certificate of the front proxy's authority must not be one of the cluster's.
import { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from './authenticator.ts'

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyUse = '2.5.29.37.0'
const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** Certificates of a path from a client to an authority: all must be valid at the time of a request. */
type Path = readonly X509Certificate[]

export class CertificateBundle {
  readonly pem: string
  readonly certificates: readonly X509Certificate[]
  /** Connections are long and signatures dear: a path is looked for once for each. */
  readonly #paths = new WeakMap<ClientCertificate, Path | undefined>()

  /** @throws {Error} for a text without a certificate, or with one that cannot be read */
  constructor(pem: string) {
    this.pem = pem
    this.certificates = (pem.match(block) ?? []).map((each) => new X509Certificate(each))
    if (this.certificates.length === 0) throw new Error('data does not contain any valid certificates')
  }

  /**
   * Why a client's certificate is not believed; undefined when it is.
   * @see k8s.io/apiserver pkg/authentication/request/x509/x509.go (Authenticator, Verifier)
   */
  problemWith(certificate: ClientCertificate, nowMs: number): string | undefined {
    // The TLS layer has seen more: name constraints, path lengths, weak algorithms.
    if (certificate.verificationError) return certificate.verificationError
    if (!this.#paths.has(certificate)) this.#paths.set(certificate, this.#findPath(certificate.chain))
    const path = this.#paths.get(certificate)
    if (!path) return 'x509: certificate signed by unknown authority'
    const { keyUsage } = path[0]!
    if (keyUsage && !keyUsage.includes(clientAuth) && !keyUsage.includes(anyUse)) return 'x509: certificate specifies an incompatible key usage'
    const isValid = ({ validFromDate, validToDate }: X509Certificate) => nowMs >= validFromDate.getTime() && nowMs <= validToDate.getTime()
    return path.every(isValid) ? undefined : 'x509: certificate has expired or is not yet valid'
  }

  #findPath([leaf, ...intermediates]: readonly X509Certificate[]): Path | undefined {
    const path = leaf ? [leaf] : []
    for (let last = leaf; last; last = path.at(-1)) {
      const current = last
      const isIssuer = (candidate: X509Certificate) => current.checkIssued(candidate) && current.verify(candidate.publicKey)
      const root = this.certificates.find(isIssuer)
      if (root) return [...path, root]
      const next = intermediates.find((each) => each.ca && !path.includes(each) && isIssuer(each))
      if (!next) return undefined
      path.push(next)
    }
    return undefined
  }
}

/** Which authorities clients are believed by. Changes while the server runs. */
export interface ClientTrust {
  /** --client-ca-file */
  readonly client: CertificateBundle | undefined
  /** --requestheader-client-ca-file */
  readonly requestHeader: CertificateBundle | undefined
}
