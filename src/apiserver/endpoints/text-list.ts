// Lists for people to read, in YAML or in indented JSON: put together item by item.
import { nextTurn } from '../../util/turns.ts'
import { encodeJson } from '../../apimachinery/codec/json-encode.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { Entry } from '../cacher/entry.ts'
import { indentWidth } from './encode.ts'
import { ListTurns } from './list-turns.ts'
import { encodeYaml, encodeYamlItem } from './yaml.ts'

interface Head {
  /** Members beside the items. */
  readonly members: JsonObject
  readonly itemsName: string
}

/** A list of at least one item, in parts. */
interface Parts {
  readonly before: string
  readonly item: (value: JsonValue) => string
  readonly between: string
  readonly after: string
}

/** Go's YAML has its keys in order: some stand before the items, some behind. */
export function yamlParts({ members, itemsName }: Head): Parts {
  const someOf = (isMeant: (name: string) => boolean) => {
    const some = Object.fromEntries(Object.entries(members).filter(([name]) => isMeant(name)))
    return Object.keys(some).length > 0 ? encodeYaml(some) : ''
  }
  const before = someOf((name) => name < itemsName)
  return { before: `${before}${itemsName}:\n`, item: encodeYamlItem, between: '', after: someOf((name) => name > itemsName) }
}

const indent = '    '

/** The items come last. */
export function indentedParts({ members, itemsName }: Head): Parts {
  const before = encodeJson(members, indentWidth).slice(0, -2)
  const item = (value: JsonValue) => indent + encodeJson(value as JsonObject, indentWidth).replaceAll('\n', `\n${indent}`)
  return { before: `${before},\n  "${itemsName}": [\n`, item, between: ',\n', after: '\n  ]\n}' }
}

export async function* textList(
  partsOf: (head: Head) => Parts,
  head: Head,
  { value }: { readonly value: (entry: Entry) => JsonValue },
  entries: readonly Entry[],
): AsyncGenerator<readonly Buffer[]> {
  const { before, item, between, after } = partsOf(head)
  let text = before
  const turns = new ListTurns()
  for (const [index, entry] of entries.entries()) {
    text += `${index > 0 ? between : ''}${item(value(entry))}`
    if (!turns.isDueAfter(entry)) continue
    yield [Buffer.from(text)]
    text = ''
    await nextTurn()
  }
  yield [Buffer.from(text + after)]
}
