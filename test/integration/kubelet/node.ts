// One kubelet on a private containerd with an API in memory.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod, PodSpec } from '../../../src/api/core/v1.ts'
import { events, nodes, pods } from '../../../src/api/resources.ts'
import { newInformerFactory } from '../../../src/client/informers/factory.ts'
import { type Logger, silentLogger } from '../../../src/component-base/logger.ts'
import { newKubelet } from '../../../src/kubelet/kubelet.ts'
import { kubeletDefaults, type KubeletOptions } from '../../../src/kubelet/options.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { systemRand } from '../../../src/util/rand.ts'
import { busybox, TestContainerd } from '../../support/containerd.ts'
import { MemoryApi } from '../../support/memory-api.ts'

export const nodeName = 'node-1'

const verbose: Logger = {
  debug: (m, k) => console.log('D', m, k ?? ''),
  info: (m, k) => console.log('I', m, k ?? ''),
  warn: (m, k) => console.log('W', m, k ?? ''),
  error: (m, e, k) => console.log('E', m, e, k ?? ''),
  with: () => verbose,
}

export class TestNode implements AsyncDisposable {
  readonly api = new MemoryApi()
  readonly containerd: TestContainerd
  readonly #options: Partial<KubeletOptions>
  #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  private constructor(containerd: TestContainerd, options: Partial<KubeletOptions>) {
    this.containerd = containerd
    this.#options = options
  }

  static async start(podCidr: string, options: Partial<KubeletOptions> = {}): Promise<TestNode> {
    const node = new TestNode(await TestContainerd.start(podCidr), options)
    node.startKubelet()
    return node
  }

  get root(): string {
    return join(this.containerd.directory, 'kubelet')
  }

  startKubelet(): void {
    mkdirSync(this.root, { recursive: true })
    this.#stop = new AbortController()
    const { client } = this.api
    const informers = newInformerFactory({ client, clock: systemClock })
    const kubelet = newKubelet({
      ...kubeletDefaults,
      nodeName,
      client,
      informers,
      runtime: this.containerd.client(),
      clock: systemClock,
      rand: systemRand,
      logger: process.env['KUBELET_TEST_LOG'] ? verbose : silentLogger,
      rootDirectory: this.root,
      logDirectory: join(this.containerd.directory, 'logs'),
      nodeIPs: ['127.0.0.1'],
      clusterDns: ['10.96.0.10'],
      cgroups: { mountPoint: '/sys/fs/cgroup', root: cgroupRoot },
      version: 'v1.36.2',
      ...this.#options,
    })
    this.#running = Promise.all([informers.run(this.#stop.signal), kubelet.run(this.#stop.signal)])
    this.#running.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) console.error('kubelet ended', error)
    })
  }

  async stopKubelet(): Promise<void> {
    this.#stop.abort()
    await this.#running.catch(() => {})
  }

  pod(name: string, spec: Partial<PodSpec> & { containers?: object[] }, metadata: object = {}): Pod {
    const full = {
      nodeName,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: (spec.containers ?? []).map(withDefaults),
      initContainers: (spec.initContainers ?? []).map(withDefaults),
    }
    return this.api.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', ...metadata },
      spec: full,
      status: { phase: 'Pending' },
    })
  }

  get(name: string): Pod | undefined {
    return this.api.get(pods, { namespace: 'default', name })
  }

  delete(name: string, gracePeriodSeconds?: number): void {
    this.api.delete(pods, { namespace: 'default', name }, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds })
  }

  /** The pod once `ready` holds. @throws with its status and events when that takes too long */
  async until(name: string, ready: (pod: Pod) => boolean, timeoutMs = 20_000): Promise<Pod> {
    const end = systemClock.monotonic() + timeoutMs
    for (;;) {
      const pod = this.get(name)
      if (pod && ready(pod)) return pod
      if (systemClock.monotonic() > end) throw new Error(`pod ${name}: ${JSON.stringify(pod?.status, undefined, 1)}\n${this.events(name).join('\n')}`)
      await systemClock.sleep(20)
    }
  }

  async untilGone(name: string, timeoutMs = 20_000): Promise<void> {
    const end = systemClock.monotonic() + timeoutMs
    while (this.get(name)) {
      if (systemClock.monotonic() > end) throw new Error(`pod ${name} is still there: ${JSON.stringify(this.get(name), undefined, 1)}`)
      await systemClock.sleep(20)
    }
  }

  events(name: string): string[] {
    return this.api
      .all(events)
      .filter((e) => e.involvedObject.name === name)
      .map((e) => `${e.reason}: ${e.message}`)
  }

  node() {
    return this.api.get(nodes, { name: nodeName })
  }

  /** What the container has written so far. */
  log(pod: Pod, container: string, restart = 0): string {
    const { name, uid } = pod.metadata
    const text = readFileSync(join(this.containerd.directory, 'logs', `default_${name}_${uid}`, container, `${restart}.log`), 'utf8')
    return text
      .split('\n')
      .map((line) => line.split(' ').slice(3).join(' '))
      .join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopKubelet()
    await this.containerd[Symbol.asyncDispose]()
    for (const name of readdirSync('/sys/fs/cgroup')) removeCgroup(join('/sys/fs/cgroup', name, cgroupRoot))
    removeCgroup(join('/sys/fs/cgroup', cgroupRoot))
    rmSync(this.root, { recursive: true, force: true })
  }
}

const cgroupRoot = `cox-test-${process.pid}`

function removeCgroup(directory: string): void {
  if (!existsSync(directory)) return
  for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory()) removeCgroup(join(directory, entry.name))
  rmdirSync(directory)
}

/** What the API server's defaulting would add. */
function withDefaults(container: object): object {
  return { image: busybox, imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', ...container }
}

export const running = (pod: Pod) => pod.status?.phase === 'Running'
export const phase = (wanted: string) => (pod: Pod) => pod.status?.phase === wanted
export const isReady = (pod: Pod) => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
