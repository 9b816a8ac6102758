// Composes the kubelet: who feeds whom is all that is decided here.

import { nodes, pods, runtimeClasses, services } from '../api/resources.ts'
import { newEventRecorder } from '../client/events/recorder.ts'
import type { Component } from '../component-base/component.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { serveHealth } from '../component-base/serving/health-server.ts'
import { readResolvConf } from './config/resolv-conf.ts'
import { evictUnderPressure } from './eviction/eviction-loop.ts'
import { collectGarbage } from './gc/garbage-collector.ts'
import { ImageManager } from './images/image-manager.ts'
import { pullCredentials } from './images/pull-secrets.ts'
import { collectImages } from './images/image-gc.ts'
import { readMachine } from './machine/machine-info.ts'
import { openPodCgroups } from './machine/pod-cgroups.ts'
import { readUsage } from './machine/pressure.ts'
import { newHealthCheck } from './node/health.ts'
import { keepNodeLease } from './node/node-lease.ts'
import { allocatableOf, type NodeFacts } from './node/node-object.ts'
import { NodeStatusReporter } from './node/node-status.ts'
import type { KubeletOptions } from './options.ts'
import { Pleg } from './pleg/pleg.ts'
import { PodIntake } from './pod-intake.ts'
import { PodWorkers } from './pod-workers/pod-workers.ts'
import { ProbeMetrics } from './probes/probe-metrics.ts'
import { ProbeManager } from './probes/probe-manager.ts'
import { newProbeRunner } from './probes/probe-runner.ts'
import { PodInspector } from './runtime/pod-inspector.ts'
import { sandboxConfig } from './runtime/sandbox-config.ts'
import { healthAnswer, newKubeletServer } from './server/kubelet-server.ts'
import { rotateLogs } from './server/log-rotation.ts'
import { StatusManager } from './status/status-manager.ts'
import { ContainerKiller } from './sync/container-killer.ts'
import { ContainerStarter } from './sync/container-starter.ts'
import { Backoff } from './sync/crash-backoff.ts'
import { Executor } from './sync/execute.ts'
import { PodSyncer } from './sync/pod-syncer.ts'
import { StartFailures } from './sync/start-failures.ts'
import { claimPath } from './volumes/claims.ts'
import { ObjectGetter } from './volumes/object-getter.ts'
import { makePodDirectory } from './volumes/pod-directory.ts'
import { ServiceAccountTokens } from './volumes/service-account-tokens.ts'
import { readTerminationMessage } from './volumes/termination-message.ts'
import { VolumeManager } from './volumes/volume-manager.ts'

/** Orphans and dead containers are looked for this often. Upstream's container garbage collection period. */
const housekeepingMs = 60_000

export function newKubelet(options: KubeletOptions): Component {
  return { name: 'kubelet', run: (signal) => runKubelet(options, signal) }
}

async function runKubelet(options: KubeletOptions, signal: AbortSignal): Promise<void> {
  const { client, informers, runtime, clock, rand, logger, rootDirectory, nodeName, clusterDomain } = options
  const { metrics = new MetricsRegistry() } = options
  const machine = await readMachineWhenReady(options, signal)
  const runtimeVersion = await waitForRuntime(options, signal)
  const cgroups = await openPodCgroups({ ...options.cgroups, pidsMax: options.podPidsMax, logger })
  const dns = { servers: options.clusterDns, domain: clusterDomain, node: await readResolvConf(options.resolvConf) }
  const recorder = newEventRecorder({
    client,
    component: 'kubelet',
    host: nodeName,
    ...(options.eventRate ? { rate: options.eventRate } : {}),
    clock,
    rand,
    logger,
  })
  const hostIPs = options.nodeIPs
  const hostIP = hostIPs[0] ?? ''
  const version = /(\d+\.\d+)/.exec(options.version)?.[1] ?? ''
  const seccompRoot = `${rootDirectory}/seccomp`

  const podInformer = informers.for(pods, { fieldSelector: `spec.nodeName=${nodeName}` })
  const serviceInformer = informers.for(services)
  const nodeInformer = informers.for(nodes, { fieldSelector: `metadata.name=${nodeName}` })

  const pleg = new Pleg({
    inspector: new PodInspector(runtime, readTerminationMessage),
    runtime,
    clock,
    logger,
    changed: (uid) => (workers.has(uid) ? workers.notify(uid) : intake.endOrphan(uid)),
  })
  const intake: PodIntake = new PodIntake({
    pleg,
    workers: () => workers,
    syncer: () => syncer,
    statuses: () => statuses,
    node: () => nodeInformer.lister.get(nodeName),
    allocatable: () => allocatable(),
    logger,
    signal,
  })
  const objects = new ObjectGetter({ client, clock, rand, logger, changed: (uid) => workers.notify(uid) })
  const tokens = new ServiceAccountTokens(client, clock)
  const images = new ImageManager({
    runtime,
    recorder,
    clock,
    credentials: (pod, image) => pullCredentials(pod, image, (name) => objects.secret(pod, name)),
  })
  const server =
    options.server &&
    newKubeletServer({
      ...options.server,
      client,
      clock,
      logger,
      runtime,
      pleg,
      nodeName,
      pods: () => workers.pods(),
      statuses: (uid) => statuses.get(uid),
      rootDirectory,
      machine,
      metrics: () => metrics.text(),
    })
  const serverPort = server ? await server.listen() : 10250
  if (options.healthz) {
    const healthz = () => healthAnswer(pleg.unhealthy())
    await serveHealth({ ...options.healthz, paths: { '/healthz': healthz } }, signal).catch((error: unknown) =>
      logger.error('Failed to start healthz server', error),
    )
  }
  const facts: NodeFacts = {
    machine,
    nodeName,
    hostname: options.hostname ?? nodeName.toLowerCase(),
    nodeIPs: options.nodeIPs,
    maxPods: options.maxPods,
    version: options.version,
    reserved: options.reserved,
    capacity: options.capacity,
    runtimeVersion: `${runtimeVersion.name}://${runtimeVersion.version}`,
    serverPort,
  }
  const allocatable = () => nodeInformer.lister.get(nodeName)?.status?.allocatable ?? allocatableOf(facts)
  const volumes = new VolumeManager({
    root: rootDirectory,
    sources: { objects, tokens, allocatable },
    claims: (pod, volume) => claimPath(client, pod, volume),
    clock,
    logger,
  })
  const probes = new ProbeManager({
    run: newProbeRunner(runtime, version),
    runtimePod: (uid) => pleg.get(uid),
    hostIP,
    clock,
    recorder,
    logger,
    metrics: new ProbeMetrics(metrics),
    changed: (uid) => workers.notify(uid),
  })
  const statuses = new StatusManager({ client, clock, logger, podOf: (uid) => intake.podOf(uid) })
  const failures = new StartFailures()
  const backoff = new Backoff(clock)
  const killer = new ContainerKiller({ runtime, recorder, clock, logger, version, hostIP })
  const starter = new ContainerStarter({
    runtime,
    images,
    volumes,
    objects,
    services: () => serviceInformer.lister.all(),
    allocatable,
    recorder,
    clock,
    root: rootDirectory,
    seccompRoot,
    seccompDefault: options.seccompDefault,
    memoryBytes: machine.memoryBytes,
    oomScoreFloor: machine.oomScoreFloor,
    version,
  })
  const executor = new Executor({
    runtime,
    starter,
    killer,
    backoff,
    failures,
    recorder,
    logger,
    sandboxConfig: (pod, attempt) => sandboxConfig({ pod, attempt, dns, logRoot: options.logDirectory, cgroupParent: cgroups.parentOf(pod) }),
    runtimeHandler: async ({ spec }) => (spec.runtimeClassName ? (await client.get(runtimeClasses, { name: spec.runtimeClassName })).handler : ''),
    clusterDomain,
    hostIPs,
    refresh: (uid) => pleg.refresh(uid),
    pullRetryMs: (pod, container) => images.retryMs(pod, container),
  })
  const syncer = new PodSyncer({
    runtime,
    pleg,
    probes,
    statuses,
    executor,
    killer,
    volumes,
    objects,
    tokens,
    images,
    failures,
    cgroups,
    recorder,
    clock,
    logger,
    runtimeName: runtimeVersion.name,
    hostIPs,
  })
  const workers = new PodWorkers({
    syncer,
    clock,
    rand,
    logger,
    forgotten: (pod) => intake.forgotten(pod),
  })
  const health = newHealthCheck({ runtime, pleg, usage: () => readUsage(rootDirectory) })
  const reporter = new NodeStatusReporter({
    client,
    runtime,
    clock,
    logger,
    recorder,
    facts,
    labels: options.nodeLabels,
    taints: options.taints,
    providerId: options.providerId,
    health,
  })

  async function housekeeping(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(housekeepingMs, signal).catch(() => {})
      if (signal.aborted) return
      backoff.collect()
      intake.endOrphans()
      const known = (uid: string) => intake.knows(uid)
      await collectGarbage({ runtime, pleg, volumes, rootDirectory, logDirectory: options.logDirectory, known, logger }).catch((error: unknown) =>
        logger.error('Garbage collection failed', error),
      )
      await collectImages({
        runtime,
        ...options.imageGc,
        usage: () => readUsage(rootDirectory),
        inUse: () => pleg.all().flatMap((p) => p.containers.map((c) => c.imageId)),
        logger,
      }).catch((error: unknown) => logger.error('Image garbage collection failed', error))
    }
  }

  const running = [
    pleg.run(signal),
    statuses.run(signal),
    recorder.run(signal),
    rotateLogs({ runtime, clock, logger, running: () => pleg.all().flatMap((p) => p.containers.filter((c) => c.state === 'running')) }, signal),
    evictUnderPressure(
      {
        runtime,
        clock,
        logger,
        recorder,
        usage: () => readUsage(rootDirectory),
        active: () => workers.pods().filter((p) => workers.stage(p.metadata.uid) === 'syncing'),
        evict: (uid, failure) => workers.evict(uid, failure, 0),
        rootDirectory,
        logDirectory: options.logDirectory,
      },
      signal,
    ),
    ...(server ? [server.run(signal)] : []),
    reporter.register(signal).then(() => Promise.all([reporter.run(signal), keepNodeLease({ nodeName, client, clock, logger }, signal)])),
  ]
  try {
    // What runs must be known before anything is decided: no container is started twice after a restart.
    await pleg.synced
    reporter.check()
    await informers.synced(signal)
    podInformer.addHandler(intake.handler)
    intake.listed()
    logger.info('Kubelet is ready', { node: nodeName, pods: podInformer.lister.all().length })
    await housekeeping()
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await workers.stop()
    await probes.stop()
    await objects.stop()
    await Promise.allSettled([...running, intake.settled()])
  }
}

async function readMachineWhenReady({ rootDirectory }: KubeletOptions, signal: AbortSignal): Promise<Awaited<ReturnType<typeof readMachine>>> {
  signal.throwIfAborted()
  await makePodDirectory(rootDirectory, '')
  return readMachine(rootDirectory)
}

/** The runtime may still be starting. */
async function waitForRuntime({ runtime, clock, logger }: KubeletOptions, signal: AbortSignal): Promise<{ name: string; version: string }> {
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    try {
      const { runtimeName = '', runtimeVersion = '' } = await runtime.version({}, { signal })
      return { name: runtimeName, version: runtimeVersion.replace(/^v/, '') }
    } catch (error) {
      signal.throwIfAborted()
      logger.warn('Container runtime does not answer yet', { endpoint: runtime.endpoint, error: String(error) })
      await clock.sleep(delayMs, signal)
    }
  }
}
