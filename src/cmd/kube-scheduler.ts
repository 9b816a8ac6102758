// cox kube-scheduler: the scheduler alone. Flags: upstream's names.
import { Command } from 'commander'
import { newEventRecorder } from '../client/events/recorder.ts'
import { newInformerFactory } from '../client/informers/factory.ts'
import { leadWhenElected } from '../client/leaderelection/leader-election.ts'
import { newScheduler } from '../scheduler/index.ts'
import { systemClock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import { fixedFlag } from './bool-flag.ts'
import { closedInTime } from './closed-in-time.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { componentMetrics } from './component-metrics.ts'
import { addComponentServerFlags, type ComponentServerFlags, serveComponent } from './component-server.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'
import { parseFlags } from './shown-flags.ts'
import { addUpstreamFlags, reportUpstreamFlags, type UpstreamFlags } from './upstream-flags/add.ts'
import { kubeSchedulerOtherFlags } from './upstream-flags/kube-scheduler.ts'
import { addLeaderElectionFlags, leaderElectionOf, type LeaderElectionFlags } from './upstream-flags/leader-election.ts'

interface Options extends ComponentServerFlags, LeaderElectionFlags, LoggingFlags, UpstreamFlags {
  readonly kubeconfig: string
}

export function kubeSchedulerCommand(): Command {
  const command = addLoggingFlags(new Command('cox kube-scheduler'))
    .description('Finds a node for every pod that has none.')
    .requiredOption('--kubeconfig <file>', 'how to reach the API server')
    .addOption(fixedFlag('--profiling', false, 'there are no profiling endpoints'))
  return addUpstreamFlags(addComponentServerFlags(addLeaderElectionFlags(command, 'kube-scheduler'), '10259'), kubeSchedulerOtherFlags)
}

export async function main(argv: readonly string[]): Promise<void> {
  const command = kubeSchedulerCommand()
  const flags = parseFlags(command, argv)
  const options = command.opts<Options>()
  setProcessTitle('kube-scheduler', argv)
  const signal = terminationSignal()
  const logger = loggerOf(options)
  reportUpstreamFlags(command, kubeSchedulerOtherFlags, logger)
  const metrics = componentMetrics()
  const { client, transport } = componentClient(readKubeconfig(options.kubeconfig), 'kube-scheduler', { metrics })
  using _connections = closedInTime(signal, systemClock, transport)
  await serveComponent(options, { component: 'kube-scheduler', flags, client, metrics: () => metrics.text(), logger }, signal)
  const lead = async (until: AbortSignal) => {
    const informers = newInformerFactory({ client, logger })
    const recorder = newEventRecorder({ client, component: 'default-scheduler', logger })
    const scheduler = newScheduler({ client, informers, recorder, clock: systemClock, rand: systemRand, logger, metrics })
    const events = { name: 'events', run: (s: AbortSignal) => recorder.run(s) }
    const cache = { name: 'informers', run: (s: AbortSignal) => informers.run(s) }
    await runComponents([scheduler, events, cache], until, logger)
  }
  const election = leaderElectionOf(options)
  await (election ? leadWhenElected({ ...election, client, clock: systemClock, rand: systemRand, logger, metrics }, lead, signal) : lead(signal))
}
