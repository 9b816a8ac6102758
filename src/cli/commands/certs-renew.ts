import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Cluster, lockCluster, openCluster } from '../cluster/clusters.ts'
import { accessRequest } from '../cluster/control-plane.ts'
import { mergeIntoKubeconfig } from '../cluster/user-kubeconfig.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../io/suggestion.ts'
import { controlPlaneCertificates } from './certs-list.ts'
import { nameOption } from './options.ts'

export interface CertsRenewOptions {
  readonly name: string | undefined
  /** As `certs list` names it, or `all`. */
  readonly certificate: string
}

export function registerCertsRenew(certs: Command, context: CliContext): void {
  certs
    .command('renew')
    .summary('make certificates again, with new keys')
    .description('A control plane that runs takes new certificates over without a restart. Authorities are not renewed; kubelets renew theirs themselves.')
    .argument('[certificate]', 'as "cox certs list" names it', 'all')
    .addOption(nameOption())
    .action((certificate: string, flags: { name?: string }) => certsRenew({ name: flags.name, certificate }, context))
}

export async function certsRenew({ name, certificate }: CertsRenewOptions, context: CliContext): Promise<void> {
  const cluster = openCluster(name, context)
  using _lock = lockCluster(cluster.layout)
  const known = (await controlPlaneCertificates(cluster, context.certificates)).filter(({ isAuthority }) => !isAuthority).map((each) => each.name)
  if (certificate !== 'all' && !known.includes(certificate))
    throw new CliError(
      'usage',
      `there is no certificate "${certificate}" to renew${didYouMean(certificate, known)}`,
      `choose one of ${known.join(', ')}, or all`,
    )
  const renewed = await context.certificates.renew(cluster.layout.server, (each) => certificate === 'all' || each === certificate)
  if (renewed.includes('admin')) await renewKubeconfigs(cluster, context)
  context.io.out.write(renewed.map((each) => `${each} renewed\n`).join(''))
}

/** The administrator's, and the person's if the cluster is in it. */
export async function renewKubeconfigs(cluster: Cluster, context: CliContext): Promise<void> {
  const { layout, record } = cluster
  const { admin } = await context.issueAccess(accessRequest(cluster, []))
  writeFileSync(layout.adminKubeconfig, admin, { mode: 0o600 })
  if (record.kubeconfig) await mergeIntoKubeconfig(layout, context.env, { explicit: record.kubeconfig, context: record.context, switchContext: false })
}
