// The files behind the API server's port: its certificate, and the authorities of its clients. They are followed while it runs.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TlsOptions } from '../../apiserver/http/secure-server.ts'
import type { ApiServer } from '../../apiserver/server-options.ts'
import type { Component } from '../../component-base/component.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { TlsSettings } from '../../component-base/serving/tls-settings.ts'
import { watchFiles } from '../../component-base/serving/watch-files.ts'
import { keepCertificatesCurrent } from '../../pki/renewal.ts'
import { systemClock } from '../../util/clock.ts'

export interface ServingFiles {
  readonly certFile: string
  readonly keyFile: string
  readonly clientCaFile?: string
  readonly requestHeaderCaFile?: string
  /** Versions and ciphers; default: the safe ones. */
  readonly settings?: TlsSettings
}

/** The files of a cluster that makes its own certificates. */
export const ownServingFiles = (pkiDirectory: string) => ({
  certFile: join(pkiDirectory, 'apiserver.crt'),
  keyFile: join(pkiDirectory, 'apiserver.key'),
  clientCaFile: join(pkiDirectory, 'ca.crt'),
})

export async function readTls({ certFile, keyFile, clientCaFile, requestHeaderCaFile, settings }: ServingFiles): Promise<TlsOptions> {
  const read = (file: string | undefined) => (file ? readFile(file, 'utf8') : undefined)
  const [certificate, key, clientCa, requestHeaderCa] = await Promise.all([
    readFile(certFile, 'utf8'),
    readFile(keyFile, 'utf8'),
    read(clientCaFile),
    read(requestHeaderCaFile),
  ])
  return { certificate, key, ...(clientCa ? { clientCa } : {}), ...(requestHeaderCa ? { requestHeaderCa } : {}), ...(settings ? { settings } : {}) }
}

/** Puts new contents of the files in force; open connections go on. */
export function followServingFiles(files: ServingFiles, server: Pick<ApiServer, 'updateTls'>, logger: Logger): Component {
  const paths = [files.certFile, files.keyFile, files.clientCaFile, files.requestHeaderCaFile].filter((path) => path !== undefined)
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
