import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { ageOf, human, images, names, selector } from '../helpers.ts'
import { at, condition, flag, items, number, show, text } from '../view.ts'

const holds = (object: JsonObject, type: string) => condition(object, type)?.['status'] === 'True'

function jobStatus(object: JsonObject): string {
  if (holds(object, 'Complete')) return 'Complete'
  if (holds(object, 'Failed')) return 'Failed'
  if (at(object, 'metadata.deletionTimestamp')) return 'Terminating'
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find((type) => holds(object, type)) ?? 'Running'
}

function completions(object: JsonObject): string {
  const succeeded = number(object, 'status.succeeded')
  const wanted = at(object, 'spec.completions')
  if (wanted !== undefined) return `${succeeded}/${show(wanted)}`
  const parallelism = number(object, 'spec.parallelism')
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function duration(object: JsonObject, now: number): string {
  const start = text(object, 'status.startTime')
  if (!start) return ''
  const end = text(object, 'status.completionTime')
  return human((end ? Date.parse(end) : now) - Date.parse(start))
}

export const batchCells: Readonly<Record<string, KindCells>> = {
  'batch/CronJob': {
    Schedule: (object) => text(object, 'spec.schedule'),
    Timezone: (object) => text(object, 'spec.timeZone', '<none>'),
    Suspend: (object) => (at(object, 'spec.suspend') === undefined ? '<unset>' : flag(object, 'spec.suspend') ? 'True' : 'False'),
    Active: (object) => items(object, 'status.active').length,
    'Last Schedule': (object, now) => {
      const last = text(object, 'status.lastScheduleTime')
      return last ? ageOf(last, now) : '<none>'
    },
    Containers: (object) => names(object, 'spec.jobTemplate.spec.template.spec.containers'),
    Images: (object) => images(object, 'spec.jobTemplate.spec.template.spec.containers'),
    Selector: (object) => selector(object, 'spec.jobTemplate.spec.selector'),
  },
  'batch/Job': {
    Status: jobStatus,
    Completions: completions,
    Duration: duration,
    Containers: (object) => names(object, 'spec.template.spec.containers'),
    Images: (object) => images(object, 'spec.template.spec.containers'),
    Selector: (object) => selector(object, 'spec.selector'),
  },
}
