// --tls-cipher-suites, --tls-min-version and --tls-curve-preferences of what serves HTTPS. Source: k8s.io/apiserver pkg/server/options/serving.go.
import type { Command } from 'commander'
import { cipherSuiteNames, curveNumbers, tlsVersionNames, type TlsSettings, tlsSettingsOf } from '../component-base/serving/tls-settings.ts'
import { list } from './upstream-flags/values.ts'

export interface TlsFlags {
  readonly tlsCipherSuites: readonly string[]
  readonly tlsMinVersion: string
  readonly tlsCurvePreferences: readonly string[]
}

export function addTlsFlags(command: Command): Command {
  const known = `known: ${cipherSuiteNames.join(', ')}; default: those with forward secrecy and authenticated encryption`
  return command
    .option('--tls-cipher-suites <names>', `ciphers to serve with, separated by commas; ${known}`, list, [])
    .option('--tls-min-version <version>', `oldest version of TLS: ${tlsVersionNames.join(', ')}`, 'VersionTLS12')
    .option(
      '--tls-curve-preferences <numbers>',
      `key exchanges to serve with, as IANA numbers: ${curveNumbers.join(', ')}; default: OpenSSL's choice`,
      list,
      [],
    )
}

/** @throws {Error} for names that are unknown */
export const tlsSettings = (flags: TlsFlags): TlsSettings => tlsSettingsOf(flags.tlsCipherSuites, flags.tlsMinVersion, flags.tlsCurvePreferences)
