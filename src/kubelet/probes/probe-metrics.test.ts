import { expect, test } from 'vitest'
import { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { ProbeMetrics } from './probe-metrics.ts'
import { failed, passed } from './probe-result.ts'

test('a series a probe and result, while the probe runs', () => {
  const registry = new MetricsRegistry()
  const metrics = new ProbeMetrics(registry)
  const samples = () =>
    registry
      .text()
      .split('\n')
      .filter((line) => line.startsWith('prober_probe_total'))
  const probed = { pod: 'p', namespace: 'ns', uid: 'u', container: 'c', kind: 'liveness' } as const
  metrics.count(probed, passed())
  metrics.count(probed, passed())
  metrics.count(probed, failed('no'))
  metrics.count({ ...probed, kind: 'startup' }, undefined)
  const rest = 'container="c",pod="p",namespace="ns",pod_uid="u"'
  expect(samples()).toEqual([
    `prober_probe_total{probe_type="Liveness",result="successful",${rest}} 2`,
    `prober_probe_total{probe_type="Liveness",result="failed",${rest}} 1`,
    `prober_probe_total{probe_type="Startup",result="unknown",${rest}} 1`,
  ])
  metrics.forget(probed)
  expect(samples()).toEqual([`prober_probe_total{probe_type="Startup",result="unknown",${rest}} 1`])
})
