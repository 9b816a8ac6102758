// Metrics of autoscalers as autoscaling/v1 writes them into annotations. Source: pkg/apis/autoscaling/v1/conversion.go.
import type * as v1 from '../../../../api/autoscaling/v1.ts'
import type * as v2 from '../../../../api/autoscaling/v2.ts'

/** The same object without the members that are undefined. */
export function compact<T extends object>(object: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

const zero = '0'

const identifier = (name: string, selector: v2.MetricIdentifier['selector']): v2.MetricIdentifier => compact<v2.MetricIdentifier>({ name, selector })

const resourceTarget = ({ targetAverageUtilization, targetAverageValue }: v1.ResourceMetricSource): v2.MetricTarget =>
  compact<v2.MetricTarget>({
    type: targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
    value: undefined,
    averageValue: targetAverageValue,
    averageUtilization: targetAverageUtilization,
  })

const resourceTargetV1 = ({ averageUtilization, averageValue }: v2.MetricTarget) => ({
  targetAverageUtilization: averageUtilization,
  targetAverageValue: averageValue,
})

/** From autoscaling/v1. */
export function metricFromV1({ type, object, pods, resource, containerResource, external }: v1.MetricSpec): v2.MetricSpec {
  return compact<v2.MetricSpec>({
    type,
    object: object && {
      describedObject: object.target,
      target: compact<v2.MetricTarget>({
        type: object.averageValue === undefined ? 'Value' : 'AverageValue',
        value: object.targetValue,
        averageValue: object.averageValue,
        averageUtilization: undefined,
      }),
      metric: identifier(object.metricName, object.selector),
    },
    pods: pods && { metric: identifier(pods.metricName, pods.selector), target: { type: 'AverageValue', averageValue: pods.targetAverageValue } },
    resource: resource && { name: resource.name, target: resourceTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      target: resourceTarget(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      target: compact<v2.MetricTarget>({
        type: external.targetValue === undefined ? 'AverageValue' : 'Value',
        value: external.targetValue,
        averageValue: external.targetAverageValue,
        averageUtilization: undefined,
      }),
    },
  })
}

export function metricToV1({ type, object, pods, resource, containerResource, external }: v2.MetricSpec): v1.MetricSpec {
  return compact<v1.MetricSpec>({
    type: type as v1.MetricSpec['type'],
    object:
      object &&
      compact<v1.ObjectMetricSource>({
        target: object.describedObject,
        metricName: object.metric.name,
        targetValue: object.target.value ?? zero,
        selector: object.metric.selector,
        averageValue: object.target.averageValue,
      }),
    pods:
      pods &&
      compact<v1.PodsMetricSource>({
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? zero,
        selector: pods.metric.selector,
      }),
    resource: resource && compact<v1.ResourceMetricSource>({ name: resource.name, ...resourceTargetV1(resource.target) }),
    containerResource:
      containerResource &&
      compact<v1.ContainerResourceMetricSource>({
        name: containerResource.name,
        ...resourceTargetV1(containerResource.target),
        container: containerResource.container,
      }),
    external:
      external &&
      compact<v1.ExternalMetricSource>({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
  })
}

const resourceStatus = ({ currentAverageUtilization, currentAverageValue }: v1.ResourceMetricStatus): v2.MetricValueStatus =>
  compact<v2.MetricValueStatus>({ value: undefined, averageValue: currentAverageValue, averageUtilization: currentAverageUtilization })

const resourceStatusV1 = ({ averageUtilization, averageValue }: v2.MetricValueStatus) => ({
  currentAverageUtilization: averageUtilization,
  currentAverageValue: averageValue ?? zero,
})

/** From autoscaling/v1. */
export function metricStatusFromV1({ type, object, pods, resource, containerResource, external }: v1.MetricStatus): v2.MetricStatus {
  const values = (value: string | undefined, averageValue: string | undefined) =>
    compact<v2.MetricValueStatus>({ value, averageValue, averageUtilization: undefined })
  return compact<v2.MetricStatus>({
    type,
    object: object && {
      metric: identifier(object.metricName, object.selector),
      current: values(object.currentValue, object.averageValue),
      describedObject: object.target,
    },
    pods: pods && { metric: identifier(pods.metricName, pods.selector), current: values(undefined, pods.currentAverageValue) },
    resource: resource && { name: resource.name, current: resourceStatus(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      current: resourceStatus(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      current: values(external.currentValue, external.currentAverageValue),
    },
  })
}

export function metricStatusToV1({ type, object, pods, resource, containerResource, external }: v2.MetricStatus): v1.MetricStatus {
  return compact<v1.MetricStatus>({
    type: type as v1.MetricStatus['type'],
    object:
      object &&
      compact<v1.ObjectMetricStatus>({
        target: object.describedObject,
        metricName: object.metric.name,
        currentValue: object.current.value ?? zero,
        selector: object.metric.selector,
        averageValue: object.current.averageValue,
      }),
    pods:
      pods &&
      compact<v1.PodsMetricStatus>({
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? zero,
        selector: pods.metric.selector,
      }),
    resource: resource && compact<v1.ResourceMetricStatus>({ name: resource.name, ...resourceStatusV1(resource.current) }),
    containerResource:
      containerResource &&
      compact<v1.ContainerResourceMetricStatus>({
        name: containerResource.name,
        ...resourceStatusV1(containerResource.current),
        container: containerResource.container,
      }),
    external:
      external &&
      compact<v1.ExternalMetricStatus>({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        currentValue: external.current.value ?? zero,
        currentAverageValue: external.current.averageValue,
      }),
  })
}
