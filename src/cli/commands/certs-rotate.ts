import type { Command } from 'commander'
import { lockCluster, openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { renewKubeconfigs } from './certs-renew.ts'
import { nameOption } from './options.ts'

const caSteps = ['trust', 'issue', 'finish'] as const
const keySteps = ['begin', 'finish'] as const

interface Flags {
  readonly name?: string
  /** Of a `cox server` that was not started by `cox up`. */
  readonly dataDir?: string
}

export function registerCertsRotate(certs: Command, context: CliContext): void {
  certs
    .command('rotate-ca')
    .summary('give the authorities of a cluster successors, in three steps')
    .description(
      'trust: the new authorities are believed beside the old ones. issue: they sign, and have signed all certificates again. finish: the old ones are ' +
        'believed no more. The API server takes each step over without a restart; between two steps everybody else must have taken the first one: see src/pki/README.md.',
    )
    .argument('<step>', caSteps.join(', '))
    .addOption(nameOption())
    .option('--data-dir <directory>', 'of a `cox server`, instead of a name')
    .action((step: string, flags: Flags) => rotateCa(stepOf(step, caSteps), flags, context))
  certs
    .command('rotate-token-key')
    .summary('give the key that signs tokens of service accounts a successor, in two steps')
    .description('begin: a new key signs; tokens of the old one stay good. finish: they do not. Each takes effect with the next start of the server.')
    .argument('<step>', keySteps.join(', '))
    .addOption(nameOption())
    .option('--data-dir <directory>', 'of a `cox server`, instead of a name')
    .action(async (step: string, flags: Flags) => {
      await attempt(context.certificates.rotateTokenKey(flags.dataDir ?? openCluster(flags.name, context).layout.server, stepOf(step, keySteps)))
      context.io.out.write(step === 'begin' ? 'a new key signs from the next start on\n' : 'tokens of old keys are refused from the next start on\n')
    })
}

function stepOf<const S extends string>(text: string, steps: readonly S[]): S {
  const found = steps.find((step) => step === text)
  if (!found) throw new CliError('usage', `${text} is no step of this`, `choose one of ${steps.join(', ')}`)
  return found
}

/** A step that cannot be taken now is told in one sentence. */
const attempt = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw new CliError('usage', error instanceof Error ? error.message : String(error))
  })

async function rotateCa(step: (typeof caSteps)[number], { name, dataDir }: Flags, context: CliContext): Promise<void> {
  const write = (done: readonly string[]) => context.io.out.write(done.length > 0 ? done.map((line) => `${line}\n`).join('') : 'there is nothing to do\n')
  if (dataDir !== undefined) return void write(await attempt(context.certificates.rotateAuthorities(dataDir, step)))
  const cluster = openCluster(name, context)
  using _lock = lockCluster(cluster.layout)
  write(await attempt(context.certificates.rotateAuthorities(cluster.layout.server, step)))
  await renewKubeconfigs(cluster, context)
}
