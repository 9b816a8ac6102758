// The files behind the API server's port: its certificate, and the authorities of its clients. They are followed while it runs.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import type { TlsOptions } from '../../apiserver/http/secure-server.ts'
import type { ApiServer } from '../../apiserver/server-options.ts'
import type { Component } from '../../component-base/component.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { TlsSettings } from '../../component-base/serving/tls-settings.ts'
import { watchFiles } from '../../component-base/serving/watch-files.ts'
import { keepCertificatesCurrent } from '../../pki/renewal.ts'
import { systemClock } from '../../util/clock.ts'

/** `--tls-sni-cert-key`. */
export interface NamedFiles {
  readonly certFile: string
  readonly keyFile: string
  readonly patterns: readonly string[]
}

/** @param text `cert,key`, or `cert,key:pattern,pattern`. @throws {InvalidArgumentError} */
export function namedFiles(text: string, before: readonly NamedFiles[] = []): readonly NamedFiles[] {
  const [files = '', names = ''] = text.split(':')
  const [certFile, keyFile, ...rest] = files.split(',')
  if (!certFile || !keyFile || rest.length > 0) throw new InvalidArgumentError('expected comma separated certificate and key file paths')
  return [...before, { certFile, keyFile, patterns: names.split(',').filter(Boolean) }]
}

export interface ServingFiles {
  readonly certFile: string
  readonly keyFile: string
  readonly clientCaFile?: string
  readonly requestHeaderCaFile?: string
  /** Further pairs, for other names of the server. */
  readonly named?: readonly NamedFiles[]
  /** Versions and ciphers; default: the safe ones. */
  readonly settings?: TlsSettings
}

/** The files of a cluster that makes its own certificates. */
export const ownServingFiles = (pkiDirectory: string) => ({
  certFile: join(pkiDirectory, 'apiserver.crt'),
  keyFile: join(pkiDirectory, 'apiserver.key'),
  clientCaFile: join(pkiDirectory, 'ca.crt'),
})

/** @throws {Error} for a file that cannot be read */
export const readNamed = (named: readonly NamedFiles[]) =>
  Promise.all(
    named.map(async ({ certFile, keyFile, patterns }) => ({ certificate: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8'), patterns })),
  )

export async function readTls({ certFile, keyFile, clientCaFile, requestHeaderCaFile, named = [], settings }: ServingFiles): Promise<TlsOptions> {
  const read = (file: string | undefined) => (file ? readFile(file, 'utf8') : undefined)
  const [certificate, key, clientCa, requestHeaderCa] = await Promise.all([
    readFile(certFile, 'utf8'),
    readFile(keyFile, 'utf8'),
    read(clientCaFile),
    read(requestHeaderCaFile),
  ])
  const pairs = await readNamed(named)
  return {
    certificate,
    key,
    ...(pairs.length > 0 ? { named: pairs } : {}),
    ...(clientCa ? { clientCa } : {}),
    ...(requestHeaderCa ? { requestHeaderCa } : {}),
    ...(settings ? { settings } : {}),
  }
}

/** Puts new contents of the files in force; open connections go on. */
export function followServingFiles(files: ServingFiles, server: Pick<ApiServer, 'updateTls'>, logger: Logger): Component {
  const named = (files.named ?? []).flatMap(({ certFile, keyFile }) => [certFile, keyFile])
  const paths = [files.certFile, files.keyFile, files.clientCaFile, files.requestHeaderCaFile, ...named].filter((path) => path !== undefined)
  return watchFiles({ files: paths, changed: async () => server.updateTls(await readTls(files)), clock: systemClock, logger })
}

/** Renews what a cluster has made for itself. */
export const renewOwnCertificates = (directory: string, logger: Logger): Component => ({
  name: 'certificate renewal',
  run: (signal) =>
    keepCertificatesCurrent(
      {
        directory,
        clock: systemClock,
        report: (outcome) =>
          'error' in outcome
            ? logger.error('Certificates could not be renewed', outcome.error)
            : logger.info('Renewed certificates', { names: outcome.renewed }),
      },
      signal,
    ),
})
