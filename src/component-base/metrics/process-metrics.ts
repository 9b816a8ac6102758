// What every component shows of itself. Source: k8s.io/component-base metrics/legacyregistry, version; client_golang process collector.
import type { MetricsRegistry } from './registry.ts'

export interface BuildInfo {
  /** `v1.36.2` */
  readonly version: string
  /** Feature gate -> its stage, and whether it is on. */
  readonly features: ReadonlyMap<string, { readonly stage: string; readonly default: boolean }>
}

export function addProcessMetrics(registry: MetricsRegistry, { version, features }: BuildInfo): void {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)/.exec(version) ?? []
  registry.gaugeFrom('kubernetes_build_info', 'A metric with a constant 1 that says what this component was built from.', () => [
    [
      {
        build_date: '',
        compiler: 'node',
        git_commit: '',
        git_tree_state: '',
        git_version: version,
        go_version: process.version,
        major,
        minor,
        platform: `${process.platform}/${process.arch}`,
      },
      1,
    ],
  ])
  registry.gaugeFrom('kubernetes_feature_enabled', 'Feature gates, their stage, and whether they are on.', () =>
    [...features].map(([name, { stage, default: on }]) => [{ name, stage: stage === 'GA' ? '' : stage.toUpperCase() }, on ? 1 : 0]),
  )
  registry.gaugeFrom('process_cpu_seconds_total', 'User and system CPU time spent, in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return [[{}, (user + system) / 1e6]]
  })
  registry.gaugeFrom('process_resident_memory_bytes', 'Resident memory in bytes.', () => [[{}, process.memoryUsage.rss()]])
  addStartTime(registry)
}

export function addStartTime(registry: MetricsRegistry): void {
  const startSeconds = performance.timeOrigin / 1000
  registry.gaugeFrom('process_start_time_seconds', 'When the process started, in seconds since the epoch.', () => [[{}, startSeconds]])
}
