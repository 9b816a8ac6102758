// cox kube-scheduler: the scheduler alone. Flags: upstream's names.
import { hostname } from 'node:os'
import { Command } from 'commander'
import { newEventRecorder } from '../client/events/recorder.ts'
import { newInformerFactory } from '../client/informers/factory.ts'
import { leadWhenElected } from '../client/leaderelection/leader-election.ts'
import { serveHealth } from '../component-base/serving/health-server.ts'
import { newScheduler } from '../scheduler/index.ts'
import { systemClock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import { boolFlag, fixedFlag } from './bool-flag.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'

interface Options extends LoggingFlags {
  readonly kubeconfig: string
  readonly leaderElect: boolean
  readonly bindAddress: string
  readonly securePort: string
}

export async function main(argv: readonly string[]): Promise<void> {
  const options = addLoggingFlags(new Command('cox kube-scheduler'))
    .description('Finds a node for every pod that has none.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .addOption(boolFlag('--leader-elect', 'do nothing before being elected', true))
    .addOption(fixedFlag('--profiling', false, 'there are no profiling endpoints'))
    .option('--bind-address <address>', 'address of /healthz', '127.0.0.1')
    .option('--secure-port <port>', 'port of /healthz; 0: none', '10259')
    .parse(argv, { from: 'user' })
    .opts<Options>()
  setProcessTitle('kube-scheduler', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  const { client } = componentClient(readKubeconfig(options.kubeconfig), 'kube-scheduler')
  const ok = () => ({ status: 200, body: 'ok' })
  if (options.securePort !== '0') {
    await serveHealth({ host: options.bindAddress, port: Number(options.securePort), paths: { '/healthz': ok, '/livez': ok, '/readyz': ok } }, signal)
  }
  const lead = async (until: AbortSignal) => {
    const informers = newInformerFactory({ client, logger })
    const recorder = newEventRecorder({ client, component: 'default-scheduler', logger })
    const scheduler = newScheduler({ client, informers, recorder, clock: systemClock, rand: systemRand, logger })
    const events = { name: 'events', run: (s: AbortSignal) => recorder.run(s) }
    const cache = { name: 'informers', run: (s: AbortSignal) => informers.run(s) }
    await runComponents([scheduler, events, cache], until, logger)
  }
  if (!options.leaderElect) return lead(signal)
  const identity = `${hostname()}_${crypto.randomUUID()}`
  const lease = { namespace: 'kube-system', name: 'kube-scheduler' }
  await leadWhenElected({ client, lease, identity, clock: systemClock, rand: systemRand, logger }, lead, signal)
}
