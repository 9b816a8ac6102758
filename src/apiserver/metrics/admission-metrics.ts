// How long admission takes. Source: k8s.io/apiserver pkg/admission/metrics/metrics.go.
import { type HistogramCell, type MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { AdmissionOperation } from '../admission/admission.ts'

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5]

export interface AdmissionObserver {
  /** A cell for what one plugin does, to be kept: asked for once per plugin, operation, phase and outcome. */
  plugin(name: string, operation: AdmissionOperation, phase: 'admit' | 'validate', rejected: boolean): HistogramCell
  /** The same for all plugins of a phase together. */
  step(operation: AdmissionOperation, phase: 'admit' | 'validate', rejected: boolean): HistogramCell
}

export function newAdmissionMetrics(registry: MetricsRegistry): AdmissionObserver {
  const labels = ['operation', 'rejected', 'type']
  const plugins = registry.histogram('apiserver_admission_controller_admission_duration_seconds', 'How long an admission plugin took, in seconds.', buckets, [
    'name',
    ...labels,
  ])
  const steps = registry.histogram('apiserver_admission_step_admission_duration_seconds', 'How long all admission plugins took, in seconds.', buckets, labels)
  return {
    plugin: (name, operation, phase, rejected) => plugins.of(name, operation, String(rejected), phase),
    step: (operation, phase, rejected) => steps.of(operation, String(rejected), phase),
  }
}
