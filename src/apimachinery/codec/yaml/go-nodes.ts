// What upstream's parser makes of tags and escapes where ours does otherwise: a tag that nobody knows makes a scalar a text and says
// nothing of a collection; some escapes of JSON are none. Source: sigs.k8s.io/yaml 1.6 goyaml.v2/{resolve,decode,scannerc}.go.
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml'
import { DecodeError } from '../codec.ts'
import { implicitTag } from './schema.ts'

export interface ReadNodes {
  readonly events: Event[]
  /** What the positions in events are of: the text, and more behind it. */
  readonly source: string
}

const coreTag = 'tag:yaml.org,2002:'
/** Stand behind the text, so that events can point at them. */
const textTag = '!!str'
const intTag = '!!int'

/** @throws {DecodeError} for what upstream refuses */
export function asGoReads(text: string, events: Event[]): ReadNodes {
  if (text.includes('\\')) for (const event of events) if (event.type === EVENT_ID.SCALAR) checkEscapes(text, event)
  if (!text.includes('!')) return { events, source: text }
  const at = { [textTag]: text.length, [intTag]: text.length + textTag.length }
  const pointing = <E extends Tagged>(event: E, tag: typeof textTag | typeof intTag): E => ({ ...event, tagStart: at[tag], tagEnd: at[tag] + tag.length })
  const read = (event: Event): Event => {
    if (!isTagged(event)) return event
    if (event.type !== EVENT_ID.SCALAR) return { ...event, tagStart: -1, tagEnd: -1 }
    const tag = nameOf(text.slice(event.tagStart, event.tagEnd))
    const kept = tag === '!' || tag === 'str' || tag === 'binary' ? tag : resolved(tag, getScalarValue(text, event))
    return kept === 'int' ? pointing(event, intTag) : kept === undefined ? pointing(event, textTag) : event
  }
  return { events: events.map(read), source: `${text}${textTag}${intTag}` }
}

type Tagged = Extract<Event, { readonly tagStart: number }>

const isTagged = (event: Event): event is Tagged => 'tagStart' in event && event.tagStart >= 0

/** `str` for a tag of YAML's own, `!` for the one without a name; undefined: somebody's. @throws {DecodeError} */
function nameOf(tag: string): string | undefined {
  if (tag === '!') return tag
  const uri = tag.startsWith('!<') ? tag.slice(2, -1) : tag.startsWith('!!') ? `${coreTag}${tag.slice(2)}` : undefined
  if (uri === '' || tag === '!!') throw refused('did not find expected tag URI')
  return uri?.startsWith(coreTag) ? uri.slice(coreTag.length) : undefined
}

const timestamp = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/

/** The tag to read a value by; undefined: as a text. @throws {DecodeError} for a value that is not what its tag says */
function resolved(tag: string | undefined, value: string): string | undefined {
  if (tag === 'timestamp' && timestamp.test(value)) return undefined
  if (tag === undefined || !['bool', 'int', 'float', 'null', 'timestamp'].includes(tag)) return undefined
  const found = implicitTag(value)
  if (found === tag || (tag === 'float' && found === 'int')) return found
  throw refused(`cannot decode !!${found} \`${value}\` as a !!${tag}`)
}

type Scalar = Extract<Event, { readonly valueStart: number }>

/** @throws {DecodeError} */
function checkEscapes(text: string, { style, valueStart, valueEnd }: Scalar): void {
  if (style !== SCALAR_STYLE.DOUBLE_QUOTED) return
  for (const [, what = ''] of text.slice(valueStart, valueEnd).matchAll(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g)) {
    if (what === '/') throw refused('found unknown escape character')
    const point = what.length > 1 ? Number.parseInt(what.slice(1), 16) : 0
    if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) throw refused('found invalid Unicode character escape code')
  }
}

const refused = (what: string) => new DecodeError(`error converting YAML to JSON: yaml: ${what}`)
