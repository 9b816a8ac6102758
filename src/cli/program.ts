// The commands that people type, as one program.
import { Command, CommanderError } from 'commander'
import { registerCertsList } from './commands/certs-list.ts'
import { registerCertsRenew } from './commands/certs-renew.ts'
import { registerCertsRotate } from './commands/certs-rotate.ts'
import { registerDown } from './commands/down.ts'
import { registerImageLoad } from './commands/image-load.ts'
import { registerImageLs } from './commands/image-ls.ts'
import { registerImageMake } from './commands/image-make.ts'
import { registerKubeconfig } from './commands/kubeconfig.ts'
import { registerKubectl } from './commands/kubectl.ts'
import { registerList } from './commands/list.ts'
import { registerLogs } from './commands/logs.ts'
import { registerNodeAdd } from './commands/node-add.ts'
import { registerNodeRm } from './commands/node-rm.ts'
import { registerStart } from './commands/start.ts'
import { registerStatus } from './commands/status.ts'
import { registerStop } from './commands/stop.ts'
import { registerTokenCreate } from './commands/token-create.ts'
import { registerUp } from './commands/up.ts'
import type { CliContext } from './context.ts'
import { CliError, exitCodes } from './errors.ts'

/** The program with all commands of this folder; composition roots add their own. */
export function newProgram(context: CliContext): Command {
  const program = new Command('cox')
    .description('Kubernetes on this machine: clusters of real nodes in seconds, without Docker or a virtual machine.')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => void context.io.out.write(text), writeErr: (text) => void context.io.err.write(text) })
    .addHelpText(
      'after',
      '\nEnvironment:\n  COX_CLUSTER    the cluster that commands are about, when none is named\n  COX_STATE_DIR  where clusters are kept\n  KUBECONFIG     kubeconfig that clusters are added to\n  NO_COLOR       plain output',
    )
  const clusters = [registerUp, registerDown, registerStart, registerStop, registerStatus, registerList]
  for (const register of [...clusters, registerKubectl, registerKubeconfig, registerLogs]) register(program, context)
  const images = program.command('image').summary('images in the nodes of a cluster')
  for (const register of [registerImageLoad, registerImageLs, registerImageMake]) register(images, context)
  const nodes = program.command('node').summary('add and remove nodes')
  for (const register of [registerNodeAdd, registerNodeRm]) register(nodes, context)
  const certs = program.command('certs').summary('look at, renew and replace the certificates of a cluster')
  for (const register of [registerCertsList, registerCertsRenew, registerCertsRotate]) register(certs, context)
  const tokens = program.command('token').summary('let machines join a cluster')
  registerTokenCreate(tokens, context)
  return program
}

/**
 * Runs one command line and turns whatever it throws into one message and an exit status.
 * @param argv without the program's own name
 */
export async function runProgram(program: Command, argv: readonly string[], context: CliContext): Promise<void> {
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return context.setExitCode(error.exitCode === 0 ? 0 : exitCodes.usage)
    const { message, remedy, id } = error instanceof CliError ? error : { message: unexpected(error), remedy: undefined, id: 'unexpected' as const }
    const [red, plain] = context.io.fancy ? ['\u001B[31m', '\u001B[0m'] : ['', '']
    context.io.err.write(`${red}cox: ${message}${plain}\n${remedy ? `  ${remedy}\n` : ''}`)
    context.setExitCode(exitCodes[id])
  }
}

function unexpected(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return `${message}: free some space, or set COX_STATE_DIR to a folder on a larger disk`
  return error instanceof Error ? (error.stack ?? message) : String(error)
}
