// Whether an applied configuration fits its type, in upstream's words. Source: structured-merge-diff typed/validate.go, helpers.go.
import { goPrint, goQuote } from '../go-quote.ts'
import { isObject, isRaw } from '../json-equal.ts'
import type { JsonObject, JsonValue } from '../json-value.ts'
import { listElement } from './list-elements.ts'
import { fieldElement, type PathElement, printPath, printPathElement } from './path-element.ts'
import type { TypeNode } from './type-node.ts'
import { deduced, kindFor } from './type-view.ts'

export interface ValidationOptions {
  /** Elements that cannot be told apart are right in a stored object, not in a configuration. */
  readonly allowDuplicates?: boolean
}

/** `%#v`. */
function goSyntax(value: JsonValue): string {
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isObject(value)) return goPrint(value)
  return `map[string]interface {}{${Object.keys(value)
    .sort()
    .map((key) => `${goQuote(key)}:${goSyntax(value[key]!)}`)
    .join(', ')}}`
}

/** `%T`. */
function goTypeName(value: JsonValue): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (isObject(value)) return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

function scalarError(scalar: NonNullable<TypeNode['scalar']>, value: JsonValue): string | undefined {
  if (value === null) return undefined
  const isNumber = typeof value === 'number' || isRaw(value)
  switch (scalar) {
    case 'numeric':
      return isNumber ? undefined : `expected numeric (int or float), got ${goTypeName(value)}`
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got &{${goPrint(value)}}`
    case 'untyped':
      return isNumber || typeof value === 'string' || typeof value === 'boolean' ? undefined : `expected any scalar, got &{${goPrint(value)}}`
  }
}

function* errors(type: TypeNode, value: JsonValue, path: readonly PathElement[], options: ValidationOptions): Generator<string> {
  const at = (message: string) => (path.length > 0 ? `${printPath(path)}: ${message}` : message)
  const kind = kindFor(type, value)
  if (kind === 'scalar') {
    const message = scalarError(type.scalar!, value)
    if (message) yield at(message)
  } else if (kind === 'map') {
    if (isObject(value)) yield* memberErrors(type, value, path, options)
    else if (value !== null) yield at(`expected map, got &{${goPrint(value)}}`)
  } else if (Array.isArray(value)) yield* elementErrors(type, value, path, options)
  else if (value !== null) yield at(`expected list, got &{${goPrint(value)}}`)
}

function* memberErrors({ map }: TypeNode, value: JsonObject, path: readonly PathElement[], options: ValidationOptions): Generator<string> {
  for (const key of Object.keys(value)) {
    const inner = [...path, fieldElement(key)]
    const type = map!.field(key)?.type() ?? map!.element()
    if (!type) {
      yield `${printPath(inner)}: field not declared in schema`
      return
    }
    yield* errors(type, value[key]!, inner, options)
  }
}

function* elementErrors({ list }: TypeNode, values: readonly JsonValue[], path: readonly PathElement[], options: ValidationOptions): Generator<string> {
  const seen = new Set<PathElement>()
  const type = list?.element() ?? deduced
  for (const [place, value] of values.entries()) {
    let element = `i:${place}`
    if (!list!.atomic) {
      const found = listElement(list!, value)
      if (!('element' in found)) {
        yield `${printPath(path)}: element ${place}: ${found.error}`
        return
      }
      element = found.element
      if (seen.has(element) && !options.allowDuplicates) yield `${printPath(path)}: duplicate entries for key ${printPathElement(element)}`
      seen.add(element)
    }
    yield* errors(type, value, [...path, element], options)
  }
}

/** @returns what is wrong, as one text; undefined when nothing is */
export function validationError(type: TypeNode, object: JsonObject, options: ValidationOptions = {}): string | undefined {
  const messages = [...errors(type, object, [], options)]
  if (messages.length <= 1) return messages[0]
  return ['errors:', ...messages.map((message) => `  ${message}`)].join('\n')
}
