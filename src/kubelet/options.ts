import type { Taint } from '../api/core/v1.ts'
import type { Client } from '../client/client.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import type { MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { Logger } from '../component-base/logger.ts'
import type { TlsSettings } from '../component-base/serving/tls-settings.ts'
import type { ZPages } from '../component-base/zpages/z-pages.ts'
import type { RuntimeClient } from '../cri/client.ts'
import type { Clock } from '../util/clock.ts'
import type { Rand } from '../util/rand.ts'

export interface KubeletOptions {
  readonly nodeName: string
  /** Defaults to the node name, in lower case. */
  readonly hostname?: string
  readonly client: Client
  readonly informers: InformerFactory
  readonly runtime: RuntimeClient
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  /** Upstream's --root-dir: /var/lib/kubelet. */
  readonly rootDirectory: string
  /** Upstream's --pod-logs-dir: /var/log/pods. */
  readonly logDirectory: string
  /** Addresses of the node, the primary one first. */
  readonly nodeIPs: readonly string[]
  readonly clusterDns: readonly string[]
  readonly clusterDomain: string
  /** The node's resolver file; '' for none. */
  readonly resolvConf: string
  /** Where the cgroup hierarchies are mounted, and below which group this node's pods go ('/' for the top). */
  readonly cgroups: { readonly mountPoint: string; readonly root: string }
  readonly maxPods: number
  /** Processes of one pod; -1: as many as the node has. */
  readonly podPidsMax: number
  /** Containers that say nothing about seccomp get the runtime's profile instead of none. */
  readonly seccompDefault: boolean
  /** How many Events are written; default: as many as there are. */
  readonly eventRate?: { readonly perSecond: number; readonly burst: number }
  /** Where /healthz is served over plain HTTP; left out, it is not. */
  readonly healthz?: { readonly host: string; readonly port: number }
  /** `v1.36.2`. */
  readonly version: string
  readonly nodeLabels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly providerId: string
  /** Kept back from pods: capacity minus these is allocatable. */
  readonly reserved: Readonly<Record<string, string>>
  /** Capacity as seen by the cluster where it is not the whole machine: several nodes share one. */
  readonly capacity: Readonly<Record<string, string>>
  /** The kubelet API; left out, it is not served. */
  readonly server?: KubeletServerOptions
  /** What the kubelet API shows at /metrics beside its own; default: nothing. */
  readonly metrics?: MetricsRegistry
  readonly imageGc: { readonly highPercent: number; readonly lowPercent: number }
}

export interface KubeletServerOptions {
  readonly address: string
  /** 10250; 0 for any free port. */
  readonly port: number
  /** PEM; left out while there is none yet: until then no client gets through. */
  readonly certificate?: string
  readonly key?: string
  /** Calls back with every serving certificate to come; connections made from then on see it. */
  onNewCertificate?(use: (pair: { readonly certificate: string; readonly key: string }) => void): void
  /** Certificates of clients are checked against it; without it only tokens count. */
  readonly clientCa?: string
  /** Versions and ciphers; default: the safe ones. */
  readonly tls?: TlsSettings
  /** A stream (exec, attach, port-forward) that carries nothing for so long is ended; 0: never. Default: 4 hours. */
  readonly streamIdleMs?: number
  /** /statusz and /flagz, given what is served beside them; default: not served. */
  readonly zPages?: (paths: readonly string[]) => ZPages
}

/** Upstream's defaults for what most callers leave alone. */
export const kubeletDefaults = {
  rootDirectory: '/var/lib/kubelet',
  logDirectory: '/var/log/pods',
  clusterDomain: 'cluster.local',
  resolvConf: '/etc/resolv.conf',
  cgroups: { mountPoint: '/sys/fs/cgroup', root: '/' },
  maxPods: 110,
  podPidsMax: -1,
  seccompDefault: false,
  nodeLabels: {},
  taints: [],
  providerId: '',
  reserved: {},
  capacity: {},
  imageGc: { highPercent: 85, lowPercent: 80 },
} as const satisfies Partial<KubeletOptions>
