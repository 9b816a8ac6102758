import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { ageOf } from '../helpers.ts'
import { at, number, text } from '../view.ts'

/** Where the two Event versions keep the same things. */
interface EventPaths {
  readonly object: string
  readonly component: readonly [string, string]
  readonly host: string
  readonly message: string
  readonly first: string
  readonly last: string
  readonly count: string
}

export function eventCells(paths: EventPaths): KindCells {
  const firstSeen = (object: JsonObject, now: number) => ageOf(text(object, paths.first, text(object, 'eventTime')), now)
  return {
    'Last Seen': (object, now) => {
      if (at(object, 'series')) return ageOf(text(object, 'series.lastObservedTime'), now)
      const last = text(object, paths.last)
      return last ? ageOf(last, now) : firstSeen(object, now)
    },
    Type: (object) => text(object, 'type'),
    Reason: (object) => text(object, 'reason'),
    Object: (object) => {
      const name = text(object, `${paths.object}.name`)
      return `${text(object, `${paths.object}.kind`).toLowerCase()}${name ? `/${name}` : ''}`
    },
    Subobject: (object) => text(object, `${paths.object}.fieldPath`),
    Source: (object) => {
      const component = text(object, paths.component[0], text(object, paths.component[1]))
      const host = text(object, paths.host, text(object, 'reportingInstance'))
      return host ? `${component}, ${host}` : component
    },
    Message: (object) => text(object, paths.message).trim(),
    'First Seen': firstSeen,
    Count: (object) => String(at(object, 'series') ? number(object, 'series.count') : number(object, paths.count) || 1),
  }
}
