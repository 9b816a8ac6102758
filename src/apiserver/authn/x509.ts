import type { Clock } from '../../util/clock.ts'
import type { Authenticator } from './authenticator.ts'
import type { CertificateBundle } from './certificate-bundle.ts'
import { user } from './well-known-users.ts'

/**
 * Client certificates: CN is the name, each O a group. What the authorities of the moment say of them counts, at each request:
 * connections outlive certificates and authorities.
 * @param bundle of --client-ca-file; without one certificates are nobody's
 * @see k8s.io/apiserver pkg/authentication/request/x509/x509.go
 */
export function x509Authenticator(clock: Clock, bundle: () => CertificateBundle | undefined): Authenticator {
  return ({ clientCertificate }) => {
    const authorities = bundle()
    if (!clientCertificate || !authorities) return undefined
    const problem = authorities.problemWith(clientCertificate, clock.now())
    if (problem) throw new Error(`verifying certificate ${clientCertificate.fingerprint} failed: ${problem}`)
    const { commonName, organizations, fingerprint } = clientCertificate
    if (!commonName) return undefined
    return user(commonName, organizations, { extra: new Map([['authentication.kubernetes.io/credential-id', [`X509SHA256=${fingerprint}`]]]) })
  }
}
