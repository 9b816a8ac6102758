// autoscaling/v1 and autoscaling/v2 are views of one object, stored as v2. v1 knows one metric, the share of CPU that pods use;
// what else there is travels in annotations. Source: pkg/apis/autoscaling/v1/conversion.go.
import type * as v1 from '../../../../api/autoscaling/v1.ts'
import type * as v2 from '../../../../api/autoscaling/v2.ts'
import type { KubeObject, Mutable } from '../../../../api/object.ts'
import type { VersionConversion } from '../../generic/conversions.ts'
import { behaviorKey, behaviorText, conditionsKey, currentMetricsKey, listText, metricsKey, readBehavior, readList, withoutFields } from './annotations.ts'
import { compact, metricFromV1, metricStatusFromV1, metricStatusToV1, metricToV1 } from './convert-metrics.ts'

const cpuMetric = (averageUtilization: number): v2.MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

const isCpuShare = ({ type, resource }: v2.MetricSpec) => type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined

type Annotations = { readonly [key: string]: string }

function specFromV1(
  { scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: share }: v1.HorizontalPodAutoscalerSpec,
  annotations: Annotations,
) {
  const others = (readList('MetricSpec', annotations[metricsKey]) ?? []).map(metricFromV1)
  const metrics = share === undefined ? others : [...others, cpuMetric(share)]
  return compact<v2.HorizontalPodAutoscalerSpec>({
    scaleTargetRef,
    minReplicas,
    maxReplicas,
    metrics: metrics.length > 0 ? metrics : undefined,
    behavior: readBehavior(annotations[behaviorKey]),
  })
}

function statusFromV1(status: v1.HorizontalPodAutoscalerStatus | undefined, annotations: Annotations) {
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas = 0, currentCPUUtilizationPercentage: share } = status ?? {}
  const current = readList('MetricStatus', annotations[currentMetricsKey])?.map(metricStatusFromV1)
  const cpu: readonly v2.MetricStatus[] | undefined =
    share === undefined ? undefined : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: share } } }]
  return compact<v2.HorizontalPodAutoscalerStatus>({
    observedGeneration,
    lastScaleTime,
    currentReplicas,
    desiredReplicas,
    currentMetrics: current ?? cpu,
    conditions: readList('HorizontalPodAutoscalerCondition', annotations[conditionsKey]),
  })
}

function specToV1({ scaleTargetRef, minReplicas, maxReplicas, metrics }: v2.HorizontalPodAutoscalerSpec): v1.HorizontalPodAutoscalerSpec {
  const cpu = (metrics ?? []).find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu')
  return compact<v1.HorizontalPodAutoscalerSpec>({
    scaleTargetRef,
    minReplicas,
    maxReplicas,
    targetCPUUtilizationPercentage: cpu?.resource?.target.averageUtilization,
  })
}

function statusToV1(status: v2.HorizontalPodAutoscalerStatus | undefined): v1.HorizontalPodAutoscalerStatus {
  const { observedGeneration, lastScaleTime, currentReplicas = 0, desiredReplicas = 0, currentMetrics } = status ?? {}
  const shares = (currentMetrics ?? []).flatMap(({ type, resource }) =>
    type === 'Resource' && resource?.name === 'cpu' ? (resource.current.averageUtilization ?? []) : [],
  )
  return compact<v1.HorizontalPodAutoscalerStatus>({
    observedGeneration,
    lastScaleTime,
    currentReplicas,
    desiredReplicas,
    currentCPUUtilizationPercentage: shares.at(-1),
  })
}

/** The fields that v1 does not have. */
function annotationsOf({ spec, status }: v2.HorizontalPodAutoscaler): Annotations {
  const others = (spec.metrics ?? []).filter((metric) => !isCpuShare(metric))
  return {
    ...(others.length > 0 ? { [metricsKey]: listText('MetricSpec', others.map(metricToV1)) } : {}),
    ...(status?.currentMetrics?.length ? { [currentMetricsKey]: listText('MetricStatus', status.currentMetrics.map(metricStatusToV1)) } : {}),
    ...(status?.conditions?.length ? { [conditionsKey]: listText('HorizontalPodAutoscalerCondition', status.conditions) } : {}),
    ...(spec.behavior ? { [behaviorKey]: behaviorText(spec.behavior) } : {}),
  }
}

function toStored(autoscaler: v1.HorizontalPodAutoscaler): v2.HorizontalPodAutoscaler {
  const { metadata, spec, status } = autoscaler
  const annotations = metadata.annotations ?? {}
  return {
    ...autoscaler,
    apiVersion: 'autoscaling/v2',
    metadata: withoutFields(metadata as Mutable<typeof metadata>) as typeof metadata,
    spec: specFromV1(spec, annotations),
    status: statusFromV1(status, annotations),
  }
}

function fromStored(autoscaler: v2.HorizontalPodAutoscaler): v1.HorizontalPodAutoscaler {
  const { metadata, spec, status } = autoscaler
  const fields = annotationsOf(autoscaler)
  const annotations = Object.keys(fields).length > 0 ? { annotations: { ...metadata.annotations, ...fields } } : {}
  return { ...autoscaler, apiVersion: 'autoscaling/v1', metadata: { ...metadata, ...annotations }, spec: specToV1(spec), status: statusToV1(status) }
}

export const horizontalPodAutoscalerConversion: VersionConversion = {
  toStored: (object) => toStored(object as unknown as v1.HorizontalPodAutoscaler) as unknown as Mutable<KubeObject>,
  fromStored: (object) => fromStored(object as v2.HorizontalPodAutoscaler),
}
