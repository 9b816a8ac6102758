// The authorities of one --*-ca-file. Which of them a client's certificate comes from is decided here and not by the TLS layer, which
// believes all bundles alike: a certificate of the front proxy's authority must not be one of the cluster's.
import { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from './authenticator.ts'

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyUse = '2.5.29.37.0'
const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** What is known of a client's certificate: a request asks no more than what time it is. */
interface Verdict {
  /** Whatever the time. */
  readonly problem?: string
  /** When every certificate from the client's to the authority's is valid; epoch. */
  readonly fromMs: number
  readonly toMs: number
}

export class CertificateBundle {
  readonly pem: string
  readonly certificates: readonly X509Certificate[]
  /** Connections are long and signatures dear: each is looked at once. */
  readonly #verdicts = new WeakMap<ClientCertificate, Verdict>()

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
    let verdict = this.#verdicts.get(certificate)
    if (!verdict) {
      verdict = this.#judge(certificate)
      this.#verdicts.set(certificate, verdict)
    }
    if (verdict.problem !== undefined) return verdict.problem
    return nowMs >= verdict.fromMs && nowMs <= verdict.toMs ? undefined : 'x509: certificate has expired or is not yet valid'
  }

  #judge({ chain, verificationError }: ClientCertificate): Verdict {
    const never = (problem: string): Verdict => ({ problem, fromMs: 0, toMs: 0 })
    // The TLS layer has seen more: name constraints, path lengths, weak algorithms.
    if (verificationError) return never(verificationError)
    const path = this.#findPath(chain)
    if (!path) return never('x509: certificate signed by unknown authority')
    const { keyUsage } = path[0]!
    if (keyUsage && !keyUsage.includes(clientAuth) && !keyUsage.includes(anyUse)) return never('x509: certificate specifies an incompatible key usage')
    return {
      fromMs: Math.max(...path.map(({ validFromDate }) => validFromDate.getTime())),
      toMs: Math.min(...path.map(({ validToDate }) => validToDate.getTime())),
    }
  }

  /** From the client's certificate to an authority of the bundle. */
  #findPath([leaf, ...intermediates]: readonly X509Certificate[]): readonly X509Certificate[] | undefined {
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
