import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { nodeLayout } from '../../machine/layout.ts'
import { type Cluster, openCluster } from '../cluster/clusters.ts'
import type { CertificateFacts } from '../../util/certificate-facts.ts'
import type { Certificates, CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { table } from '../io/io.ts'
import { nameArgument, nameOption, outputFormat } from './options.ts'

export interface CertsListOptions {
  readonly name: string | undefined
  readonly format: 'text' | 'json'
}

export function registerCertsList(certs: Command, context: CliContext): void {
  certs
    .command('list')
    .alias('ls')
    .summary('what a cluster’s certificates say, and how long they still live')
    .description('Lists the certificates that the control plane has made, and those that the kubelets of local nodes hold. All are renewed by themselves.')
    .addArgument(nameArgument())
    .addOption(nameOption())
    .option('-o, --output <format>', 'text or json', 'text')
    .action((argument: string | undefined, flags: { name?: string; output: string }) =>
      certsList({ name: argument ?? flags.name, format: outputFormat(flags.output, ['text', 'json']) }, context),
    )
}

export async function certsList({ name, format }: CertsListOptions, context: CliContext): Promise<void> {
  const cluster = openCluster(name, context)
  const nowMs = context.clock.now()
  const all = [...(await controlPlaneCertificates(cluster, context.certificates)), ...kubeletCertificates(cluster, context.certificates)]
  const rows = all.map((each) => ({
    name: each.name,
    subject: [...each.organizations.map((o) => `O=${o}`), `CN=${each.commonName}`].join(','),
    issuer: each.issuer,
    sans: each.hosts,
    authority: each.isAuthority,
    expires: new Date(each.notAfterMs).toISOString(),
    residualSeconds: Math.floor((each.notAfterMs - nowMs) / 1000),
  }))
  const { out } = context.io
  if (format === 'json') return void out.write(`${JSON.stringify(rows, null, 2)}\n`)
  const cells = rows.map((row) => [row.name, row.subject, row.issuer, row.expires, residualTime(row.residualSeconds), row.sans.join(',')])
  out.write(table([['CERTIFICATE', 'SUBJECT', 'ISSUER', 'EXPIRES', 'RESIDUAL TIME', 'SANS'], ...cells]))
}

/** @throws {CliError} when the control plane has made none yet */
export async function controlPlaneCertificates({ layout }: Cluster, certificates: Pick<Certificates, 'list'>): Promise<readonly CertificateFacts[]> {
  try {
    return await certificates.list(layout.server)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CliError('state', `cluster "${layout.name}" has no certificates yet`, `start it with: cox start ${layout.name}`, error)
    throw error
  }
}

function kubeletCertificates({ layout, record }: Cluster, certificates: Pick<Certificates, 'summarize'>): CertificateFacts[] {
  return record.nodes.flatMap(({ name }) =>
    ['kubelet-client', 'kubelet-server'].flatMap((kind) => {
      const file = join(nodeLayout(layout, name).directory, 'kubelet/pki', `${kind}-current.pem`)
      return existsSync(file) ? [certificates.summarize(`${name}/${kind}`, readFileSync(file, 'utf8'))] : []
    }),
  )
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour
/** As kubeadm and kubectl write it: two years and more in years. */
const year = 365 * day

/** `364d`, `7h`, `9y`; `<invalid>` once it is over. */
export function residualTime(seconds: number): string {
  if (seconds < 0) return '<invalid>'
  if (seconds < minute) return `${seconds}s`
  if (seconds < hour) return `${Math.floor(seconds / minute)}m`
  if (seconds < day) return `${Math.floor(seconds / hour)}h`
  return seconds < year ? `${Math.floor(seconds / day)}d` : `${Math.floor(seconds / year)}y`
}
