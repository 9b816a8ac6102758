// Decides what a new cluster is made of, and refuses what cannot work before anything is made.
import { createServer } from 'node:net'
import { chooseRanges, hostAddress, nodesMax, AddressRangeError, type Ranges } from '../../machine/addresses.ts'
import { checkMachine, type Problem } from '../../machine/check.ts'
import { readHostRoutes } from '../../machine/cluster.ts'
import type { ClusterRecord } from '../../machine/cluster-record.ts'
import { layoutVersion } from '../../machine/layout.ts'
import { formatTime } from '../../util/clock.ts'
import type { CliContext } from '../context.ts'
import { CliError, type ErrorId } from '../errors.ts'
import { stateRoot } from './clusters.ts'
import { contextName } from './user-kubeconfig.ts'

export interface PlanOptions {
  readonly name: string
  readonly nodes: number
  readonly apiPort?: number
  readonly ranges: Partial<Ranges>
}

export async function planCluster(
  { name, nodes, apiPort, ranges: asked }: PlanOptions,
  { env, clock }: Pick<CliContext, 'env' | 'clock'>,
): Promise<ClusterRecord> {
  if (nodes > 0) refuseProblems(await checkMachine(stateRoot(env)))
  const ranges = withClearErrors(() => chooseRanges(asked, []))
  const free = nodes > 0 ? await freeRanges(asked) : ranges
  if (nodes > nodesMax(free.nodeCidr))
    throw new CliError('usage', `${free.nodeCidr} has room for ${nodesMax(free.nodeCidr)} nodes`, 'choose a larger range with --node-cidr')
  return {
    layoutVersion,
    name,
    ranges: free,
    address: nodes > 0 ? hostAddress(free.nodeCidr) : '127.0.0.1',
    port: await freePort(apiPort),
    nodes: Array.from({ length: nodes }, (_, index) => ({ name: `node-${index + 1}`, number: index + 1 })),
    createdAt: formatTime(clock.now()),
    context: contextName(name),
  }
}

async function freeRanges(asked: Partial<Ranges>): Promise<Ranges> {
  const routes = await readHostRoutes()
  return withClearErrors(() => chooseRanges(asked, routes))
}

function withClearErrors<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof AddressRangeError) throw new CliError('range', error.message, error.remedy, error)
    throw error
  }
}

const idOf = (problem: Problem): ErrorId => (problem.id === 'disk' ? 'disk' : problem.id === 'path' ? 'state' : 'machine')

/** All problems at once: nobody likes to meet them one by one. */
export function refuseProblems(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (!first) return
  const more = others.map(({ message, remedy }) => `\n  also: ${message}: ${remedy}`).join('')
  throw new CliError(idOf(first), first.message, first.remedy + more)
}

/** @throws {CliError} when the port asked for is taken */
function freePort(port = 0): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') reject(new CliError('port', `port ${port} is in use`, 'choose another with --api-port, or leave it out for a free one'))
    else if (error.code === 'EACCES') reject(new CliError('port', `port ${port} needs root`, 'choose one above 1023 with --api-port'))
    else reject(error)
  })
  server.listen({ port, host: '0.0.0.0' }, () => {
    const { port: found } = server.address() as { port: number }
    server.close(() => resolve(found))
  })
  return promise
}
