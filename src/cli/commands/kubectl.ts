import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Command } from 'commander'
import { openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'

export interface KubectlOptions {
  readonly name: string | undefined
  readonly args: readonly string[]
}

export function registerKubectl(program: Command, context: CliContext): void {
  program
    .command('kubectl')
    .summary('run the kubectl on PATH as the administrator of a cluster')
    .usage('[--name <name>] -- <kubectl arguments>')
    .option('-n, --name <name>', 'the cluster; only before the kubectl arguments')
    .argument('[args...]', 'for kubectl; after -- when they begin with a hyphen')
    .passThroughOptions()
    .allowUnknownOption()
    .action((args: string[], flags: { name?: string }) => kubectl({ name: flags.name, args }, context))
}

export async function kubectl({ name, args }: KubectlOptions, context: CliContext): Promise<void> {
  const { layout } = openCluster(name, context)
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const child = spawn('kubectl', args, { stdio: 'inherit', env: { ...context.env, KUBECONFIG: layout.adminKubeconfig } })
  child.once('error', (cause: NodeJS.ErrnoException) =>
    reject(
      cause.code === 'ENOENT'
        ? new CliError('kubectl', 'kubectl is not on PATH', 'install kubectl 1.28 or newer: https://kubernetes.io/docs/tasks/tools', cause)
        : cause,
    ),
  )
  child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]))
  context.setExitCode(await promise)
}
