import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../client/client.ts'
import { bridgeName, type ClusterLayout } from '../../machine/layout.ts'
import { findProcesses, type MarkedProcess, startDetached } from '../../machine/processes.ts'
import type { AccessRequest, CliContext } from '../context.ts'
import { CliError, refuseInterrupted } from '../errors.ts'
import type { Cluster } from './clusters.ts'
import { isServerReady } from './connection.ts'

export const serverLog = (layout: ClusterLayout): string => join(layout.logs, 'server.log')

export const serverUrl = ({ record }: Pick<Cluster, 'record'>): string => `https://${record.address}:${record.port}`

export const accessRequest = (cluster: Cluster, nodes: readonly string[]): AccessRequest => ({
  serverDirectory: cluster.layout.server,
  address: cluster.record.address,
  port: cluster.record.port,
  serviceCidr: cluster.record.ranges.serviceCidr,
  nodes,
})

export const findServer = (layout: ClusterLayout): MarkedProcess | undefined => findProcesses(layout.directory).find(({ role }) => role === 'server')

/** Starts the control plane unless it runs. */
export function startServer({ layout, record }: Cluster, { self, env }: Pick<CliContext, 'self' | 'env'>): void {
  if (findServer(layout)) return
  mkdirSync(layout.logs, { recursive: true, mode: 0o711 })
  mkdirSync(layout.server, { recursive: true, mode: 0o700 })
  const { podCidr, serviceCidr } = record.ranges
  startDetached({
    argv: [
      ...self,
      'server',
      '--data-dir',
      layout.server,
      '--bind-address',
      record.address,
      '--secure-port',
      String(record.port),
      '--service-cidr',
      serviceCidr,
      '--cluster-cidr',
      podCidr,
      '--write-kubeconfig',
      layout.adminKubeconfig,
      ...(record.nodes.length > 0 ? ['--node-bridge', bridgeName(layout)] : []),
    ],
    mark: { clusterDirectory: layout.directory, role: 'server' },
    logFile: serverLog(layout),
    env: { ...env },
  })
}

const readyPollMs = 50

/**
 * Waits until the API server says that it is ready.
 * @throws {CliError} when its process ended, or at the deadline
 */
export async function waitForServer(
  layout: ClusterLayout,
  client: Client,
  { clock, signal }: Pick<CliContext, 'clock' | 'signal'>,
  deadlineMs: number,
): Promise<void> {
  while (!(await isServerReady(client))) {
    refuseInterrupted(signal)
    if (!findServer(layout))
      throw new CliError('controlPlaneStart', `the control plane ended at once: ${lastError(serverLog(layout))}`, `see ${serverLog(layout)}`)
    if (clock.monotonic() >= deadlineMs)
      throw new CliError('controlPlaneTimeout', 'the control plane is not ready yet', `see ${serverLog(layout)}, or wait longer with --wait`)
    await clock.sleep(readyPollMs)
  }
}

/** The last error in a log, else its last line: usually why its process ended. */
export function lastError(path: string): string {
  if (!existsSync(path)) return 'it wrote no log'
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  return lines.findLast((line) => /error/i.test(line)) ?? (lines.at(-1) || 'it wrote nothing')
}
