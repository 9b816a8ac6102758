import { expect, test } from 'vitest'
import type { Event } from '../../../../api/core/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { validateEvent, validateEventUpdate } from './validation.ts'

const newEvent = (rest: object = {}): Event =>
  ({ metadata: { name: 'e', namespace: 'n' }, involvedObject: { kind: 'Pod', namespace: 'n', name: 'p' }, ...rest }) as unknown as Event
const modern = {
  eventTime: '2026-01-01T00:00:00.000000Z',
  type: 'Normal',
  action: 'A',
  reason: 'R',
  reportingComponent: 'example.com/c',
  reportingInstance: 'i',
}
const elsewhere = (namespace: string) => `involvedObject.namespace: Invalid value: "${namespace}": does not match event.namespace`

test.each<[string, object, readonly string[]]>([
  ['next to nothing', {}, []],
  ['about elsewhere', { involvedObject: { namespace: 'm' } }, [elsewhere('m')]],
  ['about a node, not in default', { involvedObject: { kind: 'Node' } }, [elsewhere('')]],
  ['of the newer form', modern, []],
  [
    'of the newer form, by nobody',
    { eventTime: modern.eventTime, action: 'A', reason: 'R', reportingInstance: 'i'.repeat(129) },
    [
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      `reportingComponent: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      'reportingInstance: Invalid value: "": can have at most 128 characters',
    ],
  ],
])('core/v1 takes an event %s', (_, event, expected) => expect(validateEvent(newEvent(event), false).map(fieldErrorMessage)).toEqual(expected))

test.each<[string, object, readonly string[]]>([
  ['complete', modern, []],
  [
    'of the older form',
    { count: 3, source: { component: 'k' }, firstTimestamp: '2026-01-01T00:00:00Z' },
    [
      'eventTime: Required value',
      'type: Invalid value: "": has invalid value: ',
      'firstTimestamp: Invalid value: "": needs to be unset',
      'count: Invalid value: "": needs to be unset',
      'source: Invalid value: "": needs to be unset',
    ],
  ],
  [
    'with a short series',
    { ...modern, series: { count: 1 } },
    ['series.count: Invalid value: "": should be at least 2', 'series.lastObservedTime: Required value'],
  ],
])('events.k8s.io/v1 is strict about an event %s', (_, event, expected) =>
  expect(validateEvent(newEvent(event), true).map(fieldErrorMessage)).toEqual(expected),
)

test('through events.k8s.io only the series changes', () => {
  const old = newEvent(modern)
  const series = { count: 2, lastObservedTime: modern.eventTime }
  const changed = { ...modern, reason: 'Other', involvedObject: { kind: 'Pod', namespace: 'n', name: 'q' } }
  expect(validateEventUpdate(newEvent({ ...modern, series }), old, true)).toEqual([])
  expect(validateEventUpdate(newEvent(changed), old, false)).toEqual([])
  expect([...new Set(validateEventUpdate(newEvent(changed), old, true).map(({ field }) => field))]).toEqual(['involvedObject', 'reason'])
})

test('what goes is shown as what Go has in its place', () => {
  const bare = newEvent({ eventTime: modern.eventTime, reportingComponent: 'example.com/c', reportingInstance: 'i' })
  const old = newEvent({ ...modern, message: 'm', count: 1, related: { kind: 'Pod' } })
  expect(validateEventUpdate(bare, old, true).map(fieldErrorMessage)).toEqual([
    'action: Required value',
    'reason: Required value',
    'reason: Invalid value: "": field is immutable',
    'message: Invalid value: "": field is immutable',
    'count: Invalid value: 0: field is immutable',
    'reason: Invalid value: "": field is immutable',
    'type: Invalid value: "": field is immutable',
    'action: Invalid value: "": field is immutable',
    'related: Invalid value: null: field is immutable',
  ])
})
