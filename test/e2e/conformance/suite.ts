// What upstream's conformance tests of nodes need: a cluster as `cox up` makes it, its API, and images made of Debian's busybox.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { packImage } from '../../../src/machine/image/pack.ts'
import { architectureOf } from '../../../src/machine/image/pause-image.ts'
import { Api, type Body, unique } from '../../integration/conformance/api.ts'
import { TestCluster } from '../../support/cluster.ts'
import { busyboxImage } from '../../support/containerd.ts'
import { eventually } from '../../support/eventually.ts'

/** The image of most containers, and one with an entrypoint and arguments of its own. */
export const image = 'docker.io/library/busybox:conformance'
export const echoImage = 'docker.io/library/echo:conformance'
/** Longer than any pod takes on a busy machine. */
const podMs = 90_000

export interface ContainerStatus {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly containerID?: string
  readonly state: { readonly running?: object; readonly waiting?: { readonly reason: string; readonly message?: string }; readonly terminated?: Terminated }
  readonly lastState: { readonly terminated?: Terminated }
  readonly resources?: object
}

interface Terminated {
  readonly exitCode: number
  readonly reason: string
  readonly message?: string
}

export interface PodStatus {
  readonly phase: string
  readonly podIP?: string
  readonly hostIP?: string
  readonly reason?: string
  readonly message?: string
  readonly observedGeneration?: number
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
}

export const statusOf = (pod: Body) => pod['status'] as PodStatus
export const specOf = (pod: Body) =>
  pod['spec'] as { readonly nodeName?: string; readonly containers: readonly { readonly image: string; readonly resources: object }[] }
/** Of the pod's only container. */
export const container = (pod: Body): ContainerStatus =>
  statusOf(pod).containerStatuses?.[0] ?? { name: '', ready: false, restartCount: 0, state: {}, lastState: {} }
export const isReady = (pod: Body) => statusOf(pod).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
export const shell = (script: string) => ['/bin/sh', '-c', script]

export interface PodSpec {
  readonly containers?: readonly object[]
  readonly [more: string]: unknown
}

export class Suite implements AsyncDisposable {
  readonly cluster: TestCluster
  readonly api: Api

  private constructor(cluster: TestCluster, api: Api) {
    this.cluster = cluster
    this.api = api
  }

  static async start(): Promise<Suite> {
    const cluster = await TestCluster.up('--nodes', '2')
    try {
      const bytes = readFileSync('/usr/bin/busybox')
      const echo = await packImage({
        tag: echoImage,
        architecture: architectureOf(process.arch),
        files: [{ path: 'bin/busybox', content: bytes }],
        entrypoint: ['/bin/busybox', 'echo', 'entrypoint'],
        cmd: ['default', 'arguments'],
      })
      for (const { archive } of [await busyboxImage({ tag: image }), echo]) {
        const path = join(cluster.directory, 'image.tar')
        writeFileSync(path, archive)
        await cluster.cox('image', 'load', path)
      }
      const where = new URL(await cluster.kubectl('config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}'))
      await cluster.kubectl('create', 'serviceaccount', 'suite', '-n', 'kube-system')
      await cluster.kubectl('create', 'clusterrolebinding', 'suite', '--clusterrole=cluster-admin', '--serviceaccount=kube-system:suite')
      const token = await cluster.kubectl('create', 'token', 'suite', '-n', 'kube-system')
      return new Suite(cluster, new Api(Number(where.port), token, where.hostname))
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  async newNamespace(): Promise<Namespace> {
    const name = unique('suite')
    await this.api.must('POST /api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const namespace = new Namespace(this, name)
    await eventually(() => this.api.must(`GET ${namespace.path('serviceaccounts/default')}`))
    await eventually(() => this.api.must(`GET ${namespace.path('configmaps/kube-root-ca.crt')}`))
    return namespace
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.api[Symbol.dispose]()
    await this.cluster[Symbol.asyncDispose]()
  }
}

export class Namespace {
  readonly name: string
  readonly #suite: Suite

  constructor(suite: Suite, name: string) {
    this.#suite = suite
    this.name = name
  }

  path(resource: string, root = '/api/v1'): string {
    return `${root}/namespaces/${this.name}/${resource}`
  }

  /** @param resource plural, of the core group or with its group version before it: `apps/v1/deployments` */
  async create(resource: string, kind: string, name: string, more: object, metadata: object = {}): Promise<Body> {
    const at = resource.lastIndexOf('/')
    const apiVersion = at < 0 ? 'v1' : resource.slice(0, at)
    const path = at < 0 ? this.path(resource) : this.path(resource.slice(at + 1), `/apis/${apiVersion}`)
    return this.#suite.api.must(`POST ${path}`, { apiVersion, kind, metadata: { name, ...metadata }, ...more })
  }

  /** Containers get a name and the image; the pod does not linger. */
  async pod(name: string, { containers = [], ...spec }: PodSpec, metadata: object = {}): Promise<Body> {
    const full = (given: readonly object[]) => given.map((own, index) => ({ name: `c${index}`, image, ...own }))
    return this.create('pods', 'Pod', name, { spec: { terminationGracePeriodSeconds: 1, ...spec, containers: full(containers) } }, metadata)
  }

  get(name: string): Promise<Body> {
    return this.#suite.api.must(`GET ${this.path(`pods/${name}`)}`)
  }

  /** The pod once it is as wanted. @throws with its status when that takes too long */
  until(name: string, wanted: (pod: Body) => boolean): Promise<Body> {
    return eventually(
      async () => {
        const pod = await this.get(name)
        if (!wanted(pod)) throw new Error(`pod ${name} is not as wanted: ${JSON.stringify(statusOf(pod), undefined, 1)}`)
        return pod
      },
      { withinMs: podMs },
    )
  }

  ready(name: string): Promise<Body> {
    return this.until(name, isReady)
  }

  /** The pod when it has ended. */
  ended(name: string, phase: 'Succeeded' | 'Failed' = 'Succeeded'): Promise<Body> {
    return this.until(name, (pod) => statusOf(pod).phase === phase)
  }

  async log(name: string, query = ''): Promise<string> {
    return (await this.#suite.api.call(`GET ${this.path(`pods/${name}/log`)}${query && `?${query}`}`)).text
  }

  /** What a command in the pod writes. */
  exec(name: string, ...command: string[]): Promise<string> {
    return this.#suite.cluster.kubectl('exec', '-n', this.name, name, '--', ...command)
  }

  async delete(name: string, options: object = {}): Promise<void> {
    await this.#suite.api.must(`DELETE ${this.path(`pods/${name}`)}`, { apiVersion: 'v1', kind: 'DeleteOptions', ...options })
    await this.gone(name)
  }

  gone(name: string): Promise<void> {
    return eventually(async () => expect((await this.#suite.api.call(`GET ${this.path(`pods/${name}`)}`)).status).toBe(404), { withinMs: podMs })
  }

  /** "Reason: message" of what was reported about an object. */
  async events(name: string): Promise<string[]> {
    const { items = [] } = await this.#suite.api.must(`GET ${this.path('events')}?fieldSelector=involvedObject.name%3D${name}`)
    return items.map(({ reason, message }) => `${reason}: ${message}`)
  }
}
