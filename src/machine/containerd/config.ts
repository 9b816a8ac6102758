/** What has to be known about a machine to write containerd's configuration. */
export interface ContainerdFacts {
  readonly sandboxImage: string
  /** False where an overlay cannot be mounted: then layers are copied. */
  readonly overlay: boolean
  /** CAP_SYS_RESOURCE: without it no process may get a lower oom_score_adj than its parent's. */
  readonly mayLowerOomScore: boolean
  readonly cniBinDirectory: string
  readonly cniConfigDirectory: string
  /** Holds a `hosts.toml` per registry. */
  readonly registryConfigDirectory: string
  readonly socket: string
}

/** Plugins that need devices or services that no node has; each would log an error at every start. */
const unneededPlugins = ['aufs', 'btrfs', 'devmapper', 'zfs', 'blockfile'].map((name) => `io.containerd.snapshotter.v1.${name}`)

const text = (value: string) => JSON.stringify(value)

/** containerd's config.toml, in the version that 1.6 and all of 2.x read. TOML strings are JSON strings. */
export function containerdConfig(facts: ContainerdFacts): string {
  const disabled = [...unneededPlugins, ...(facts.overlay ? [] : ['io.containerd.snapshotter.v1.overlayfs']), 'io.containerd.tracing.processor.v1.otlp']
  return `version = 2
disabled_plugins = [${disabled.map(text).join(', ')}]

[grpc]
  address = ${text(facts.socket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(facts.sandboxImage)}
  restrict_oom_score_adj = ${!facts.mayLowerOomScore}
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${text(facts.cniBinDirectory)}
  conf_dir = ${text(facts.cniConfigDirectory)}

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = ${text(facts.registryConfigDirectory)}

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = ${text(facts.overlay ? 'overlayfs' : 'native')}
  default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = false
`
}
