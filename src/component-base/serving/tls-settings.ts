// Which TLS versions and ciphers a server takes, under Go's names, which upstream's flags use. Source: k8s.io/component-base cli/flag/ciphersuites_flag.go.
import type { SecureVersion } from 'node:tls'

export interface TlsSettings {
  /** OpenSSL's names, separated by colons, in the order of preference. */
  readonly ciphers: string
  readonly minVersion: SecureVersion
  /** OpenSSL's names of key exchanges, separated by colons, in the order of preference; left out: OpenSSL's choice. */
  readonly ecdhCurve?: string
}

/** TLS 1.3 has no others, and none of these can be turned off. */
const ciphersOfTls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const

/** Go's name -> OpenSSL's: with forward secrecy and authenticated encryption. The default. */
const preferred: ReadonlyMap<string, string> = new Map([
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
])

/** What upstream takes beside these: older names, and ciphers only for clients that have no better. */
const onRequest: ReadonlyMap<string, string> = new Map([
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ['TLS_RSA_WITH_AES_256_GCM_SHA384', 'AES256-GCM-SHA384'],
  ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
])

/** Go's names -> Node's. OpenSSL as Node builds it has no older ones. */
const versions: ReadonlyMap<string, SecureVersion> = new Map([
  ['VersionTLS12', 'TLSv1.2'],
  ['VersionTLS13', 'TLSv1.3'],
])

/** IANA's numbers of key exchanges, as Go's tls.CurveID and upstream's --tls-curve-preferences -> OpenSSL's names. */
const curves: ReadonlyMap<string, string> = new Map([
  ['23', 'prime256v1'],
  ['24', 'secp384r1'],
  ['25', 'secp521r1'],
  ['29', 'X25519'],
  ['4587', 'SecP256r1MLKEM768'],
  ['4588', 'X25519MLKEM768'],
  ['4589', 'SecP384r1MLKEM1024'],
])
export const curveNumbers: readonly string[] = [...curves.keys()]

/** Names that {@link tlsSettingsOf} takes. */
export const cipherSuiteNames: readonly string[] = [...ciphersOfTls13, ...preferred.keys(), ...onRequest.keys()]
export const tlsVersionNames: readonly string[] = [...versions.keys()]

export const tlsSettingsDefault: TlsSettings = { ciphers: [...ciphersOfTls13, ...preferred.values()].join(':'), minVersion: 'TLSv1.2' }

/**
 * @param cipherSuites Go's names, in the order of preference; none: the default
 * @param minVersion Go's name
 * @param curvePreferences numbers, in the order of preference; none: the default
 * @throws {Error} for names that are unknown or that nothing here can do
 */
export function tlsSettingsOf(cipherSuites: readonly string[], minVersion = '', curvePreferences: readonly string[] = []): TlsSettings {
  const version = minVersion === '' ? tlsSettingsDefault.minVersion : versions.get(minVersion)
  if (!version) throw new Error(`unknown tls version "${minVersion}", this server has ${tlsVersionNames.join(', ')}`)
  const exchange = curvePreferences.length > 0 ? { ecdhCurve: curvePreferences.map(curveOf).join(':') } : {}
  if (cipherSuites.length === 0) return { ...tlsSettingsDefault, minVersion: version, ...exchange }
  const chosen = cipherSuites.flatMap((name) => {
    if (ciphersOfTls13.some((each) => each === name)) return []
    const cipher = preferred.get(name) ?? onRequest.get(name)
    if (!cipher) throw new Error(`cipher suite ${name} not supported or doesn't exist`)
    return [cipher]
  })
  return { ciphers: [...ciphersOfTls13, ...chosen].join(':'), minVersion: version, ...exchange }
}

function curveOf(number: string): string {
  const name = curves.get(number)
  if (!name) throw new Error(`invalid --tls-curve-preferences value: ${number} is not supported`)
  return name
}
