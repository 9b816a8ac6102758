// What the server shows of itself and believes others by: files that flags name, or a cluster's own keys in the data directory.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { ensureClusterPki } from '../../pki/cluster-pki.ts'
import { systemClock } from '../../util/clock.ts'
import { apiServerHosts } from '../api-server-hosts.ts'
import { type TlsFlags, tlsSettings } from '../tls-flags.ts'
import { collect } from './flag-values.ts'
import { type NamedFiles, namedFiles, ownServingFiles, type ServingFiles } from './serving.ts'

export interface CredentialFlags extends TlsFlags {
  readonly dataDir: string
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
  readonly tlsSniCertKey: readonly NamedFiles[]
  readonly clientCaFile?: string
  readonly requestheaderClientCaFile?: string
  readonly serviceClusterIpRange: string
  readonly serviceAccountSigningKeyFile?: string
  readonly serviceAccountKeyFile?: string[]
}

export const addCredentialFlags = (command: Command): Command =>
  command
    .option('--tls-cert-file <file>', 'serving certificate (PEM)')
    .option('--tls-private-key-file <file>', 'its key (PEM)')
    .option(
      '--tls-sni-cert-key <cert,key[:names]>',
      'a further pair, for clients that call the server by these names, or by those in it; may be repeated',
      namedFiles,
      [],
    )
    .option('--client-ca-file <file>', 'authorities that sign client certificates (PEM)')
    .option('--service-account-signing-key-file <file>', 'key that signs tokens (PEM)')
    .option('--service-account-key-file <file>', 'key that tokens are verified with (PEM); may be repeated', collect)

/** @returns ownPki: the directory of the keys and certificates that this server makes for itself */
export async function credentials(flags: CredentialFlags, advertiseAddress: string) {
  const read = (file: string) => readFile(file, 'utf8')
  const { tlsCertFile, clientCaFile, requestheaderClientCaFile: requestHeaderCaFile, serviceAccountSigningKeyFile, serviceAccountKeyFile = [] } = flags
  const directory = join(flags.dataDir, 'pki')
  const hosts = () => apiServerHosts({ addresses: [advertiseAddress], serviceCidrs: flags.serviceClusterIpRange })
  const own = tlsCertFile && serviceAccountSigningKeyFile ? undefined : await ensureClusterPki({ directory, apiServerHosts: hosts(), clock: systemClock })
  const { clientCaFile: ownCaFile, ...ownPair } = ownServingFiles(directory)
  const servingFiles: ServingFiles = {
    ...ownPair,
    ...(own ? { clientCaFile: ownCaFile } : {}),
    ...(tlsCertFile ? { certFile: tlsCertFile, keyFile: flags.tlsPrivateKeyFile ?? tlsCertFile } : {}),
    ...(clientCaFile ? { clientCaFile } : {}),
    ...(requestHeaderCaFile ? { requestHeaderCaFile } : {}),
    named: flags.tlsSniCertKey,
    settings: tlsSettings(flags),
  }
  return {
    servingFiles,
    ownPki: own && directory,
    tokenKeys: {
      signingKey: serviceAccountSigningKeyFile ? await read(serviceAccountSigningKeyFile) : own!.serviceAccount.privateKey,
      verificationKeys: await Promise.all(serviceAccountKeyFile.map(read)),
    },
  }
}
