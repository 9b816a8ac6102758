import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { defaultClusterName } from './clusters.ts'

export interface NextCommand {
  readonly name: string
  /** In the person's kubeconfig. */
  readonly context: string
  /** For kubectl. */
  readonly args: string
}

function isOnPath(program: string, path = ''): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false // not there, or not for us: the next one
    }
  })
}

/** What to type next, where it works: the person's own kubectl, else the one that `./cox kubectl` brings to a checkout. */
export function nextCommand({ name, context, args }: NextCommand, env: Readonly<Record<string, string | undefined>>): string {
  if (isOnPath('kubectl', env['PATH'])) return `Next: kubectl --context ${context} ${args}`
  return `Next: cox kubectl ${name === defaultClusterName ? '' : `--name ${name} `}-- ${args}`
}
