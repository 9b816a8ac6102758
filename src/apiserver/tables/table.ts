// Objects as meta.k8s.io Tables. Source: k8s.io/apiserver pkg/endpoints/handlers/response.go (asTable), printers/tableconvertor.go.
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { KubeObject } from '../../api/object.ts'
import type { TablePrinter } from './printer.ts'

interface RowRequest {
  readonly version: 'v1' | 'v1beta1'
  /** What of the object travels along with its cells. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
}

export interface TableRequest extends RowRequest {
  /** ListMeta. */
  readonly metadata: JsonObject
}

export function tableDocument(printer: TablePrinter, objects: readonly KubeObject[], request: TableRequest): JsonObject {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${request.version}`,
    metadata: request.metadata,
    columnDefinitions: tableColumns(printer),
    rows: objects.map((object) => tableRow(printer, object, request)),
  }
}

export function tableColumns({ columns }: TablePrinter): JsonValue[] {
  return columns.map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority }))
}

export function tableRow(printer: TablePrinter, object: KubeObject, request: RowRequest): JsonObject {
  const conditions = printer.conditions?.(object)
  return {
    cells: printer.cells(object) as JsonValue[],
    ...(conditions ? { conditions: conditions as unknown as JsonValue } : {}),
    object: rowObject(object, request),
  }
}

function rowObject(object: KubeObject, { version, includeObject }: RowRequest): JsonValue {
  if (includeObject === 'None') return null
  if (includeObject === 'Object') return object as unknown as JsonObject
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata as unknown as JsonObject }
}
