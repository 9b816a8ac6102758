// Rules of Events. core/v1 takes almost anything, for the sake of old clients; events.k8s.io/v1 is strict, and lets only the series
// of an Event change. Source: pkg/apis/core/validation/events.go.
import type { Event } from '../../../../api/core/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { byteLength, isDns1123Subdomain, isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { invalidAll, subdomain } from '../../shared/pod-spec/invalid-values.ts'

/** In bytes. */
const textMax = 128
const noteMax = 1024

/** Upstream does not repeat long values. */
const atMost = (field: string, value: string, max: number) => (byteLength(value) > max ? [invalid(field, '', `can have at most ${max} characters`)] : [])

const someText = (field: string, value = '') => [...(value ? [] : [required(field)]), ...atMost(field, value, textMax)]

function validateNamespace({ metadata, involvedObject, eventTime }: Event): readonly FieldError[] {
  const namespace = metadata.namespace ?? ''
  const involved = involvedObject?.namespace ?? ''
  // Objects without a namespace have their Events in `default`, and those of the system in `kube-system`.
  const matches = eventTime
    ? involved !== '' || namespace === 'default' || namespace === 'kube-system'
    : involved === ''
      ? namespace === '' || namespace === 'default'
      : involved === namespace
  return matches ? [] : [invalid('involvedObject.namespace', involved, 'does not match event.namespace')]
}

/** What Events of the newer form must say, whoever sends them. @param strict the request is to events.k8s.io */
function validateReporter(event: Event, strict: boolean): readonly FieldError[] {
  const { reportingComponent = '', reportingInstance, action, reason, message = '' } = event
  const field = strict ? 'reportingController' : 'reportingComponent'
  return [
    ...(reportingComponent ? [] : [required(field)]),
    ...invalidAll(field, reportingComponent, isQualifiedName(reportingComponent)),
    ...someText('reportingInstance', reportingInstance),
    ...someText('action', action),
    ...someText('reason', reason),
    ...atMost('message', message, noteMax),
  ]
}

function validateAny(event: Event, strict: boolean): readonly FieldError[] {
  const namespace = event.metadata.namespace ?? ''
  return [
    ...validateNamespace(event),
    ...(event.eventTime ? validateReporter(event, strict) : []),
    ...invalidAll('namespace', namespace, isDns1123Subdomain(namespace)),
  ]
}

function validateSeries({ series }: Event): readonly FieldError[] {
  if (!series) return []
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ]
}

/** Fields of the older form. */
function validateUnset({ firstTimestamp, lastTimestamp, count, source }: Event): readonly FieldError[] {
  const set = { firstTimestamp, lastTimestamp, count, source: source?.component || source?.host }
  return Object.entries(set)
    .filter(([, value]) => value)
    .map(([field]) => invalid(field, '', 'needs to be unset'))
}

/** @param strict the request is to events.k8s.io */
export function validateEvent(event: Event, strict: boolean): readonly FieldError[] {
  const { type = '', eventTime, metadata } = event
  if (!strict) return validateAny(event, strict)
  return [
    ...validateAny(event, strict),
    ...subdomain('metadata.name', metadata.name),
    ...validateSeries(event),
    ...(eventTime ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...validateUnset(event),
  ]
}

/** In upstream's order; `form` is the internal type of a value that is printed as such, `zero` what is printed of an absent one, if not null. */
const immutableFields: readonly { readonly field: string; readonly member: keyof Event; readonly form?: string; readonly zero?: string | number }[] = [
  { field: 'involvedObject', member: 'involvedObject', form: 'ObjectReference' },
  { field: 'reason', member: 'reason', zero: '' },
  { field: 'message', member: 'message', zero: '' },
  { field: 'source', member: 'source', form: 'EventSource' },
  { field: 'firstTimestamp', member: 'firstTimestamp' },
  { field: 'lastTimestamp', member: 'lastTimestamp' },
  { field: 'count', member: 'count', zero: 0 },
  { field: 'reason', member: 'reason', zero: '' },
  { field: 'type', member: 'type', zero: '' },
  { field: 'eventTime', member: 'eventTime' },
  { field: 'action', member: 'action', zero: '' },
  { field: 'related', member: 'related', form: 'ObjectReference' },
  { field: 'reportingController', member: 'reportingComponent' },
  { field: 'reportingInstance', member: 'reportingInstance' },
]

function validateSame(event: Event, old: Event): readonly FieldError[] {
  return immutableFields
    .filter(({ member }) => !semanticEqual(event[member], old[member]))
    .map(({ field, member, form, zero }) => {
      const value = (event[member] as unknown) ?? zero
      return invalid(field, form && value ? internalForm(form, value) : value, immutableMessage)
    })
}

export function validateEventUpdate(event: Event, old: Event, strict: boolean): readonly FieldError[] {
  if (!strict) return validateAny(event, strict)
  return [...validateAny(event, strict), ...(semanticEqual(event.series, old.series) ? [] : validateSeries(event)), ...validateSame(event, old)]
}
