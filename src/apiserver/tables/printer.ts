// Which columns a kind has and how its cells are made. Columns come from the fact table; each cell formula there is a function
// in the file of its group, under the column's name.
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import printColumns from '../../api/generated/print-columns.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Clock } from '../../util/clock.ts'
import { admissionCells } from './admissionregistration/cells.ts'
import { appsCells } from './apps/cells.ts'
import { autoscalingCells } from './autoscaling/cells.ts'
import { batchCells } from './batch/cells.ts'
import { certificatesCells } from './certificates/cells.ts'
import type { Cell, KindCells } from './cell.ts'
import { columnDescriptions, commonDescriptions } from './column-descriptions.ts'
import { coreCells } from './core/cells.ts'
import { podCells, podConditions } from './core/pod.ts'
import { compareFlowSchemas, flowcontrolCells } from './flowcontrol/cells.ts'
import { ageOf } from './helpers.ts'
import { metaCells } from './meta/cells.ts'
import { networkingCells } from './networking/cells.ts'
import { policyCells } from './policy/cells.ts'
import { rbacCells } from './rbac/cells.ts'
import { resourceCells } from './resource/cells.ts'
import { storageCells } from './storage/cells.ts'
import { text } from './view.ts'

export interface Column {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  /** 0: always shown; 1: only in wide output. */
  readonly priority: number
}

export interface TablePrinter {
  readonly columns: readonly Column[]
  cells(object: KubeObject): readonly JsonValue[]
  conditions?(object: KubeObject): readonly RowCondition[] | undefined
  /** Rows of a list are in this order; without it, in that of the list. */
  compare?(a: KubeObject, b: KubeObject): number
}

interface RowCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

interface Facts {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly format?: string; readonly priority: number }[]
  /** Cells sent behind those of the columns. */
  readonly extraCells?: readonly string[]
}

const kinds: Readonly<Record<string, KindCells>> = {
  ...coreCells,
  Pod: podCells,
  ...appsCells,
  ...autoscalingCells,
  ...batchCells,
  ...certificatesCells,
  ...networkingCells,
  ...policyCells,
  ...rbacCells,
  ...storageCells,
  ...flowcontrolCells,
  ...resourceCells,
  ...admissionCells,
  ...metaCells,
}

const byDefault = (printColumns['_meta'] as { default: Facts }).default

/** Columns that mean the same for every kind. */
const common: KindCells = {
  Name: (object) => text(object, 'metadata.name'),
  Age: (object, now) => ageOf(text(object, 'metadata.creationTimestamp'), now),
  'Created At': (object) => text(object, 'metadata.creationTimestamp'),
}

export function printerFor({ group, kind }: { readonly group: string; readonly kind: string }, clock: Pick<Clock, 'now'>): TablePrinter {
  const id = group ? `${group}/${kind}` : kind
  const facts = Object.hasOwn(printColumns, id) ? (printColumns[id] as Facts) : byDefault
  const own = Object.hasOwn(kinds, id) ? kinds[id]! : {}
  const cells: readonly Cell[] = [
    ...facts.columns.map(({ name }) => own[name] ?? common[name] ?? missing(id, name)),
    ...(facts.extraCells ?? []).map(() => common['Age']!),
  ]
  return {
    columns: facts.columns.map(({ name, type, format = '', priority }) => ({ name, type, format, description: describe(id, name), priority })),
    cells(object) {
      const now = clock.now()
      return cells.map((cell) => cell(object as unknown as JsonObject, now))
    },
    ...(id === 'Pod' ? { conditions: podConditions } : {}),
    ...(id === 'flowcontrol.apiserver.k8s.io/FlowSchema' ? { compare: compareFlowSchemas } : {}),
  }
}

function describe(id: string, column: string): string {
  const own = Object.hasOwn(columnDescriptions, id) ? columnDescriptions[id]! : {}
  return own[column] ?? commonDescriptions[column] ?? ''
}

function missing(id: string, column: string): never {
  throw new Error(`no cell for column ${column} of ${id}`)
}

/** Every kind that the fact table knows. */
export const printedKinds: readonly string[] = Object.keys(printColumns).filter((id) => !id.startsWith('_'))
