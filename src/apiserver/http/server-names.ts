// Further certificates, for clients that call the server by other names (RFC 6066, server name indication).
// Source: k8s.io/apiserver pkg/server/dynamiccertificates/named_certificates.go.
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'

export interface NamedCertificate {
  /** PEM. */
  readonly certificate: string
  readonly key: string
  /** `api.example.com`, `*.example.com`; none: the names in the certificate. */
  readonly patterns: readonly string[]
}

/** The context for a name; undefined: that of everybody else. */
export type ServerNames = (name: string) => SecureContext | undefined

/** @param shared what all certificates have in common. @throws {Error} for what is no pair */
export function serverNames(named: readonly NamedCertificate[], shared: SecureContextOptions): ServerNames {
  if (named.length === 0) return () => undefined
  const exact = new Map<string, SecureContext>()
  const wildcards = new Map<string, SecureContext>()
  for (const { certificate, key, patterns } of named) {
    const context = createSecureContext({ ...shared, cert: certificate, key })
    for (const pattern of patterns.length > 0 ? patterns : namesOf(certificate)) {
      const [names, name] = pattern.startsWith('*.') ? [wildcards, pattern.slice(1)] : [exact, pattern]
      // Of several for a name the first counts.
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), context)
    }
  }
  return (asked) => {
    const name = asked.toLowerCase().replace(/\.$/, '')
    const dot = name.indexOf('.')
    return exact.get(name) ?? (dot > 0 ? wildcards.get(name.slice(dot)) : undefined)
  }
}

const namesOf = (pem: string): readonly string[] =>
  (new X509Certificate(pem).subjectAltName ?? '').split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length)] : []))
