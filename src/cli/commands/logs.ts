import { existsSync, readdirSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../io/suggestion.ts'
import { countOption, nameOption } from './options.ts'

export interface LogsOptions {
  readonly name: string | undefined
  /** A log (`server`, `node-1`, `node-1-containerd`), or a component whose lines are picked out of the control plane's. */
  readonly of: string
  readonly tail?: number
  readonly follow: boolean
}

/** The parts of the control plane, under their upstream names: they write into one log. */
const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'cloud-controller-manager']

export function registerLogs(program: Command, context: CliContext): void {
  program
    .command('logs')
    .summary('what the control plane, a component or a node logged')
    .argument('[component|node]', `"server" for the whole control plane, ${components.join(', ')}, a node, or <node>-containerd`, 'server')
    .addOption(nameOption())
    .option('-f, --follow', 'go on with what is logged from now on', false)
    .addOption(countOption('--tail <lines>', 'only the last lines'))
    .action((of: string, flags: { name?: string; follow: boolean; tail?: number }) =>
      logs({ name: flags.name, of, follow: flags.follow, ...(flags.tail === undefined ? {} : { tail: flags.tail }) }, context),
    )
}

const pollMs = 200

export async function logs({ name, of, tail, follow }: LogsOptions, context: CliContext): Promise<void> {
  const { layout } = openCluster(name, context)
  const available = existsSync(layout.logs) ? readdirSync(layout.logs).map((file) => file.replace(/\.log$/, '')) : []
  const component = components.includes(of) ? of : undefined
  const log = component ? 'server' : of
  if (!available.includes(log))
    throw new CliError(
      'usage',
      `there is no log "${of}"${didYouMean(of, [...available, ...components])}`,
      `these exist: ${[...available, ...components].join(', ')}`,
    )
  const path = join(layout.logs, `${log}.log`)
  const picked = (text: string) =>
    component
      ? text
          .split('\n')
          .filter((line) => line.includes(component))
          .map((line) => `${line}\n`)
          .join('')
      : text
  const text = await readFile(path, 'utf8')
  context.io.out.write(lastLines(picked(text), tail))
  if (!follow) return
  let position = Buffer.byteLength(text)
  await using file = await open(path)
  while (!context.signal.aborted) {
    const { size } = await file.stat()
    if (size > position) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(Math.min(size - position, 1 << 20)), position })
      position += bytesRead
      context.io.out.write(picked(buffer.subarray(0, bytesRead).toString()))
    } else await context.clock.sleep(pollMs)
  }
}

export function lastLines(text: string, count: number | undefined): string {
  if (count === undefined) return text
  const lines = text.trimEnd().split('\n')
  return count === 0 ? '' : `${lines.slice(-count).join('\n')}\n`
}
