import type { Clock } from '../../util/clock.ts'
import type { Authenticator } from './authenticator.ts'
import { user } from './well-known-users.ts'

/**
 * Client certificates: CN is the name, each O a group. The TLS layer has verified the chain and the key usage; the end of
 * validity is checked again here, because connections outlive certificates.
 * @see k8s.io/apiserver pkg/authentication/request/x509/x509.go
 */
export function x509Authenticator(clock: Clock): Authenticator {
  return ({ clientCertificate }) => {
    if (!clientCertificate) return undefined
    const { verificationError, notAfterMs, commonName, organizations, fingerprint } = clientCertificate
    if (verificationError) throw new Error(`verifying the client certificate: ${verificationError}`)
    if (clock.now() > notAfterMs) throw new Error('the client certificate has expired')
    if (!commonName) return undefined
    return user(commonName, organizations, { extra: new Map([['authentication.kubernetes.io/credential-id', [`X509SHA256=${fingerprint}`]]]) })
  }
}
