// What autoscaling/v1 has no fields for is shown there, and read back, as JSON in annotations. Stored objects never have them.
// Source: pkg/apis/autoscaling/annotations.go, pkg/apis/autoscaling/v1/conversion.go.
import type * as v1 from '../../../../api/autoscaling/v1.ts'
import type { HorizontalPodAutoscalerBehavior } from '../../../../api/autoscaling/v2.ts'
import { codec } from '../../../../api/codec.ts'
import { DecodeError } from '../../../../apimachinery/codec/codec.ts'
import { isObject } from '../../../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../../../apimachinery/json-value.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'

export const metricsKey = 'autoscaling.alpha.kubernetes.io/metrics'
export const behaviorKey = 'autoscaling.alpha.kubernetes.io/behavior'
export const currentMetricsKey = 'autoscaling.alpha.kubernetes.io/current-metrics'
export const conditionsKey = 'autoscaling.alpha.kubernetes.io/conditions'

const keys: ReadonlySet<string> = new Set([metricsKey, behaviorKey, currentMetricsKey, conditionsKey])

interface Annotated {
  annotations?: { [key: string]: string }
}

/** Without the annotations that stand for fields. */
export function withoutFields<T extends Annotated>({ annotations, ...metadata }: T): Omit<T, 'annotations'> & Annotated {
  const own = Object.entries(annotations ?? {}).filter(([key]) => !keys.has(key))
  return own.length > 0 ? { ...metadata, annotations: Object.fromEntries(own) } : metadata
}

interface Listed {
  readonly MetricSpec: v1.MetricSpec
  readonly MetricStatus: v1.MetricStatus
  readonly HorizontalPodAutoscalerCondition: v1.HorizontalPodAutoscalerCondition
}

const typeName = (type: string) => `io.k8s.api.autoscaling.v1.${type}`

export function listText<K extends keyof Listed>(type: K, items: readonly Listed[K][]): string {
  const texts = items.map((item) => codec.encodeJson(codec.canonical(typeName(type), item as unknown as JsonObject)))
  return `[${texts.join(',')}]`
}

/** undefined when it is no JSON, or JSON of something else: such an annotation says nothing. */
function read<T>(text: string, convert: (value: JsonValue) => T | undefined): T | undefined {
  try {
    return convert(JSON.parse(text) as JsonValue)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DecodeError) return undefined
    throw error
  }
}

export function readList<K extends keyof Listed>(type: K, text: string | undefined): readonly Listed[K][] | undefined {
  if (text === undefined) return undefined
  return read(text, (value) => (Array.isArray(value) ? value.map((item) => codec.convert(typeName(type), item).object as unknown as Listed[K]) : undefined))
}

const behaviorType = 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior'

/** Written with the names of Go's fields: that is how it has always been. */
export const behaviorText = (behavior: HorizontalPodAutoscalerBehavior): string => JSON.stringify(internalFormOf(behaviorType, behavior))

/** Go reads names in any case. */
function uncapitalized(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(uncapitalized)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.slice(0, 1).toLowerCase() + name.slice(1), uncapitalized(inner as JsonValue)]))
}

/** undefined also when it sets nothing. */
export function readBehavior(text: string | undefined): HorizontalPodAutoscalerBehavior | undefined {
  if (text === undefined) return undefined
  const behavior = read(text, (value) => codec.convert(behaviorType, uncapitalized(value)).object as HorizontalPodAutoscalerBehavior)
  return behavior?.scaleUp || behavior?.scaleDown ? behavior : undefined
}
