import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { at, items, number, show, text } from '../view.ts'

/** Where a metric of a type keeps its numbers, and what names it. */
const sources: Readonly<Record<string, readonly [member: string, name: 'none' | 'resource']>> = {
  External: ['external', 'none'],
  Pods: ['pods', 'none'],
  Object: ['object', 'none'],
  Resource: ['resource', 'resource'],
  ContainerResource: ['containerResource', 'resource'],
}

function metric(spec: JsonObject, current: JsonObject | undefined): string {
  const type = text(spec, 'type')
  const source = Object.hasOwn(sources, type) ? sources[type] : undefined
  if (!source) return '<unknown type>'
  const [member, naming] = source
  const now = (path: string) => text(current, `${member}.current.${path}`, '<unknown>')
  const target = (path: string) => text(spec, `${member}.target.${path}`)
  const name = naming === 'resource' ? `${text(spec, `${member}.name`)}: ` : ''
  if (at(spec, `${member}.target.averageValue`) !== undefined) {
    const average = `${name}${now('averageValue')}/${target('averageValue')}`
    return type === 'External' || type === 'Object' ? `${average} (avg)` : average
  }
  if (naming === 'none') return `${now('value')}/${target('value')}`
  const utilization: JsonValue | undefined = at(current, `${member}.current.averageUtilization`)
  const wanted = at(spec, `${member}.target.averageUtilization`)
  return `${name}${utilization === undefined ? '<unknown>' : `${show(utilization)}%`}/${wanted === undefined ? '<auto>' : `${show(wanted)}%`}`
}

function targets(object: JsonObject): string {
  const specs = items(object, 'spec.metrics')
  if (specs.length === 0) return '<none>'
  const current = items(object, 'status.currentMetrics')
  const shown = specs.slice(0, 2).map((spec, index) => metric(spec, current[index]))
  return specs.length > 2 ? `${shown.join(', ')} + ${specs.length - 2} more...` : shown.join(', ')
}

export const autoscalingCells: Readonly<Record<string, KindCells>> = {
  'autoscaling/HorizontalPodAutoscaler': {
    Reference: (object) => `${text(object, 'spec.scaleTargetRef.kind')}/${text(object, 'spec.scaleTargetRef.name')}`,
    Targets: targets,
    MinPods: (object) => text(object, 'spec.minReplicas', '<unset>'),
    MaxPods: (object) => number(object, 'spec.maxReplicas'),
    Replicas: (object) => number(object, 'status.currentReplicas'),
  },
  'autoscaling/Scale': {
    Desired: (object) => number(object, 'spec.replicas'),
    Available: (object) => number(object, 'status.replicas'),
  },
}
